"""Neural nets. 神经网络。"""

from tidu.nn import functional, init, modules, parameter, utils
from tidu.nn.modules import *  # noqa: F403
from tidu.nn.modules import __all__ as _layers
from tidu.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter
from tidu.ops import layers as _layer_ops

__all__ = [  # noqa: PLE0604
    *_layers,
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "functional",
    "init",
    "modules",
    "parameter",
    "utils",
]
