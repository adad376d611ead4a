"""Helpers beside tensors. 工具。"""

from tidu.utils import dlpack

__all__ = ["dlpack"]
