"""Classes that print under PyTorch's names. 以 PyTorch 的名字显示的类。

Their ``__module__`` stays tidu's, so that pickles find them.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType


class Named(type):
    """Metaclass: ``<class 'torch.Tensor'>`` for a class whose ``_shown`` is ``"torch.Tensor"``; subclasses as usual."""

    def __repr__(cls) -> str:
        shown = cls.__dict__.get("_shown")
        return f"<class '{shown}'>" if isinstance(shown, str) else type.__repr__(cls)


def speak_for_themselves(classes: Iterable[type], *methods: str) -> None:
    """Errors of a wrong call name the class that was called, ``Conv2d.__init__() missing 1 required …``, and not the
    private base that has the method: the class gets a copy of it under its own name."""
    for cls in classes:
        for method in methods:
            owner = next((c for c in cls.__mro__ if method in c.__dict__), cls)  # a container has no ``forward``
            found = owner.__dict__.get(method)
            if owner is cls or not owner.__name__.startswith("_") or not isinstance(found, FunctionType):
                continue
            own = FunctionType(found.__code__, found.__globals__, method, found.__defaults__, found.__closure__)
            own.__kwdefaults__, own.__doc__, own.__annotations__ = (
                found.__kwdefaults__, found.__doc__, found.__annotations__
            )  # fmt: skip
            own.__qualname__ = f"{cls.__qualname__}.{method}"
            setattr(cls, method, own)
