"""Second names of functions and methods: NumPy's, and longer ones. 别名。"""

from __future__ import annotations

from tidu._define import publish
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor

ALIASES = {
    "absolute": "abs", "negative": "neg", "fix": "trunc", "arccos": "acos", "arcsin": "asin", "arctan": "atan",
    "arccosh": "acosh", "arcsinh": "asinh", "arctanh": "atanh", "arctan2": "atan2", "greater": "gt",
    "greater_equal": "ge", "less": "lt", "less_equal": "le", "not_equal": "ne", "subtract": "sub", "multiply": "mul",
    "divide": "div", "true_divide": "div",
}  # fmt: skip

for _name, _meaning in ALIASES.items():
    publish(_name, FUNCTIONS[_meaning])
    _in_place = getattr(Tensor, _meaning + "_", None)
    if _in_place is not None:
        publish(_name + "_", _in_place, namespace=_meaning + "_" in FUNCTIONS and _name != "absolute")
