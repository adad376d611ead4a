"""What a node saved, by the names that PyTorch has for it: ``_saved_self``, ``_raw_saved_result``. 保存值的名字。

An operand is called as the op's callers call it, the first one ``self``; of one whose shape is enough, that is
``_saved_self_sym_sizes``. An operand that another call of the same op would have saved is None, as in PyTorch. What a
formula here has no need of has no name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tidu._saving import Packed, packed
from tidu._size import Size
from tidu._tensor import Tensor, wrap

if TYPE_CHECKING:
    from tidu._graph import Node

# Where it is another word than the one that callers use: PyTorch's name = ours, by op.
_WORDS = {
    "_lowest": "min=out",
    "_std_mean_spread": "result0=out",
    "adaptive_max_pool2d adaptive_max_pool3d fractional_max_pool2d fractional_max_pool3d": "result1=index",
    "_batch_norm _group_norm _layer_norm _instance_norm": "input=x result1=mean result2=rstd",
    "_elu_ _celu_ _leaky_relu_": "result=x",
    "_embedding_bag": "offsets=bags per_sample_weights=weights weight=x",
    "_over _times": "other=by",
    "_prelu_kernel": "weight=y",
    "_trilinear": "i1=x i2=y i3=z",
    "addbmm baddbmm": "batch1=a batch2=b",
    "addmm": "mat1=a mat2=b",
    "addmv": "mat=a vec=b",
    "addr": "vec1=a vec2=b",
    "binary_cross_entropy binary_cross_entropy_with_logits": "target=y weight=w pos_weight=p",
    "bmm mm": "mat2=y",
    "cdist": "x1=x x2=y",
    "clamp_max": "max=y",
    "clamp_min": "min=y",
    "complex": "real=x imag=y",
    "convolution": "input=x weight=w",
    "cross_entropy": "target=at",
    "ctc_loss": "log_probs=x targets=labels input_lengths=times target_lengths=lengths result0=loss result1=alpha "
    "zero_infinity=forgiving",
    "dot": "tensor=y",
    "fft_c2c fft_c2r fft_r2c": "dim=dims normalization=scale",
    "index index_put max_unpool2d max_unpool3d": "indices=index",
    "index_add index_reduce": "source=src source_dim=source",
    "linalg_cholesky linalg_cholesky_ex": "L=out",
    "linalg_det linalg_slogdet linalg_solve linalg_solve_ex": "A=a",
    "linalg_inv linalg_inv_ex": "inverse=out",
    "linalg_lu_factor linalg_lu_factor_ex": "LU=out",
    "linalg_pinv linalg_lstsq linalg_solve_triangular": "self=a",
    "linear": "self=x mat1=x mat2=weight",
    "mse_loss huber_loss smooth_l1_loss soft_margin_loss": "target=y",
    "mv": "vec=y",
    "nll_loss": "target=at",
    "pow_tensor": "exponent=y",
    "split": "split_size=sections split_sizes=sections",
    "unfold_backward": "dim=dimension",
    "vector_norm": "ord=p",
    "where": "condition=c",
}  # fmt: skip
_BY_OP = {
    name: dict(word.split("=") for word in words.split()) for names, words in _WORDS.items() for name in names.split()
}
_SIZES = "_sym_sizes"
_BOTH = {"mm", "addmm", "linear"}  # where PyTorch has an operand and its sizes
# What formulas here keep in another form than PyTorch's: it has no name, but what is in it has.
_INNER = {"frame", "taps", "places", "rules", "recipe", "strides", "windows", "count", "divisor", "layout", "given",
          "by_frequency", "chosen", "x_dtype", "x_strides"}  # fmt: skip
_WINDOW = {"kernel_size": "kernel", "stride": "stride", "padding": "lower", "dilation": "dilation"}


def _ours(node: Node) -> dict[str, str]:
    """The names that PyTorch may have for what this node's op saves, and ours."""
    op = node.op
    found: dict[str, str] = {}
    named = {n for f in op.formulas if f is not None for n in f.names}
    for operand, called in zip(op.operands, op.called, strict=True):
        for name in ("self" if called == "input" else called, operand):
            if operand in named or operand in node.plan.names:
                found.setdefault(name, operand)
            if f"{operand}_shape" in node.plan.names or (operand in node.plan.names and op.name in _BOTH):
                found.setdefault(name + _SIZES, f"{operand}_shape")
    found.update({n: n for n in (*op.attrs, *op.outputs) if n in named and n not in _INNER})
    if "out" in named:
        found["result" if op.heads == 1 else "result0"] = "out"
    words = _BY_OP.get(op.name, {})
    taken = set(words.values())
    return {**{k: v for k, v in found.items() if v not in taken and k not in words}, **words}


