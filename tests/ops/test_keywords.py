"""Arguments go by PyTorch's names: ``mm(input=a, mat2=b)``, ``x.reshape(shape=(2, 3))``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tidu
from tests.ops import keywords
from tests.ops.cases import SAMPLES

ROWS = keywords.rows()


def arrays(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [a for v in value for a in arrays(v)]
    return [value.detach().numpy() if isinstance(value, tidu.Tensor) else np.asarray(value)]


@pytest.mark.parametrize("row", ROWS, ids=[f"{form}-{op}-{','.join(names)}" for form, op, names, _ in ROWS])
def test_arguments_by_name(row: keywords.Row) -> None:
    form, op, names, key = row
    tidu.manual_seed(0)
    want = arrays(keywords.called(tidu, form, SAMPLES[key]))
    tidu.manual_seed(0)
    got = arrays(keywords.called(tidu, form, SAMPLES[key], names))
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        if "empty" not in op:
            np.testing.assert_array_equal(a, b)


def test_the_recorded_names_are_pytorch_s() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed; the recording stands in for it")
    fresh = keywords.of_pytorch()
    assert fresh == ROWS, "the record is old: python -m tests.ops.keywords"


def test_names_of_what_changes_a_shape_in_place() -> None:
    x = tidu.ones(2, 3)
    assert x.transpose_(dim0=0, dim1=1).shape == (3, 2)
    assert x.swapaxes_(axis0=0, axis1=1).shape == (2, 3)
    assert x.unsqueeze_(dim=0).shape == (1, 2, 3)
    assert x.squeeze_(dim=0).shape == (2, 3)
    assert x.as_strided_(size=(2,), stride=(1,), storage_offset=1).shape == (2,)


def test_numpy_s_names_for_dimensions() -> None:
    x = tidu.arange(6.0).reshape(2, 3)
    assert tidu.equal(tidu.sum(x, axis=1, keepdims=True), x.sum(1, True))
    assert tidu.equal(x.mean(axis=0), x.mean(0))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x: tidu.mm(x, other=x), "other"),
        (lambda x: tidu.mm(x, x, mat2=x), "mat2"),
        (lambda x: x.reshape(2, 2, shape=(4,)), "shape"),
        (lambda x: tidu.addmm(x, x), "mat2"),
        (lambda x: x.repeat(), "repeats"),
        (lambda x: x.tile(2, dims=2), "dims"),
    ],
)
def test_a_wrong_name_is_named(call: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call(tidu.ones(2, 2))
