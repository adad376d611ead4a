"""Distances as functions. 距离函数。"""

from tidu._registry import FUNCTIONS

pdist, pairwise_distance, cosine_similarity = (
    FUNCTIONS[name] for name in ("pdist", "pairwise_distance", "cosine_similarity")
)