def saved_names(node: Node) -> list[str]:
    """Names of all that is saved, as ``dir`` shows them. 保存值的名字。"""
    inner = set(node.op.operands) - {"self", "weight", "bias", "input", "other"}
    alpha = ["alpha"] * (node.op.name in ("add", "sub", "rsub"))
    names = [n for n in _ours(node) if n.removesuffix(_SIZES) not in inner or n in node.op.called]
    return sorted({*names, *alpha, *_within(node)})


def saved_value(node: Node, name: str) -> Any:
    """What is saved under PyTorch's name; ``KeyError`` where nothing is."""
    within = _within(node)
    if name in within:
        return within[name]
    if name == "alpha" and node.op.name in ("add", "sub", "rsub"):
        return 1
    ours = _ours(node)[name]
    names = node.plan.names
    if ours in names:
        value = node.values(True)[names.index(ours)]
        if ours.endswith("_shape"):
            return Size(value)
        return wrap(value) if hasattr(value, "strides") and not isinstance(value, Tensor) else value
    if ours.endswith("_shape"):
        return saved_value(node, name.removesuffix(_SIZES)).shape
    if ours in node.op.attrs:
        raise KeyError(name)
    return None


def _within(node: Node) -> dict[str, Any]:
    """What PyTorch has under names of its own, and a constant here says: a window, an index, a resampling."""
    kept = dict(zip(node.plan.names[len(node.plan.tensors) :], node.constants, strict=False))
    if node.op.view == "single":
        return _place(kept.get("index"))
    if kept.get("recipe") and node.op.name.endswith("_scatter"):
        attrs = kept["recipe"][-1][1]
        return _place(attrs["index"]) if "index" in attrs else {k: v for k, v in attrs.items() if k != "x_strides"}
    if "rules" in kept and type(node).__name__.startswith("Upsample"):
        return {"output_size": tuple(rule[2] for rule in kept["rules"]), "align_corners": kept["rules"][0][4]}
    if "places" in kept and type(node).__name__.startswith("Upsample"):
        return {"output_size": tuple(map(len, kept["places"]))}
    if "frame" in kept and node.op.name.startswith(("max_pool", "avg_pool", "im2col", "col2im", "convol")):
        lacking = {"avg_poo": "dilation", "convolu": "kernel_size"}.get(node.op.name[:7])
        more = {"groups": "groups"} if node.op.name == "convolution" else {}
        return {k: getattr(kept["frame"], v) for k, v in (_WINDOW | more).items() if k != lacking}
    return {}


def _place(index: Any) -> dict[str, Any]:
    """Of a view by index: the dimension, and the number or the slice there."""
    if not isinstance(index, tuple):
        return {}
    chosen = [(d, i) for d, i in enumerate(index) if i is not ... and i != slice(None) and i != slice(None, None, 1)]
    if not chosen or ... in [i for i in index[: chosen[-1][0]] if not isinstance(i, slice)]:
        return {}
    dim, item = chosen[-1]
    if isinstance(item, slice):
        return {"dim": dim, "start": item.start, "end": item.stop, "step": item.step}
    return {} if item is None else {"dim": dim, "index": item}


class SavedTensor:
    """A saved value that may have hooks of its own: ``grad_fn._raw_saved_self``. 单个保存值。"""

    def __init__(self, node: Node, name: str) -> None:
        self.node, self.ours = node, _ours(node)[name]

    def register_hooks(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        """Pack this value now; ``unpack_hook`` of what ``pack_hook`` returned is its value from now on. 注册钩子。"""
        node, names = self.node, self.node.plan.names
        if node.saved is None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the "
                "graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
                "to backward through the graph a second time or if you need to access saved variables after calling "
                "backward."
            )
        if self.ours not in names:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if self.ours == "out":
            where, k = "result", 0
        elif self.ours in node.op.outputs:
            where, k = "aux", [node.op.outputs[i] for i in node.plan.aux].index(self.ours)
        else:
            where, k = "saved", names.index(self.ours)
        kept = getattr(node, where)
        several = type(kept) is tuple and where != "result"
        value = kept[k] if several else kept
        if isinstance(value, Packed):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
                "hooks is allowed at a time."
            )
        made = packed(node, where, (value,) if several else value, pack_hook, unpack_hook)
        setattr(node, where, (*kept[:k], *made, *kept[k + 1 :]) if several else made)
