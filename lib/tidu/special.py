"""Special functions, as ``torch.special`` names them. 特殊函数。

Source: https://docs.pytorch.org/docs/stable/special.html
"""

from tidu._registry import FUNCTIONS as _FUNCTIONS

erf = _FUNCTIONS["erf"]
exp2 = _FUNCTIONS["exp2"]
expit = _FUNCTIONS["sigmoid"]
expm1 = _FUNCTIONS["expm1"]
log1p = _FUNCTIONS["log1p"]
log_softmax = _FUNCTIONS["log_softmax"]
logsumexp = _FUNCTIONS["logsumexp"]
round = _FUNCTIONS["round"]
softmax = _FUNCTIONS["softmax"]
