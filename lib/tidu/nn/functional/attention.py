"""Attention as functions. 注意力。

Source: Vaswani et al. 2017, "Attention is all you need";
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from tidu import _dtypes
from tidu._modes import Rider
from tidu._operands import check_tensors
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.functional.dropout import dropout
from tidu.nn.functional.linear import linear

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


def _as_bias(mask: Tensor | None, dtype: Any, name: str, true_is_out: bool) -> Tensor | None:
    """A mask as what is added to the scores: 0, and -inf where nothing may be looked at."""
    if mask is None:
        return None
    if mask.dtype is _dtypes.bool_:
        out = mask if true_is_out else mask.logical_not()
        bias: Tensor = FUNCTIONS["zeros"](tuple(mask.shape), dtype=dtype).masked_fill(out, -math.inf)
        return bias
    if not mask.dtype.is_floating_point:
        raise AssertionError(f"only bool and floating types of {name} are supported")
    return mask


def as_biases(
    mask: Tensor | None, padding: Tensor | None, dtype: Any, name: str, padding_name: str
) -> tuple[Tensor | None, Tensor | None]:
    """A mask and one of padding as what is added to the scores; the two should be of one kind."""
    if mask is not None and padding is not None and mask.dtype is not padding.dtype:
        warnings.warn(
            f"Support for mismatched {padding_name} and {name} is deprecated. Use same type for both instead.",
            UserWarning,
            stacklevel=4,
        )
    out = _as_bias(padding, dtype, padding_name, True)
    return _as_bias(mask, dtype, name, True), out


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """点积注意力 / ``softmax(query @ key.T * scale + mask) @ value``.

    Shapes (..., L, E), (..., S, E), (..., S, V) give (..., L, V).
    ``attn_mask``: bool, True where to look, or numbers to add. ``is_causal``: each only at those up to itself.
    ``scale`` is 1/sqrt(E) unless given. ``enable_gqa``: fewer heads of keys and values, each for several of queries.
    """
    check_tensors("scaled_dot_product_attention", query=query, key=key, value=value)
    for name, x in (("query", query), ("key", key), ("value", value)):
        if x.dtype is not query.dtype:
            raise RuntimeError(
                "Expected query, key, and value to have the same dtype, but got query.dtype: "
                f"{query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype} instead."
            )
        if x.dim() < 2:
            raise RuntimeError(
                "Expected query, key, and value to all be at least 2 dimensional, but got query.dim: "
                f"{query.dim()}, key.dim: {key.dim()} and value.dim: {value.dim()} instead: {name}"
            )
    if is_causal and attn_mask is not None:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        key = key.repeat_interleave(query.size(-3) // key.size(-3), -3)
        value = value.repeat_interleave(query.size(-3) // value.size(-3), -3)
    if is_causal:
        attn_mask = FUNCTIONS["ones"](query.size(-2), key.size(-2), dtype=_dtypes.bool_).tril()
    share = math.sqrt(1 / math.sqrt(query.size(-1)) if scale is None else scale)
    scores = (query * share) @ (key * share).mT
    bias = _as_bias(attn_mask, query.dtype, "attn_mask", False)
    if bias is not None:
        if bias.dtype is not query.dtype:
            raise RuntimeError(
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
                f"{bias.dtype} and  query.dtype: {query.dtype} instead."
            )
        scores = scores + bias
        nowhere = scores.detach().isneginf().all(-1, keepdim=True)
        if isinstance(nowhere._tangent, Rider) or nowhere.any():  # who looks nowhere sees zeros, and sends no gradient
            weights = scores.masked_fill(nowhere, 0.0).softmax(-1).masked_fill(nowhere, 0.0)
            return dropout(weights, dropout_p, True) @ value
    weights = scores.softmax(-1)
    return dropout(weights, dropout_p, True) @ value


def _check_shapes(
    query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None, attn_mask: Tensor | None, heads: int
) -> bool:
    """Whether there is a batch; ``AssertionError`` where ranks do not agree."""
    n = query.dim()
    if n not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {n}-D query tensor")
    kind = "batched" if n == 3 else "unbatched"
    if key.dim() != n or value.dim() != n:
        raise AssertionError(
            f"For {kind} ({n}-D) `query`, expected `key` and `value` to be {n}-D but found {key.dim()}-D and "
            f"{value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != n - 1:
        raise AssertionError(
            f"For {kind} ({n}-D) `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None and attn_mask.dim() not in (2, 3):
        raise AssertionError(
            f"For {kind} ({n}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
            f"{attn_mask.dim()}-D tensor instead"
        )
    if n == 2 and attn_mask is not None and attn_mask.dim() == 3:
        wanted = (heads, query.shape[0], key.shape[0])
        if tuple(attn_mask.shape) != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}")
    return n == 3


def _wider(mask: Tensor | None) -> Tensor | None:
    """A mask with one more key, which all may look at."""
    if mask is None:
        return None
    return FUNCTIONS["cat"]([mask, mask.new_zeros((*mask.shape[:-1], 1))], -1)


def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int, in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None, add_zero_attn: bool, dropout_p: float,
    out_proj_weight: Tensor, out_proj_bias: Tensor | None, training: bool = True,
    key_padding_mask: Tensor | None = None, need_weights: bool = True, attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None, static_k: Tensor | None = None, static_v: Tensor | None = None,
    average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """多头注意力 / What ``nn.MultiheadAttention`` computes, of (L, B, E), (S, B, E) and the layer's parameters."""
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, width = query.shape
    steps = key.shape[0]
    mask, padding = as_biases(attn_mask, key_padding_mask, query.dtype, "attn_mask", "key_padding_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    head = width // num_heads
    if head * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if key.shape[:2] != value.shape[:2]:
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
            )
        weights: Any = (q_proj_weight, k_proj_weight, v_proj_weight)
        for name, x, w in zip(("query", "key", "value"), (query, key, value), weights, strict=True):
            if tuple(w.shape) != (width, x.shape[-1]):
                raise AssertionError(f"expecting {name} weights shape of {(width, x.shape[-1])}, but got {w.shape}")
    else:
        if key.shape != value.shape:
            raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
        assert in_proj_weight is not None
        weights = (in_proj_weight,) if query is key is value else in_proj_weight.chunk(3)
    if len(weights) == 1:
        q, k, v = linear(query, weights[0], in_proj_bias).chunk(3, -1)
    else:
        biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
    if mask is not None:
        wanted = (length, steps) if mask.dim() == 2 else (batch * num_heads, length, steps)
        if tuple(mask.shape) != wanted:
            raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {wanted}.")
        mask = mask.unsqueeze(0) if mask.dim() == 2 else mask
    cat = FUNCTIONS["cat"]
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)])
        mask, padding = _wider(mask), _wider(padding)

    def heads(x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], batch * num_heads, head).transpose(0, 1)

    q = heads(q)
    k = heads(k) if static_k is None else static_k
    v = heads(v) if static_v is None else static_v
    if add_zero_attn:
        zeros = k.new_zeros((batch * num_heads, 1, head))
        k, v = cat([k, zeros], 1), cat([v, zeros], 1)
        mask, padding = _wider(mask), _wider(padding)
    steps = k.size(1)
    if padding is not None:
        if tuple(padding.shape) != (batch, steps):
            d = 0 if padding.size(0) != batch else 1
            raise AssertionError(
                f"Expected key_padded_mask.shape[{d}] to be {(batch, steps)[d]}, but got {padding.size(d)}: "
                f"key_padding_mask has to be of shape {(batch, steps)}"
            )
        each = padding.view(batch, 1, 1, steps).expand(-1, num_heads, -1, -1).reshape(batch * num_heads, 1, steps)
        mask = each if mask is None else mask + each
    p = dropout_p if training else 0.0
    if need_weights:
        scores = (q * math.sqrt(1.0 / head)) @ k.transpose(1, 2)
        attention = dropout((scores if mask is None else scores + mask).softmax(-1), p, True)
        mixed = attention @ v
    else:
        if mask is not None:
            spread = mask.shape[0] == 1
            mask = mask.unsqueeze(0) if spread else mask.view(batch, num_heads, mask.shape[1], steps)
        q, k, v = (x.view(batch, num_heads, x.shape[1], head) for x in (q, k, v))
        mixed = scaled_dot_product_attention(q, k, v, mask, p)
        mixed = mixed.reshape(batch * num_heads, length, head)
    out = linear(mixed.transpose(0, 1).reshape(length * batch, width), out_proj_weight, out_proj_bias)
    out = out.view(length, batch, out.size(1))
    found = None
    if need_weights:
        found = attention.view(batch, num_heads, length, steps)
        found = found.mean(1) if average_attn_weights else found
    if not batched:
        return out.squeeze(1), None if found is None else found.squeeze(0)
    return out, found
