"""Classes that print under PyTorch's names. 以 PyTorch 的名字显示的类。

Their ``__module__`` stays tidu's, so that pickles find them.
"""

from __future__ import annotations


class Named(type):
    """Metaclass: ``<class 'torch.Tensor'>`` for a class whose ``_shown`` is ``"torch.Tensor"``; subclasses as usual."""

    def __repr__(cls) -> str:
        shown = cls.__dict__.get("_shown")
        return f"<class '{shown}'>" if isinstance(shown, str) else type.__repr__(cls)
