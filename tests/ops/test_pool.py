"""Windows over planes, piece by piece and in vectors over the ends of rows: each reads what its definition says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tidu.ops import pool_kernels
from tidu.ops.conv_kernels import Frame

# size, kernel, stride, zeros before, dilation of one dimension: tiled exactly, with a rest, with gaps, overlapping
LINES = [
    (4, 2, 2, 0, 1),
    (5, 2, 2, 0, 1),
    (3, 3, 3, 1, 1),
    (6, 2, 3, 0, 1),
    (7, 3, 2, 1, 1),
    (6, 2, 1, 0, 2),
    (1, 1, 1, 0, 1),
]


def frame_of(*lines: tuple[int, ...]) -> Frame:
    size, kernel, stride, lower, dilation = zip(*lines, strict=True)
    out = tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in lines)
    return Frame(size, out, kernel, stride, lower, dilation)


def reads(frame: Frame, window: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """The taps of a window that read the plane, and where."""
    found = []
    for number, tap in enumerate(itertools.product(*map(range, frame.kernel))):
        at = tuple(
            o * s - p + t * d
            for o, s, p, t, d in zip(window, frame.stride, frame.lower, tap, frame.dilation, strict=True)
        )
        if all(0 <= a < n for a, n in zip(at, frame.size, strict=True)):
            found.append((number, at))
    return found


@pytest.mark.parametrize("block", [1, 60, 1 << 17])
@pytest.mark.parametrize("rows", LINES)
@pytest.mark.parametrize("columns", LINES)
def test_windows_by_definition(
    rows: tuple[int, ...], columns: tuple[int, ...], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_kernels, "BLOCK", block)
    frame = frame_of(rows, columns)
    rng = np.random.default_rng(0)
    x = rng.integers(-3, 4, (2, 3, *frame.size)).astype(np.float32)
    values, taps = pool_kernels.largest(x, frame)
    sums = pool_kernels.sums(x, frame)
    g = rng.standard_normal(values.shape).astype(np.float32)
    put, spread = np.zeros_like(x), np.zeros_like(x)
    for window in np.ndindex(frame.out):
        read = reads(frame, window)
        for lead in np.ndindex(x.shape[:2]):
            here = [x[(*lead, *at)] for _, at in read]
            best = int(np.argmax(here))
            assert (values[(*lead, *window)], taps[(*lead, *window)]) == (here[best], read[best][0])
            assert sums[(*lead, *window)] == sum(here)
            put[(*lead, *read[best][1])] += g[(*lead, *window)]
            for _, at in read:
                spread[(*lead, *at)] += g[(*lead, *window)]
    np.testing.assert_allclose(pool_kernels.spread(g, frame, taps), put, atol=1e-5)
    np.testing.assert_allclose(pool_kernels.spread(g, frame), spread, atol=1e-5)
    np.testing.assert_array_equal(pool_kernels.sums(x, frame, taps), values)
