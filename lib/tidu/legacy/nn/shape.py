"""Layers that move elements about, or sum them up. 改变形状、取部分、求和的层。

Source: https://github.com/torch/nn/blob/master/doc/simple.md
"""

from __future__ import annotations

from typing import Any

from tidu._registry import FUNCTIONS
from tidu.legacy.nn.module import Layer, Module


def _sizes(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(args[0]) if len(args) == 1 and isinstance(args[0], (tuple, list)) else args


class Reshape(Layer):
    """改变样本的形状 / Each sample of a batch in another shape: ``Reshape(4, 5)`` of 20 elements."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        self.size = _sizes(args)

    def function(self, x: Any) -> Any:
        return x.reshape(x.size(0), *self.size)

    def __repr__(self) -> str:
        return f"{super().__repr__()}({'x'.join(map(str, self.size))})"


class View(Layer):
    """改变形状 / All of the input in another shape, the batch's dimension included; -1 is what is left."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        self.resetSize(*args)

    def resetSize(self, *args: Any) -> View:
        """设定形状 / In this shape from now on."""
        self.size = _sizes(args)
        return self

    def function(self, x: Any) -> Any:
        return x.view(self.size)

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = gradOutput.reshape(input.shape)
        return self.gradInput

    def __repr__(self) -> str:
        return f"{super().__repr__()}({', '.join(map(str, self.size))})"


class Squeeze(Layer):
    """去掉长为 1 的维 / Without dimensions of size 1, or without this one."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def function(self, x: Any) -> Any:
        return x.squeeze() if self.dim is None else x.squeeze(self.dim)


class Unsqueeze(Layer):
    """增加一维 / With a dimension of size 1 more."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def function(self, x: Any) -> Any:
        return x.unsqueeze(self.dim)

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.dim})"


class Transpose(Layer):
    """转置 / Pairs of dimensions exchanged, one pair after the other: ``Transpose((1, 2), (1, 3))``."""

    def __init__(self, *args: Any) -> None:
        super().__init__()
        self.permutations = args

    def function(self, x: Any) -> Any:
        for a, b in self.permutations:
            x = x.transpose(a, b)
        return x.contiguous()


class Narrow(Layer):
    """取一段 / ``length`` slices from ``offset`` on, along a dimension."""

    def __init__(self, dimension: int, offset: int, length: int = 1) -> None:
        super().__init__()
        self.dimension, self.index, self.length = dimension, offset, length

    def function(self, x: Any) -> Any:
        return x.narrow(self.dimension, self.index, self.length)


class Select(Layer):
    """取一片 / The slice of a number along a dimension."""

    def __init__(self, dimension: int, index: int) -> None:
        super().__init__()
        self.dimension, self.index = dimension, index

    def function(self, x: Any) -> Any:
        return x.select(self.dimension, self.index)


class Replicate(Layer):
    """重复 / The input ``nf`` times, along a new dimension."""

    def __init__(self, nf: int, dim: int = 0) -> None:
        super().__init__()
        if dim < 0:
            raise AssertionError(f"dim has to be at least 0, got {dim}")
        self.nfeatures, self.dim = nf, dim

    def function(self, x: Any) -> Any:
        shape = list(x.shape)
        shape.insert(self.dim, self.nfeatures)
        return x.unsqueeze(self.dim).expand(shape)


class Contiguous(Layer):
    """连续 / The same in contiguous memory."""

    def function(self, x: Any) -> Any:
        return x.contiguous()


class Copy(Module):
    """换类型 / As another type, the gradient as the first: ``Copy(torch.DoubleTensor, torch.FloatTensor)``."""

    def __init__(self, intype: Any, outtype: Any, dontCast: bool = False) -> None:
        super().__init__()
        self.intype, self.outtype, self.dontCast = intype, outtype, dontCast

    def updateOutput(self, input: Any) -> Any:
        self.output = input.type(self.outtype)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = gradOutput.type(self.intype)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None) -> Any:
        return self if type is not None and self.dontCast else super().type(type, tensorCache)


class Padding(Layer):
    """填充 / ``pad`` slices of a value more along a dimension: behind, or before where ``pad`` is below 0.

    ``index`` slices from that end are left where they are, and the padding put between.
    """

    def __init__(self, dim: int, pad: int, value: float = 0, index: int = 0) -> None:
        super().__init__()
        self.dim, self.pad, self.value, self.index = dim, pad, value, index

    def function(self, x: Any) -> Any:
        size = x.size(self.dim)
        at = size - self.index if self.pad > 0 else self.index
        shape = list(x.shape)
        shape[self.dim] = abs(self.pad)
        parts = [x.narrow(self.dim, 0, at), x.new_full(shape, self.value), x.narrow(self.dim, at, size - at)]
        return FUNCTIONS["cat"](parts, self.dim)


class Sum(Layer):
    """求和 / Over a dimension; ``sizeAverage``: the mean."""

    def __init__(self, dimension: int = 0, sizeAverage: bool = False) -> None:
        super().__init__()
        self.dimension, self.sizeAverage = dimension, sizeAverage

    def function(self, x: Any) -> Any:
        alone = x.dim() == 1  # there were no tensors without dimensions
        return x.mean(self.dimension, alone) if self.sizeAverage else x.sum(self.dimension, alone)


class Mean(Sum):
    """求平均 / Over a dimension."""

    def __init__(self, dimension: int) -> None:
        super().__init__(dimension, True)


class Max(Layer):
    """最大值 / Over a dimension."""

    largest = True

    def __init__(self, dimension: int = 0) -> None:
        super().__init__()
        self.dimension = dimension

    def function(self, x: Any) -> Any:
        return (x.max if self.largest else x.min)(self.dimension, x.dim() == 1)[0]


class Min(Max):
    """最小值 / Over a dimension."""

    largest = False
