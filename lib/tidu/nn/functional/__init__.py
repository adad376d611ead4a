"""The functions that layers are made of. 层所用的函数。

Source: https://docs.pytorch.org/docs/stable/nn.functional.html
"""

from tidu.nn.functional.activation import log_softmax, relu, sigmoid, softmax, softplus, tanh
from tidu.nn.functional.distance import cosine_similarity, pairwise_distance, pdist

__all__ = [
    "cosine_similarity",
    "log_softmax",
    "pairwise_distance",
    "pdist",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]
