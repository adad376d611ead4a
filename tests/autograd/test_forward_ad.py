"""``autograd.forward_ad`` beside PyTorch: levels, duals, views of them, what is written into them, both modes nested.

Each program runs in a level of its own and leaves what is compared in ``r``.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

PROGRAMS: list[tuple[str, Any]] = [
    ("r = parts(dual(x, v) * 2)", [[2, 4, 6], [2, 0, 4]]),
    ("r = parts(x)", [[1, 2, 3], None]),
    ("r = parts(parts(dual(x, v))[0])", [[1, 2, 3], None]),
    ("r = [parts(dual(x, v))[1] is v, dual(x, v)._base is x, dual(x, v).requires_grad]", [True, True, False]),
    ("r = parts(dual(x, v.float()))[1].dtype == t.float32", True),
    ("r = parts(dual(x, v, level=0), level=0)", [[1, 2, 3], [1, 0, 2]]),
    ("r = parts(dual(x, t.tensor(1.).double().expand(3)))[1].stride()", [1]),
    ("r = parts(dual(t.ones(3, 2).t(), t.ones(2, 3)))[1].stride()", [1, 2]),
    ("d = dual(x, v); p = parts(d[1:])[1]; r = [p, p._is_view(), p.data_ptr() - v.data_ptr()]", [[0, 2], True, 8]),
    ("d = dual(x, v); d.mul_(2); r = [*parts(d), parts(d)[1] is v, v]", [[2, 4, 6], [2, 0, 4], True, [2, 0, 4]]),
    ("d = dual(x, v); w = d[1:]; w.mul_(3); r = [parts(d)[1], parts(w)[1]]", [[1, 0, 6], [0, 6]]),
    ("b = x; w = b[1:]; w.copy_(dual(x[1:] * 2, v[1:])); r = [parts(b)[1], parts(w)[1]]", [[0, 0, 2], [0, 2]]),
    ("b = x; w = b[1:]; b.copy_(dual(x * 2, v)); r = [parts(b)[1], parts(w)[1]]", [[1, 0, 2], [0, 2]]),
    ("w, u = x[1:], x[:2]; w.copy_(dual(w * 2, v[1:])); r = [parts(x)[1], parts(u * 2)[1]]", [[0, 0, 2], [0, 0]]),
    ("y = t.zeros_like(x); y.copy_(dual(x, v)); y.mul_(5); r = [parts(y)[1], v]", [[5, 0, 10], [1, 0, 2]]),
    ("d = dual(x, v); d[0] = 5.; r = parts(d)[1]", [0, 0, 2]),
    ("d = dual(x, v); d[0] = t.tensor(5.); r = parts(d)[1]", [0, 0, 2]),
    ("d = dual(x, v); d.zero_(); r = [*parts(d), parts(x)[1]]", [[0, 0, 0], [0, 0, 0], None]),
    ("d = dual(x, v); d.copy_(x * 2); r = parts(d)", [[2, 4, 6], [0, 0, 0]]),
    ("d = dual(x, v); x.mul_(2); r = [*parts(d), parts(x)[1]]", [[2, 4, 6], [1, 0, 2], None]),
    ("d = dual(x, v); d.detach().mul_(3); r = parts(d)", [[3, 6, 9], [1, 0, 2]]),
    ("d = dual(x, v); r = [parts(y)[1] for y in (d.detach(), d.data, d.clone())]", [None, None, [1, 0, 2]]),
    ("r = [parts(dual(x, v) > 1)[1], parts(dual(x, v).argmax())[1], parts(dual(x, v).long())[1]]", [None, None, None]),
    ("r = t.no_grad()(lambda: parts(dual(x, v) * 3)[1])()", [3, 0, 6]),
    ("r = t.inference_mode()(lambda: parts(dual(x, v) * 3)[1])()", None),
    ("d = dual(x, v)\nwith fwd._set_fwd_grad_enabled(False):\n r = [parts(d)[1], parts(dual(x, v))[1], d * 2]\n"
     "r = [*r[:2], parts(r[2])[1], parts(d * 2)[1], fwd._is_fwd_grad_enabled()]", [None, None, None, [2, 0, 4], True]),
    ("x.requires_grad_(); d = dual(x, v) ** 2; n = parts(d)[0].grad_fn.name()\n"
     "r = ['Identity' in n, *grad(parts(d)[1].sum(), x)]", [True, [2, 0, 4]]),
    ("v.requires_grad_(); d = dual(x, v) ** 2; r = grad(parts(d)[1].sum(), v)", [[2, 4, 6]]),
    ("x.requires_grad_(); d = dual(x, v); r = parts(*grad((d ** 3).sum(), d))", [[3, 12, 27], [6, 0, 36]]),
    ("x.requires_grad_(); r = parts(*grad((dual(x, v) ** 3).sum(), x, create_graph=True))", [[3, 12, 27], [6, 0, 36]]),
    ("x.requires_grad_(); d = dual(x, v); (d ** 3).sum().backward(); r = x.grad", [3, 12, 27]),
    ("x.requires_grad_(); y = dual(x, v) ** 2; y[0] = y[1] * 3; z = parts(y)[1]\n"
     "r = [z, *grad(z, x, t.ones(3).double())]", [[0, 0, 12], [0, 0, 4]]),
    ("x.requires_grad_(); y = dual(x, v).clone(); y.reciprocal_(); r = parts(*grad(y.sum(), x))[1]", [2, 0, 4 / 27]),
    ("a = t.autograd.Function\nclass F(a):\n @staticmethod\n def forward(ctx, x):\n  return x * 2\n"
     " @staticmethod\n def jvp(ctx, g):\n  return g * 7\nr = parts(F.apply(dual(x, v)))", [[2, 4, 6], [7, 0, 14]]),
    ("r = [dual(x, v).numpy().tolist(), dual(x, v)[0].item(), fwd._current_level]", [[1, 2, 3], 1, 0]),
    ("r = 'tangent=tensor([2., 0., 4.]' in repr(dual(x, v) * 2)", True),
    ("s = x.sort(); r = parts(dual(x.flip(0), v).sort()[0])[1]", [2, 0, 1]),
    ("r = [parts(p)[1] for p in dual(x, v).split(2)]", [[1, 0], [2]]),
]  # fmt: skip

ERRORS: list[tuple[str, type[Exception], str]] = [
    ("fwd.enter_dual_level()", RuntimeError, "Nested forward mode AD is not supported"),
    ("fwd.exit_dual_level(level=5)", RuntimeError, "not the last one that was created"),
    ("dual(3., v)", AttributeError, "is_floating_point"),
    ("parts(3.)", TypeError, r"argument 'dual' \(position 1\) must be Tensor, not float"),
    ("dual(x, v[0])", RuntimeError, r"Tensor is of size \[3\] while the given forward gradient is of size \[\]"),
    ("dual(x.long(), v)", ValueError, "Expected primal to be floating point or complex, but got: torch.int64"),
    ("dual(x, v.long())", ValueError, "Expected tangent to be floating point or complex, but got: torch.int64"),
    ("dual(x, v, level=3)", RuntimeError, "Invalid level given to _make_dual"),
    ("dual(x, v, level=-1)", RuntimeError, "no level exists, make sure to enter_dual_level"),
    ("parts(dual(x, v), level=3)", RuntimeError, "Invalid level given to _fw_primal"),
    ("dual(x, dual(x, v))", RuntimeError, "itself has a forward gradient at the same level"),
    ("dual(dual(x, v), v)", RuntimeError, "already has a forward gradient at the same level 0"),
    ("t.mul(dual(x, v), 2, out=t.zeros(3).double())", NotImplementedError, "mul_out .* because it is an out= function"),
    ("dual(x.requires_grad_(), v).mul_(2)", RuntimeError, "a view of a leaf Variable that requires grad"),
]


def scope(t: Any) -> dict[str, Any]:
    fwd, autograd = (importlib.import_module(f"{t.__name__}.autograd{n}") for n in (".forward_ad", ""))
    x, v = (t.from_numpy(np.array(a)) for a in ([1.0, 2.0, 3.0], [1.0, 0.0, 2.0]))
    return {"t": t, "fwd": fwd, "x": x, "v": v, "dual": fwd.make_dual, "parts": fwd.unpack_dual, "grad": autograd.grad}


def plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value.tolist() if hasattr(value, "tolist") else value


@pytest.mark.parametrize(("program", "wanted"), PROGRAMS, ids=[p for p, _ in PROGRAMS])
def test_a_program_on_duals(t: Any, program: str, wanted: Any) -> None:
    names = scope(t)
    with names["fwd"].dual_level():
        exec(program, names)
        got = plain(names["r"])
    assert got == wanted or np.allclose(got, wanted)


@pytest.mark.parametrize(("program", "kind", "words"), ERRORS, ids=[p for p, _, _ in ERRORS])
def test_a_misuse_of_duals(t: Any, program: str, kind: type[Exception], words: str) -> None:
    names = scope(t)
    with names["fwd"].dual_level(), pytest.raises(kind, match=words):
        exec(program, names)


def test_levels(t: Any) -> None:
    names = scope(t)
    fwd, x, v = names["fwd"], names["x"], names["v"]
    assert fwd._current_level == -1
    assert fwd.unpack_dual(x) == (x, None) or fwd.unpack_dual(x).primal is x
    with pytest.raises(RuntimeError, match="no level exists"):
        fwd.make_dual(x, v)
    with pytest.raises(RuntimeError, match="must be a positive number"):
        fwd.exit_dual_level()
    assert fwd.enter_dual_level() == 0 == fwd._current_level
    y = fwd.make_dual(x, v) * 2
    fwd.exit_dual_level()
    with fwd.dual_level() as level:
        assert level == 0
        assert fwd.unpack_dual(y).tangent is None, "tangents end with their level"
    assert fwd.dual_level()(lambda: fwd._current_level)() == 0
    assert fwd._current_level == -1
