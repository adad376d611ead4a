"""Optimizers as functions: ``x, fx = sgd(opfunc, x, config, state)`` takes one step. 以函数写成的优化器。

``opfunc(x)`` gives the value at a vector ``x`` and its gradient there; ``x`` is changed in place. ``config`` is a dict
of options, ``state`` one that is kept between the steps (the same one, if it is not given). ``net.flattenParameters()``
gives such a vector of all parameters of a net of ``legacy.nn``. ``torch.optim``, whose optimizers hold the parameters,
replaced them. Source: https://github.com/torch/optim/blob/master/doc/algos.md
"""

from tidu.legacy.optim.adaptive import adadelta, adagrad, adam, adamax, rmsprop, rprop
from tidu.legacy.optim.cg import cg
from tidu.legacy.optim.descent import aggmo, asgd, nag, sgd
from tidu.legacy.optim.lbfgs import lbfgs

__all__ = [
    "adadelta", "adagrad", "adam", "adamax", "aggmo", "asgd", "cg", "lbfgs", "nag", "rmsprop", "rprop", "sgd",
]  # fmt: skip
