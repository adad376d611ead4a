"""The GPU: how many there are, which is current, what its memory holds. 显卡。

CuPy does the work where it finds a GPU; without one each function says what PyTorch says on a machine without.
Source: https://docs.pytorch.org/docs/stable/cuda.html
"""

from __future__ import annotations

from typing import Any

from tidu._backend import gpu as _gpu
from tidu._backend import gpus as _gpus
from tidu._device import device as _device
from tidu.ops.generator import default_generator as _default_generator
from tidu.ops.types import CUDA_TYPED as _CUDA_TYPED

globals().update(_CUDA_TYPED)

NO_CUDA = "Torch not compiled with CUDA enabled"


def is_available() -> bool:
    """有没有显卡 / Whether there is a GPU that CuPy can use."""
    return _gpus() > 0


def device_count() -> int:
    """显卡个数 / How many GPUs there are."""
    return _gpus()


def is_initialized() -> bool:
    """是否已启用 / Whether the GPU has been used: with CuPy, whenever there is one."""
    return _gpus() > 0


def init() -> None:
    """启用显卡 / Nothing to do where there is a GPU; ``AssertionError`` where there is none."""
    _runtime()


def _runtime() -> Any:
    """CuPy, or PyTorch's error where there is no GPU."""
    if not _gpu():
        raise AssertionError(NO_CUDA)
    return _gpu()


def _index(device: Any) -> int:
    """The number of a GPU: by default the current one."""
    if isinstance(device, int):
        return device
    if device is None:
        return current_device()
    where = _device(device)
    if where.type != "cuda":
        raise ValueError(f"Expected a cuda device, but got: {where}")
    return current_device() if where.index is None else where.index


def current_device() -> int:
    """当前显卡的编号 / The number of the GPU that tensors go to by default."""
    return int(_runtime().cuda.runtime.getDevice())


def set_device(device: Any) -> None:
    """选择显卡 / Make another GPU the current one; nothing for negative numbers."""
    index = _index(device) if not isinstance(device, int) else device
    if index >= 0:
        _runtime().cuda.Device(index).use()


def synchronize(device: Any = None) -> None:
    """等待显卡算完 / Wait until the GPU has done all it was asked to do."""
    runtime = _runtime()
    runtime.cuda.Device(_index(device)).synchronize()


def get_device_properties(device: Any = None) -> Any:
    """显卡的属性 / What the driver says of a GPU: a dict."""
    runtime = _runtime()
    return runtime.cuda.runtime.getDeviceProperties(_index(device))


def get_device_name(device: Any = None) -> str:
    """显卡的名字 / The name of a GPU."""
    return str(get_device_properties(device)["name"].decode())


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """显卡的计算能力 / The compute capability of a GPU, major and minor."""
    known = get_device_properties(device)
    return int(known["major"]), int(known["minor"])


def get_arch_list() -> list[str]:
    """支持的架构 / Architectures that code was compiled for: none, CuPy compiles when it runs."""
    return []


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """显卡是否支持 bfloat16 / Whether the GPU computes in bfloat16: not here."""
    return False


# ---- memory


def memory_allocated(device: Any = None) -> int:
    """已用显存 / Bytes of GPU memory that tensors hold; 0 without a GPU."""
    return int(_gpu().get_default_memory_pool().used_bytes()) if _gpu() else 0


def memory_reserved(device: Any = None) -> int:
    """已占显存 / Bytes of GPU memory that are kept for tensors; 0 without a GPU."""
    return int(_gpu().get_default_memory_pool().total_bytes()) if _gpu() else 0


def max_memory_allocated(device: Any = None) -> int:
    """显存的最高用量 / The most bytes that tensors held: CuPy keeps no record, so what its pool has grown to."""
    return memory_reserved(device)


max_memory_reserved = max_memory_allocated


def reset_peak_memory_stats(device: Any = None) -> None:
    """清零最高用量 / Forget the highest use of memory so far."""
    empty_cache() if _runtime() else None


def empty_cache() -> None:
    """释放缓存的显存 / Give back GPU memory that no tensor holds; nothing without a GPU."""
    if _gpu():
        _gpu().get_default_memory_pool().free_all_blocks()


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """空闲与全部显存 / Free and total bytes of a GPU."""
    runtime = _runtime()
    with runtime.cuda.Device(_index(device)):
        free, total = runtime.cuda.runtime.memGetInfo()
    return int(free), int(total)


# ---- seeds: numbers are drawn on the host, one stream for every device


def manual_seed(seed: int) -> None:
    """设定显卡的种子 / Nothing without a GPU; else seeds the one stream that numbers for every device come from."""
    int(seed)
    if _gpu():
        _default_generator.manual_seed(int(seed))


manual_seed_all = manual_seed


def seed() -> None:
    """随机设定显卡的种子 / Seed from entropy; nothing without a GPU."""
    if _gpu():
        _default_generator.seed()


seed_all = seed


def initial_seed() -> int:
    """显卡的种子 / The seed last set."""
    return _default_generator.initial_seed() if _runtime() else 0


def get_rng_state(device: Any = "cuda") -> Any:
    """显卡随机流的状态 / The state of the stream."""
    return _default_generator.get_state() if _runtime() else None


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """恢复显卡随机流的状态 / Set the state of the stream."""
    if _runtime():
        _default_generator.set_state(new_state)


# ---- streams and events


def Stream(device: Any = None, priority: int = 0) -> Any:
    """显卡的指令流 / A queue of work on the GPU: CuPy's. ``RuntimeError`` without a GPU."""
    if not _gpu():
        raise RuntimeError("torch.cuda.Stream requires CUDA support")
    return _gpu().cuda.Stream(non_blocking=True)


def Event(enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> Any:
    """显卡上的事件 / A mark in a queue of work: CuPy's. ``RuntimeError`` without a GPU."""
    if not _gpu():
        raise RuntimeError("Tried to instantiate dummy base class Event: there is no GPU")
    return _gpu().cuda.Event(block=blocking, disable_timing=not enable_timing)


def current_stream(device: Any = None) -> Any:
    """当前指令流 / The queue that work goes to now."""
    return _runtime().cuda.get_current_stream()


class device:
    """A ``with`` block in which another GPU is the current one. 临时选择显卡。"""

    def __init__(self, device: Any) -> None:
        self.index = device if isinstance(device, int) else -1 if device is None else _device(device).index

    def __enter__(self) -> None:
        if not _gpu():
            raise RuntimeError("PyTorch was compiled without CUDA support")
        self._previous = current_device()
        set_device(-1 if self.index is None else self.index)

    def __exit__(self, *exc: object) -> None:
        set_device(self._previous)


def __getattr__(name: str) -> Any:
    if name == "amp":
        from importlib import import_module

        return import_module("tidu.cuda.amp")
    raise AttributeError(f"module 'tidu.cuda' has no attribute '{name}'")
