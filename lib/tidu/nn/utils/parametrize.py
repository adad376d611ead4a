"""A parameter as a function of others: computed anew each time it is read. 参数的重参数化。

``register_parametrization(linear, "weight", Symmetric())`` makes ``linear.weight`` what ``Symmetric()`` makes of
``linear.parametrizations.weight.original``, which is what is trained.
Source: https://docs.pytorch.org/tutorials/intermediate/parametrizations.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tidu._modes import enable_grad, no_grad
from tidu._tensor import Tensor
from tidu.nn.modules.container import ModuleDict, ModuleList
from tidu.nn.modules.module import Module
from tidu.nn.parameter import Parameter

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]  # fmt: skip


class _Cache:
    """What ``cached`` keeps while it lasts."""

    depth = 0
    found: dict[tuple[int, str], Tensor] = {}  # noqa: RUF012


@contextmanager
def cached() -> Iterator[None]:
    """只算一次 / A ``with`` block in which each parametrized tensor is computed once."""
    _Cache.depth += 1
    try:
        yield
    finally:
        _Cache.depth -= 1
        if not _Cache.depth:
            _Cache.found.clear()


def _as_original(new: Tensor, old: Tensor) -> Tensor:
    return Parameter(new, old.requires_grad) if isinstance(old, Parameter) else new


class ParametrizationList(ModuleList):
    """一个张量的重参数化 / The functions of one tensor, and the original, or originals, that they are applied to."""

    original: Tensor

    def __init__(self, modules: list[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        self.ntensors = 0
        new: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        new = module.right_inverse(new)
                    except NotImplementedError:
                        pass
        self.is_tensor = isinstance(new, Tensor)
        if self.is_tensor:
            if isinstance(original, Parameter) and new is original:
                self.original = original
            else:
                self.original = _as_original(new.detach(), original)
        else:
            self.ntensors = len(new)
            for i, part in enumerate(new):
                setattr(self, f"original{i}", _as_original(part.detach(), original))
        if not unsafe:
            made = self()
            if not isinstance(made, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(made).__name__}.")
            if made.dtype is not original.dtype or made.shape != original.shape:
                raise ValueError(
                    "Registering a parametrization may not change the shape or the dtype of the tensor, unless "
                    f"`unsafe` flag is enabled. original: {original.shape}, {original.dtype}; parametrized: "
                    f"{made.shape}, {made.dtype}"
                )

    def right_inverse(self, value: Tensor) -> None:
        """赋值 / Set the originals to what gives ``value``."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            if self.is_tensor:
                self.original.copy_(value)
            else:
                for i, part in enumerate(value):
                    getattr(self, f"original{i}").copy_(part)

    def forward(self) -> Tensor:
        first, *rest = self
        if self.is_tensor:
            x: Tensor = first(self.original)
        else:
            x = first(*[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for module in rest:
            x = module(x)
        return x


def _property(name: str) -> property:
    def get(self: Module) -> Tensor:
        if not _Cache.depth:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _Cache.found:
            _Cache.found[key] = self.parametrizations[name]()
        return _Cache.found[key]

    def put(self: Module, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, put)


def _own_class(module: Module) -> None:
    """A class of the module's own, on which properties can be put."""
    base = type(module)

    def reduce(self: Any, protocol: Any) -> Any:
        raise RuntimeError("Serialization of parametrized modules is only supported through state_dict()")

    def copied(self: Any, memo: dict[int, Any]) -> Any:
        import copy

        twin = memo.get(id(self))
        if twin is None:
            twin = memo[id(self)] = object.__new__(type(self))
            twin.__dict__ = copy.deepcopy(self.__dict__, memo)
        return twin

    module.__class__ = type(
        f"Parametrized{base.__name__}",
        (base,),
        {"__module__": __name__, "__reduce_ex__": reduce, "__deepcopy__": copied, "_parametrized": True},
    )
    module.parametrizations = ModuleDict()


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """重参数化 / ``module.tensor_name`` becomes what ``parametrization`` makes of it; returns the module.

    Another one on the same tensor comes after the first. It may have a ``right_inverse``, for assigning to the tensor.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        held = module.parametrizations[tensor_name]
        if not unsafe:
            before = getattr(module, tensor_name)
            after = parametrization(before)
            if not isinstance(after, Tensor) or after.shape != before.shape or after.dtype is not before.dtype:
                raise ValueError(
                    "Registering a parametrization may not change the shape or the dtype of the tensor, unless the "
                    "`unsafe` flag is enabled."
                )
        held.append(parametrization)
        held.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        made = ParametrizationList([parametrization], original, unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _own_class(module)
        setattr(type(module), tensor_name, _property(tensor_name))
        module.parametrizations[tensor_name] = made
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """是否重参数化 / Whether the module, or a tensor of it, is parametrized."""
    held = module._modules.get("parametrizations")
    if not isinstance(held, ModuleDict):
        return False
    return len(held) > 0 if tensor_name is None else tensor_name in held


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """取消重参数化 / The tensor is a parameter again: as it is now, or the original if not ``leave_parametrized``."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    held = module.parametrizations[tensor_name]
    if held.is_tensor:
        original = held.original
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name).detach().clone()
    elif leave_parametrized:
        with enable_grad():
            value = getattr(module, tensor_name)
        original = Parameter(value.detach()) if value.requires_grad else value
    else:
        raise ValueError("Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in "
                         "terms of a sequence of tensors.")  # fmt: skip
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(original, Parameter):
        module.register_parameter(tensor_name, original)
    else:
        module.register_buffer(tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """转移重参数化 / ``to_module``, with the parametrizations and originals of the other: of one tensor, or of all."""
    if not is_parametrized(from_module):
        return to_module
    for name in from_module.parametrizations if tensor_name is None else [tensor_name]:
        given = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        for parametrization in given:
            register_parametrization(to_module, name, parametrization)
        held = to_module.parametrizations[name]
        for own in ["original"] if given.is_tensor else [f"original{i}" for i in range(given.ntensors)]:
            setattr(held, own, getattr(given, own))
    return to_module


def type_before_parametrizations(module: Module) -> type:
    """原来的类 / The module's class without parametrizations."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)
