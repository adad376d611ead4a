"""Real digits for a script that knows PyTorch's names alone: arrays, whichever library it imports."""

from __future__ import annotations

from benchmarks.digits import tensors

images, labels = tensors()
