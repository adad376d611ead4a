"""Sequences of different lengths: padded, and packed step by step. 变长序列的填充与打包。

A ``PackedSequence`` has first the first elements of all sequences, the longest first, then all second ones, and so on.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tidu._args import type_name
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """打包的序列 / Sequences packed step by step; recurrent layers take it and give one.

    ``batch_sizes``: how many sequences have each step. ``sorted_indices``, ``unsorted_indices``: the order from longest
    to shortest, and back; None where the sequences came in that order.
    """

    def __new__(
        cls, data: Tensor, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> Any:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:  # in old code a pair stood for data and sizes
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """转换类型或设备 / The data in another dtype or on another device; itself where it is already."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """移到显卡 / On the GPU."""
        return self.to("cuda")

    def cpu(self) -> PackedSequence:
        """移到主存 / In the host's memory."""
        return self.to("cpu")

    def double(self) -> PackedSequence:
        """转为 float64 / In float64."""
        return self.to(FUNCTIONS["empty"](0).double().dtype)

    def float(self) -> PackedSequence:
        """转为 float32 / In float32."""
        return self.to(FUNCTIONS["empty"](0).float().dtype)

    def half(self) -> PackedSequence:
        """转为 float16 / In float16."""
        return self.to(FUNCTIONS["empty"](0).half().dtype)

    @property
    def is_cuda(self) -> bool:
        """是否在显卡上 / Whether the data is on a GPU."""
        return self.data.is_cuda

    def is_pinned(self) -> bool:
        """是否锁页内存 / Whether the data is in page-locked memory: never here."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """逆置换 / The order that undoes a permutation."""
    return None if permutation is None else wrap(np.argsort(permutation._array, kind="stable"))


def _rows(x: Tensor, order: Any, dim: int = 0) -> Tensor:
    picked: Tensor = x.index_select(dim, order if isinstance(order, Tensor) else wrap(np.asarray(order, np.int64)))
    return picked


def _places(lengths: np.ndarray, batch_first: bool, shape: tuple[int, ...]) -> np.ndarray:
    """Where, in a padded batch seen as rows, the packed rows are."""
    steps = np.arange(lengths.max())
    t, b = np.nonzero(steps[:, None] < lengths[None, :])
    return b * shape[1] + t if batch_first else t * shape[1] + b


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """打包填充好的序列 / A padded batch (T, B, ...), or (B, T, ...) if ``batch_first``, without its padding.

    ``enforce_sorted``: the sequences must come longest first; else they are put in that order.
    """
    if not isinstance(lengths, Tensor):
        lengths = FUNCTIONS["as_tensor"](lengths, dtype=FUNCTIONS["empty"](0).long().dtype)
    sizes = np.asarray(lengths._array)
    order = None
    if not enforce_sorted:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
        input = _rows(input, order, 0 if batch_first else 1)
    if sizes.ndim != 1:
        raise RuntimeError("'lengths' argument should be a 1D CPU int64 tensor")
    if not input.numel() and not input.shape[0 if not batch_first else 1]:
        raise RuntimeError("Cannot pack empty tensors.")
    if sizes.size != input.shape[0 if batch_first else 1]:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {sizes.size} (batch_size="
            f"{input.shape[0 if batch_first else 1]})"
        )
    if sizes.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if (np.diff(sizes) > 0).any():
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if "
            "you do not need ONNX exportability."
        )
    steps = input.shape[1 if batch_first else 0]
    if sizes[0] > steps:
        raise RuntimeError(f"pack_padded_sequence(): lengths up to {sizes[0]} do not fit in an input of {steps} steps")
    flat = input.reshape(input.shape[0] * input.shape[1], *input.shape[2:])
    data = _rows(flat, _places(sizes, batch_first, input.shape))
    counts = (np.arange(sizes[0])[:, None] < sizes[None, :]).sum(1)
    return PackedSequence(data, wrap(counts), None if order is None else wrap(order))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """还原为填充的序列 / The padded batch (T, B, ...), or (B, T, ...), and the lengths, in the order of before."""
    counts = sequence.batch_sizes._array
    steps = len(counts)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    batch = int(counts[0])
    lengths = (counts[:, None] > np.arange(batch)[None, :]).sum(0)
    data = sequence.data
    empty = data.new_full((steps * batch, *data.shape[1:]), padding_value)
    shape = (batch, steps) if batch_first else (steps, batch)
    places = _places(lengths, batch_first, shape)
    padded = empty.index_copy(0, wrap(places), data).reshape(*shape, *data.shape[1:])
    if sequence.unsorted_indices is not None:
        padded = _rows(padded, sequence.unsorted_indices, 0 if batch_first else 1)
        lengths = lengths[sequence.unsorted_indices._array]
    return padded, wrap(lengths)


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """填充成同样长 / Sequences (length, ...) as one batch (T, B, ...), or (B, T, ...), padded at the end or start."""
    if padding_side not in ("left", "right"):
        raise RuntimeError(f'padding_side should be either "right" or "left", but got {padding_side}')
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    elif not hasattr(sequences, "__iter__"):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences).__name__}"
        )
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    for i, s in enumerate(sequences):
        if not isinstance(s, Tensor):
            raise TypeError(
                f"pad_sequence(): argument 'sequences': expected Tensor as element {i} in argument 0, but got "
                f"{type_name(s)}"
            )
    longest = max(len(s) for s in sequences)
    trailing = sequences[0].shape[1:]
    rows = []
    for s in sequences:
        if s.shape[1:] != trailing:
            pairs = zip(trailing, s.shape[1:], strict=False)
            d, a, b = next(((i, a, b) for i, (a, b) in enumerate(pairs, 1) if a != b), (1, len(trailing), s.ndim - 1))
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {d}: "
                f"pad_sequence(): the sequences must agree in all sizes but the first, got {list(trailing)} and "
                f"{list(s.shape[1:])}"
            )
        gap = s.new_full((longest - len(s), *trailing), padding_value)
        parts = [gap, s] if padding_side == "left" else [s, gap]
        rows.append(FUNCTIONS["cat"](parts) if len(gap) else s)
    made: Tensor = FUNCTIONS["stack"](rows, 0 if batch_first else 1)
    return made


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """去掉填充 / The sequences of a padded batch, each of its own length."""
    batch = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [s[: int(n)] for s, n in zip(batch, lengths, strict=False)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """打包若干序列 / Sequences (length, ...) packed; longest first, unless ``enforce_sorted`` is False."""
    lengths = wrap(np.array([len(s) for s in sequences], np.int64))
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """拆回若干序列 / The sequences that were packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
