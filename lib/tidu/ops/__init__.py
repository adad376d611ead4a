"""The operations, a file a family. 算子，按族分文件。Importing this package enters them into the registry, but for
those that a first tensor does not need: ``layers`` and what ``linalg``, ``special`` and ``distributions`` bring."""

from tidu.ops import (
    activation,
    arithmetic,
    bitwise,
    broadcast,
    calculus,
    combine,
    compare,
    complex,
    convert,
    create,
    decompose,
    determinant,
    distance,
    einsum,
    elementwise,
    exchange,
    fill,
    floats,
    fourier,
    gather,
    generator,
    histogram,
    index,
    indices,
    join,
    linalg,
    matfun,
    matrix_norm,
    memory,
    norm,
    oldnames,
    pointwise,
    products,
    quantile,
    random,
    random_choice,
    random_fill,
    reduce,
    reflections,
    region,
    repeat,
    scan,
    scatter,
    scatter_reduce,
    search,
    slicing,
    softmax,
    solve,
    sort,
    special,
    spectral,
    stats,
    stft,
    storage,
    strides,
    triangular,
    types,
    unique,
    view,
    windows,
)

from tidu.ops import aliases, signatures  # isort: skip  (of what the others made)

__all__ = [
    "activation", "aliases", "arithmetic", "bitwise", "broadcast", "calculus", "combine", "compare", "complex",
    "convert", "create", "decompose", "determinant", "distance", "einsum", "elementwise", "exchange", "fill",
    "floats", "fourier", "gather", "generator", "histogram", "index", "indices", "join", "linalg", "matfun",
    "matrix_norm", "memory", "norm", "oldnames", "pointwise", "products", "quantile", "random", "random_choice",
    "random_fill", "reduce", "reflections", "region", "repeat", "scan", "scatter", "scatter_reduce", "search",
    "signatures", "slicing", "softmax", "solve", "sort", "special", "spectral", "stats", "stft", "storage",
    "strides", "triangular", "types", "unique", "view", "windows",
]  # fmt: skip

# The functions that ``layers`` brings.
OF_LAYERS = frozenset(
    "adaptive_avg_pool1d adaptive_max_pool1d alpha_dropout alpha_dropout_ avg_pool1d batch_norm bilinear "
    "binary_cross_entropy_with_logits channel_shuffle constant_pad_nd conv1d conv2d conv3d conv_transpose1d "
    "conv_transpose2d conv_transpose3d convolution cosine_embedding_loss ctc_loss dropout dropout_ embedding "
    "embedding_bag embedding_renorm_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ "
    "group_norm hinge_embedding_loss instance_norm kl_div layer_norm margin_ranking_loss max_pool1d "
    "max_pool1d_with_indices max_pool2d max_pool3d pixel_shuffle pixel_unshuffle poisson_nll_loss rms_norm "
    "triplet_margin_loss".split()
)
