"""Special functions, as ``torch.special`` names them. 特殊函数。

Those that SciPy has come from it where it is installed. Source: https://docs.pytorch.org/docs/stable/special.html
"""

from tidu._registry import FUNCTIONS as _FUNCTIONS
from tidu._registry import OPS as _OPS
from tidu.ops.special import ndtr as ndtr

_PREFIX = "special_"
globals().update({name.removeprefix(_PREFIX): op.public for name, op in _OPS.items() if name.startswith(_PREFIX)})

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
round = _FUNCTIONS["round"]
sinc = _FUNCTIONS["sinc"]
softmax = _FUNCTIONS["softmax"]
xlogy = _FUNCTIONS["xlogy"]
