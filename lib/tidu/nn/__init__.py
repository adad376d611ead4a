"""Neural nets. 神经网络。"""

from tidu.nn import attention, common_types, functional, grad, init, modules, parallel, parameter, utils
from tidu.nn.modules import *  # noqa: F403
from tidu.nn.modules import __all__ as _layers
from tidu.nn.parallel import DataParallel
from tidu.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
from tidu.ops import layers as _layer_ops

__all__ = [  # noqa: PLE0604
    *_layers,
    "Buffer",
    "DataParallel",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "attention",
    "common_types",
    "functional",
    "grad",
    "init",
    "modules",
    "parallel",
    "parameter",
    "utils",
]
