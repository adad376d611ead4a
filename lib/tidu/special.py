"""Special functions, as ``torch.special`` names them. 特殊函数。

Those that SciPy has come from it where it is installed. Source: https://docs.pytorch.org/docs/stable/special.html
"""

from tidu._registry import FUNCTIONS as _FUNCTIONS
from tidu._registry import OPS as _OPS
from tidu._tensor import Tensor as _Tensor
from tidu.ops import polynomials as _polynomials  # noqa: F401  (it enters the ops that are looked for below)
from tidu.ops.examples import attach as _attach
from tidu.ops.special import ndtr as ndtr

for _name, _op in _OPS.items():
    if _name.startswith("special_"):
        globals()[_name.removeprefix("special_")] = _op.public
        _op.public.__name__ = _op.public.__qualname__ = _name.removeprefix("special_")
        _op.public.__doc__ = _op.__doc__

digamma = psi = _FUNCTIONS["digamma"]
erf = _FUNCTIONS["erf"]
erfc = _FUNCTIONS["erfc"]
erfinv = _FUNCTIONS["erfinv"]
exp2 = _FUNCTIONS["exp2"]
expit = _FUNCTIONS["sigmoid"]
expm1 = _FUNCTIONS["expm1"]
gammainc = _FUNCTIONS["igamma"]
gammaincc = _FUNCTIONS["igammac"]
gammaln = _FUNCTIONS["lgamma"]
i0 = _FUNCTIONS["i0"]
log1p = _FUNCTIONS["log1p"]
log_softmax = _FUNCTIONS["log_softmax"]
logit = _FUNCTIONS["logit"]
logsumexp = _FUNCTIONS["logsumexp"]
multigammaln = _FUNCTIONS["mvlgamma"]
polygamma = _FUNCTIONS["polygamma"]
sinc = _FUNCTIONS["sinc"]
softmax = _FUNCTIONS["softmax"]
xlogy = _FUNCTIONS["xlogy"]


def round(input: _Tensor, *, decimals: int = 0, out: _Tensor | None = None) -> _Tensor:
    """四舍六入五成双 / ``torch.round`` to ``decimals`` digits, of floating numbers only."""
    if isinstance(input, _Tensor) and input._array.dtype.kind in "iu":
        raise NotImplementedError(f"special.round() is not implemented for integers: argument 'input' is {input.dtype}")
    return _FUNCTIONS["round"](input, decimals=decimals, **({} if out is None else {"out": out}))


_attach({"special": globals()})
