"""A model on several devices, as programs for them are written. 多设备上的模型。

One device computes here; programs that wrap their model run as they are.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tidu import cuda
from tidu._tensor import Tensor
from tidu.nn.modules.module import Module

__all__ = ["DataParallel"]


def _moved(value: Any, device: Any) -> Any:
    """The same arguments, their tensors on another device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {k: _moved(v, device) for k, v in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_moved(v, device) for v in value)
    return value


class DataParallel(Module):
    """数据并行 / Calls ``module``: where it is if there is no GPU, otherwise on the first of ``device_ids``.

    A batch is not divided over several GPUs. In the state, names begin with "module.".
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = []
        if cuda.is_available():
            self.device_ids = list(range(cuda.device_count()) if device_ids is None else device_ids)
            self.dim, self.output_device = dim, self.device_ids[0] if output_device is None else output_device
            module.to(self._first())

    def _first(self) -> Any:
        first = self.device_ids[0]
        return f"cuda:{first}" if isinstance(first, int) else first

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        if not self.device_ids:
            return self.module(*inputs, **kwargs)
        return self.module(*_moved(inputs, self._first()), **_moved(kwargs, self._first()))
