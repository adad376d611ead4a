"""Every name under which a node of PyTorch shows what it saved, and whether ours shows the same, by ops' samples.

``python -m tests.autograd.saved_names [op ...]`` lists what differs: a name that only one has, and other values.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import tidu
from tests.ops.cases import CASES
from tests.ops.observe import GAPS, sample_runner, tensors_in

torch = importlib.import_module("torch") if importlib.util.find_spec("torch") else None


class Name(NamedTuple):
    """A saved value of a kind of node: ``("MulBackward0", "self")``."""

    node: str
    name: str


class Found:
    """What a scan met: by name, the first sample where PyTorch has it, we lack it, differ in it, or only we have it."""

    def __init__(self) -> None:
        self.theirs: dict[Name, str] = {}
        self.lacking: dict[Name, str] = {}
        self.other: dict[Name, str] = {}
        self.more: dict[Name, str] = {}
        self.broken: dict[Name, str] = {}  # in ``dir``, but reading it raises

    def sample(self, sample: Any) -> None:
        """Compare the nodes of one sample's results that are one kind in both."""
        try:
            made = [list(graph(t, sample)) for t in (torch, tidu)]
        except RuntimeError as error:
            assert any(phrase in str(error) for phrase in GAPS), sample.id
            return
        for mine, theirs in zip(made[1], made[0], strict=False):
            together(theirs, mine, lambda a, b: self.node(a, b, sample.id), set())

    def node(self, theirs: Any, mine: Any, where: str) -> None:
        kind = type(theirs).__name__
        want, have = names(theirs), names(mine)
        for name in want | have:
            key = Name(kind, name)
            if name not in want:
                self.more.setdefault(key, where)
                continue
            self.theirs.setdefault(key, where)
            try:
                wanted = plain(getattr(theirs, f"_saved_{name}"))
            except Exception:  # PyTorch has the name, and not the value: an optional list that was not given
                continue
            try:
                got = plain(getattr(mine, f"_saved_{name}"))
            except AttributeError:
                self.lacking.setdefault(key, where)
                if name in have:
                    self.broken.setdefault(key, where)
                continue
            if not same(wanted, got) and not (name.startswith("dim") and counted(wanted, got, theirs)):
                self.other.setdefault(key, f"{where}: want {shown(wanted)}, got {shown(got)}")
        for name in have:
            try:
                getattr(mine, f"_saved_{name}")
            except AttributeError:
                self.broken.setdefault(Name(kind, name), where)


def names(node: Any) -> set[str]:
    return {n.removeprefix("_saved_") for n in dir(node) if n.startswith("_saved_")}


def graph(t: Any, sample: Any) -> Iterator[Any]:
    """The nodes that made a sample's results."""
    args, kwargs, _ = sample.build(t, requires_grad=True)
    t.manual_seed(7)
    outs = tensors_in(t, sample_runner(t, sample)(args, kwargs))
    yield from (o.grad_fn for o in outs)


def together(theirs: Any, mine: Any, visit: Any, seen: set[int]) -> None:
    """Walk two graphs from their results on, as far as they are one."""
    if theirs is None or mine is None or id(mine) in seen or type(theirs).__name__ != type(mine).__name__:
        return
    seen.add(id(mine))
    visit(theirs, mine)
    for (a, _), (b, _) in zip(theirs.next_functions, mine.next_functions, strict=False):
        together(a, b, visit, seen)


def plain(value: Any) -> Any:
    """A saved value as plain data, the same of both modules."""
    if hasattr(value, "detach"):
        x = value.detach()
        x = x.resolve_conj().resolve_neg() if hasattr(x, "resolve_neg") else x
        return np.asarray(x.clone().numpy())
    if isinstance(value, (tuple, list)):
        return tuple([plain(v) for v in value])
    if type(value) is int and value >= 1 << 63:  # PyTorch shows a signed number's bits
        return value - (1 << 64)
    if value is None or isinstance(value, (bool, int, float, complex, str)):
        return value
    return str(value).removeprefix("torch.").removeprefix("tidu.")


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and np.allclose(a, b, 1e-4, 1e-5, equal_nan=True)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    if type(a) in (int, float) and type(b) in (int, float):
        return bool(np.isclose(a, b, equal_nan=True))
    return type(a) is type(b) and bool(a == b)


def counted(a: Any, b: Any, node: Any) -> bool:
    """Whether dimensions are the same that PyTorch has as the caller counted them, and we always from the front."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(counted(x, y, node) for x, y in zip(a, b, strict=True))
    rank = len(node._input_metadata[0].shape) if node._input_metadata else 0
    return isinstance(a, int) and isinstance(b, int) and (a == b or (a < 0 and -1 <= b - a - rank <= 2))


def shown(value: Any) -> str:
    text = f"{value.dtype}{list(value.shape)} {value.ravel()[:4]}" if isinstance(value, np.ndarray) else repr(value)
    return " ".join(text.split())[:90]


def scan(ops: list[str] | None = None) -> Found:
    """The samples of these ops, or of all."""
    found = Found()
    for op in ops or CASES:
        for sample in CASES[op].samples:
            if sample.differentiable and sample.raises is None:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    found.sample(sample)
    return found


def main(ops: list[str]) -> int:
    found = scan(ops)
    for title, part in (
        ("lacking", found.lacking),
        ("other", found.other),
        ("more", found.more),
        ("broken", found.broken),
    ):
        for (node, name), where in sorted(part.items()):
            print(f"{title:8} {node:36} {name:28} {where}")
    total, lacking, other = len(found.theirs), len(found.lacking), len(found.other)
    print(
        f"{total} names of PyTorch's: {total - lacking} are here, {total - lacking - other} with its values; "
        f"{len(found.more)} more; {len(found.broken)} listed that raise"
    )
    return 1 if lacking or other or found.more or found.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
