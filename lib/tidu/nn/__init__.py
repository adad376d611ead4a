"""Neural nets. 神经网络。"""

from tidu.nn import functional

__all__ = ["functional"]
