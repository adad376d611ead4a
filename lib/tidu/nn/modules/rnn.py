"""Recurrent layers and cells. 循环层与循环单元。

Source: https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers
"""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from tidu._dtypes import TYPE_NAMES
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn import init, recurrent
from tidu.nn.modules.module import Module
from tidu.nn.parameter import Parameter
from tidu.nn.utils.rnn import PackedSequence

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """循环层的基类 / Several layers, in one or both directions; ``mode`` is LSTM, GRU, RNN_TANH or RNN_RELU."""

    mode: str
    input_size: int
    hidden_size: int

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        for name, flag in (("bias", bias), ("batch_first", batch_first)):
            if not isinstance(flag, bool):
                raise TypeError(f"{name} should be of type bool, got: {type(flag).__name__}")
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=3,
            )
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
            if not isinstance(size, int):
                raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
            if size <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if mode not in GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)
        rows = GATES[mode] * hidden_size
        out = proj_size or hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self._directions]:
                width = input_size if layer == 0 else out * self._directions
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, width), "weight_hh": (rows, out)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = []
                for name, shape in shapes.items():
                    names.append(f"{name}_l{layer}{suffix}")
                    setattr(self, names[-1], Parameter(FUNCTIONS["empty"](shape, device=device, dtype=dtype)))
                self._all_weights.append(names)
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """各层各方向的参数 / The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def __getstate__(self) -> dict[str, Any]:
        """As PyTorch's, which keeps the parameters in a list too."""
        names = [name for layer in self._all_weights for name in layer]
        return {**vars(self), "_flat_weights_names": names, "_flat_weights": [getattr(self, name) for name in names]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({name: value for name, value in state.items() if not name.startswith("_flat_weight")})

    def flatten_parameters(self) -> None:
        """接受但什么也不做 / Accepted: it speeds up GPUs in PyTorch."""

    def reset_parameters(self) -> None:
        """重新初始化 / Draw all parameters uniformly within ±1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (
            ("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False), ("dropout", 0),
            ("bidirectional", False),
        ):  # fmt: skip
            if getattr(self, name) != usual:
                shown += f", {name}={getattr(self, name)}"
        return shown

    # ---- checks

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """检查输入 / ``RuntimeError`` unless the input's rank and last size are right."""
        if input.dtype != self.weight_ih_l0.dtype:
            own = self.weight_ih_l0.dtype
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). Convert input: "
                f"input.to({own}), or convert model: model.to({input.dtype})"
            )
        wanted = 3 if batch_sizes is None else 2
        if input.dim() != wanted:
            raise RuntimeError(f"input must have {wanted} dimensions, got {input.dim()}")
        if input.size(-1) != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def _check_state(self, state: Tensor, width: int, batch: int, name: str) -> None:
        wanted = (self.num_layers * self._directions, batch, width)
        if tuple(state.size()) != wanted:
            raise RuntimeError(f"Expected {name} size {wanted}, got {list(state.size())}")

    def _check_rank(self, input: Tensor, hx: Any) -> None:
        n = input.dim()
        kind = "For batched 3-D input" if n == 3 else "For unbatched 2-D input"
        if self.mode == "LSTM":
            h, c = hx[0], hx[1]  # of a tensor, where a pair is wanted, its first slices, as in PyTorch
            if h.dim() != n or c.dim() != n:
                given = f"({h.dim()}-D, {c.dim()}-D)"
                raise RuntimeError(f"{kind}, hx and cx should also be {n}-D but got {given} tensors")
            if len(hx) > 2:
                raise RuntimeError("lstm expects two hidden states")
        elif hx.dim() != n:
            raise RuntimeError(f"{kind}, hx should also be {n}-D but got {hx.dim()}-D tensor")

    # ---- forward

    def _states(self, input: Tensor, hx: Any, batch: int, order: Tensor | None) -> tuple[Tensor, ...]:
        """The states to start from, zeros by default, in the order of a packed input."""
        widths = [self.proj_size or self.hidden_size] + ([self.hidden_size] if self.mode == "LSTM" else [])
        if hx is None:
            layers = self.num_layers * self._directions
            return tuple(FUNCTIONS["zeros"](layers, batch, w, dtype=input.dtype, device=input.device) for w in widths)
        states = tuple(hx) if self.mode == "LSTM" else (hx,)
        names = ["hidden[0]", "hidden[1]"] if self.mode == "LSTM" else ["hidden"]
        for state, width, name in zip(states, widths, names, strict=True):
            self._check_state(state, width, batch, name)
            if state.dtype != input.dtype:
                kinds = [TYPE_NAMES.get(t.dtype, "").removesuffix("Tensor") for t in (state, input)]
                raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {kinds[0]} and {kinds[1]}")
        return states if order is None else tuple(s.index_select(1, order) for s in states)

    def _layers(self, x: Tensor, states: tuple[Tensor, ...], sizes: list[int] | None) -> tuple[Tensor, list[Tensor]]:
        """Layer after layer: all outputs, and the last states stacked."""
        last: list[tuple[Tensor, ...]] = []
        weights = self.all_weights
        for layer in range(self.num_layers):
            outs = []
            for direction in range(self._directions):
                k = layer * self._directions + direction
                w: list[Any] = list(weights[k])
                if not self.bias:
                    w[2:2] = [None, None]
                first = tuple(s[k] for s in states)
                if sizes is None:
                    out, state = recurrent.run(self.mode, x, first, w, direction == 1)
                else:
                    out, state = recurrent.run_packed(self.mode, x, sizes, first, w, direction == 1)
                outs.append(out)
                last.append(state)
            x = FUNCTIONS["cat"](outs, -1) if len(outs) > 1 else outs[0]
            if self.dropout and self.training and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, True)
        return x, [FUNCTIONS["stack"]([s[i] for s in last]) for i in range(len(states))]

    def forward(self, input: Any, hx: Any = None) -> Any:
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        name = type(self).__name__
        if input.dim() not in (2, 3):
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        batched = input.dim() == 3
        if hx is not None:
            self._check_rank(input, hx)
        if not batched:
            input = input.unsqueeze(1)
            if hx is not None:
                hx = tuple(s.unsqueeze(1) for s in hx) if self.mode == "LSTM" else hx.unsqueeze(1)
        elif self.batch_first:
            input = input.transpose(0, 1)
        self.check_input(input, None)
        if not input.size(0):
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        out, last = self._layers(input, self._states(input, hx, input.size(1), None), None)
        if not batched:
            out, last = out.squeeze(1), [s.squeeze(1) for s in last]
        elif self.batch_first:
            out = out.transpose(0, 1) if self.mode == "LSTM" else out.transpose_(0, 1)
        return out, tuple(last) if self.mode == "LSTM" else last[0]

    def _forward_packed(self, input: PackedSequence, hx: Any) -> Any:
        data, batch_sizes, order, back = input
        sizes = batch_sizes.tolist()
        self.check_input(data, batch_sizes)
        out, last = self._layers(data, self._states(data, hx, sizes[0], order), sizes)
        if back is not None:
            last = [s.index_select(1, back) for s in last]
        return PackedSequence(out, batch_sizes, order, back), tuple(last) if self.mode == "LSTM" else last[0]


