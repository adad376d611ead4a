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
from tidu._kernels import total
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
    layer = _Lstm if mode == "LSTM" else _Layer
    out, *last = layer.apply(mode, reverse, len(state), x, *state, *(weights if bias else weights[:2]))
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


class _Steps:
    """All steps of a mode, forward and back, on what the input gives the gates; ``kept`` is what a step leaves for its
    way back. ``order`` says which step is taken when."""

    def __init__(self, mode: str, w_hh: np.ndarray, b_hh: Any, order: range) -> None:
        self.mode, self.w, self.b, self.order = mode, w_hh, b_hh, order
        self.kept: list[Any] = []

    def forward(self, gates: np.ndarray, state: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
        """All outputs, and the last state. ``gates`` (T, B, gates * H) may be written to."""
        out = np.empty((*gates.shape[:2], self.w.shape[1]), gates.dtype)
        for t in self.order:
            state = self.step(gates[t], state)
            out[t] = state[0]
        return out, state

    def step(self, g: np.ndarray, state: list[np.ndarray]) -> list[np.ndarray]:
        n = self.w.shape[1]
        h = state[0]
        hidden = h @ self.w.T
        if self.b is not None:
            hidden += self.b
        if self.mode == "GRU":
            rz = _sigmoid(g[:, : 2 * n] + hidden[:, : 2 * n])
            r, z, hn = rz[:, :n], rz[:, n:], hidden[:, 2 * n :]
            new = np.tanh(g[:, 2 * n :] + r * hn)
            self.kept.append((h, r, z, hn, new))
            return [new + z * (h - new)]
        hidden += g
        out = np.tanh(hidden) if self.mode == "RNN_TANH" else np.maximum(hidden, 0)
        self.kept.append((h, out))
        return [out]

    def backward(self, grads: np.ndarray, d: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Any]]:
        """From the gradients of all outputs and of the last state: those of the input's gates and of the hidden's, the
        states that the hidden's were made of, and the gradient of the first state."""
        dgates = np.empty((*grads.shape[:2], len(self.w)), grads.dtype)
        dhidden = np.empty_like(dgates) if self.mode == "GRU" else dgates
        before = np.empty_like(grads)
        for t, kept in zip(reversed(self.order), reversed(self.kept), strict=True):
            dgates[t], dhidden[t], before[t], d = self.step_back(kept, d[0] + grads[t])
        return dgates, dhidden, before, d

    def step_back(self, kept: Any, dh: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
        if self.mode == "GRU":
            h, r, z, hn, new = kept
            dnew = dh * (1 - z) * (1 - new * new)
            dz = dh * (h - new) * (z * (1 - z))
            dr = dnew * hn * (r * (1 - r))
            dx = np.concatenate([dr, dz, dnew], 1)
            dhid = np.concatenate([dr, dz, dnew * r], 1)
            return dx, dhid, h, [dhid @ self.w + dh * z]
        h, out = kept
        dg = dh * (1 - out * out) if self.mode == "RNN_TANH" else dh * (out > 0)
        return dg, dg, h, [dg @ self.w]


class _LstmSteps(_Steps):
    """The same of an LSTM, with nothing new made in a step: what does not depend on the step before is done at once.

    ``kept``: the gates i, f, g, o, each (T, B, H), and in the order in which steps are taken h and c before each step
    (and behind the last), and tanh(c) behind it.
    """

    def forward(self, gates: np.ndarray, state: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
        count, batch, n = *gates.shape[:2], self.w.shape[1]
        if self.b is not None:
            gates += self.b
        acts = np.empty((count, 4, batch, n), gates.dtype)  # each gate for itself: rows of all four take twice the time
        h, c = np.empty((2, count + 1, batch, n), gates.dtype)
        bent = np.empty((count, batch, n), gates.dtype)
        h[0], c[0] = state
        room, new = np.empty_like(gates[0]), np.empty_like(h[0])
        as_acts = gates.reshape(count, batch, 4, n).swapaxes(1, 2)
        room_as_acts = room.reshape(batch, 4, n).swapaxes(0, 1)
        for k, t in enumerate(self.order):
            np.matmul(h[k], self.w.T, out=room)
            i, f, g, o = a = np.add(as_acts[t], room_as_acts, out=acts[t])
            _sigmoid(a[:2])
            np.tanh(g, out=g)
            _sigmoid(o)
            np.multiply(f, c[k], out=c[k + 1])
            c[k + 1] += np.multiply(i, g, out=new)
            np.tanh(c[k + 1], out=bent[k])
            np.multiply(o, bent[k], out=h[k + 1])
        self.kept = [acts, h, c, bent]
        return h[1:][:: self.order.step].copy(), [h[-1], c[-1]]

    def backward(self, grads: np.ndarray, d: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Any]]:
        acts, h, c, bent = self.kept
        count, batch, n = bent.shape
        before, c, bent = (a[:: self.order.step] for a in (h[:-1], c[:-1], bent))  # as time goes
        i, f, g, o = acts.swapaxes(0, 1)
        parts = np.empty((count, batch, 4, n), grads.dtype)  # first the slopes: of c in i, f and g, and of h in o
        parts[..., 0, :] = (1 - i) * i * g
        parts[..., 1, :] = (1 - f) * f * c
        parts[..., 2, :] = (1 - g * g) * i
        parts[..., 3, :] = (1 - o) * o * bent
        slope = (1 - bent * bent) * o  # of h in c
        dgates = parts.reshape(count, batch, 4 * n)
        dh, dc = (a.copy() for a in d)
        room = np.empty_like(dc)
        for t in reversed(self.order):
            dh += grads[t]
            dc += np.multiply(slope[t], dh, out=room)
            parts[t, :, :3] *= dc[:, None]
            parts[t, :, 3] *= dh
            np.matmul(dgates[t], self.w, out=dh)
            dc *= f[t]
        return dgates, dgates, before, [dh, dc]


class _Layer(Function):
    """All steps of one direction as one node, under the name of the last of PyTorch's."""

    _shown_node = "StackBackward0"

    @staticmethod
    def forward(ctx: Any, mode: str, reverse: bool, n: int, x: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        state = [s._array for s in rest[:n]]
        w = [p._array for p in rest[n:]]
        a = x._array
        gates = (a.reshape(-1, a.shape[2]) @ w[0].T).reshape(*a.shape[:2], -1)
        if len(w) > 2:
            gates += w[2]
        order = range(len(a))[:: -1 if reverse else 1]
        steps = (_LstmSteps if mode == "LSTM" else _Steps)(mode, w[1], w[3] if len(w) > 2 else None, order)
        out, state = steps.forward(gates, state)
        ctx.save_for_backward(x, *rest)
        ctx.how, ctx.steps = (mode, reverse, n), steps
        return wrap(out), *[wrap(np.array(s)) for s in state]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        given = ctx.saved_tensors
        n = ctx.how[2]
        if modes.grad or not ctx.steps.kept:
            return None, None, None, *_Layer.again(ctx, given, grads)
        x, w = given[0]._array, [p._array for p in given[1 + n :]]
        dgates, dhidden, before, d = ctx.steps.backward(grads[0]._array, [g._array for g in grads[1:]])
        flat, rows = dgates.reshape(-1, dgates.shape[2]), dhidden.reshape(-1, dgates.shape[2])
        found = [(flat @ w[0]).reshape(x.shape) if ctx.needs_input_grad[3] else None, *d]
        found += [flat.T @ x.reshape(-1, x.shape[2]), rows.T @ before.reshape(-1, before.shape[2])]
        if len(w) > 2:
            found += [total(flat, (0,), False), total(rows, (0,), False)]
        return None, None, None, *[None if a is None else wrap(a) for a in found]

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


class _Lstm(_Layer):
    _shown_node = "MkldnnRnnLayerBackward0"
