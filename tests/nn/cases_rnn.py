"""Samples of recurrent layers and cells."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, f32

for _name in ("RNN", "GRU"):
    layer(_name, 3, 4)(f(5, 2, 3))(f(5, 2, 3), f(1, 2, 4))(f(5, 3))(f(5, 3), f(1, 4)).error(
        RuntimeError, f(5, 2, 2)
    ).error(ValueError, f(3)).error(RuntimeError, f(5, 2, 3), f(1, 3, 4)).error(
        RuntimeError, f(5, 3), f(1, 1, 4)
    ).error(ValueError, f32(5, 2, 3))
    layer(_name, 3, 2, num_layers=2, bidirectional=True, bias=False, batch_first=True)(f(2, 5, 3))
    layer(_name, 3, 2, 2, dropout=0.5)(f(5, 2, 3))
    refused(_name, ValueError, 3, 0)
    refused(_name, ValueError, 3, 4, proj_size=2)
layer("RNN", 3, 2, nonlinearity="relu")(f(5, 2, 3))
refused("RNN", ValueError, 3, 2, nonlinearity="x")
layer("LSTM", 3, 4)(f(5, 2, 3))(f(5, 2, 3), (f(1, 2, 4), f(1, 2, 4)))(f(5, 3)).error(RuntimeError, f(5, 2, 2)).error(
    RuntimeError, f(5, 2, 3), (f(1, 2, 4), f(1, 2, 3))
).error(ValueError, f(3))
layer("LSTM", 3, 3, num_layers=2, bidirectional=True, bias=False, batch_first=True)(f(2, 5, 3))
layer("LSTM", 3, 4, 2, dropout=0.5, bidirectional=True)(f(4, 2, 3))
layer("LSTM", 3, 4, proj_size=2)(f(5, 2, 3))(f(5, 2, 3), (f(1, 2, 2), f(1, 2, 4)))
refused("LSTM", TypeError, 3, 4.0)
refused("LSTM", ValueError, 3, 4, dropout=1.5)
refused("LSTM", ValueError, 3, 4, num_layers=0)
refused("LSTM", ValueError, 3, 4, proj_size=4)

for _name in ("RNNCell", "GRUCell"):
    layer(_name, 3, 4)(f(2, 3))(f(2, 3), f(2, 4))(f(3)).error(RuntimeError, f(2, 2)).error(
        ValueError, f(1, 2, 3)
    ).error(RuntimeError, f(2, 3), f(2, 3))
    layer(_name, 3, 4, bias=False)(f(2, 3))
layer("RNNCell", 3, 4, nonlinearity="relu")(f(2, 3))
layer("LSTMCell", 3, 4)(f(2, 3))(f(2, 3), (f(2, 4), f(2, 4)))(f(3)).error(RuntimeError, f(2, 2))
layer("LSTMCell", 3, 4, bias=False)(f(2, 3))
