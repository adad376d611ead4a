"""Large arrays: done in blocks, on threads, they give what the plain call gives.

For most tests the numbers from which an array counts as large are made tiny, so that every sample of every op is large.
"""

from __future__ import annotations

import importlib
import itertools
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.effort import rounds
from tests.ops.cases import SAMPLES
from tests.ops.observe import Comparison, observe

tidu = importlib.import_module("tidu")
kernels = importlib.import_module("tidu._kernels")
threads = importlib.import_module("tidu._threads")
_blas = importlib.import_module("tidu._blas")
streams = importlib.import_module("tidu._rng")
OPS: dict[str, Any] = importlib.import_module("tidu._registry").OPS

TINY = {"LARGE": 2, "BLOCK": 5, "ROWS": 4, "PROBE": 2, "FEW": 2, "RUN": 3, "STACK": 3, "MANY": 2}
SUMS = {
    "sum",
    "mean",
    "var",
    "std",
    "softmax",
    "log_softmax",
    "relu",
    "where",
    "bmm",
    "matmul",
    "baddbmm",
    "cumsum",
    "cumprod",
}
CHECKED = [k for k, s in SAMPLES.items() if s.op in SUMS or (s.op in OPS and OPS[s.op].elementwise)]


def set_sizes(monkeypatch: pytest.MonkeyPatch, **sizes: int) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("tidu"):
            for size, value in sizes.items():
                if isinstance(vars(module).get(size), int):
                    monkeypatch.setattr(module, size, value)
    kernels._constant.cache_clear()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = tidu.get_num_threads()
    set_sizes(monkeypatch, **TINY)
    tidu.set_num_threads(3)
    yield
    tidu.set_num_threads(before)
    monkeypatch.undo()
    kernels._constant.cache_clear()


@pytest.fixture(params=[1, 2, 3])
def size_of_team(request: pytest.FixtureRequest) -> Iterator[int]:
    before = tidu.get_num_threads()
    tidu.set_num_threads(request.param)
    yield request.param
    tidu.set_num_threads(before)


@pytest.mark.parametrize("key", CHECKED[:: rounds(8, 1)])
def test_an_op_in_tiny_blocks(key: str, request: pytest.FixtureRequest) -> None:
    sample = SAMPLES[key]
    plain = observe(tidu, sample)
    request.getfixturevalue("tiny")
    found = Comparison(sample, 1e-12)(plain, observe(tidu, sample))
    assert not found.mismatches, "\n".join(found.mismatches)


def test_blocks_are_what_runs(tiny: None) -> None:
    """Else the test above would see nothing."""
    lengths = []

    def f(x: Any, factor: float) -> Any:
        lengths.append(x.shape)
        return x * factor

    assert kernels.blockwise(f, np.arange(23.0), 2.0).tolist() == [2.0 * i for i in range(23)]
    assert sum(n for (n,) in lengths) == 23 and max(lengths) <= (5,)
    lengths.clear()
    assert kernels.rowwise(f, np.ones((7, 3)), 2.0).tolist() == [[2.0] * 3] * 7
    assert sum(m for m, _ in lengths) == 7 and {n for _, n in lengths} == {3}


BIG = 3 * kernels.BLOCK + 77


