"""Which version this is, and of what it makes use. 版本。"""

from __future__ import annotations

__version__ = "0.1.0"
cuda: str | None = None
hip: str | None = None
debug = False
