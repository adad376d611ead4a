"""Layers of ``legacy.nn``: what they compute is PyTorch's, their gradients are those of differences."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest

import tidu
from tests.effort import rounds
from tests.legacy.cases import CRITERIONS, LAYERS, Case, LossCase, made
from tests.ops import golden
from tidu.legacy import nn
from tidu.legacy.nn import tables

try:
    import torch
except ImportError:
    torch = None

TODAY: Any = torch if torch is not None and torch.__version__.startswith(golden.VERSION) else tidu


def rng_of(case: Any) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(case.key.encode()))


def tensors(table: Any, module: Any = tidu) -> Any:
    return tables.mapped(lambda a: module.tensor(np.asarray(a)), table)


def arrays(table: Any) -> Any:
    return tables.mapped(lambda t: t.detach().numpy().copy(), table)


def layer_of(case: Case, rng: np.random.Generator) -> Any:
    """In double precision, with parameters from the case's numbers."""
    args = [tidu.tensor(a) if isinstance(a, list) else a for a in case.args]
    if "Normalization" in case.name and len(args) == 2 and isinstance(args[1], tuple):
        args[1] = tidu.ones(*args[1])
    layer = getattr(nn, case.name)(*args)
    if case.made is not None:
        case.made(layer, tidu)
    layer.double()
    for p in (layer.parameters() or ([], []))[0]:
        p.copy_(tidu.tensor(rng.uniform(0.2, 1, tuple(p.shape))))
    layer.zeroGradParameters()
    return layer


def close(found: Any, wanted: Any, tol: float = 1e-9) -> None:
    found, wanted = list(tables.entries(found)), list(tables.entries(wanted))
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=tol, atol=tol)


def agrees(gradient: np.ndarray, function: Any, values: np.ndarray, rng: np.random.Generator, tol: float) -> None:
    """The gradient of a function of the values, which are changed in place: along random directions, as by steps."""
    kept, step = values.copy(), 1e-6
    for _ in range(rounds(2, 30)):
        direction = rng.standard_normal(values.shape)
        values[...] = kept + step * direction
        above = function()
        values[...] = kept - step * direction
        slope = (above - function()) / (2 * step)
        values[...] = kept
        np.testing.assert_allclose((gradient * direction).sum(), slope, rtol=1e-5, atol=tol)


def weighed(output: Any, weights: Any) -> float:
    return float(sum((o.numpy() * w).sum() for o, w in zip(tables.entries(output), tables.entries(weights))))


@pytest.mark.parametrize("case", LAYERS, ids=lambda c: c.key)
def test_it_computes_what_pytorch_computes_today(case: Case) -> None:
    rng = rng_of(case)
    layer = layer_of(case, rng)
    x = made(case.input, rng)
    wanted = case.reference(TODAY, tensors(x, TODAY), *tensors(arrays((layer.parameters() or ([], []))[0]), TODAY))
    output = layer.forward(tensors(x))
    close(arrays(output), arrays(wanted))
    assert layer.output is output
    assert not any(o.requires_grad for o in tables.entries(output))
    assert repr(layer).startswith(case.shown or "nn.") and (case.shown is None or repr(layer) == case.shown)


@pytest.mark.parametrize("case", LAYERS, ids=lambda c: c.key)
def test_its_gradients_are_those_of_differences(case: Case) -> None:
    rng = rng_of(case)
    layer = layer_of(case, rng)
    x = made(case.input, rng)
    given = tensors(x)
    upstream = tables.mapped(lambda o: rng.standard_normal(tuple(o.shape)), layer.forward(given))
    grad = layer.backward(given, tensors(upstream), 0.5)
    assert layer.gradInput is grad

    def total() -> float:
        return weighed(layer.forward(tensors(x)), upstream)

    found = arrays(grad)
    parameters, gradients = layer.parameters() or ([], [])
    first = arrays(gradients)
    for values, g in zip(tables.entries(x), tables.entries(found), strict=True):
        assert g.shape == values.shape
        if values.dtype.kind == "f":
            agrees(g, total, values, rng, 1e-6)
        else:
            assert not g.any()
    for p, g in zip(parameters, first, strict=True):
        agrees(g * 2, total, p.numpy(), rng, 1e-6)

    # A second pass adds to the parameters' gradients, and gives the input's anew.
    layer.forward(given)
    close(arrays(layer.backward(given, tensors(upstream), 1)), found)
    close(arrays(gradients), [3 * g for g in first])
    before = arrays(parameters)
    layer.updateParameters(0.1)
    close(arrays(parameters), [p - 0.3 * g for p, g in zip(before, first, strict=True)])
    layer.zeroGradParameters()
    assert not any(g.any() for g in arrays(gradients))

    # Stepping at once, from there: the gradients stay zero.
    if parameters and case.name != "SpatialFullConvolutionMap":
        layer.forward(given)
        layer.accGradParameters(given, tensors(upstream))
        wanted = [p - 0.2 * g for p, g in zip(arrays(parameters), arrays(gradients), strict=True)]
        layer.zeroGradParameters()
        layer.forward(given)
        layer.backwardUpdate(given, tensors(upstream), 0.2)
        close(arrays(parameters), wanted)
        assert not any(g.any() for g in arrays(gradients))


@pytest.mark.parametrize("case", CRITERIONS, ids=lambda c: c.key)
def test_a_criterion_is_pytorch_s_and_its_gradient_that_of_differences(case: LossCase) -> None:
    rng = rng_of(case)
    args = [tidu.tensor(a) if isinstance(a, tuple) else a for a in case.args]
    criterion = getattr(nn, case.name)(*args).double()
    x = made(case.input, rng)
    y = case.target if isinstance(case.target, int) or case.target is None else made(case.target, rng)
    target = tensors(y) if isinstance(y, np.ndarray) else y
    if case.name == "MultiLabelSoftMarginCriterion":
        target = target.double()
    value = criterion.forward(tensors(x), target)
    assert isinstance(value, float) and criterion.output == value
    wanted = case.reference(TODAY, tensors(x, TODAY), tensors(y, TODAY) if isinstance(y, np.ndarray) else y)
    np.testing.assert_allclose(value, float(wanted), rtol=1e-9)
    found = criterion.backward(tensors(x), target)
    assert criterion.gradInput is found
    for values, g in zip(tables.entries(x), tables.entries(arrays(found)), strict=True):
        agrees(g, lambda: criterion.forward(tensors(x), target), values, rng, 1e-7)


def test_every_layer_and_criterion_has_a_case_or_a_test_of_its_own() -> None:
    """Those that draw numbers, contain others, or only pass on are in ``test_containers`` and ``test_others``."""
    others = """Module Criterion Container Sequential Concat DepthConcat ConcatTable ParallelTable Parallel Copy
        Dropout SpatialDropout VolumetricDropout RReLU SpatialFractionalMaxPooling SpatialMaxUnpooling
        VolumetricMaxUnpooling GradientReversal L1Penalty CriterionTable MultiCriterion ParallelCriterion
        ClassSimplexCriterion""".split()
    tested = {case.name for case in (*LAYERS, *CRITERIONS)}
    assert sorted(nn.__all__) == sorted({*tested, *others})
