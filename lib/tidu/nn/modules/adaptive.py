"""Softmax over very many classes. 大词表的自适应 softmax。"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.nn import functional as F
from tidu.nn.modules.container import ModuleList, Sequential
from tidu.nn.modules.linear import Linear
from tidu.nn.modules.module import Module


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """自适应 softmax / The log-probability of each target, and minus their mean; cheap where few classes are common.

    Classes are sorted, the commonest first. The head scores those below ``cutoffs[0]`` and one for each further
    cluster; the cluster from ``cutoffs[i]`` to the next has a smaller matrix, of ``in_features / div_value ** (i + 1)``
    columns. Source: Grave et al., "Efficient softmax approximation for GPUs", 2016.
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0,
        head_bias: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        whole = all(int(c) == c for c in cutoffs)
        if not whole or cutoffs != sorted(set(cutoffs)) or min(cutoffs) <= 0 or max(cutoffs) > n_classes - 1:
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        made = {"device": device, "dtype": dtype}
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // (div_value ** (i + 1)))
            classes = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(Linear(in_features, width, bias=False, **made), Linear(width, classes, bias=False, **made))
            )

    def reset_parameters(self) -> None:
        """重新初始化 / Draw the parameters anew."""
        self.head.reset_parameters()
        for down, up in self.tail:
            down.reset_parameters()
            up.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        if target_.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target_.dim() == 1:
            if input_.size(0) != target_.size(0):
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input_.dim() != 2:
                raise RuntimeError(
                    f"1D target tensor expects 2D input tensors, but found inputs with size {input_.size()}"
                )
        elif input_.dim() != 1:
            raise RuntimeError(f"0D target tensor expects 1D input tensors, but found inputs with size {input_.size()}")
        x = input_ if target_.dim() else input_.unsqueeze(0)
        target = target_._array.reshape(-1)
        if target.size and not 0 <= target.min() <= target.max() < self.n_classes:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min()}, "
                f"{target.max()}] were found. "
            )
        in_head = target.copy()
        output = wrap(np.zeros(len(target), x._array.dtype))
        for i, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:], strict=False)):
            rows = np.nonzero((target >= low) & (target < high))[0]
            if rows.size:
                in_head[rows] = self.shortlist_size + i
                at = wrap(rows)
                scores = F.log_softmax(self.tail[i](x.index_select(0, at)), dim=1)
                found = scores.gather(1, wrap(target[rows] - low).unsqueeze(1))
                output = output.index_add(0, at, found.squeeze(1))
        scores = F.log_softmax(self.head(x), dim=1)
        output = output + scores.gather(1, wrap(in_head).unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if target_.dim() else output.squeeze(0), loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """所有类别的对数概率 / Log-probabilities of all classes: (N, in_features) gives (N, n_classes)."""
        head = F.log_softmax(self.head(input), dim=1)
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            cluster = head[:, self.shortlist_size + i].unsqueeze(1)
            parts.append(F.log_softmax(tail(input), dim=1) + cluster)
        made: Tensor = FUNCTIONS["cat"](parts, 1)
        return made

    def predict(self, input: Tensor) -> Tensor:
        """最可能的类别 / The likeliest class of each row; clusters are looked into only where they win."""
        head = self.head(input)
        output = head.argmax(dim=1)
        beyond = output >= self.shortlist_size
        if beyond.any():
            rows = beyond.nonzero().squeeze(1)
            output[rows] = self.log_prob(input[rows]).argmax(dim=1)
        return output
