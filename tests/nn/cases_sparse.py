"""Samples of embeddings and distances."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, v

IDS = v([[1, 2, 1], [0, 4, 4]])
layer("Embedding", 5, 3)(IDS)(v(2)).error(IndexError, v([5])).error(RuntimeError, f(2))
layer("Embedding", 5, 3, padding_idx=-1)(IDS)
layer("Embedding", 5, 3, max_norm=1.0, norm_type=1)(v([1, 2]))
layer("Embedding", 5, 3, scale_grad_by_freq=True)(IDS)
layer("Embedding", 2, 2, _weight=lambda t: t.ones(2, 2))(v([1]))
refused("Embedding", AssertionError, 5, 3, 5)
refused("Embedding", AssertionError, 5, 3, _weight=lambda t: t.ones(2, 2))
for _mode in ("sum", "mean", "max"):
    layer("EmbeddingBag", 5, 3, mode=_mode)(IDS)(v([1, 2, 1]), v([0, 2])).error(ValueError, v([1, 2]))
layer("EmbeddingBag", 5, 3, padding_idx=1, max_norm=2.0)(IDS)
layer("EmbeddingBag", 5, 3, mode="sum")(IDS, None, f(2, 3))
layer("PairwiseDistance")(f(3, 4), f(3, 4))(f(4), f(4))
layer("PairwiseDistance", 1, keepdim=True)(f(3, 4), f(3, 4))
layer("CosineSimilarity")(f(3, 4), f(3, 4))
layer("CosineSimilarity", 0)(f(3, 4), f(3, 4))
