"""All samples of all ops: importing a family's module declares its samples."""

from __future__ import annotations

from tests.ops import (  # noqa: F401
    cases_activation,
    cases_complex,
    cases_create,
    cases_decompose,
    cases_fourier,
    cases_index,
    cases_linalg,
    cases_numbers,
    cases_other,
    cases_pointwise,
    cases_products,
    cases_reduce,
    cases_scatter,
    cases_shape,
    cases_special,
    cases_stats,
    cases_types,
    cases_view,
)
from tests.ops.sample import CASES, Sample

SAMPLES: dict[str, Sample] = {s.id: s for op in CASES.values() for s in op.samples}

# Ops that no public function is named after, and the one whose samples run them.
WITHIN = {
    "_clamp_tensor": "clamp", "_eq": "eq", "_ge": "ge", "_gt": "gt", "_highest": "aminmax", "_layout": "setitem",
    "_le": "le", "_lowest": "aminmax", "_lt": "lt", "_ne": "ne", "_norm": "pairwise_distance", "_over": "trapezoid",
    "_relu_gradient": "relu", "_reshape_alias": "reshape", "_std_mean_mean": "std_mean",
    "_std_mean_spread": "std_mean", "_times": "trapezoid", "_unique": "unique", "_unique_dim": "unique",
    "_unique_runs": "unique_consecutive", "_unsafe_view": "matmul", "_var_mean_mean": "var_mean",
    "_var_mean_spread": "var_mean", "_view_fill": "setitem", "_view_scatter": "setitem",
    "as_strided_backward": "as_strided", "as_strided_copy": "as_strided", "clear_index": "scatter", "copy": "copy_",
    "diagonal_backward": "diagonal", "diagonal_copy": "diag", "div_rounded": "div", "fill": "fill_",
    "index": "getitem", "index_add_zero": "index_select", "index_put_zero": "getitem",
    "masked_select_backward": "masked_select", "matmul_nd": "matmul", "max_all": "max", "max_dim": "max",
    "median_all": "median", "median_dim": "median", "min_all": "min", "min_dim": "min",
    "nanmedian_all": "nanmedian", "nanmedian_dim": "nanmedian", "pow_tensor": "pow", "reverse_cumsum": "cumsum",
    "_conj_physical": "conj_physical", "_resized": "fft", "_weighted": "fft", "fft_c2c": "fft", "fft_c2r": "fft",
    "fft_r2c": "fft",
    "scatter_reduced": "scatter", "scatter_zero": "gather", "slice": "getitem", "slice_all": "getitem",
    "_fill": "fill", "_once_differentiable": "scatter_reduce", "slice_backward": "getitem", "slice_int": "getitem",
    "slice_none": "getitem", "unfold_backward": "unfold", "vector_norm": "norm", "view_dtype": "view", "zero":
    "zero_",
    "_complex": "linalg.eig", "_real": "linalg.eig", "_trilinear": "bilinear", "_prelu_kernel": "prelu",
    "_rrelu_with_noise": "rrelu", "_rrelu_with_noise_": "rrelu",
    "_embedding_gradient": "embedding", "_embedding_bag": "embedding_bag",
    "_threshold_": "threshold", "_elu_": "elu", "_celu_": "celu", "_leaky_relu_": "leaky_relu",
}  # fmt: skip

# torch.linalg's functions are ops with a longer name.
WITHIN |= {
    f"linalg_{name}": f"linalg.{name}"
    for name in (
        "cholesky cholesky_ex cross det eig eigh inv inv_ex lstsq lu lu_factor lu_factor_ex matrix_exp pinv qr slogdet "
        "solve solve_ex solve_triangular svd"
    ).split()
}
