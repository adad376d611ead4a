"""What PyTorch asks of the libraries it computes with. 后端开关。

Switches can be set and read, as programs do; NumPy and CuPy choose their algorithms themselves.
Source: https://docs.pytorch.org/docs/stable/backends.html
"""

from __future__ import annotations

from typing import Any

from tidu._backend import gpus as _gpus


class _Backend:
    """Switches, and whether the library is there."""

    def __init__(self, available: Any = False, version: Any = None, **switches: Any) -> None:
        self.__dict__.update(switches)
        self._available, self._version = available, version

    def is_available(self) -> bool:
        """能否使用 / Whether it can be used."""
        return self._available() if callable(self._available) else self._available

    def is_built(self) -> bool:
        """是否支持 / Whether the library was built with it."""
        return self.is_available()

    def version(self) -> Any:
        """版本 / Its version, None where it is not there."""
        return self._version


def _has_gpu() -> bool:
    return _gpus() > 0


mps = _Backend()
cudnn = _Backend(benchmark=False, deterministic=False, enabled=True, allow_tf32=True, benchmark_limit=10)
cuda = _Backend(
    _has_gpu,
    matmul=_Backend(
        allow_tf32=False, allow_fp16_reduced_precision_reduction=True, allow_bf16_reduced_precision_reduction=True
    ),
)
mkl, mkldnn, openmp = _Backend(), _Backend(enabled=True), _Backend(True)
