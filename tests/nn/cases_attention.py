"""Samples of attention and transformers."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, v

BEYOND = v([[False, True, True], [False, False, True], [False, False, False]])
PADDED = v([[False, False, True], [False, False, False]])
layer("MultiheadAttention", 4, 2)(f(3, 2, 4), f(5, 2, 4), f(5, 2, 4))(f(3, 4), f(5, 4), f(5, 4))(
    f(3, 2, 4), f(3, 2, 4), f(3, 2, 4), PADDED, attn_mask=BEYOND
)(f(3, 2, 4), f(3, 2, 4), f(3, 2, 4), None, False, BEYOND)(
    f(3, 2, 4), f(3, 2, 4), f(3, 2, 4), average_attn_weights=False, attn_mask=f(4, 3, 3)
).error(AssertionError, f(3, 2, 6), f(3, 2, 6), f(3, 2, 6)).error(AssertionError, f(3, 2, 4), f(5, 4), f(5, 4)).error(
    RuntimeError, f(3, 2, 4), f(5, 2, 4), f(5, 2, 4), attn_mask=f(3, 4)
).error(AssertionError, f(4), f(4), f(4))
layer("MultiheadAttention", 4, 2, bias=False, batch_first=True, kdim=3, vdim=5)(f(2, 3, 4), f(2, 6, 3), f(2, 6, 5))
layer("MultiheadAttention", 4, 1, add_bias_kv=True, add_zero_attn=True)(f(3, 2, 4), f(3, 2, 4), f(3, 2, 4), PADDED)
layer("MultiheadAttention", 4, 2, dropout=0.5)(f(3, 2, 4), f(3, 2, 4), f(3, 2, 4))
refused("MultiheadAttention", AssertionError, 5, 2)
refused("MultiheadAttention", ValueError, 0, 2)

layer("TransformerEncoderLayer", 4, 2, 6, 0.0)(f(3, 2, 4))(f(3, 4))(f(3, 2, 4), BEYOND, PADDED).error(
    AssertionError, f(3, 2, 5)
)
layer("TransformerEncoderLayer", 4, 2, 6, 0.3, "gelu", batch_first=True, norm_first=True, bias=False)(f(2, 3, 4))
layer("TransformerDecoderLayer", 4, 2, 6, 0.0)(f(3, 2, 4), f(5, 2, 4))(f(3, 2, 4), f(3, 2, 4), BEYOND, None, PADDED)
layer("TransformerDecoderLayer", 4, 2, 6, 0.3, "gelu", norm_first=True)(f(3, 2, 4), f(5, 2, 4))
layer("TransformerEncoder", lambda t: t.nn.TransformerEncoderLayer(4, 2, 6), 2)(f(3, 2, 4))
layer(
    "TransformerEncoder",
    lambda t: t.nn.TransformerEncoderLayer(4, 2, 6, batch_first=True),
    2,
    lambda t: t.nn.LayerNorm(4),
)(f(2, 3, 4))
layer("TransformerDecoder", lambda t: t.nn.TransformerDecoderLayer(4, 2, 6), 2)(f(3, 2, 4), f(5, 2, 4))
layer("Transformer", 4, 2, 1, 1, 6)(f(3, 2, 4), f(3, 2, 4), None, BEYOND).error(
    RuntimeError, f(3, 2, 5), f(3, 2, 4)
).error(RuntimeError, f(3, 2, 4), f(3, 1, 4))
refused("TransformerEncoderLayer", RuntimeError, 4, 2, 6, activation="x")

# a row that may look nowhere, no batch at all, widths that do not fit

NOWHERE = v([[True, True, True], [False, False, True], [False, False, False]])
layer("MultiheadAttention", 4, 2)(f(3, 2, 4), f(3, 2, 4), f(3, 2, 4), None, False, NOWHERE)(
    f(3, 0, 4), f(3, 0, 4), f(3, 0, 4), need_weights=False
)
layer("TransformerEncoderLayer", 4, 2, 6, 0.0)(f(3, 0, 4))(f(3, 2, 4), NOWHERE)
layer("MultiheadAttention", 4, 2, kdim=3, vdim=5).error(AssertionError, f(3, 2, 4), f(6, 2, 4), f(6, 2, 5)).error(
    AssertionError, f(3, 2, 4), f(6, 2, 3), f(6, 2, 6)
)
