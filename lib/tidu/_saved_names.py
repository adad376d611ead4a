"""What a node saved, by the names that PyTorch has for it: ``_saved_self``, ``_raw_saved_result``. 保存值的名字。

An operand is called as the op's callers call it, the first one ``self``; of one whose shape is enough, that is
``_saved_self_sym_sizes``. An operand that another call of the same op would have saved is None, as in PyTorch. What a
formula here has no need of has no name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tidu._saving import Packed, packed
from tidu._size import Size
from tidu._tensor import Tensor, wrap

if TYPE_CHECKING:
    from tidu._graph import Node

# Where it is another word than the one that callers use: PyTorch's name = ours, by op.
_WORDS = {
    "_lowest": "min=out",
    "_highest": "max=out",
    "_std_mean_spread": "result0=out",
    "adaptive_max_pool2d adaptive_max_pool3d fractional_max_pool2d fractional_max_pool3d": "result1=index",
    "_batch_norm _group_norm _layer_norm _instance_norm": "input=x result1=mean result2=rstd",
    "_elu_ _celu_ _leaky_relu_": "result=x",
    "_embedding_bag": "offsets=bags per_sample_weights=weights weight=x",
    "_over _times": "other=by",
    "_prelu_kernel": "weight=y",
    "_trilinear": "i1=x i2=z i3=y",
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
    "index_reduce": "source=src",
    "linalg_cholesky linalg_cholesky_ex": "L=out",
    "linalg_det linalg_slogdet linalg_solve linalg_solve_ex": "A=a",
    "linalg_inv linalg_inv_ex": "inverse=out",
    "linalg_lu_factor linalg_lu_factor_ex": "LU=out",
    "linalg_pinv linalg_lstsq linalg_solve_triangular": "self=a",
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
# A single length, where PyTorch keeps no more: by op, the name, and of what and along which axis it is.
_LENGTHS = {
    "addbmm": {"batch1_sym_argsize_0": ("a", 0), "batch1_sym_argsize_1": ("a", 1), "batch2_sym_argsize_2": ("b", 2)},
    "embedding": {"weight_sym_argsize_0": ("weight_shape", 0)},
    "_embedding_bag": {"weight_sym_argsize_0": ("x_shape", 0)},
    "linalg_svd": {"S_sym_argsize_minus_1": ("S", -1)},
}
_FFT_SCALES = {"none": 0, "root": 1, "n": 2}  # as PyTorch numbers them
_NUMBERS = {
    "ClampMaxBackward0": ["max"],
    "ClampMinBackward0": ["min"],
    "PowBackward2": ["self"],
    "XlogyBackward1": ["self"],
    "SpecialXlog1PyBackward1": ["self"],
    "SpecialZetaBackward1": ["self"],
}
# What formulas here read and PyTorch's do not.
_UNNAMED = {
    "AddbmmBackward0": "batch1_sym_sizes batch2_sym_sizes self_sym_sizes",
    "AddmmBackward0 AddrBackward0 AddmvBackward0 BaddbmmBackward0": "self_sym_sizes batch1_sym_sizes batch2_sym_sizes "
    "vec1_sym_sizes vec2_sym_sizes mat_sym_sizes vec_sym_sizes",
    "AffineGridGeneratorBackward0 AliasBackward0 AsStridedBackward0 CopySlices StdMeanBackward0 VarMeanBackward0 "
    "FractionalMaxPool2DBackward0 FractionalMaxPool3DBackward0 FftR2CBackward0 EmbeddingBagBackward0 "
    "AdaptiveAvgPool2DBackward0 AdaptiveAvgPool3DBackward0 AdaptiveMaxPool2DBackward0 AdaptiveMaxPool3DBackward0 "
    "ReflectionPad1DBackward0 ReflectionPad2DBackward0 ReflectionPad3DBackward0 ReplicationPad1DBackward0 "
    "ReplicationPad2DBackward0 ReplicationPad3DBackward0 UnsqueezeBackward0 UnsqueezeBackward1 UnbindBackward0":
        "self_sym_sizes",
    "CopySlices": "dim start end step index size stride storage_offset",
    "AliasBackward0": "index dim start end step",
    "BinaryCrossEntropyBackward0": "pos_weight",
    "EmbeddingBackward0": "weight_sym_sizes",
    "FmodBackward0 RemainderBackward0 LerpBackward0": "self other end",
    "FftC2RBackward0": "last",
    "IndexReduceBackward0": "source_dim",
    "LinalgCrossBackward0": "self_sym_sizes other_sym_sizes",
    "LinalgSolveExBackward0 LinalgSolveTriangularBackward0": "B_sym_sizes",
    "MaxBackward1 MinBackward1 MeanBackward0 ProdBackward0 SumBackward0": "dim keepdim",
    "MulBackward0": "vec2",
    "NativeBatchNormBackward0 NativeGroupNormBackward0 NativeLayerNormBackward0": "bias_sym_sizes",
    "NativeLayerNormBackward0": "eps",
    "NllLossBackward0 NllLoss2DBackward0": "counts probabilities self_sym_sizes",
    "RoundBackward0 RoundBackward1": "decimals",
    "RreluWithNoiseBackward0 RreluWithNoiseBackward1 UnsafeViewBackward0": "other other_sym_sizes",
    "SliceBackward0 UnsqueezeBackward0": "index",
    "SplitBackward0 UnsafeSplitBackward0": "split_sizes",
    "SplitWithSizesBackward0 UnsafeSplitWithSizesBackward0": "split_size",
    "ToCopyBackward0": "dtype",
    "TrilinearBackward0": "spec",
    "UnsafeViewBackward0": "self",
    "ViewBackward0": "counts probabilities p reduction result target x1 x2 self mat1 mat2",
}  # fmt: skip
_HIDDEN: dict[str, set[str]] = {}
for kinds, words in _UNNAMED.items():
    for kind in kinds.split():
        _HIDDEN.setdefault(kind, set()).update(words.split())
_TO_THE_END = 2**63 - 1
_BOTH = {"mm", "addmm"}  # where PyTorch has an operand and its sizes
# What formulas here keep in another form than PyTorch's: it has no name, but what is in it has.
_INNER = {"frame", "taps", "places", "rules", "recipe", "strides", "windows", "count", "divisor", "layout", "given",
          "by_frequency", "chosen", "x_dtype", "x_strides"}  # fmt: skip
_WINDOW = {"kernel_size": "kernel", "stride": "stride", "padding": "lower", "dilation": "dilation"}


def _ours(node: Node) -> dict[str, str]:
    """The names that PyTorch may have for what this node's op saves, and ours."""
    op = node.op
    found: dict[str, str] = {}
    if op.name == "linear":
        first = {"MmBackward0": "self", "AddmmBackward0": "mat1"}.get(type(node).__name__)
        return {first: "x", "mat2": "weight"} if first else {}
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
    found = {**{k: v for k, v in found.items() if v not in taken and k not in words}, **words}
    hidden = _HIDDEN.get(type(node).__name__, ())
    return {k: v for k, v in found.items() if k not in hidden}


