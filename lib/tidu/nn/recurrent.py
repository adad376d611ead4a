"""One direction of one recurrent layer, over all its steps. 循环层的一个方向。

A step takes what the input gives its gates (computed for all steps at once) and the state. A whole batch is one node:
forward keeps the gates, backward is one pass over the steps in reverse; only derivatives of derivatives, projections
and packed batches are put together of operations.
Source: Hochreiter & Schmidhuber 1997 (LSTM), Cho et al. 2014 (GRU), Elman 1990 (RNN).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tidu._engine import grad
from tidu._modes import enable_grad, modes
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.autograd.function import Function
from tidu.ops.linear import linear_map

State = tuple[Tensor, ...]


# ---- a step, as operations: what the input gives the gates, the state, the weights -> the new state


def _lstm_step(gates: Tensor, state: State, w: list[Any]) -> State:
    h, c = state
    i, f, g, o = (gates + linear_map(h, w[1], w[3])).chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return (h if len(w) < 5 else linear_map(h, w[4])), c


def _gru_step(gates: Tensor, state: State, w: list[Any]) -> State:
    (h,) = state
    xr, xz, xn = gates.chunk(3, 1)
    hr, hz, hn = linear_map(h, w[1], w[3]).chunk(3, 1)
    r, z = (xr + hr).sigmoid(), (xz + hz).sigmoid()
    n = (xn + r * hn).tanh()
    return (n + z * (h - n),)


def _tanh_step(gates: Tensor, state: State, w: list[Any]) -> State:
    return ((gates + linear_map(state[0], w[1], w[3])).tanh(),)


def _relu_step(gates: Tensor, state: State, w: list[Any]) -> State:
    return ((gates + linear_map(state[0], w[1], w[3])).relu(),)


STEPS: dict[str, Callable[[Tensor, State, list[Any]], State]] = {
    "LSTM": _lstm_step, "GRU": _gru_step, "RNN_TANH": _tanh_step, "RNN_RELU": _relu_step,
}  # fmt: skip


def step(mode: str, x: Tensor, state: State, weights: list[Any]) -> State:
    """一步 / The state after one step of input ``x`` (B, I)."""
    return STEPS[mode](linear_map(x, weights[0], weights[2]), state, weights)


def _unrolled(mode: str, x: Tensor, state: State, weights: list[Any], reverse: bool) -> tuple[Tensor, State]:
    gates = linear_map(x, weights[0], weights[2]).unbind(0)
    outs = []
    for g in reversed(gates) if reverse else gates:
        state = STEPS[mode](g, state, weights)
        outs.append(state[0])
    return FUNCTIONS["stack"](outs[::-1] if reverse else outs), state


def run(mode: str, x: Tensor, state: State, weights: list[Any], reverse: bool) -> tuple[Tensor, State]:
    """一个方向 / All outputs (T, B, H) and the last state, of input (T, B, I) from a state of (B, H) tensors."""
    kinds = {t._array.dtype for t in (x, *state, weights[0])}  # bfloat16 has kernels, but not NumPy's
    if len(weights) > 4 or not x.numel() or modes.dual or len(kinds) > 1 or x._array.dtype.kind == "V":
        return _unrolled(mode, x, state, weights, reverse)
    bias = weights[2] is not None
    out, *last = _Layer.apply(mode, reverse, len(state), x, *state, *(weights if bias else weights[:2]))
    return out, tuple(last)


def run_packed(
    mode: str, data: Tensor, sizes: list[int], state: State, weights: list[Any], reverse: bool
) -> tuple[Tensor, State]:
    """打包序列的一个方向 / The same of packed steps, of which step ``t`` has the first ``sizes[t]`` sequences."""
    gates = list(linear_map(data, weights[0], weights[2]).split(sizes))
    cat = FUNCTIONS["cat"]
    outs: list[Tensor] = []
    if reverse:
        now = tuple(s[: sizes[-1]] for s in state)
        for n, g in zip(sizes[::-1], gates[::-1], strict=True):
            if n > len(now[0]):  # sequences that end here begin, seen from this side
                now = tuple(cat([s, first[len(s) : n]]) for s, first in zip(now, state, strict=True))
            now = STEPS[mode](g, now, weights)
            outs.append(now[0])
        return cat(outs[::-1]), now
    now, ended = state, []
    for n, g in zip(sizes, gates, strict=True):
        if n < len(now[0]):
            ended.append(tuple(s[n:] for s in now))
            now = tuple(s[:n] for s in now)
        now = STEPS[mode](g, now, weights)
        outs.append(now[0])
    ended.append(now)
    return cat(outs), tuple(cat([e[i] for e in ended[::-1]]) for i in range(len(state)))


# ---- the same on arrays, as one node


def _sigmoid(x: np.ndarray) -> np.ndarray:
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


class _Kernel:
    """Forward and backward of a mode over the steps; ``kept`` is what forward leaves for backward."""

    def __init__(self, mode: str, w_hh: np.ndarray, b_hh: Any) -> None:
        self.mode, self.w, self.b = mode, w_hh, b_hh
        self.kept: list[Any] = []

    def forward(self, g: np.ndarray, state: list[np.ndarray]) -> list[np.ndarray]:
        n = self.w.shape[1]
        h = state[0]
        if self.mode == "GRU":
            hidden = h @ self.w.T
            if self.b is not None:
                hidden += self.b
            rz = _sigmoid(g[:, : 2 * n] + hidden[:, : 2 * n])
            r, z, hn = rz[:, :n], rz[:, n:], hidden[:, 2 * n :]
            new = np.tanh(g[:, 2 * n :] + r * hn)
            self.kept.append((h, r, z, hn, new))
            return [new + z * (h - new)]
        g = g + h @ self.w.T
        if self.b is not None:
            g += self.b
        if self.mode == "LSTM":
            c = state[1]
            i_f = _sigmoid(g[:, : 2 * n])
            i, f, new, o = i_f[:, :n], i_f[:, n:], np.tanh(g[:, 2 * n : 3 * n]), _sigmoid(g[:, 3 * n :])
            after = f * c + i * new
            bent = np.tanh(after)
            self.kept.append((h, c, i, f, new, o, bent))
            return [o * bent, after]
        out = np.tanh(g) if self.mode == "RNN_TANH" else np.maximum(g, 0)
        self.kept.append((h, out))
        return [out]

    def backward(self, d: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
        """Of the last step kept: gradients of the input's gates, of the hidden's, the state before, its gradients."""
        kept = self.kept.pop()
        h, dh = kept[0], d[0]
        if self.mode == "GRU":
            _, r, z, hn, new = kept
            dnew = dh * (1 - z) * (1 - new * new)
            dz = dh * (h - new) * (z * (1 - z))
            dr = dnew * hn * (r * (1 - r))
            dx = np.concatenate([dr, dz, dnew], 1)
            dhid = np.concatenate([dr, dz, dnew * r], 1)
            return dx, dhid, h, [dhid @ self.w + dh * z]
        if self.mode == "LSTM":
            _, c, i, f, new, o, bent = kept
            dc = d[1] + dh * o * (1 - bent * bent)
            dg = np.concatenate(
                [dc * new * (i * (1 - i)), dc * c * (f * (1 - f)), dc * i * (1 - new * new), dh * bent * (o * (1 - o))],
                1,
            )
            return dg, dg, h, [dg @ self.w, dc * f]
        out = kept[1]
        dg = dh * (1 - out * out) if self.mode == "RNN_TANH" else dh * (out > 0)
        return dg, dg, h, [dg @ self.w]


class _Layer(Function):
    """All steps of one direction as one node."""

    @staticmethod
    def forward(ctx: Any, mode: str, reverse: bool, n: int, x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        state = [s._array for s in rest[:n]]
        w = [p._array for p in rest[n:]]
        a = x._array
        gates = (a.reshape(-1, a.shape[2]) @ w[0].T).reshape(*a.shape[:2], -1)
        if len(w) > 2:
            gates += w[2]
        kernel = _Kernel(mode, w[1], w[3] if len(w) > 2 else None)
        out = np.empty((*a.shape[:2], w[1].shape[1]), a.dtype)
        steps = range(len(a))
        for t in reversed(steps) if reverse else steps:
            state = kernel.forward(gates[t], state)
            out[t] = state[0]
        ctx.save_for_backward(x, *rest)
        ctx.how, ctx.kernel = (mode, reverse, n), kernel
        return wrap(out), *[wrap(np.array(s)) for s in state]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        given = ctx.saved_tensors
        mode, reverse, n = ctx.how
        if modes.grad or not ctx.kernel.kept:
            return None, None, None, *_Layer.again(ctx, given, grads)
        x, w = given[0]._array, [p._array for p in given[1 + n :]]
        d = [np.array(g._array) for g in grads[1:]]
        dgates = np.empty((*x.shape[:2], w[1].shape[0]), x.dtype)
        dhidden = dgates if mode != "GRU" else np.empty_like(dgates)
        before = np.empty((*x.shape[:2], w[1].shape[1]), x.dtype)
        steps = range(len(x))
        kept = list(ctx.kernel.kept)
        for t in steps if reverse else reversed(steps):
            d[0] = d[0] + grads[0]._array[t]
            dgates[t], dhidden[t], before[t], d = ctx.kernel.backward(d)
        ctx.kernel.kept = kept  # for another backward through a retained graph
        flat, rows = dgates.reshape(-1, dgates.shape[2]), dhidden.reshape(-1, dgates.shape[2])
        found = [(flat @ w[0]).reshape(x.shape), *d]
        found += [flat.T @ x.reshape(-1, x.shape[2]), rows.T @ before.reshape(-1, before.shape[2])]
        if len(w) > 2:
            found += [flat.sum(0), rows.sum(0)]
        return None, None, None, *[wrap(a) for a in found]

    @staticmethod
    def again(ctx: Any, given: Any, grads: tuple[Tensor, ...]) -> tuple[Any, ...]:
        """The gradients as differentiable tensors."""
        mode, reverse, n = ctx.how
        with enable_grad():
            weights = [*given[1 + n :], *[None] * (5 + n - len(given))]
            out, last = _unrolled(mode, given[0], tuple(given[1 : 1 + n]), weights, reverse)
            leaves = [t for t in given if t.requires_grad]
            found = iter(grad([out, *last], leaves, list(grads), create_graph=modes.grad, allow_unused=True))
        return tuple(next(found) if t.requires_grad else None for t in given)
