"""How a layer's samples are declared: ``layer("Linear", 3, 2)(f(4, 3))(f(3)).error(RuntimeError, f(4, 5))``.

A layer is made with these arguments, then called with each of the inputs; ``refused`` is one that cannot be made.
The inputs are those of ``tests.ops.sample``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.ops.sample import Sample

LAYERS: dict[str, LayerSample] = {}


@dataclass(frozen=True)
class LayerSample(Sample):
    """One call of one layer: ``args`` and ``kwargs`` are the call's, ``init`` and ``named`` the constructor's."""

    init: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    first: bool = False  # whether to look at the layer itself, too: once for all its calls


class Layer:
    """A layer with its arguments; calling it adds a sample."""

    def __init__(self, name: str, init: tuple[Any, ...], named: dict[str, Any], options: dict[str, Any]) -> None:
        self.name, self.init, self.named, self.options = name, init, named, options
        self.first = True

    def _add(self, args: tuple[Any, ...], kwargs: dict[str, Any], raises: Any = None) -> Layer:
        n = sum(s.op == self.name for s in LAYERS.values())
        key = f"{self.name}-{n}"
        LAYERS[key] = LayerSample(
            self.name, key, args, kwargs, None, raises, self.options, self.init, self.named, self.first
        )
        self.first = False
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Layer:
        return self._add(args, kwargs)

    def error(self, raises: type[BaseException], *args: Any, **kwargs: Any) -> Layer:
        """A call that PyTorch refuses."""
        return self._add(args, kwargs, raises)


def layer(name: str, *init: Any, options: dict[str, Any] | None = None, **named: Any) -> Layer:
    """A layer to be made with these arguments: calling what comes back adds samples.

    ``options``: ``tol`` (relative tolerance), ``single`` (True: parameters stay float32, for inputs that are).
    """
    return Layer(name, init, named, options or {})


def refused(name: str, raises: type[BaseException], *init: Any, **named: Any) -> None:
    """A layer that cannot be made with these arguments."""
    Layer(name, init, named, {"refused": True})._add((), {}, raises)