class RNN(RNNBase):
    """循环层 / Elman's: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``, or relu with ``nonlinearity="relu"``.

    Input (T, B, input_size), or (B, T, ...) if ``batch_first``; gives all outputs (T, B, H) and the last state.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, device: Any = None,
        dtype: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        if "proj_size" in more:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first, dropout,
            bidirectional, device=device, dtype=dtype, **more,
        )  # fmt: skip
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """长短期记忆 / Gates i, f, o let in, keep and let out of a memory ``c``; gives outputs and ``(h_n, c_n)``.

    Input (T, B, input_size), or (B, T, ...) if ``batch_first``. ``proj_size``: outputs projected to fewer numbers.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device,
            dtype,
        )  # fmt: skip


class GRU(RNNBase):
    """门控循环 / Gates r, z say how much of the state makes the new one, and how much stays; gives outputs and h_n.

    Input (T, B, input_size), or (B, T, ...) if ``batch_first``.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, device: Any = None, dtype: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        if "proj_size" in more:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device,
            dtype=dtype, **more,
        )  # fmt: skip


class RNNCellBase(Module):
    """循环单元的基类 / One step of one layer; ``num_chunks`` gates."""

    mode = ""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        made = {"device": device, "dtype": dtype}
        empty = FUNCTIONS["empty"]
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        self.weight_ih = Parameter(empty((num_chunks * hidden_size, input_size), **made))
        self.weight_hh = Parameter(empty((num_chunks * hidden_size, hidden_size), **made))
        if bias:
            self.bias_ih = Parameter(empty(num_chunks * hidden_size, **made))
            self.bias_hh = Parameter(empty(num_chunks * hidden_size, **made))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """重新初始化 / Draw all parameters uniformly within ±1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            shown += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            shown += f", nonlinearity={self.nonlinearity}"
        return shown

    def _step(self, input: Tensor, states: Any) -> tuple[Tensor, ...]:
        name = type(self).__name__
        for what, t in [("input", input), *[("hidden", s) for s in states or ()]]:
            if t.dim() not in (1, 2):
                raise ValueError(f"{name}: Expected {what} to be 1D or 2D, got {t.dim()}D instead")
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if x.size(1) != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {x.size(1)} expected {self.input_size}")
        if states is None:
            zeros = FUNCTIONS["zeros"](x.size(0), self.hidden_size, dtype=input.dtype, device=input.device)
            states = (zeros, zeros) if self.mode == "LSTM" else (zeros,)
        else:
            states = tuple(s if s.dim() == 2 else s.unsqueeze(0) for s in states)
            for i, s in enumerate(states):
                if s.size(0) != x.size(0):
                    raise RuntimeError(f"Input batch size {x.size(0)} doesn't match hidden{i} batch size {s.size(0)}")
                if s.size(1) != self.hidden_size:
                    raise RuntimeError(
                        f"hidden{i} has inconsistent hidden_size: got {s.size(1)}, expected {self.hidden_size}"
                    )
        made = recurrent.step(self.mode, x, states, [self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh])
        return made if batched else tuple(s.squeeze(0) for s in made)


class RNNCell(RNNCellBase):
    """循环单元 / One step: ``h' = tanh(W_ih x + b_ih + W_hh h + b_hh)``, or relu."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        self.mode = f"RNN_{self.nonlinearity.upper()}"
        return self._step(input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """LSTM 单元 / One step: ``(h, c)`` from an input and ``(h, c)``."""

    mode = "LSTM"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        h, c = self._step(input, hx)
        return h, c


class GRUCell(RNNCellBase):
    """GRU 单元 / One step: ``h`` from an input and ``h``."""

    mode = "GRU"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(input, None if hx is None else (hx,))[0]
