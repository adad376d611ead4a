"""Anomaly detection: which forward call a failing backward belongs to. 异常检测。

Source: https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection
"""

from __future__ import annotations

import functools
import traceback
import warnings
from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from typing import Any

from tidu._engine import Walk
from tidu._graph import Node
from tidu._modes import modes
from tidu._tensor import Tensor

_HINT = "Hint: enable anomaly detection"
_INSTEAD = (
    "Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable in "
    "question was changed in there or anywhere later. Good luck!"
)


class _State:
    check_nan = True


def _remember(node: Node, *args: Any) -> None:
    """Where in the program a node is made, and by which node's backward: ``Node.__init__`` while anomalies are looked
    for, and nothing otherwise."""
    node.metadata["traceback_"] = traceback.format_list(traceback.extract_stack()[:-1])
    turn = modes.turn
    if turn:
        node.metadata["parent_"] = turn[-1]


def is_anomaly_enabled() -> bool:
    """是否在检测异常 / Whether anomalies are looked for."""
    return Walk.anomaly is not None


def is_anomaly_check_nan_enabled() -> bool:
    """是否检查 nan / Whether a nan is an anomaly."""
    return _State.check_nan


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """开关异常检测 / Look for anomalies from now on, or no more."""
    _State.check_nan = check_nan
    if mode:
        setattr(Node, "__init__", _remember)
        Walk.anomaly = staticmethod(_watch)
    elif Walk.anomaly is not None:
        del Node.__init__
        Walk.anomaly = None


@contextmanager
def _watch(walk: Walk) -> Iterator[None]:
    """While a walk runs every node says that it is its turn, and its gradients are looked at."""
    turn: list[Node] = []
    outer, modes.turn = modes.turn, turn
    handles: list[Any] = []
    seen: set[Node] = set()
    stack = list(walk.roots)
    while stack:
        n = stack.pop()
        if n in seen:
            continue
        seen.add(n)
        stack += [e for e in n.edges if e is not None]
        if n.sequence >= 0 and n.port_of is None:
            handles += [n.register_prehook(functools.partial(_begin, turn, n))]
            if _State.check_nan:
                handles += [n.register_hook(functools.partial(_look, n))]
    try:
        yield
    except Exception as error:
        if turn:
            for text in _origins(turn[-1]):
                warnings.warn(text, stacklevel=4)
        if _HINT in str(error):
            raise RuntimeError(str(error).partition(_HINT)[0] + _INSTEAD) from None
        raise
    finally:
        modes.turn = outer
        for handle in handles:
            handle.remove()


def _begin(turn: list[Node], node: Node, grads: Any) -> None:
    turn.append(node)


def _look(node: Node, grad_inputs: tuple[Tensor | None, ...], grad_outputs: Any) -> None:
    for i, g in enumerate(grad_inputs):
        if g is not None and g._array.dtype.kind in "fc" and bool(g.isnan().any()):
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")


def _origins(node: Node) -> Iterator[str]:
    """What is known of a node that failed: where it was made, and whose backward it is a part of."""
    yield f"Error detected in {node.name()}. {_made(node, 'caused the error')}"
    while "parent_" in node.metadata:
        node = node.metadata["parent_"]
        made = _made(node, "induced the previous calculation")
        yield f"\n\nPrevious calculation was induced by {node.name()}. {made}"


def _made(node: Node, what: str) -> str:
    made = node.metadata.get("traceback_")
    if made is None:
        return "No forward pass information available. Enable detect anomaly during forward pass for more information."
    return f"Traceback of forward call that {what}:\n" + "".join(made)


class set_detect_anomaly:
    """开关异常检测 / Look for anomalies from now on, or within a ``with`` block; see ``detect_anomaly``."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.previous = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(*self.previous)


class detect_anomaly(ContextDecorator):
    """检测异常 / Inside, a backward that fails, or makes a nan, warns with the place of the forward call it belongs to.

    It makes everything slower: for looking for mistakes only. With ``check_nan=False`` a nan is no error.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self.previous: list[tuple[bool, bool]] = []
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.previous.append((is_anomaly_enabled(), is_anomaly_check_nan_enabled()))
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *exc: object) -> None:
        set_anomaly_enabled(*self.previous.pop())
