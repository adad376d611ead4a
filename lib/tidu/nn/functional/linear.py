"""Affine and bilinear maps as functions. 线性与双线性变换。"""

from tidu.ops.linear import bilinear
from tidu.ops.linear import linear_map as linear

__all__ = ["bilinear", "linear"]
