"""What ``help``, JupyterLab and an editor say of a function that was made from an op. 函数签名。"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable
from inspect import Parameter, Signature, unwrap
from types import FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidu._op import Op


class Hint(str):
    """An annotation that is shown as it is, without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


_DEFAULTS = {"": Parameter.empty, "None": None, "False": False, "True": True, "0": 0, "1": 1}
_TENSOR, _TENSORS, _OPERAND = Hint("Tensor"), Hint("Sequence[Tensor]"), Hint("Tensor | float")
_OUT = Parameter("out", Parameter.KEYWORD_ONLY, default=None, annotation=Hint("Tensor | None"))
_OUTS = _OUT.replace(annotation=Hint("tuple[Tensor, ...] | None"))


class Later(Signature):
    """A signature that is made when somebody asks for it: few ever are, and making all is a fifth of our import."""

    __slots__ = ("_make", "_made")

    def __init__(self, make: Callable[[], Signature]) -> None:
        self._make = make
        self._made: Signature | None = None

    def _now(self) -> Signature:
        if self._made is None:
            self._made = self._make()
        return self._made

    @property
    def parameters(self) -> MappingProxyType[str, Parameter]:
        return self._now().parameters

    @property
    def return_annotation(self) -> Any:
        return self._now().return_annotation

    def replace(self, **changes: Any) -> Any:
        return self._now().replace(**changes)


def signature(op: Op, *, inplace: bool = False) -> Signature:
    """Of the public function of an op, or of its in-place method."""
    return Later(lambda: _of_op(op, inplace))


def _of_op(op: Op, inplace: bool) -> Signature:
    parameters = []
    for i, name in enumerate(op.operands):
        shown = "self" if inplace and i == 0 else op.called[i]
        hint = _TENSORS if op.variadic else _OPERAND if i and i in op.numbers else _TENSOR
        default = op.defaults.get(name, Parameter.empty)
        if default is None:
            hint = Hint(f"{hint} | None")
        parameters.append(Parameter(shown, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=hint))
    kind: Any = Parameter.POSITIONAL_OR_KEYWORD
    for name, attr in op.attrs.items():
        hint = Hint(attr.hint)
        if attr.variadic and kind is Parameter.POSITIONAL_OR_KEYWORD and name not in op.keyword_only:
            kind = Parameter.KEYWORD_ONLY
            parameters.append(Parameter(name, Parameter.VAR_POSITIONAL, annotation=hint))
            continue
        if name in op.keyword_only:
            kind = Parameter.KEYWORD_ONLY
        default = op.defaults.get(name, Parameter.empty)
        parameters.append(Parameter(name, kind, default=default, annotation=hint))
    if op.out and not inplace:
        parameters.append(_OUTS if op.outputs else _OUT)
    several = op.view == "multi" or op.outputs
    return Signature(parameters, return_annotation=Hint("tuple[Tensor, ...]") if several else _TENSOR)


def written(function: Callable[..., Any]) -> Signature:
    """As the function's own ``def`` says it. Its annotations are strings; ``help`` need not show the quotes."""
    return Later(lambda: _written(function))


def _written(function: Callable[..., Any]) -> Signature:
    plain: Any = unwrap(function)
    twin = FunctionType(plain.__code__, plain.__globals__, plain.__name__, plain.__defaults__, plain.__closure__)
    twin.__kwdefaults__ = plain.__kwdefaults__
    twin.__annotations__ = {n: Hint(h) if type(h) is str else h for n, h in plain.__annotations__.items()}
    return Signature.from_callable(twin)


def stated(text: str) -> Signature:
    """A signature from its text: ``"input: Tensor, dim: int = 0, *, out: Tensor | None = None"``; returns a Tensor
    unless `` -> `` says something else."""
    return Later(lambda: _stated(text))


def _stated(text: str) -> Signature:
    text, _, returned = text.partition(" -> ")
    kind: Any = Parameter.POSITIONAL_OR_KEYWORD
    parameters = []
    for part in text.split(", "):
        head, _, default = part.partition(" = ")
        name, _, hint = head.partition(": ")
        if name == "*":
            kind = Parameter.KEYWORD_ONLY
        elif name[0] == "*":
            parameters.append(Parameter(name[1:], Parameter.VAR_POSITIONAL, annotation=Hint(hint)))
            kind = Parameter.KEYWORD_ONLY
        else:
            value = (
                _DEFAULTS[default] if default in _DEFAULTS else literal_eval(default) if default else Parameter.empty
            )
            parameters.append(Parameter(name, kind, default=value, annotation=Hint(hint)))
    return Signature(parameters, return_annotation=Hint(returned) if returned else _TENSOR)
