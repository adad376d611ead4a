"""All samples of all layers: importing a family's module declares its samples."""

from __future__ import annotations

from tests.nn import (  # noqa: F401
    cases_activation,
    cases_conv,
    cases_linear,
    cases_padding,
)
from tests.nn.sample import LAYERS

__all__ = [
    "LAYERS",
]
