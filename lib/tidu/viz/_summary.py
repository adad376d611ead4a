"""A model's layers as a table: what each gives, and how many parameters it has. 模型概览表。

As users of torchinfo know it. Source: https://github.com/TylerYep/torchinfo
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tidu._args import is_int
from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.modules.module import Module

COLUMNS = {
    "input_size": "Input Shape", "output_size": "Output Shape", "num_params": "Param #", "kernel_size": "Kernel Shape",
    "mult_adds": "Mult-Adds", "trainable": "Trainable",
}  # fmt: skip
NONE = "--"


@dataclass
class Row:
    """A call of a layer, or a layer that was not called."""

    module: Module
    name: str
    depth: int
    input_size: list[int] | None = None
    output_size: list[int] | None = None
    again: bool = False  # called before: its parameters are counted once
    number: int = 0  # of the layers of its depth

    @property
    def leaf(self) -> bool:
        return not any(True for _ in self.module.children())

    @property
    def mult_adds(self) -> int:
        """Multiplications and additions: every parameter once at each place, pixel or step, of each sample."""
        kind = type(self.module).__name__
        if not self.leaf or not self.output_size or kind.startswith("Embedding"):
            return 0
        by_channel = any(word in kind for word in ("Conv", "BatchNorm", "InstanceNorm", "GroupNorm"))
        places = self.output_size[:1] + self.output_size[2:] if by_channel else self.output_size[:-1]
        return sum(p.numel() for p in self.module.parameters()) * math.prod(places)


@dataclass
class Summary:
    """What ``summary`` found; printed, it is the table. 概览的结果。"""

    rows: list[Row]
    columns: Sequence[str]
    depth: int
    input_bytes: int = 0
    total_params: int = 0
    trainable_params: int = 0
    param_bytes: int = 0

    @property
    def total_mult_adds(self) -> int:
        return sum(row.mult_adds for row in self.rows)

    @property
    def output_bytes(self) -> int:
        """Of the results of layers that have parameters, and of their gradients."""
        kept = (r for r in self.rows if r.leaf and r.output_size and any(True for _ in r.module.parameters()))
        return sum(2 * math.prod(r.output_size or ()) * next(r.module.parameters()).element_size() for r in kept)

    def _cell(self, row: Row, column: str) -> str:
        module, hidden = row.module, row.depth == self.depth and not row.leaf
        params = [*module.parameters(recurse=row.leaf or hidden)]
        if column == "num_params":
            count = sum(p.numel() for p in params)
            return ("(recursive)" if row.again else f"{count:,}") if count else NONE
        if column == "mult_adds":
            return f"{row.mult_adds:,}" if row.mult_adds else NONE
        if column == "kernel_size":
            weight = getattr(module, "weight", None) if hasattr(module, "kernel_size") else None
            return NONE if weight is None else str(list(weight.shape[2:]))
        if column == "trainable":
            kinds = {p.requires_grad for p in params}
            return NONE if not kinds else "Partial" if len(kinds) == 2 else str(kinds.pop())
        size = getattr(row, column)
        return NONE if size is None else str(size)

    def _names(self, shown: Sequence[Row]) -> Iterator[str]:
        """The first column: the tree of layers."""
        for i, row in enumerate(shown):
            label = type(row.module).__name__ + (f" ({row.name})" if row.name else "")
            if not row.depth:
                yield label
                continue
            stems = ""
            for d in range(1, row.depth + 1):
                after = next((r.depth for r in shown[i + 1 :] if r.depth <= d), 0)
                last = after < d
                stems += ("└─" if last else "├─") if d == row.depth else ("     " if last else "│    ")
            yield f"{stems}{label}: {row.depth}-{row.number}"

    def __repr__(self) -> str:
        shown = [row for row in self.rows if row.depth <= self.depth]
        table = [["Layer (type:depth-idx)", *(COLUMNS[c] for c in self.columns)]]
        for name, row in zip(self._names(shown), shown, strict=True):
            table.append([name, *(self._cell(row, c) for c in self.columns)])
        widths = [max(len(line[i]) for line in table) + 2 for i in range(len(table[0]))]
        widths[0] = max(widths[0], 40)
        lines = ["".join(f"{text:<{w}}" for text, w in zip(line, widths, strict=True)).rstrip() for line in table]
        rule = "=" * max(sum(widths), 60)
        total = (self.input_bytes, self.output_bytes, self.param_bytes)
        return "\n".join(
            [
                rule, lines[0], rule, *lines[1:], rule,
                f"Total params: {self.total_params:,}",
                f"Trainable params: {self.trainable_params:,}",
                f"Non-trainable params: {self.total_params - self.trainable_params:,}",
                f"Total mult-adds (M): {self.total_mult_adds / 1e6:.2f}",
                rule,
                f"Input size (MB): {total[0] / 1e6:.2f}",
                f"Forward/backward pass size (MB): {total[1] / 1e6:.2f}",
                f"Params size (MB): {total[2] / 1e6:.2f}",
                f"Estimated Total Size (MB): {sum(total) / 1e6:.2f}",
                rule,
            ]
        )  # fmt: skip


def summary(
    model: Module,
    input_size: Any = None,
    input_data: Any = None,
    *,
    dtypes: Any = None,
    col_names: Sequence[str] = ("output_size", "num_params"),
    row_settings: Sequence[str] = ("depth",),
    depth: int = 3,
    mode: str = "eval",
    verbose: int | None = None,
    **further: Any,
) -> Summary:
    """模型概览 / A table of a model's layers, their output shapes and parameters, found by running the model once.

    input_size    the shape of its input, the batch included; of several inputs a list of shapes
    input_data    the input itself, or a tuple, list or dict of inputs, where zeros of a shape are not enough
    dtypes        the inputs' dtypes, for models that take integers: ``dtypes=[torch.long]``
    col_names     of "input_size", "output_size", "num_params", "kernel_size", "mult_adds" and "trainable"
    row_settings  "var_names" adds the attributes' names to the types
    depth         how deep the tree is shown; deeper layers are counted where it ends
    mode          "eval" or "train": how the model is run; afterwards it is as it was
    verbose       0: nothing is printed, as in a notebook, which shows what is returned; 1: the table is printed
    further       further arguments of the model
    returns       a ``Summary``: ``total_params``, ``trainable_params``, ``total_mult_adds``, ``rows``; it prints as the
                  table
    raises        RuntimeError where the model fails, with the layers that it had passed
    """
    unknown = [c for c in col_names if c not in COLUMNS]
    if unknown:
        raise ValueError(f"summary(): argument 'col_names': {unknown[0]!r} is none of {', '.join(COLUMNS)}")
    inputs = _inputs(model, input_size, input_data, dtypes)
    rows: list[Row] = []
    with _watched(model, mode, rows, "var_names" in row_settings), no_grad():
        try:
            if isinstance(inputs, dict):
                model(**inputs, **further)
            elif inputs:
                model(*inputs, **further)
        except Exception as error:
            passed = [f"{type(r.module).__name__}: {r.output_size}" for r in rows if r.output_size is not None]
            raise RuntimeError(
                f"summary(): the model failed with {type(error).__name__}: {error}. Layers passed before: {passed}"
            ) from error
    params = [*model.parameters()]
    given = inputs.values() if isinstance(inputs, dict) else inputs
    found = Summary(
        _with_uncalled(model, rows, "var_names" in row_settings), tuple(col_names), depth,
        input_bytes=sum(t.numel() * t.element_size() for t in given if isinstance(t, Tensor)),
        total_params=sum(p.numel() for p in params),
        trainable_params=sum(p.numel() for p in params if p.requires_grad),
        param_bytes=sum(p.numel() * p.element_size() for p in params),
    )  # fmt: skip
    if verbose or (verbose is None and not hasattr(builtins, "__IPYTHON__")):
        print(found)
    return found


def _inputs(model: Module, input_size: Any, input_data: Any, dtypes: Any) -> Any:
    """What the model is called with: a list, or a dict of named inputs."""
    if not isinstance(model, Module):
        raise TypeError(f"summary(): argument 'model' must be a Module, not {type(model).__name__}")
    if input_data is not None:
        if isinstance(input_data, dict):
            return input_data
        return [*input_data] if isinstance(input_data, (tuple, list)) else [input_data]
    if input_size is None:
        return []  # the layers alone
    sizes = [input_size] if all(map(is_int, input_size)) else [*input_size]
    first = next(model.parameters(), None)
    like: dict[str, Any] = {} if first is None else {"device": first.device}
    kinds = [*dtypes] if isinstance(dtypes, (tuple, list)) else [dtypes] * len(sizes)
    usual = None if first is None or not first.is_floating_point() else first.dtype
    return [FUNCTIONS["zeros"](*s, dtype=kind or usual, **like) for s, kind in zip(sizes, kinds, strict=True)]


def _tree(model: Module, names: bool) -> dict[int, tuple[Module, str, int, Module | None]]:
    """Every module once: itself, its attribute's name, its depth, its parent."""
    found: dict[int, tuple[Module, str, int, Module | None]] = {}

    def visit(module: Module, name: str, depth: int, parent: Module | None) -> None:
        if id(module) not in found:
            found[id(module)] = (module, name if names else "", depth, parent)
            for child_name, child in module.named_children():
                visit(child, child_name, depth + 1, module)

    visit(model, "", 0, None)
    return found