def saved_names(node: Node) -> list[str]:
    """Names of all that is saved, as ``dir`` shows them. 保存值的名字。"""
    inner = set(node.op.operands) - {"self", "weight", "bias", "input", "other"}
    alpha = ["alpha"] * (node.op.name in ("add", "sub", "rsub") and not type(node).__name__.startswith("GridSampler"))
    names = [
        n
        for n, ours in _ours(node).items()
        if (n.removesuffix(_SIZES) not in inner or n in node.op.called)
        and (ours not in node.op.attrs or ours in node.plan.names)
    ]
    return sorted({*names, *alpha, *_within(node), *_computed(node)})


def saved_value(node: Node, name: str) -> Any:
    """What is saved under PyTorch's name; ``KeyError`` where nothing is."""
    computed = _computed(node)
    if name in computed:
        return computed[name]()
    within = _within(node)
    if name in within:
        return within[name]
    if name == "alpha" and node.op.name in ("add", "sub", "rsub"):
        return 1
    ours = _ours(node)[name]
    if ours in node.plan.names:
        return _read(node, ours)
    if ours.endswith("_shape"):
        return saved_value(node, name.removesuffix(_SIZES)).shape
    if ours in node.op.attrs:
        raise KeyError(name)
    return None


def _read(node: Node, ours: str) -> Any:
    """What is saved under our name, of which the plan is known to have it."""
    value = node.values(True)[node.plan.names.index(ours)]
    return Size(value) if ours.endswith("_shape") else _shown(value)


