"""Which of PyTorch's operator tests are measured, and why the others are not."""

from __future__ import annotations

import re

# A pattern on the operator's name, and what stands behind it.
LEFT_OUT = [
    (r"^(masked|sparse)\.|^to_sparse$", "sparse and masked tensors"),
    (r"^jiterator|^bmm\|triton", "CUDA alone"),
    (r"^torch\.|^_(?!_)|^native_|^unsafe_|^slice$|^constant_pad_nd$", "no public name"),
    (r"^max_pool2d_with_indices_backward$|^grid_sampler_[23]d$", "no public name"),
    (r"^(?!index_copy$).*_copy$", "a twin of a view that copies, made for compilers"),
    (r"^(chalf|bfloat16)$", "dtypes that NumPy lacks"),
    (r"^signal\.|^hash_tensor$|linear_cross_entropy", "not documented, or a prototype"),
    (r"^nn\.functional\.(?!relu$|softmax$|log_softmax$)", "functions of networks: the issue on nn"),
    (r"svd_lowrank|pca_lowrank", "random algorithms"),
]

# Their contents are what the memory held before.
UNINITIALISED = {
    "empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided", "resize_",
    "resize_as_",
}  # fmt: skip

# Factors that are unique up to a sign, a phase, or an order; the families' own samples compare their products.
FACTORS = {"svd", "qr", "geqrf", "linalg.eig", "linalg.eigh", "linalg.eigvals", "linalg.qr", "linalg.svd"}

# There is a method that writes alone.
IN_PLACE_ALONE = {"cauchy", "exponential", "geometric", "log_normal"}

# With ``out=`` of another layout PyTorch writes beyond its memory, and the process ends.
CRASH = {"tril", "triu"}

# Which of several equal elements an index names is not said.
TIES = {"topk", "kthvalue", "mode", "median", "nanmedian", "sort", "argsort"}

# Relative tolerance where sums are long or functions are steep, over that of the other operators.
LOOSER = [
    (r"^linalg\.|^(pinverse|cholesky\w*|logdet|lu\w*|triangular_solve|cdist|matrix_exp|cov|corrcoef)$", 20),
    (r"bessel", 1e4),  # PyTorch's own error in double precision is 4e-7
    (r"^matrix_exp$|linalg.matrix_exp", 200),
    (r"^special\.|gamma|^fft\.|^i?stft$|^erfinv$|^logcumsumexp$", 10),
]

# What Python makes of ``other - x`` is measured, not a call of the method that it may or may not use.
REFLECTED = {
    "__radd__": "add", "__rdiv__": "truediv", "__rmul__": "mul", "__rand__": "and_", "__ror__": "or_",
    "__rxor__": "xor", "__rmatmul__": "matmul", "__rmod__": "mod", "__rpow__": "pow", "__rsub__": "sub",
}  # fmt: skip


def left_out(name: str, variant: str = "") -> str | None:
    """Why this operator is not measured, or None."""
    for pattern, why in LEFT_OUT:
        if re.search(pattern, name) or re.search(pattern, f"{name}|{variant}"):
            return why
    return None


def looser(name: str) -> float:
    return max([factor for pattern, factor in LOOSER if re.search(pattern, name)], default=1)
