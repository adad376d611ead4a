"""The table of operations: every op, by name. 算子表。

``_op.op`` fills it as the family files are imported; the public namespace, the tests and the documentation read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tidu._op import Op

OPS: dict[str, Op] = {}

# ops that only gradients and composites call; their names begin with an underscore
INTERNAL: dict[str, Op] = {}

# name -> public function; ops and the composites written over them
FUNCTIONS: dict[str, Callable[..., Any]] = {}
