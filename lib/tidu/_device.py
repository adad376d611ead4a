"""Devices: where memory is, and where new tensors are made. 设备。

Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.device
"""

from __future__ import annotations

from _thread import _local as thread_local  # the module threading takes a twentieth of our import
from collections.abc import Callable
from functools import wraps
from typing import Any

from tidu._backend import gpu, gpus
from tidu._naming import Named

KINDS = ("cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu mtia "
         "privateuseone").split()  # fmt: skip
NO_ACCELERATOR = "Cannot access accelerator device when none is available."


class device(metaclass=Named):
    """Where a tensor's memory is: ``device("cpu")``, ``device("cuda", 0)``. 设备。

    Every type that PyTorch knows can be named; one that is not here is an error when it is used. In a ``with`` block,
    new tensors are made there.
    """

    __slots__ = ("type", "index")
    _shown = "torch.device"

    type: str
    index: int | None

    def __new__(cls, type: Any = None, index: int | None = None, *, device: Any = None) -> device:
        self = object.__new__(cls)
        type = device if type is None else type
        if isinstance(type, cls) and index is None:
            type, index = type.type, type.index
        elif isinstance(type, int) and not isinstance(type, bool):
            if not gpu():
                raise RuntimeError(f"{NO_ACCELERATOR} device({type}) is its device {type}")
            type, index = "cuda", type
        elif not isinstance(type, str) or not (index is None or isinstance(index, int)):
            raise TypeError(
                f"device() received an invalid combination of arguments: argument 'type' must be str or torch.device "
                f"and 'index' int, not {type.__class__.__name__} and {index.__class__.__name__}"
            )
        else:
            type, index = _parsed(type, index)
        object.__setattr__(self, "type", type)
        object.__setattr__(self, "index", index)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__slots__:
            raise AttributeError(f"attribute '{name}' of 'torch.device' objects is not writable")
        raise AttributeError(f"'torch.device' object has no attribute '{name}'")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __lt__(self, other: object) -> bool:
        raise TypeError("comparison not implemented")

    __le__ = __gt__ = __ge__ = __lt__

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (f", index={self.index})" if self.index is not None else ")")

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        places.blocks.append(self)
        places.used = True
        return self

    def __exit__(self, *exc: object) -> None:
        places.blocks.pop()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: new tensors inside ``function`` are made on this device. 作为装饰器。"""

        @wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return inside


def _parsed(text: str, index: int | None) -> tuple[str, int | None]:
    if not text:
        raise RuntimeError("Device string must not be empty: argument 'type' is ''")
    kind, colon, number = text.partition(":")  # no regular expression: to compile one takes long, for an import
    named = kind.isascii() and kind.replace("_", "a").isalpha()
    if not named or (colon and not (number.isascii() and number.isdigit() and (number == "0" or number[0] != "0"))):
        raise RuntimeError(f"Invalid device string: '{text}': argument 'type' must be a name such as 'cpu' or 'cuda:0'")
    if kind not in KINDS:
        raise RuntimeError(f"Expected one of {', '.join(KINDS)} device type at start of device string: {text}")
    if colon and index is not None:
        raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {text}")
    if index is not None and index < 0:
        raise RuntimeError(f"Device index must not be negative: argument 'index' is {index}")
    return kind, int(number) if colon else index


CPU = device("cpu")


class _Places(thread_local):
    """Where new tensors are made when no device is asked for."""

    chosen: device | None = None  # by set_default_device
    used = False  # whether anybody ever chose: most programs do not, and creation need not look

    def __init__(self) -> None:
        self.blocks: list[device] = []  # of the ``with`` blocks around

    def current(self) -> device | None:
        return self.blocks[-1] if self.blocks else self.chosen


places = _Places()


def set_default_device(device: Any) -> None:
    """设置默认设备 / Where tensors are made from now on, a device or its name; None is the CPU again."""
    places.chosen = None if device is None else globals()["device"](device)
    places.used = True


def get_default_device() -> device:
    """默认设备 / Where tensors are made: that of the ``with`` block around, else of ``set_default_device``."""
    where = places.current() or CPU
    return here(where, gpus()) if where.type == "cuda" else where


def here(where: device, gpus: int) -> device:
    """``where``, if tensors can be made there: on the CPU, or on one of so many GPUs; else PyTorch's error."""
    kind = where.type
    if kind == "cpu":
        return CPU
    if kind == "cuda" and gpus:
        if where.index is not None and where.index >= gpus:
            raise RuntimeError(f"CUDA error: invalid device ordinal: {where} of {gpus} GPUs")
        return where
    if kind in ("cuda", "xpu", "mtia"):
        raise AssertionError(f"Torch not compiled with {kind.upper()} enabled")
    if kind == "meta":
        raise NotImplementedError("tidu has no meta tensors: every tensor has memory")
    raise RuntimeError(f"PyTorch is not linked with support for {kind} devices: tidu runs on cpu and cuda")
