"""All samples of all layers: importing a family's module declares its samples."""

from __future__ import annotations

from tests.nn import (  # noqa: F401
    cases_activation,
    cases_attention,
    cases_conv,
    cases_linear,
    cases_loss,
    cases_normalization,
    cases_padding,
    cases_rnn,
    cases_sparse,
    cases_vision,
)
from tests.nn.sample import LAYERS

__all__ = [
    "LAYERS",
]
