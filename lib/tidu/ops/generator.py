"""Generators: seeds and states of the random streams. 随机数生成器：种子与状态。

Source: https://docs.pytorch.org/docs/stable/generated/torch.Generator.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tidu._args import is_int, type_name
from tidu._device import CPU
from tidu._device import device as _device
from tidu._naming import Named
from tidu._registry import FUNCTIONS
from tidu._rng import STATE_BYTES, Stream
from tidu._tensor import Tensor, wrap

_FIRST = 67280421310721  # the seed of a generator that was given none


class Generator(Stream, metaclass=Named):
    """A stream of random numbers with a seed of its own; ``generator=`` draws from it. 随机数生成器。

    Only on the CPU: numbers for a GPU are drawn here and sent there, so that they are the same on every device.
    """

    _shown = "torch._C.Generator"

    def __init__(self, device: Any = "cpu") -> None:
        self.device = _device(device)
        if self.device.type != "cpu":
            raise RuntimeError(
                f"Generator(): argument 'device': Cannot get {self.device.type.upper()} generator: "
                "numbers are drawn on the CPU"
            )
        self.device = CPU
        super().__init__(_FIRST)

    def manual_seed(self, seed: int) -> Generator:
        """Start again from ``seed``; returns the generator. 设定种子。"""
        if not is_int(seed):
            raise RuntimeError(f"manual_seed expected a long, but got {type_name(seed)}: argument 'seed'")
        seed = int(seed)
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"Overflow when unpacking long long: argument 'seed' is {seed}, beyond 64 bits")
        self.restart(seed)
        return self

    def seed(self) -> int:
        """Seed from the operating system's entropy; returns the seed. 随机种子。"""
        self.restart(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed last set. 上次设定的种子。"""
        return self._seed

    def get_state(self) -> Tensor:
        """The whole state, as the bytes that PyTorch keeps it in. 取出状态。"""
        return wrap(np.frombuffer(self.save(), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from a state that ``get_state`` gave, here or in PyTorch. 恢复状态。"""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type_name(new_state)}: argument 'new_state'")
        if new_state._array.dtype != np.uint8:
            raise TypeError("RNG state must be a torch.ByteTensor")
        if new_state._array.size != STATE_BYTES:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_BYTES} but found the input RNG state size to be "
                f"{new_state._array.size}"
            )
        self.load(new_state._array.tobytes())
        return self

    def clone_state(self) -> Generator:
        """Another generator that goes on from the same state. 复制生成器。"""
        return Generator().set_state(self.get_state())

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {hex(id(self))}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """In the form in which PyTorch's files have it."""
        return Generator, (self.device,), (self.initial_seed(), None, self.get_state())

    def __setstate__(self, state: tuple[int, None, Tensor]) -> None:
        self.set_state(state[2])


default_generator = Generator()
default_generator.seed()


def generator_of(value: Any, function: str) -> Generator:
    """The argument ``generator`` of a function: the global one where it is None."""
    if value is None:
        return default_generator
    if not isinstance(value, Generator):
        raise TypeError(f"{function}(): argument 'generator' must be torch.Generator, not {type_name(value)}")
    return value


def manual_seed(seed: int) -> Generator:
    """设定全局种子 / Seed the global generator; the numbers that follow are PyTorch's for that seed."""
    try:
        number = int(seed)
    except (TypeError, ValueError) as error:
        raise type(error)(f"manual_seed(): argument 'seed' must be int, not {type_name(seed)}: {error}") from None
    return default_generator.manual_seed(number)


def seed() -> int:
    """随机设定全局种子 / Seed the global generator from entropy; returns the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """上次的种子 / The seed the global generator was last given."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """全局生成器的状态 / The global generator's state."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """恢复全局生成器的状态 / Set the global generator's state."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, **unused: Any) -> Iterator[None]:
    """隔离随机状态 / A ``with`` block after which the global generator goes on as if nothing had been drawn."""
    if not enabled:
        yield
        return
    state = default_generator.save()
    try:
        yield
    finally:
        default_generator.load(state)


for _made in (manual_seed, seed, initial_seed, get_rng_state, set_rng_state):
    FUNCTIONS[_made.__name__] = _made