def arrays(*layouts: str) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    made = []
    for layout in layouts:
        x = rng.standard_normal((11, BIG // 11)).astype(np.float32)
        x[::3, ::5] = [0.0]
        x[1, :8] = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, 3e38, -3e38]
        turned = np.asfortranarray(x)
        strided = np.repeat(x, 2, axis=1)[:, ::2]
        expanded = np.broadcast_to(np.float32(0.5), x.shape)
        made.append({"C": x, "F": turned, "S": strided, "E": expanded}[layout])
    return made


@pytest.mark.parametrize("layouts", ["".join(p) for p in itertools.product("CFSE", repeat=2)])
def test_any_layouts_together(layouts: str, size_of_team: int) -> None:
    x, y = arrays(*layouts)
    with np.errstate(all="ignore"):
        for f in (np.multiply, lambda a, b: a * b + 1, np.less):
            want, found = f(x, y), kernels.blockwise(f, x, y)
            np.testing.assert_array_equal(found, want)
            assert found.dtype == want.dtype and found.strides == want.strides


def test_what_a_function_hands_on_is_not_copied() -> None:
    (x,) = arrays("C")
    assert kernels.blockwise(lambda g: g, x) is x
    assert kernels.blockwise(lambda g, y: y, np.ones_like(x), x) is x


def test_what_is_not_elementwise_after_all_is_called_on_the_whole() -> None:
    (x,) = arrays("C")
    assert kernels.blockwise(lambda a: a.max(), np.abs(np.nan_to_num(x))) == np.abs(np.nan_to_num(x)).max()
    assert kernels.blockwise(lambda a: None, x) is None


def test_a_strange_array_is_left_to_its_own_functions() -> None:
    class Elsewhere:
        ndim, size, shape, dtype = 1, BIG, (BIG,), np.dtype("f4")

        def __array_function__(self, *args: Any) -> None: ...

    given = Elsewhere()
    assert kernels.blockwise(lambda a: [a], given) == [given]


@pytest.mark.parametrize("name", ["sigmoid", "relu", "tanh", "exp", "neg"])
@pytest.mark.parametrize("layout", ["C", "F", "S"])
def test_large_tensors_as_small_ones(name: str, layout: str, size_of_team: int) -> None:
    """Row by row each op takes the short way; the whole takes the other. Forward and backward."""
    x, g = arrays(layout, "C")
    a = tidu.from_numpy(x).requires_grad_()
    whole = getattr(tidu, name)(a)
    whole.backward(tidu.from_numpy(g))
    columns = slice(0, 999)
    b = tidu.from_numpy(np.ascontiguousarray(x[:, columns])).requires_grad_()
    part = getattr(tidu, name)(b)
    part.backward(tidu.from_numpy(np.ascontiguousarray(g[:, columns])))
    for found, want in ((whole.detach()[:, columns], part.detach()), (a.grad[:, columns], b.grad)):
        with np.errstate(invalid="ignore"):
            difference = np.abs(found.numpy() - want.numpy())  # NumPy's last elements of a row take other instructions
            scale = np.abs(want.numpy())
            assert not (difference > 4e-7 * scale).any()
        np.testing.assert_array_equal(np.isnan(found.numpy()), np.isnan(want.numpy()))
        zero = want.numpy() == 0
        np.testing.assert_array_equal(np.signbit(found.numpy()[zero]), np.signbit(want.numpy()[zero]))


def test_the_gradient_belongs_to_the_leaf_alone() -> None:
    x, g = arrays("C", "C")
    leaf, upstream = tidu.from_numpy(x).requires_grad_(), tidu.from_numpy(g)
    for f in (lambda t: t + 0.0, lambda t: t.sigmoid(), lambda t: t * 1.0):
        leaf.grad = None
        f(leaf).backward(upstream)
        assert not np.shares_memory(leaf.grad.numpy(), g)
        kept = leaf.grad.numpy().copy()
        f(leaf).backward(upstream)
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(leaf.grad.numpy(), kept + kept)
    np.testing.assert_array_equal(g, arrays("C", "C")[1])


def test_a_result_is_its_own_memory() -> None:
    (x,) = arrays("C")
    t = tidu.from_numpy(x)
    first = t.relu()
    kept = first.numpy().copy()
    second = t.relu()
    second.fill_(5)
    assert not np.shares_memory(first.numpy(), second.numpy())
    np.testing.assert_array_equal(first.numpy(), kept)


@pytest.mark.parametrize("shape", [(1, 7), (3, 512), (5, 513), (7, 1000), (2, 99_991), (1, 4 * kernels.BLOCK + 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_row_sums_are_as_exact_as_pairwise(shape: tuple[int, int], dtype: Any, size_of_team: int) -> None:
    x = np.random.default_rng(0).uniform(0, 1, shape).astype(dtype)
    exact = x.astype(np.longdouble).sum(axis=1)
    worst = np.abs(x.sum(axis=1) - exact).max()
    step = np.spacing(exact.max().astype(dtype))
    assert np.abs(kernels._middle_sums(x[:, :, None])[:, 0] - exact).max() <= max(worst, 2 * step)


@pytest.mark.parametrize("dim", [None, 0, 1, 2, (0, 1), (1, 2), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("layout", ["C", "F", "S"])
def test_sums_over_any_dims(dim: Any, layout: str, size_of_team: int) -> None:
    x = np.random.default_rng(0).standard_normal((37, 101, 90)).astype(np.float32)
    x = {"C": x, "F": np.asfortranarray(x), "S": np.repeat(x, 2, axis=0)[::2]}[layout]
    for keepdim in (False, True):
        dims = (dim,) if isinstance(dim, int) else dim
        found = kernels.total(x, dims, keepdim)
        want = x.astype(np.float64).sum(axis=dims, keepdims=keepdim)
        assert found.shape == want.shape and found.dtype == np.float32
        np.testing.assert_allclose(found, want, rtol=1e-5, atol=2e-3)


def test_sums_of_infinities_and_nan() -> None:
    x = np.ones((100, 1000), np.float32)
    x[1, 5], x[2, 7], x[3, 9:11] = np.inf, np.nan, [np.inf, -np.inf]
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(kernels.total(x, (1,), False), x.sum(axis=1))
        np.testing.assert_array_equal(kernels.total(x, (0,), False), x.sum(axis=0))


@pytest.mark.parametrize(
    "shapes", [((64, 65, 66), (64, 66, 67)), ((5, 300, 200), (5, 200, 100)), ((0, 9, 9), (0, 9, 9))]
)
@pytest.mark.parametrize("turned", [False, True])
def test_batches_of_matrices(shapes: Any, turned: bool, size_of_team: int) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(s).astype(np.float32) for s in shapes)
    if turned:
        a = np.ascontiguousarray(a.swapaxes(1, 2)).swapaxes(1, 2)
    known = _blas.threads()
    before = known and known[0]()
    np.testing.assert_allclose(kernels.matmul(a, b), np.matmul(a, b), rtol=1e-4, atol=1e-4)
    assert before == (known and known[0]())


@pytest.mark.parametrize("sizes", [{}, {"AWAKE": 1}, {"AWAKE": 1, "ALONE": 2}, {"AWAKE": 1, "ALONE": 2, "TOGETHER": 3}])
@pytest.mark.parametrize("shapes", [((65, 3), (3, 7)), ((129, 40), (40, 1)), ((3, 9), (9, 2)), ((100, 0), (0, 5))])
@pytest.mark.parametrize("turned", [False, True])
def test_products_of_matrices(
    sizes: Any, shapes: Any, turned: bool, size_of_team: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever takes part in them, down to where a thread has no row left."""
    set_sizes(monkeypatch, **sizes)
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(s).astype(np.float32) for s in shapes)
    if turned:
        a, b = (np.ascontiguousarray(x.T).T for x in (a, b))
    found = kernels.matmul(a, b)
    np.testing.assert_allclose(found, np.einsum("ij,jk->ik", a, b), rtol=1e-5, atol=1e-5)
    assert found.dtype == np.float32 and found.flags.c_contiguous


@pytest.mark.parametrize("shape", [(3, 100_003), (256, 1024), (1100, 300), (2500, 130)])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_running_sums(shape: tuple[int, int], layout: str, size_of_team: int) -> None:
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32, order=layout)
    x[1, 5], x[2, 7] = np.inf, np.nan
    for name, ufunc in (("cumsum", np.add), ("cumprod", np.multiply)):
        with np.errstate(all="ignore"):
            want = ufunc.accumulate(x, axis=1, dtype=np.float64).astype(np.float32)
        found = getattr(tidu.from_numpy(x), name)(1)
        assert found.is_contiguous()
        np.testing.assert_array_equal(found.numpy(), want)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "cummax", "cummin"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.int32])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_running_results_in_pieces(name: str, dtype: Any, dim: int, size_of_team: int) -> None:
    """A dozen rows at a time take the plain way; all of them, and not in order, take the other."""
    x = np.random.default_rng(0).uniform(-3, 3, (3, 130, 1300)).astype(dtype)
    given = tidu.from_numpy(np.repeat(x, 2, axis=2)[:, :, ::2])
    found = getattr(given, name)(dim)
    at = tuple(slice(None) if d == dim else slice(3) for d in range(3))
    want = getattr(tidu.from_numpy(np.ascontiguousarray(x[at])), name)(dim)
    for a, b in zip(found, want, strict=True) if name.startswith("cumm") else [(found, want)]:
        assert a.is_contiguous() and a.dtype == b.dtype
        np.testing.assert_array_equal(a.numpy()[at], b.numpy())


def test_a_product_leaves_the_range_only_where_one_taken_in_order_does(size_of_team: int) -> None:
    x = np.tile(np.float32([3e38, 1e-44, 1e-44, 3e38, 1e-38, 2e37, -1, 5]), (40, 200))
    with np.errstate(all="ignore"):
        want = np.multiply.accumulate(x, axis=1, dtype=np.float64).astype(np.float32)
    np.testing.assert_allclose(tidu.from_numpy(x).cumprod(1).numpy(), want, rtol=1e-6)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("layout", ["C", "F", "S"])
@pytest.mark.parametrize("shift", [0.0, 20.0, -50.0, 1000.0])
def test_softmax_of_many_rows(name: str, layout: str, shift: float, size_of_team: int) -> None:
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((460, 1000)) + shift).astype(np.float32)  # 131 rows at a time
    x[203, 5:] = -np.inf
    x[204, 7], x[205, 7] = np.nan, np.inf
    x[303] += 200  # in float32, exp would overflow
    x[403] -= 200
    g = rng.standard_normal(x.shape).astype(np.float32)
    t = tidu.from_numpy({"C": x, "F": np.asfortranarray(x), "S": np.repeat(x, 2, axis=0)[::2]}[layout]).requires_grad_()
    made = getattr(t, name)(1)
    made.backward(tidu.from_numpy(g))
    exact = tidu.from_numpy(x.astype(np.float64)).requires_grad_()
    for rows in range(0, 460, 115):  # few at a time
        at = slice(rows, rows + 115)
        want = getattr(exact[at], name)(1)
        want.backward(tidu.from_numpy(g[at].astype(np.float64)))
        np.testing.assert_allclose(made.detach().numpy()[at], want.detach().numpy(), rtol=2e-6, atol=1e-7)
    np.testing.assert_allclose(t.grad.numpy(), exact.grad.numpy(), rtol=1e-4, atol=2e-5 if name == "softmax" else 1e-3)


@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("index_type", [np.int64, np.int32])
@pytest.mark.parametrize("layout", ["C", "S"])
def test_places_in_pieces(dim: int, index_type: Any, layout: str, size_of_team: int) -> None:
    """An index that is smaller than the tensor in all other dimensions, and larger in its own."""
    rng = np.random.default_rng(0)
    x = rng.integers(-1000, 1000, (60, 90, 70)).astype(np.float32)
    shape = tuple(n + 20 if d == dim else n - 1 for d, n in enumerate(x.shape))
    index = rng.integers(0, x.shape[dim], shape).astype(index_type)
    grid = list(np.ogrid[tuple(map(slice, shape))])
    grid[dim] = index
    given = tidu.from_numpy(x if layout == "C" else np.repeat(x, 2, axis=1)[:, ::2])
    i = tidu.from_numpy(index)
    read = given.gather(dim, i)
    np.testing.assert_array_equal(read.numpy(), x[tuple(grid)])
    source = rng.integers(-50, 50, shape).astype(np.float32)
    added, written = x.copy(), x.copy()
    np.add.at(added, tuple(grid), source)
    written[tuple(grid)] = source
    np.testing.assert_array_equal(given.scatter_add(dim, i, tidu.from_numpy(source)).numpy(), added)
    np.testing.assert_array_equal(given.scatter(dim, i, tidu.from_numpy(source)).numpy(), written)
    np.testing.assert_array_equal(given.numpy(), x)
    for wrong in (-1, x.shape[dim]):
        index[-1, -1, -1] = wrong
        with pytest.raises(RuntimeError, match=f"index {wrong} is out of bounds"):
            given.gather(dim, tidu.from_numpy(index))


@pytest.mark.parametrize("shape", [(3, 9000), (300, 1001), (20_000, 3), (70_000,)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_products_of_rows(shape: tuple[int, ...], dtype: Any) -> None:
    x = np.random.default_rng(0).integers(1, 3, shape) * np.where(np.arange(shape[-1]) % 3, 0.5, 2)
    x = (
        np.where(x > 2, 1, x).astype(dtype)
        if dtype is not np.int64
        else np.random.default_rng(0).integers(-9, 9, shape)
    )
    t = tidu.from_numpy(x)
    with np.errstate(all="ignore"):
        for dim in (None, len(shape) - 1):
            want = x.astype(np.longdouble if dtype is not np.int64 else dtype).prod(axis=dim)
            found = t.prod() if dim is None else t.prod(dim)
            np.testing.assert_allclose(found.numpy(), want.astype(dtype), rtol=1e-5)
            assert t.prod(-1, keepdim=True).shape == (*shape[:-1], 1)


# ---- threads


def test_each_piece_is_done_once(size_of_team: int) -> None:
    for pieces in (0, 1, 2, 50):
        done: list[int] = []
        threads.share(done.append, pieces)
        assert sorted(done) == list(range(pieces))


def test_several_threads_take_part() -> None:
    before = tidu.get_num_threads()
    tidu.set_num_threads(3)
    try:
        meeting = threading.Barrier(3, timeout=30)  # nobody passes alone
        threads.share(lambda i: meeting.wait(), 3)
    finally:
        tidu.set_num_threads(before)


def test_an_error_arrives_and_the_next_call_is_as_ever(size_of_team: int) -> None:
    def fails(i: int) -> None:
        if i == 3:
            raise ValueError("three")

    for _ in range(3):
        with pytest.raises(ValueError, match="three"):
            threads.share(fails, 8)
        done: list[int] = []
        threads.share(done.append, 9)
        assert sorted(done) == list(range(9))


def test_sharing_inside_of_sharing(size_of_team: int) -> None:
    done: list[tuple[int, int]] = []
    threads.share(lambda i: threads.share(lambda j: done.append((i, j)), 4), 4)
    assert sorted(done) == list(itertools.product(range(4), repeat=2))


def test_callers_on_several_threads() -> None:
    before = tidu.get_num_threads()
    tidu.set_num_threads(2)
    results: list[bool] = []

    def call() -> None:
        (x,) = arrays("C")
        with np.errstate(all="ignore"):
            results.extend(np.array_equal(kernels.blockwise(np.exp, x), np.exp(x), equal_nan=True) for _ in range(5))

    try:
        callers = [threading.Thread(target=call) for _ in range(4)]
        for c in callers:
            c.start()
        for c in callers:
            c.join()
    finally:
        tidu.set_num_threads(before)
    assert results == [True] * 20


def test_where_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "start_new_thread", refuse)
    monkeypatch.setattr(threads, "_team", threads._Team())
    threads._team.size = 4
    done: list[int] = []
    threads.share(done.append, 9)
    assert done == list(range(9))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(size_of_team: int) -> None:
    threads.share(lambda i: None, 4)
    child = os.fork()
    if child == 0:
        done: list[int] = []
        threads.share(done.append, 9)
        os._exit(0 if sorted(done) == list(range(9)) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_no_warning_from_a_thread(size_of_team: int, recwarn: pytest.WarningsRecorder) -> None:
    x = tidu.from_numpy(np.full(BIG, -1.0, np.float32))
    assert x.log().isnan().all()
    assert not recwarn.list


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", True])
def test_numbers_of_threads_that_cannot_be(wrong: Any) -> None:
    with pytest.raises(RuntimeError, match="set_num_threads expects"):
        tidu.set_num_threads(wrong)


def test_cores_as_pytorch_counts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads._cores() == 3
    for said in ("", "0", "many"):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert threads._cores() >= 1


def test_many_draws_are_the_draws_one_by_one() -> None:
    """However many are drawn at a time, and whatever is made of them, the stream of bits is the same."""
    one, many = streams.Stream(7), streams.Stream(7)
    np.testing.assert_array_equal(many.words(1000), np.concatenate([one.words(10) for _ in range(100)]))
    np.testing.assert_array_equal(many.long_words(1000), np.concatenate([one.long_words(10) for _ in range(100)]))
    for p in (0.0, 1e-16, 0.3, 1 - 2**-53, 1.0):
        np.testing.assert_array_equal(many.below(70_000, p), one.uniform(70_000) < p)
    assert many.one() == one.one()


@pytest.mark.parametrize("short", [0, kernels.SHORT])
def test_rows_that_are_copied_whole_are_the_rows(short: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "SHORT", short)
    source = np.arange(120.0).reshape(4, 5, 6)
    for take in (np.s_[:, ::2], np.s_[..., 1:4], np.s_[..., ::2], np.s_[::-1], np.s_[:, 3, None], np.s_[:0]):
        part = source[take]
        for target in (np.zeros(part.shape), np.zeros(part.shape[::-1]).T, np.zeros(part.shape, np.float32)):
            kernels.copy_rows(target, part)
            np.testing.assert_array_equal(target, part)


@pytest.mark.parametrize("kinds", ["ff", "dd", "fd", "df", "FF", "ll", "fF"])
@pytest.mark.parametrize("blas", [True, False])
@pytest.mark.parametrize("shape", [(70, 90), (1, 8000), (8000, 1), (3, 5), (0, 9)])
def test_a_matrix_that_is_turned(shape: Any, blas: bool, kinds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zeros keep their sign, nan is nan and denormals are numbers, whoever turns them."""
    if not blas:
        monkeypatch.setattr(kernels, "transposer", lambda kind: None)
    x = (np.random.default_rng(0).standard_normal(shape) * 100).astype(kinds[0])
    if kinds[0] in "fd":
        odd = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e-42, 5e-324]
        x.reshape(-1)[: len(odd)] = odd[: x.size]
    out = np.zeros(shape[::-1], kinds[1])
    with np.errstate(all="ignore"):
        kernels.turn(out, x)
        want = x.T.astype(kinds[1], order="C")
    np.testing.assert_array_equal(out, want)
    if kinds == "ff":
        number = ~np.isnan(want)
        np.testing.assert_array_equal(out[number].view("i4"), want[number].view("i4"))
        turned = tidu.from_numpy(x).t().contiguous()
        assert turned.is_contiguous()
        np.testing.assert_array_equal(turned.numpy(), x.T)


@pytest.mark.parametrize("shapes", [((40, 3000), (3000, 30)), ((3, 9, 2000), (3, 2000, 7))])
def test_half_precision_adds_up_in_single(shapes: Any) -> None:
    """In half precision 3,000 products lose two digits."""
    rng = np.random.default_rng(0)
    a, b = (rng.random(s).astype(np.float16) for s in shapes)
    want = np.matmul(a.astype(np.float64), b.astype(np.float64)).astype(np.float16)
    found = (tidu.from_numpy(a) @ tidu.from_numpy(b)).numpy()
    assert found.dtype == np.float16 and (np.abs(found - want) / np.spacing(want)).max() <= 1


NUMBERS = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1.5, -2.0])


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8"])
def test_a_choice_by_bits(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of arrays in any order, of numbers on either side: zeros keep their sign, and nan is nan."""
    set_sizes(monkeypatch, PROBE=1)
    rng = np.random.default_rng(0)
    for _ in range(rounds(5, 200)):
        shape = tuple(rng.integers(1, 6, rng.integers(1, 4)))
        drawn = [rng.choice(NUMBERS, s).astype(dtype) if dtype[0] == "f" else rng.integers(-3, 3, s)
                 for s in (shape, shape, (), (1,))]  # fmt: skip
        for x, y in itertools.permutations(
            [*drawn, np.asfortranarray(drawn[0]), 2, *[0.0, 1.5] * (dtype[0] == "f")], 2
        ):
            c = rng.random(shape) < 0.5
            want, found = np.where(c, x, y), kernels.choose(c, x, y)
            assert found.dtype == want.dtype
            np.testing.assert_array_equal(found, want)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(want))


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "c8"])
def test_rows_added_where_an_index_says(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    for _ in range(rounds(10, 200)):
        set_sizes(monkeypatch, ROWS=7, LONG=int(rng.choice([8, 256])))
        shape = (*rng.integers(1, 6, rng.integers(1, 3)), rng.integers(1, 60))
        at = rng.integers(-shape[0], shape[0], tuple(rng.integers(0, 5, rng.integers(1, 3))))
        at = at.astype(rng.choice(["i1", "i8"]))
        values = (rng.standard_normal((*at.shape, *shape[1:])) * 9).astype(dtype)
        want = (rng.standard_normal(shape) * 9).astype(dtype)
        found = want.copy()
        np.add.at(want, (at,), values)
        kernels.add_at(found, (at,), values)
        np.testing.assert_array_equal(found, want)
        for wrong in (shape[0], -shape[0] - 1):
            with pytest.raises(IndexError):
                kernels.add_at(found, (np.append(at, wrong),), np.zeros((at.size + 1, *shape[1:]), dtype))
        np.testing.assert_array_equal(found, want)


EVERYWHERE = np.concatenate([np.linspace(-104, 104, 100_001), *[s * np.logspace(-44, 2, 10_000) for s in (1, -1)]])


@pytest.mark.parametrize(
    ("name", "units", "options"),
    [("erf", 3, {}), ("erfinv", 1, {}), ("lgamma", 1, {}), ("log1p", 4, {}), ("elu", 4, {}), ("selu", 4, {}),
     ("celu", 4, {"alpha": 1.3}), ("logsigmoid", 4, {}), ("softplus", 5, {}),
     ("softplus", 5, {"beta": 2.0, "threshold": 300.0})],
)  # fmt: skip
def test_many_numbers_in_single_precision(name: str, units: float, options: Any) -> None:
    """What other functions stand for there is right to a few units in the last place, and at the ends."""
    ends = [] if name == "log1p" else NUMBERS[:5]  # with which it takes the plain way
    domain = {"log1p": EVERYWHERE[EVERYWHERE > -1], "erfinv": np.tanh(EVERYWHERE / 12)}.get(name, EVERYWHERE)
    x = np.append(domain, ends).astype(np.float32)
    function = getattr(tidu, name, None) or getattr(tidu.nn.functional, name)
    found = function(tidu.from_numpy(x), **options).numpy()
    exact = function(tidu.from_numpy(x.astype(np.float64)), **options).numpy()
    want = exact.astype(np.float32)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(want))
    finite = np.isfinite(want) & np.isfinite(found)
    beyond = ~finite & ~np.isnan(want)
    np.testing.assert_array_equal(found[beyond], np.inf * (1 if name == "lgamma" else np.sign(x[beyond])))
    assert (np.abs(found - exact)[finite] / np.spacing(np.abs(want[finite]))).max() <= units
