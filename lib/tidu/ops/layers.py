"""The operations of layers and losses. 层与损失的算子。

They are loaded with ``tidu.nn``, or when the first of them is asked for.
"""

from tidu._registry import FUNCTIONS
from tidu.ops import (
    OF_LAYERS,
    adaptive_pool,
    conv,
    ctc,
    dropout,
    embedding,
    examples,
    linear,
    loss,
    loss_of_classes,
    normalization,
    padding,
    pool,
    resample,
    signatures,
    vision,
)

__all__ = [
    "MEMBERS", "adaptive_pool", "conv", "ctc", "dropout", "embedding", "linear", "loss", "loss_of_classes",
    "normalization", "padding", "pool", "resample", "vision",
]  # fmt: skip

MEMBERS = {name: FUNCTIONS[name] for name in sorted(OF_LAYERS)}

signatures.show(MEMBERS.values())
examples.attach({"": MEMBERS})
