"""Memory shared through DLPack. 通过 DLPack 共享内存。"""

from tidu.ops.exchange import DLDeviceType, from_dlpack, to_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]
