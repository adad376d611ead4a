"""Samples of padding."""

from __future__ import annotations

from tests.ops.sample import b, f, f32, i, op

o = op("constant_pad_nd", out=False)
o(f(2, 3), (1, 2))(f(2, 3), (1, 0, 2, 1), 2.5)(f(2, 3), (-1, 1), -1)(f(3), (-2, -1))(f(2, 3), ())(i(2, 3), (1, 1), 2.5)
o(b(2, 3), (1, 1), 1)(f(2, 0, 3), (1, 1, 1, 1))(f(2, 3, 4).T, (1, 1))(f32(2, 3), (0, 0))(f(), ())
o.error(RuntimeError, f(2, 3), (1,)).error(RuntimeError, f(3), (1, 1, 1, 1)).error(RuntimeError, f(3), (-4, 0))
o.error(TypeError, f(3), (1.5, 1)).error(TypeError, 2, (1, 1))

o = op("nn.functional.pad", out=False)
o(f(2, 3), (1, 2))(f(2, 3), [1, 2], "constant", 2.5)(f(2, 3), (1, 1), value=float("inf"))
for _mode in ("reflect", "replicate", "circular"):
    o(f(3, 4), (1, 2), _mode)(f(2, 3, 4), (2, 1), _mode)(f(2, 3, 4), (1, 2, 2, 0), _mode)(
        f(2, 2, 3, 4), (1, 2, 2, 0), _mode
    )
    o(f(2, 3, 4, 3), (1, 1, 2, 1, 1, 0), _mode)(f(1, 2, 3, 4, 3), (1, 1, 2, 1, 1, 0), _mode)(f(2, 3, 4), (-1, 2), _mode)
    o(f(2, 3, 4), (-1, -2), _mode)(f(2, 3, 4).T, (0, 1), _mode)(f32(2, 3, 4), (3, 3), _mode)(f(0, 3, 4), (1, 1), _mode)
    o(f(2, 3, 5), (2, -3), _mode)
    o.maybe(i(2, 3, 4), (1, 1), _mode).maybe(f(2, 3, 4), (4, 0), _mode).maybe(f(2, 3, 4), (5, 0), _mode)
    o.maybe(f(2, 3, 0).const, (0, 0), _mode)
    o.error(NotImplementedError, f(3), (1, 1), _mode).error(NotImplementedError, f(2, 3, 4, 5), (1, 1), _mode)
    o.error(RuntimeError, f(2, 3), (1, 1, 1), _mode).error(RuntimeError, f(2, 3), (1, 1), _mode, 2.0)
    o.error(RuntimeError, f(2, 3), (-2, -2), _mode)
o.error(NotImplementedError, f(2, 3), (1, 1), "other").error(TypeError, f(2, 3), 1).error(TypeError, 2, (1, 1))
