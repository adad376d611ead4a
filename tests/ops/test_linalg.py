"""Linear algebra beyond the samples: complex gradients, large matrices, what is refused and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tidu

RNG = np.random.RandomState(5)


def draw(*shape: int) -> np.ndarray:
    return RNG.randn(*shape) + 1j * RNG.randn(*shape)


SQUARE = draw(3, 3) + 3 * np.eye(3)
HERMITIAN = SQUARE @ SQUARE.conj().T + np.eye(3)
L = tidu.linalg


def rebuilt(values: Any, vectors: Any) -> Any:
    """A function of a Hermitian matrix that no phase changes."""
    return (vectors * (values * values).unsqueeze(-2)) @ vectors.mT.conj()


# Each is a function of complex matrices, and matrices to try it on.
FUNCTIONS: dict[str, tuple[Callable[..., Any], list[np.ndarray]]] = {
    "mm": (tidu.mm, [SQUARE, draw(3, 2)]),
    "bmm": (tidu.bmm, [draw(2, 3, 2), draw(2, 2, 3)]),
    "mv": (tidu.mv, [SQUARE, draw(3)]),
    "dot": (tidu.dot, [draw(3), draw(3)]),
    "vdot": (tidu.vdot, [draw(3), draw(3)]),
    "outer": (tidu.outer, [draw(3), draw(2)]),
    "matmul": (tidu.matmul, [draw(2, 3, 3), draw(3, 2)]),
    "addmm": (lambda x, a, b: tidu.addmm(x, a, b, alpha=2 - 1j, beta=1j), [draw(3, 2), SQUARE, draw(3, 2)]),
    "addr": (lambda x, a, b: tidu.addr(x, a, b, alpha=2j), [draw(3, 2), draw(3), draw(2)]),
    "inv": (L.inv, [SQUARE]),
    "solve": (L.solve, [SQUARE, draw(3, 2)]),
    "solve from the right": (lambda a, b: L.solve(a, b, left=False), [SQUARE, draw(2, 3)]),
    "solve_triangular": (lambda a, b: L.solve_triangular(a, b, upper=True), [SQUARE, draw(3, 2)]),
    "det": (L.det, [SQUARE]),
    "slogdet": (lambda a: L.slogdet(a).sign * L.slogdet(a).logabsdet, [SQUARE]),
    "qr of a tall matrix": (lambda a: L.qr(a).R, [draw(4, 3)]),
    "qr of a wide matrix": (lambda a: L.qr(a).Q, [draw(3, 4)]),
    "lu": (lambda a: L.lu(a).L @ L.lu(a).U @ L.lu(a).L.mT, [SQUARE]),
    "lu_factor": (lambda a: L.lu_factor(a).LU, [SQUARE]),
    "eigh": (lambda a: rebuilt(*L.eigh(a @ a.mT.conj())), [SQUARE]),
    "eigvalsh": (lambda a: L.eigvalsh(a @ a.mT.conj()), [SQUARE]),
    "cholesky": (lambda a: L.cholesky(a @ a.mT.conj()), [SQUARE]),
    "cholesky of upper": (lambda a: L.cholesky(a @ a.mT.conj(), upper=True), [SQUARE]),
    "eigvals": (lambda a: (L.eigvals(a) ** 3).sum(), [SQUARE]),
    "svdvals": (L.svdvals, [SQUARE]),
    "svd": (lambda a: (lambda u, s, v: (u * (s * s).unsqueeze(-2)) @ v)(*L.svd(a, False)), [draw(4, 3)]),
    "pinv": (L.pinv, [draw(3, 4)]),
    "matrix_exp": (L.matrix_exp, [SQUARE]),
    "lstsq": (lambda a, b: L.lstsq(a, b).solution, [draw(4, 3), draw(4, 2)]),
    "cross": (L.cross, [draw(2, 3), draw(2, 3)]),
    "vecdot": (L.vecdot, [draw(2, 3), draw(2, 3)]),
    "vector_norm": (lambda a: L.vector_norm(a, 3), [SQUARE]),
    "one norm": (lambda a: L.vector_norm(a, 1), [SQUARE]),
    "nuclear norm": (lambda a: L.matrix_norm(a, "nuc"), [SQUARE]),
    "einsum": (lambda a, b: tidu.einsum("ij,jk->ki", a, b), [SQUARE, draw(3, 2)]),
    "kron": (tidu.kron, [draw(2, 2), draw(2, 3)]),
    "householder_product": (L.householder_product, [draw(4, 3), draw(3)]),
    "ormqr": (lambda a, t, b: tidu.ormqr(a, t, b, transpose=True), [draw(4, 3), draw(3), draw(4, 2)]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_complex_gradient(name: str) -> None:
    """The slope of a real loss along a random direction is what the gradient says: Re <gradient, direction>."""
    function, arrays = FUNCTIONS[name]
    rng = np.random.RandomState(1)
    weight: list[np.ndarray] = []

    def loss(*inputs: Any) -> Any:
        out = function(*inputs)
        if not weight:
            weight.append(np.asarray(rng.randn(*out.shape) + 1j * rng.randn(*out.shape)))
        product = out * tidu.tensor(weight[0].conj())
        return tidu.real(product).sum()

    inputs = [tidu.tensor(a).requires_grad_() for a in arrays]
    grads = tidu.autograd.grad(loss(*inputs), inputs)
    ways = [rng.randn(*a.shape) + 1j * rng.randn(*a.shape) for a in arrays]
    step = 1e-6
    ahead, behind = (
        loss(*[tidu.tensor(a + sign * step * w) for a, w in zip(arrays, ways, strict=True)]).item() for sign in (1, -1)
    )
    told = sum(float((g.numpy().conj() * w).sum().real) for g, w in zip(grads, ways, strict=True))
    assert (ahead - behind) / (2 * step) == pytest.approx(told, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("shape", [(150, 150), (150, 90), (90, 150), (20, 9, 9), (3, 40, 40)])
def test_lu_of_many_columns_and_of_large_batches(shape: tuple[int, ...]) -> None:
    a = tidu.tensor(RNG.randn(*shape))
    p, l, u = L.lu(a)
    np.testing.assert_allclose((p @ l @ u).numpy(), a.numpy(), atol=1e-12)
    assert abs(l.numpy()).max() == 1  # that is what pivots are chosen for
    assert not np.triu(l.numpy(), 1).any() and not np.tril(u.numpy(), -1).any()


@pytest.mark.parametrize("upper", [True, False])
def test_a_large_triangle_is_solved_in_halves(upper: bool) -> None:
    a, b = RNG.randn(300, 300) / 40 + 2 * np.eye(300), RNG.randn(300, 3)
    x = L.solve_triangular(tidu.tensor(a), tidu.tensor(b), upper=upper).numpy()
    np.testing.assert_allclose((np.triu(a) if upper else np.tril(a)) @ x, b, atol=1e-10)


def test_the_error_is_one_class_and_names_the_matrix() -> None:
    batch = tidu.stack([tidu.eye(2), tidu.tensor([[1.0, 2.0], [2.0, 4.0]])])
    for call in (L.inv, lambda x: L.solve(x, tidu.ones(2, 2)), lambda x: L.cholesky(x - 2 * tidu.eye(2))):
        with pytest.raises(L.LinAlgError, match=r"\(Batch element \d\): "):
            call(batch)
    assert issubclass(L.LinAlgError, RuntimeError)


def test_a_loss_that_depends_on_a_phase_is_refused() -> None:
    a = tidu.tensor(HERMITIAN).requires_grad_()
    for part in (L.eigh(a).eigenvectors, L.eig(a).eigenvectors, L.svd(a).U):
        with pytest.raises(RuntimeError, match="ill-defined"):
            tidu.autograd.grad(tidu.real(part * (1 + 2j)).sum(), a, retain_graph=True)


def test_a_real_matrix_may_have_complex_eigenvectors_and_has_a_real_gradient() -> None:
    a = tidu.tensor([[0.0, -2.0], [1.0, 0.5]], dtype=tidu.float64).requires_grad_()
    values, vectors = L.eig(a)
    again = (vectors * values.unsqueeze(-2)) @ L.inv(vectors)
    (g,) = tidu.autograd.grad(tidu.real(again)[0, 1], a)
    np.testing.assert_allclose(g.numpy(), [[0, 1], [0, 0]], atol=1e-12)


def test_several_outputs_share_one_node_and_any_of_them_may_be_left_out() -> None:
    a = tidu.tensor([[2.0, 1.0], [1.0, 3.0]]).requires_grad_()
    u, s, vh = L.svd(a)
    assert u.grad_fn.next_functions[0][0] is s.grad_fn.next_functions[0][0]
    s.sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), (u @ vh).detach().numpy(), atol=1e-6)


def test_einsum_gives_a_view_where_nothing_is_computed() -> None:
    x = tidu.arange(9.0).reshape(3, 3)
    tidu.einsum("ii->i", x).zero_()
    assert x.trace().item() == 0 and x.sum().item() == 24
    tidu.einsum("ij->ji", x)[0, 1] = 7
    assert x[1, 0].item() == 7


def test_old_names_warn_once() -> None:
    from tidu.ops import matrices

    matrices._warned.discard("lu")
    with pytest.warns(UserWarning, match="torch.lu is deprecated"):
        tidu.lu(tidu.eye(2))


def test_a_singular_determinant_is_differentiated_again_only_where_that_can_be_asked() -> None:
    """PyTorch gives zeros where no graph is made: also while tangents or batches, which are tensors, are under way."""
    x = tidu.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    with tidu.autograd.forward_ad.dual_level():
        assert not tidu.autograd.grad(L.det(x), x)[0].any()
        found = tidu.autograd.grad(L.det(x), x, create_graph=True)[0]
    np.testing.assert_allclose(found.detach().numpy(), [[4, -2], [-2, 1]], rtol=1e-5)
