"""Optimizers: how gradients become steps. 优化器。

Source: https://docs.pytorch.org/docs/stable/optim.html
"""

from tidu.optim import lr_scheduler, swa_utils
from tidu.optim.adadelta import Adadelta
from tidu.optim.adafactor import Adafactor
from tidu.optim.adagrad import Adagrad
from tidu.optim.adam import Adam
from tidu.optim.adamax import Adamax
from tidu.optim.adamw import AdamW
from tidu.optim.asgd import ASGD
from tidu.optim.lbfgs import LBFGS
from tidu.optim.muon import Muon
from tidu.optim.nadam import NAdam
from tidu.optim.optimizer import Optimizer
from tidu.optim.radam import RAdam
from tidu.optim.rmsprop import RMSprop
from tidu.optim.rprop import Rprop
from tidu.optim.sgd import SGD
from tidu.optim.sparse_adam import SparseAdam

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "lr_scheduler",
    "swa_utils",
]
