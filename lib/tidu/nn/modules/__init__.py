"""The layers, a file a family. 各族的层。"""

from tidu.nn.modules.container import (
    Container,
    ModuleDict,
    ModuleList,
    ParameterDict,
    ParameterList,
    Sequential,
)
from tidu.nn.modules.flatten import Flatten, Unflatten
from tidu.nn.modules.linear import Bilinear, Identity, LazyLinear, Linear
from tidu.nn.modules.module import Module

__all__ = [
    "Bilinear",
    "Container",
    "Flatten",
    "Identity",
    "LazyLinear",
    "Linear",
    "Module",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "Sequential",
    "Unflatten",
]
