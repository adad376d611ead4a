"""Layers that take or give tables of tensors. 接收或给出张量表的层。

Source: https://github.com/torch/nn/blob/master/doc/table.md
"""

from __future__ import annotations

from typing import Any

from tidu._registry import FUNCTIONS
from tidu.legacy.nn import tables
from tidu.legacy.nn.module import Layer, Module

cat, stack = FUNCTIONS["cat"], FUNCTIONS["stack"]


class CAddTable(Layer):
    """逐元素相加 / The sum of the entries; ``inplace``: written into the first."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def function(self, x: Any) -> Any:
        return sum(x[1:], x[0])

    def updateOutput(self, input: Any) -> Any:
        super().updateOutput(input)
        if self.inplace:
            self.output = input[0].copy_(self.output)
        return self.output


class CSubTable(Layer):
    """相减 / The first entry minus the second."""

    def function(self, x: Any) -> Any:
        return x[0] - x[1]


class CMulTable(Layer):
    """逐元素相乘 / The product of the entries."""

    def function(self, x: Any) -> Any:
        made = x[0]
        for t in x[1:]:
            made = made * t
        return made


class CDivTable(Layer):
    """相除 / The first entry divided by the second."""

    def function(self, x: Any) -> Any:
        return x[0] / x[1]


class JoinTable(Layer):
    """拼接 / The entries joined along a dimension."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.dimension = dimension

    def function(self, x: Any) -> Any:
        return cat(x, self.dimension)


class SplitTable(Layer):
    """拆分 / The slices along a dimension, as a table."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.dimension = dimension

    def function(self, x: Any) -> Any:
        return list(x.unbind(self.dimension))


class SelectTable(Layer):
    """取一项 / The entry of a number; the gradients of all others are 0."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index

    def function(self, x: Any) -> Any:
        return x[self.index]

    def __repr__(self) -> str:
        return f"{super().__repr__()}({self.index})"


class NarrowTable(Layer):
    """取一段 / ``length`` entries from ``offset`` on."""

    def __init__(self, offset: int, length: int = 1) -> None:
        super().__init__()
        self.offset, self.length = offset, length

    def function(self, x: Any) -> Any:
        return x[self.offset : self.offset + self.length]


class FlattenTable(Layer):
    """拉平表 / The entries of tables within tables, as one."""

    def function(self, x: Any) -> Any:
        return list(tables.entries(x))


class Identity(Module):
    """恒等 / Gives on what it is given, also a table; and so its gradient back."""

    def updateOutput(self, input: Any) -> Any:
        self.output = input
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = gradOutput
        return self.gradInput


class MixtureTable(Layer):
    """混合专家 / The experts' outputs, weighted by a gater's: ``[gater, experts]``.

    The gater gives a number for each sample and expert; the experts are a table, or one tensor along ``dim``.
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def function(self, x: Any) -> Any:
        gater, experts = x
        if isinstance(experts, list):
            if gater.size(1) != len(experts):
                raise RuntimeError(f"one output of the gater for each of {len(experts)} experts, got {gater.size(1)}")
            experts = stack(experts, self.dim)
        shape = [1] * experts.dim()
        shape[0], shape[self.dim] = gater.shape
        return (gater.view(shape) * experts).sum(self.dim)


class DotProduct(Layer):
    """内积 / Of each pair of rows of two entries."""

    def function(self, x: Any) -> Any:
        return (x[0] * x[1]).sum(-1)


class CosineDistance(Layer):
    """余弦 / The cosine (of a name that says more) of each pair of rows of two entries."""

    def function(self, x: Any) -> Any:
        a, b = x
        lengths = ((a * a).sum(-1) + 1e-12) * ((b * b).sum(-1) + 1e-12)
        return (a * b).sum(-1) / lengths.sqrt()


class PairwiseDistance(Layer):
    """成对距离 / The distance of each pair of rows of two entries, in the ``p``-norm."""

    def __init__(self, p: int) -> None:
        super().__init__()
        if p % 1:
            raise AssertionError(f"p has to be a whole number, got {p}")
        self.norm = p

    def function(self, x: Any) -> Any:
        return (x[0] - x[1]).norm(self.norm, dim=1)


class MM(Layer):
    """矩阵乘 / The product of two entries, matrices or batches of them; ``transA``, ``transB``: transposed before."""

    def __init__(self, transA: bool = False, transB: bool = False) -> None:
        super().__init__()
        self.transA, self.transB = transA, transB

    def function(self, x: Any) -> Any:
        a, b = x
        return (a.transpose(-2, -1) if self.transA else a) @ (b.transpose(-2, -1) if self.transB else b)


class MV(Layer):
    """矩阵乘向量 / The product of a matrix and a vector, or of batches of them; ``trans``: of the matrix transposed."""

    def __init__(self, trans: bool = False) -> None:
        super().__init__()
        self.trans = trans

    def function(self, x: Any) -> Any:
        matrix, vector = x
        return ((matrix.transpose(-2, -1) if self.trans else matrix) @ vector.unsqueeze(-1)).squeeze(-1)


class Index(Layer):
    """按下标取 / The slices of the first entry that the second one names, along a dimension."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.dimension = dimension

    def function(self, x: Any) -> Any:
        return x[0].index_select(self.dimension, x[1].long())


class MaskedSelect(Layer):
    """按掩码取 / The elements of the first entry where the second one is not 0."""

    def function(self, x: Any) -> Any:
        return x[0].masked_select(x[1].bool())


class CriterionTable(Module):
    """表上的损失 / A criterion as a layer, of a table of input and target."""

    def __init__(self, criterion: Any) -> None:
        super().__init__()
        self.criterion = criterion

    def updateOutput(self, input: Any) -> Any:
        self.output = self.criterion.updateOutput(*input)
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any = None) -> Any:
        self.gradInput = [self.criterion.updateGradInput(*input)]
        return self.gradInput
