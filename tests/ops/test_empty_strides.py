"""Strides of views of what has no elements: they come from the sizes, as those of any view do, beside PyTorch."""

from __future__ import annotations

import pytest

import tidu

torch = pytest.importorskip("torch")

SHAPES = ((2, 0), (0, 2), (1, 0), (2, 0, 3), (0, 3, 0), (1, 0, 2, 1), (3, 4, 0), (1, 1, 3))
VIEWS = {
    "transpose": lambda x: x.transpose(0, -1),
    "permute": lambda x: x.permute(*reversed(range(x.ndim))),
    "movedim": lambda x: x.movedim(0, -1),
    "twice": lambda x: x.transpose(0, -1).transpose(0, 1),
    "unsqueeze": lambda x: x.transpose(0, -1).unsqueeze(1),
    "expand": lambda x: x.transpose(0, -1).expand(5, *x.transpose(0, -1).shape),
    "select": lambda x: x.transpose(0, -1).select(0, 0) if x.shape[-1] else x,
    "narrow": lambda x: x.transpose(0, -1).narrow(0, 0, 0),
    "diagonal": lambda x: x.diagonal(),
    "chunk": lambda x: x.transpose(0, 1).chunk(2)[0],
    "detach": lambda x: x.transpose(0, -1).detach(),
    "flatten": lambda x: x.flatten(),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views(name):
    for shape in SHAPES:
        ours, theirs = VIEWS[name](tidu.empty(shape)), VIEWS[name](torch.empty(shape))
        assert (tuple(ours.shape), ours.stride()) == (tuple(theirs.shape), theirs.stride()), shape
        assert ours.is_contiguous() == theirs.is_contiguous()


def test_transpose_of_an_empty_matrix():
    assert tidu.empty(2, 0).t().stride() == (1, 1)
    assert tidu.empty(0, 2).t().stride() == (1, 2)
