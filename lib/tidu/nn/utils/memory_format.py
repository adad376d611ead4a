"""Convolutions' weights in another order in memory. 卷积权重的内存布局。"""

from __future__ import annotations

from typing import Any

from tidu.nn.modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from tidu.nn.modules.module import Module


def _convert(module: Module, kinds: tuple[type[Module], ...], memory_format: Any) -> Module:
    for layer in module.modules():
        if isinstance(layer, kinds):
            weight: Any = layer.weight
            weight.data = weight.detach().clone(memory_format=memory_format)
    return module


def convert_conv2d_weight_memory_format(module: Module, memory_format: Any) -> Module:
    """二维卷积权重的布局 / The module, the weights of its two-dimensional convolutions in ``memory_format``."""
    return _convert(module, (Conv2d, ConvTranspose2d), memory_format)


def convert_conv3d_weight_memory_format(module: Module, memory_format: Any) -> Module:
    """三维卷积权重的布局 / The module, the weights of its three-dimensional convolutions in ``memory_format``."""
    return _convert(module, (Conv3d, ConvTranspose3d), memory_format)


__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]
