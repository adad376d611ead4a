"""Convolutions of many samples and of large ones are computed piece by piece; the pieces are the whole."""

from __future__ import annotations

import numpy as np
import pytest

from tidu.ops import conv_kernels

SIZES = [
    ((6, 4, 9, 11), (4, 2, 3, 3), {"padding": (1, 2), "groups": 2}),
    ((3, 2, 21, 5), (4, 2, 5, 2), {"stride": (3, 2), "padding": (4, 1), "dilation": (2, 1)}),
    ((5, 3, 40), (2, 3, 4), {"stride": (2,), "padding": (1,)}),
    ((2, 2, 6, 5, 7), (2, 2, 3, 3, 3), {"padding": (1, 1, 1)}),
    ((3, 2, 9, 8), (5, 2, 3, 2), {"dilation": (2, 1)}),
    ((2, 4, 5, 6, 7), (6, 2, 2, 3, 2), {"groups": 2}),
    ((4, 3, 21), (2, 3, 4), {}),
    ((3, 3, 11, 12), (5, 3, 3, 4), {"padding": (1, 1)}),
    ((2, 4, 13, 7), (4, 2, 4, 3), {"groups": 2}),
    ((2, 2, 9, 5, 6), (2, 2, 3, 3, 3), {"padding": (1, 1, 1), "dilation": (1, 2, 1)}),
    ((2, 1, 6, 7), (14, 1, 2, 3), {}),  # so many outputs that the way back makes columns, not lines
]


def frame_of(x: tuple[int, ...], w: tuple[int, ...], how: dict) -> conv_kernels.Frame:
    n = len(x) - 2
    stride, padding, dilation = (how.get(k, (v,) * n) for k, v in (("stride", 1), ("padding", 0), ("dilation", 1)))
    steps = zip(x[2:], padding, dilation, w[2:], stride)
    out = tuple((m + 2 * p - d * (k - 1) - 1) // s + 1 for m, p, d, k, s in steps)
    return conv_kernels.Frame(x[2:], out, w[2:], stride, padding, dilation, how.get("groups", 1))


def by_definition(x: np.ndarray, w: np.ndarray, f: conv_kernels.Frame) -> np.ndarray:
    """Each output is what the taps read, times their weights."""
    width = [(p, p) for p in f.lower]
    padded = np.pad(x, [(0, 0), (0, 0), *width])
    out = np.zeros((len(x), len(w), *f.out))
    many, inner = len(w) // f.groups, w.shape[1]
    for o in range(len(w)):
        group = padded[:, o // many * inner : (o // many + 1) * inner]
        for at in np.ndindex(f.out):
            window = tuple(
                slice(i * s, i * s + (k - 1) * d + 1, d) for i, s, k, d in zip(at, f.stride, f.kernel, f.dilation)
            )
            out[(slice(None), o, *at)] = (group[(..., *window)] * w[o]).reshape(len(x), -1).sum(1)
    return out


@pytest.mark.parametrize("fold, solo", [(1 << 40, 1), (1 << 40, 1 << 40), (0, 1)])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("chunk", [1, 600, 5000, 1 << 20])
@pytest.mark.parametrize("case", range(len(SIZES)))
def test_pieces_are_the_whole(
    case: int, chunk: int, threads: int, fold: int, solo: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x_shape, w_shape, how = SIZES[case]
    rng = np.random.default_rng(case)
    x, w, frame = rng.standard_normal(x_shape), rng.standard_normal(w_shape), frame_of(x_shape, w_shape, how)
    monkeypatch.setattr(conv_kernels, "CHUNK", chunk)
    monkeypatch.setattr(conv_kernels, "WORTH", 1)
    monkeypatch.setattr(conv_kernels, "FOLD", fold)
    monkeypatch.setattr(conv_kernels, "SOLO", solo)
    monkeypatch.setattr(conv_kernels, "_threads", lambda x: threads)
    conv_kernels._plan.cache_clear()
    try:
        y = conv_kernels.to_output(x, w, frame)
        np.testing.assert_allclose(y, by_definition(x, w, frame), atol=1e-12)
        u = rng.standard_normal(y.shape)
        along = (u * y).sum()  # the three products are one sum, linear in each of x, w and y
        np.testing.assert_allclose((conv_kernels.to_input(u, w, frame) * x).sum(), along)
        np.testing.assert_allclose((conv_kernels.to_weight(x, u, frame) * w).sum(), along)
    finally:
        conv_kernels._plan.cache_clear()


def test_few_outputs_are_made_several_rows_at_once() -> None:
    """Where outputs are few, rows are outputs, too; where there is little to compute or to share, they are not."""
    image = frame_of((4, 3, 32, 32), (6, 3, 5, 5), {})
    assert conv_kernels._fold(image, 4, 6, 3) == 2
    assert conv_kernels._fold(image, 4, 3, 3) == 4
    assert conv_kernels._fold(image, 4, 16, 3) == 1
    assert conv_kernels._fold(frame_of((1, 3, 9, 9), (6, 3, 5, 5), {}), 1, 6, 3) == 1
    assert conv_kernels._fold(frame_of((4, 3, 32, 32), (6, 3, 5, 5), {"stride": (2, 1)}), 4, 6, 3) == 1
    assert [case for case, (x, w, how) in enumerate(SIZES) if folds(x, w, how)] == [7, 8, 9]


def folds(x: tuple[int, ...], w: tuple[int, ...], how: dict) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conv_kernels, "FOLD", 0)
        return conv_kernels._fold(frame_of(x, w, how), x[0], *w[:2]) > 1


def test_columns_take_little_memory() -> None:
    """A large image is laid out some rows at a time: its columns would take 25 times its memory."""
    frame = frame_of((1, 8, 500, 500), (8, 8, 5, 5), {"padding": (2, 2)})
    plan = conv_kernels._plan(1, 8, 8, np.dtype(np.float32), frame, 1)
    assert len(plan[0]) > 20
    for piece in plan[0]:
        rows = piece.block.stop - piece.block.start
        assert rows * (8 * 25 + 8) * 504 * 4 <= 1.5 * conv_kernels.CHUNK
        assert piece.layout.size * 4 <= 2 * conv_kernels.CHUNK