def _shown(value: Any) -> Any:
    """Arrays as tensors, those in a tuple of indices, too."""
    if type(value) is tuple and any(isinstance(v, np.ndarray) for v in value):
        return tuple([None if isinstance(v, slice) else _shown(v) for v in value])
    return wrap(value) if isinstance(value, np.ndarray) else value


def _computed(node: Node) -> dict[str, Callable[[], Any]]:
    """What another saved value says, when it is asked for: a size, a transpose, how far a padding goes."""
    kind, names = type(node).__name__, node.plan.names
    found: dict[str, Callable[[], Any]] = {}
    if node.op.name == "linear":
        return _of_linear(node, kind)
    for name, (ours, dim) in _LENGTHS.get(node.op.name, {}).items():
        if ours in names:
            found[name] = partial(lambda o, d: _shape(node, o)[d], ours, dim)
    if node.op.name == "mean" and "x_shape" in names:
        found["self_sym_numel"] = lambda: prod(_read(node, "x_shape"))
    if node.op.name in ("mm", "addmm"):
        for name, ours in (("self", "x"), ("mat2", "y")) if node.op.name == "mm" else (("mat1", "a"), ("mat2", "b")):
            if ours in names:
                found[f"{name}_sym_sizes"] = partial(_shape, node, ours)
                found[f"{name}_sym_strides"] = partial(lambda o: _read(node, o).stride(), ours)
    if node.op.name in ("index_add", "index_copy") and "source" in names:
        found["source_dim"] = lambda: _read(node, "source").dim()
    if kind.startswith(("Split", "UnsafeSplit")) and "sections" in names:
        sizes = "WithSizes" in kind
        found["split_sizes" if sizes else "split_size"] = lambda: (
            _read(node, "sections") if sizes else _read(node, "sections")[0]
        )
    if kind.startswith(("ReflectionPad", "ReplicationPad")):
        found["padding"] = partial(_padding, node)
    if node.op.name == "outer" and "y" in names:
        found["other"] = partial(_read, node, "y")
    if node.op.name == "square":
        found["exponent"] = lambda: 2
    if node.op.name in ("mT", "T"):
        found.update({"dim0": lambda: -2, "dim1": lambda: -1} if node.op.name == "mT" else {"dims": lambda: (1, 0)})
    if node.op.name == "_rrelu_with_noise" and "y" in names:
        found["noise"] = partial(_read, node, "y")
    if node.op.name == "im2col":
        size = dict(zip(names[len(node.plan.tensors) :], node.constants, strict=False))["frame"].size
        found.update({f"self_sym_argsize_minus_{k}": partial(size.__getitem__, -k) for k in (1, 2)})
    if kind.startswith("Fft"):
        found["normalization"] = lambda: _FFT_SCALES[_read(node, "scale")]
    if node.op.name == "logsigmoid":
        found["buffer"] = lambda: wrap(np.exp(-np.abs(_read(node, "x")._array)))
    if node.op.name == "diagonal_copy":
        found.update({"dim1": lambda: 0, "dim2": lambda: 1})
    if node.op.name == "ctc_loss":
        found["result1"] = lambda: _read(node, "alpha").transpose(0, 1)
        for name, ours in (("input_lengths", "times"), ("target_lengths", "lengths")):
            found[name] = partial(lambda o: tuple(_read(node, o).tolist()), ours)
    if node.op.name in ("_batch_norm", "_group_norm") and "x" in names:
        last = slice(1, None) if node.op.name == "_batch_norm" else slice(0, 2)
        for name, ours in (("result1", "mean"), ("result2", "rstd")):
            found[name] = partial(lambda o: wrap(_read(node, o)._array.reshape(_read(node, o).shape[last])), ours)
        if node.op.name == "_group_norm":
            lengths: dict[str, Callable[[Size], int]] = {
                "N": lambda s: s[0],
                "C": lambda s: s[1],
                "HxW": lambda s: prod(s[2:]),
            }
            found.update({n: partial(lambda f: f(_read(node, "x").shape), f) for n, f in lengths.items()})
            found["group"] = lambda: _read(node, "mean").shape[1]
    if kind in ("AmaxBackward0", "AminBackward0", "RollBackward0"):
        axes = "dims" if kind == "RollBackward0" else "dim"
        found[axes] = lambda: () if _read(node, axes) is None else _read(node, axes)
    if node.op.name == "_embedding_bag":
        found["scale_grad_by_freq"] = partial(_read, node, "by_frequency")
    if node.op.name.startswith("fractional_max_pool"):
        rank = int(node.op.name[-2])
        found["output_size"] = lambda: tuple(_read(node, "index").shape[-rank:])
    for name in _NUMBERS.get(kind, ()):
        found[name] = partial(_number, node, _ours(node)[name])
    return found


