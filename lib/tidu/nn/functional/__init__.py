"""The functions that layers are made of. 层所用的函数。

Source: https://docs.pytorch.org/docs/stable/nn.functional.html
"""

from tidu.nn.functional.activation import log_softmax, relu, sigmoid, softmax, softplus, tanh
from tidu.nn.functional.conv import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from tidu.nn.functional.distance import cosine_similarity, pairwise_distance, pdist
from tidu.nn.functional.linear import bilinear, linear

__all__ = [
    "bilinear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_similarity",
    "linear",
    "log_softmax",
    "pairwise_distance",
    "pdist",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]
