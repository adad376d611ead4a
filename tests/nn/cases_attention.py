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