@contextmanager
def _watched(model: Module, mode: str, rows: list[Row], names: bool) -> Iterator[None]:
    """While the model runs every call of a layer becomes a row; afterwards no hook is left, and all modes are back."""
    modes = [(module, module.training) for module in model.modules()]
    handles, called, open_rows = [], set(), []
    for module, name, depth, _ in _tree(model, names).values():

        def before(module: Any, args: Any, name: str = name, depth: int = depth) -> None:
            rows.append(Row(module, name, depth, _size(args), again=id(module) in called))
            called.add(id(module))
            open_rows.append(rows[-1])

        def after(module: Any, args: Any, result: Any) -> None:
            open_rows.pop().output_size = _size(result)

        handles += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
    model.train(mode == "train")
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes:
            module.training = training


def _size(value: Any) -> list[int] | None:
    """The shape of a tensor, or of the first one in a structure."""
    if isinstance(value, Tensor):
        return list(value.shape)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ()
    return next((size for size in map(_size, parts) if size is not None), None)


def _with_uncalled(model: Module, rows: list[Row], names: bool) -> list[Row]:
    """Also what holds layers and is not called itself, such as a ModuleList, and layers that were not used."""
    tree = _tree(model, names)
    called = {id(row.module) for row in rows}
    whole: list[Row] = []
    shown: set[int] = set()

    def add_parents(module: Module) -> None:
        parent = tree[id(module)][3]
        if parent is not None and id(parent) not in called and id(parent) not in shown:
            add_parents(parent)
            add(parent)

    def add(module: Module) -> None:
        shown.add(id(module))
        whole.append(Row(*tree[id(module)][:3]))

    for row in rows:
        add_parents(row.module)
        whole.append(row)
    for module, *_ in tree.values():
        if id(module) not in called and id(module) not in shown:
            add_parents(module)
            add(module)
    numbers: dict[int, int] = {}
    counts: dict[int, int] = {}
    for row in whole:
        if id(row.module) not in numbers:
            counts[row.depth] = counts.get(row.depth, 0) + 1
        row.number = numbers.setdefault(id(row.module), counts[row.depth])
    return whole
