"""Padding as a function. 填充函数。"""

from tidu.ops.padding import pad

__all__ = ["pad"]