def _shape(node: Node, ours: str) -> Any:
    value = _read(node, ours)
    return value if ours.endswith("_shape") else value.shape


def _number(node: Node, ours: str) -> Any:
    """An operand that was given as a number and is kept as an array."""
    value = _read(node, ours) if ours in node.plan.names else None
    return value.item() if isinstance(value, Tensor) and value.dim() == 0 else value


def _of_linear(node: Node, kind: str) -> dict[str, Callable[[], Any]]:
    """A linear layer is one node here; in PyTorch it is a product, which may have a sum or a change of shape on it."""
    held = {ours: partial(_read, node, ours) for ours in ("x", "weight") if ours in node.plan.names}
    if kind in ("MmBackward0", "AddmmBackward0"):
        one: dict[str, Callable[[], Any]] = {"alpha": lambda: 1, "beta": lambda: 1}
        found = {} if kind == "MmBackward0" else one
        for name, ours in _ours(node).items():
            found[name] = partial(_factor, node, ours)
            if ours in held:
                found[f"{name}_sym_sizes"] = partial(lambda o: _factor(node, o).shape, ours)
                found[f"{name}_sym_strides"] = partial(lambda o: _factor(node, o).stride(), ours)
        return found
    if kind == "AddBackward0":
        return {"alpha": lambda: 1}
    found = {"dim": lambda: 0} if kind == "SqueezeBackward4" else {}
    if len(held) == 2:
        found["self_sym_sizes"] = lambda: Size((prod(held["x"]().shape[:-1]), held["weight"]().shape[0]))
    return found


def _factor(node: Node, ours: str) -> Any:
    """A factor of a linear layer's product; None where it is not saved."""
    if ours not in node.plan.names:
        return None
    return _read(node, ours).t() if ours == "weight" else _read(node, ours)


def _padding(node: Node) -> tuple[int, ...]:
    """How far a padding reaches on both sides, the last axis first, from the places it took its elements from."""
    places, shape = _read(node, "places"), _read(node, "x_shape")
    found: list[int] = []
    for taken, n in zip(reversed(places), reversed(shape), strict=False):
        taken = list(taken)
        if not taken or (n == 1 and len(taken) > 1):
            raise KeyError("padding")  # one element says nothing of where it was
        if 0 not in taken:
            lower = -taken[0]  # a negative padding cuts
        else:
            lower = taken.index(0) if type(node).__name__.startswith("Reflection") else taken.count(0) - 1
        found += [lower, len(taken) - lower - n]
    return tuple(found)


def _within(node: Node) -> dict[str, Any]:
    """What PyTorch has under names of its own, and a constant here says: a window, an index, a resampling."""
    kept = dict(zip(node.plan.names[len(node.plan.tensors) :], node.constants, strict=False))
    if type(node).__name__ in ("CopySlices", "AliasBackward0"):
        return {}
    if node.op.view == "single":
        place = _place(kept.get("index"), len(kept.get("x_shape", ())))
        if "start" in place:
            place["start"] = place["start"] or 0
            place["end"] = _TO_THE_END if place["end"] is None else place["end"]
        return place
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


def _place(index: Any, rank: int = 0) -> dict[str, Any]:
    """Of a view by index: the dimension, and the number or the slice there."""
    if not isinstance(index, tuple):
        return {}
    if index[0] is ... and None not in index and rank >= len(index) - 1:
        index = (slice(None),) * (rank - len(index) + 1) + index[1:]
    chosen = [(d, i) for d, i in enumerate(index) if i is not ... and i != slice(None) and i != slice(None, None, 1)]
    if not chosen or ... in [i for i in index[: chosen[-1][0]] if not isinstance(i, slice)]:
        return {}
    dim, item = chosen[-1]
    if isinstance(item, slice):
        return {
            "dim": dim,
            "start": item.start or 0,
            "end": _TO_THE_END if item.stop is None else item.stop,
            "step": item.step,
        }
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
