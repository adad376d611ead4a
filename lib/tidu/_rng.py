"""Random bits and numbers, draw for draw those of PyTorch's CPU generator. 随机位流，与 PyTorch 的 CPU 生成器逐个一致。

PyTorch draws from a Mersenne Twister seeded in the old way; NumPy has the same generator. What each distribution makes
of the draws is reproduced here: the same seed gives the same numbers on both sides (normals to the last bit or two,
where vectorised logarithms round differently).
Source: https://docs.pytorch.org/docs/stable/notes/randomness.html, Matsumoto & Nishimura 1998 (MT19937),
Box & Muller 1958 (normals).
"""

from __future__ import annotations

import math
import struct
from functools import cache, cached_property
from typing import Any

import numpy as np

STATE_BYTES = 5056
FEW = 64  # draws, up to which NumPy's generator takes longer to ask than to draw one by one
BLOCK = 1 << 15  # draws at a time, where a bit is all that remains of each
_DOUBLE = np.dtype(np.float64)


class Stream:
    """A stream of random bits: seed, state, draws."""

    def __init__(self, seed: int) -> None:
        self.restart(seed)

    def restart(self, seed: int) -> None:
        self._seed = seed % 2**64
        self._spare: float | None = None  # the second of the last pair of normals
        self.__dict__.pop("_bits", None)

    @cached_property
    def _bits(self) -> Any:
        # Not before the first draw: numpy.random is a sixth of what importing this library would take.
        bits = np.random.MT19937(unseeded())
        bits._legacy_seeding(self._seed & 0xFFFFFFFF)
        return bits

    # ---- the whole state, in the bytes that PyTorch keeps it in: seed, words left, words, the spare normal

    def save(self) -> bytes:
        drawn = "_bits" in self.__dict__
        state = self._bits.state["state"]
        words = np.asarray(state["key"], np.uint64).tobytes()
        place = int(state["pos"])
        if not drawn:
            del self._bits
            place = 0
        head = struct.pack("<QiiQ", self._seed, 1 if not drawn else 625 - place, 1, place)
        spare = struct.pack("<dddiifi", 0, self._spare or 0, 0, self._spare is not None, 0, 0, 0)
        return head + words + spare

    def load(self, raw: bytes) -> None:
        self._seed, left, _, place = struct.unpack("<QiiQ", raw[:24])
        words = np.frombuffer(raw[24:5016], np.uint64).astype(np.uint32)
        self._bits = np.random.MT19937(unseeded())
        self._bits.state = {
            "bit_generator": "MT19937",
            "state": {"key": words, "pos": 624 if left == 1 else int(place)},
        }
        _, spare, _, valid = struct.unpack("<dddi", raw[5016:5044])
        self._spare = spare if valid else None

    # ---- draws

    def words(self, n: int) -> np.ndarray:
        """``n`` draws of 32 bits."""
        return self._bits.random_raw(n).astype(np.uint32) if n < FEW else self._integers(n, np.uint32)

    def long_words(self, n: int) -> np.ndarray:
        """``n`` draws of 64 bits, the first 32-bit draw on top."""
        if n >= FEW:
            return self._integers(n, np.uint64)
        pairs = self.words(2 * n).astype(np.uint64).reshape(n, 2)
        return (pairs[:, 0] << np.uint64(32)) | pairs[:, 1]

    def _integers(self, n: int, dtype: Any) -> np.ndarray:
        """As many draws of all the dtype's bits: what each of them takes anew, but without arrays in between."""
        return np.random.Generator(self._bits).integers(0, np.iinfo(dtype).max, n, dtype, endpoint=True)

    def below(self, n: int, p: float) -> np.ndarray:
        """Whether each of ``n`` uniforms in [0, 1), of 53 bits, is below ``p``."""
        found = np.empty(n, bool)
        bound = np.uint64(math.ceil(p * 2**53))
        for start in range(0, n, BLOCK):
            part = found[start : start + BLOCK]
            np.less(self.long_words(len(part)) & np.uint64((1 << 53) - 1), bound, out=part)
        return found

    def uniform(self, n: int, dtype: np.dtype = _DOUBLE) -> np.ndarray:
        """``n`` uniforms in [0, 1): doubles of 53 bits for float64, else float32 of 24 bits."""
        if dtype.itemsize == 8:
            return (self.long_words(n) & np.uint64((1 << 53) - 1)).astype(np.float64) * 2.0**-53
        return (self.words(n) & np.uint32((1 << 24) - 1)).astype(np.float32) * np.float32(2.0**-24)

    def one(self) -> float:
        """A single uniform in [0, 1), of 53 bits."""
        high, low = self._bits.random_raw(2).tolist()
        return (high << 32 | low) % 2**53 * 2.0**-53

    def normal(
        self, n: int, dtype: np.dtype, contiguous: bool = True, mean: float = 0.0, std: float = 1.0
    ) -> np.ndarray:
        """``n`` normals: one by one in double below 16 or into memory with gaps, else in blocks of 8 + 8."""
        if n < 16 or not contiguous:
            return (self.normals(n) * std + mean).astype(dtype)
        kind = np.dtype(np.float64) if dtype.itemsize == 8 else np.dtype(np.float32)
        whole = n // 16 * 16
        draws = self.uniform(whole if dtype.itemsize == 2 else n, kind)
        out = np.empty(n, kind)
        out[:whole] = _box_muller(draws[:whole], kind)
        if whole < n:  # the last sixteen are drawn anew
            out[n - 16 :] = _box_muller(self.uniform(16, kind), kind)
        return (out * kind.type(std) + kind.type(mean)).astype(dtype)

    def normals(self, n: int) -> np.ndarray:
        """``n`` normals in double, one by one: of each pair the second is kept for the next call."""
        return np.asarray([self.one_normal() for _ in range(n)], np.float64)

    def one_normal(self) -> float:
        if self._spare is not None:
            value, self._spare = self._spare, None
            return value
        u1, u2 = self.one(), self.one()
        radius, angle = math.sqrt(-2.0 * math.log1p(-u2)), 2.0 * math.pi * u1
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def integers(self, low: int, high: int, n: int) -> np.ndarray:
        """``n`` integers in [low, high); a span from 2**28 on takes 64 bits each."""
        span = high - low
        draws = self.words(n).astype(np.uint64) if span < 2**28 else self.long_words(n)
        return (draws % np.uint64(span)).astype(np.int64) + np.int64(low) if span < 2**64 else draws.view(np.int64)

    def permutation(self, n: int) -> np.ndarray:
        """A random order of ``range(n)``."""
        steps = np.arange(max(n - 1, 0), dtype=np.uint32)
        places = (self.words(len(steps)) % (np.uint32(n) - steps) + steps).tolist()
        values = list(range(n))
        for i, j in enumerate(places):
            values[i], values[j] = values[j], values[i]
        return np.array(values, np.int64)


@cache
def unseeded() -> Any:
    """A seed for what is given its state right after: to ask the system for entropy takes five times as long."""
    from numpy.random.bit_generator import ISeedSequence

    class Zeros(ISeedSequence):
        def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
            return np.zeros(n_words, dtype)

    return Zeros()


def _box_muller(u: np.ndarray, kind: np.dtype) -> np.ndarray:
    pairs = u.reshape(-1, 2, 8)
    radius = np.sqrt(-2 * np.log(1 - pairs[:, 0])).astype(kind)
    angle = (2 * np.pi * pairs[:, 1]).astype(kind)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1).astype(kind)
