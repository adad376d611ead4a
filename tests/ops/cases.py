"""All samples of all ops: importing a family's module declares its samples."""

from __future__ import annotations

from tests.ops import (  # noqa: F401
    cases_activation,
    cases_complex,
    cases_conv,
    cases_create,
    cases_decompose,
    cases_fourier,
    cases_grid,
    cases_index,
    cases_linalg,
    cases_loss,
    cases_normalization,
    cases_numbers,
    cases_other,
    cases_padding,
    cases_pointwise,
    cases_pool,
    cases_products,
    cases_reduce,
    cases_scatter,
    cases_shape,
    cases_special,
    cases_stats,
    cases_types,
    cases_view,
    cases_vision,
)
from tests.ops.sample import CASES, Sample

SAMPLES: dict[str, Sample] = {s.id: s for op in CASES.values() for s in op.samples}

# Ops that no public function is named after, and the one whose samples run them.
WITHIN = {
    "_clamp_tensor": "clamp",
    "_complex": "linalg.eig",
    "_conj_physical": "conj_physical",
    "_conv_to_input": "conv2d",
    "_conv_to_output": "conv2d",
    "_conv_to_weight": "conv2d",
    "_counted": "counts without a derivative",
    "_dirichlet": "distributions",
    "_eq": "eq",
    "_fill": "fill",
    "_gamma_gradient": "distributions",
    "_ge": "ge",
    "_gt": "gt",
    "_highest": "aminmax",
    "_layout": "setitem",
    "_le": "le",
    "_lowest": "aminmax",
    "_lt": "lt",
    "_ne": "ne",
    "_norm": "pairwise_distance",
    "_once_differentiable": "scatter_reduce",
    "_over": "trapezoid",
    "_real": "linalg.eig",
    "_relu_gradient": "relu",
    "_reshape_alias": "reshape",
    "_resized": "fft",
    "_standard_gamma": "distributions",
    "_sigmoid_gradient": "sigmoid",
    "_std_mean_mean": "std_mean",
    "_std_mean_spread": "std_mean",
    "_tanh_gradient": "tanh",
    "_times": "trapezoid",
    "_trilinear": "bilinear",
    "_unique": "unique",
    "_unique_dim": "unique",
    "_unique_runs": "unique_consecutive",
    "_unsafe_view": "matmul",
    "_var_mean_mean": "var_mean",
    "_var_mean_spread": "var_mean",
    "_view_fill": "setitem",
    "_view_scatter": "setitem",
    "_weighted": "fft",
    "as_strided_backward": "as_strided",
    "as_strided_copy": "as_strided",
    "clear_index": "scatter",
    "copy": "copy_",
    "diagonal_backward": "diagonal",
    "diagonal_copy": "diag",
    "div_rounded": "div",
    "fft_c2c": "fft",
    "fft_c2r": "fft",
    "fft_r2c": "fft",
    "fill": "fill_",
    "index": "getitem",
    "index_add_zero": "index_select",
    "index_put_zero": "getitem",
    "masked_select_backward": "masked_select",
    "matmul_nd": "matmul",
    "max_all": "max",
    "max_dim": "max",
    "median_all": "median",
    "median_dim": "median",
    "min_all": "min",
    "min_dim": "min",
    "nanmedian_all": "nanmedian",
    "nanmedian_dim": "nanmedian",
    "pow_tensor": "pow",
    "reverse_cumsum": "cumsum",
    "scatter_reduced": "scatter",
    "scatter_zero": "gather",
    "slice": "getitem",
    "slice_all": "getitem",
    "slice_backward": "getitem",
    "slice_int": "getitem",
    "slice_none": "getitem",
    "unfold_backward": "unfold",
    "vector_norm": "norm",
    "view_dtype": "view",
    "zero": "zero_",
}

# nn.functional's, too.
WITHIN |= {
    name: f"nn.functional.{name}"
    for name in (
        "binary_cross_entropy cross_entropy huber_loss mse_loss multi_margin_loss multilabel_margin_loss nll_loss "
        "smooth_l1_loss soft_margin_loss"
    ).split()
}
WITHIN |= {
    "_loss_slope": "nn.functional.multi_margin_loss", "_nll_gradient": "nn.functional.nll_loss",
    "_pick": "nn.functional.cross_entropy", "_put": "nn.functional.cross_entropy",
    "_prelu_kernel": "prelu",
    "_rrelu_with_noise": "rrelu", "_rrelu_with_noise_": "rrelu",
    "_embedding_gradient": "embedding", "_embedding_bag": "embedding_bag",
    "_threshold_": "threshold", "_elu_": "elu", "_celu_": "celu", "_leaky_relu_": "leaky_relu",
    "_conv_to_input": "conv2d", "_conv_to_output": "conv2d", "_conv_to_weight": "conv2d",
}  # fmt: skip

# Functions of nn.functional, and the ops that they are made of.
WITHIN |= {name: f"nn.functional.{name}" for name in """
    adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool2d adaptive_max_pool3d avg_pool2d avg_pool3d
    max_unpool2d max_unpool3d fractional_max_pool2d fractional_max_pool3d
""".split()}  # fmt: skip
WITHIN |= {
    "_batch_norm": "batch_norm", "_group_norm": "group_norm", "_layer_norm": "layer_norm",
    "_resample": "nn.functional.interpolate", "_resample_back": "nn.functional.interpolate",
    "im2col": "nn.functional.unfold", "col2im": "nn.functional.fold",
    "_pad_added": "nn.functional.pad", "_pad_places": "nn.functional.pad",
    "max_pool2d_with_taps": "max_pool2d", "max_pool3d_with_taps": "max_pool3d", "_pool_pick": "max_pool2d",
    "_pool_put": "max_pool2d", "_pool_spread": "nn.functional.avg_pool2d", "_pool_sum": "nn.functional.avg_pool2d",
    "_range_sum": "nn.functional.adaptive_avg_pool2d",
    "_unpool_added": "nn.functional.adaptive_max_pool2d", "_unpool_at": "nn.functional.max_unpool2d",
}  # fmt: skip

# torch.linalg's functions are ops with a longer name.
WITHIN |= {
    f"linalg_{name}": f"linalg.{name}"
    for name in (
        "cholesky cholesky_ex cross det eig eigh inv inv_ex lstsq lu lu_factor lu_factor_ex matrix_exp pinv qr slogdet "
        "solve solve_ex solve_triangular svd"
    ).split()
}
