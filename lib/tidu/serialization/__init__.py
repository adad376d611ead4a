"""Files of tensors: PyTorch's own format, read and written. 保存与读取：PyTorch 自己的文件格式。

``save`` and ``load`` are also ``torch.save`` and ``torch.load``; ``safetensors`` and ``npz`` beside them are for files
that other programs read. To read how it works: ``_zip`` (the container), ``_pickling`` and ``_rebuild`` (what stands in
it), ``_names`` (under which names), ``_restricted`` and ``_allowed`` (what a file from a stranger may ask for).
Source: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from tidu.serialization._allowed import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from tidu.serialization._loading import SourceChangeWarning, get_unsafe_globals_in_checkpoint, load
from tidu.serialization._locations import (
    default_restore_location,
    location_tag,
    register_package,
    validate_cuda_device,
)
from tidu.serialization._options import (
    LoadEndianness,
    get_crc32_options,
    get_default_load_endianness,
    get_default_mmap_options,
    set_crc32_options,
    set_default_load_endianness,
    set_default_mmap_options,
    skip_data,
)
from tidu.serialization._rebuild import StorageType
from tidu.serialization._saving import save

__all__ = [
    "LoadEndianness",
    "SourceChangeWarning",
    "StorageType",
    "add_safe_globals",
    "clear_safe_globals",
    "default_restore_location",
    "get_crc32_options",
    "get_default_load_endianness",
    "get_default_mmap_options",
    "get_safe_globals",
    "get_unsafe_globals_in_checkpoint",
    "load",
    "location_tag",
    "register_package",
    "safe_globals",
    "save",
    "set_crc32_options",
    "set_default_load_endianness",
    "set_default_mmap_options",
    "skip_data",
    "validate_cuda_device",
]
