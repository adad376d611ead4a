"""Layers made of layers. 由层组成的层。

Source: https://github.com/torch/nn/blob/master/doc/containers.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.legacy.nn import tables
from tidu.legacy.nn.module import Module

cat, stack = FUNCTIONS["cat"], FUNCTIONS["stack"]


class Container(Module):
    """容器的基类 / Layers in a list, ``modules``; what is said to it is said to each."""

    def __init__(self) -> None:
        super().__init__()
        self.modules: list[Any] = []

    def add(self, module: Module) -> Any:
        """添加一层 / Appends a layer; returns the container, so that calls can be chained."""
        self.modules.append(module)
        return self

    def get(self, index: int) -> Any:
        """第几层 / The layer of a number, from 0."""
        return self.modules[index]

    def size(self) -> int:
        """层数 / How many there are."""
        return len(self.modules)

    def applyToModules(self, func: Callable[[Any], Any]) -> None:
        """逐层调用 / Calls a function with each."""
        for module in self.modules:
            func(module)

    def parameters(self) -> tuple[list[Tensor], list[Tensor]] | None:
        found = [pair for pair in (m.parameters() for m in self.modules) if pair is not None]
        return ([p for ps, _ in found for p in ps], [g for _, gs in found for g in gs]) if found else None

    def zeroGradParameters(self) -> None:
        self.applyToModules(lambda m: m.zeroGradParameters())

    def updateParameters(self, learningRate: float) -> None:
        self.applyToModules(lambda m: m.updateParameters(learningRate))

    def training(self) -> None:
        self.applyToModules(lambda m: m.training())
        super().training()

    def evaluate(self) -> None:
        self.applyToModules(lambda m: m.evaluate())
        super().evaluate()

    def share(self, mlp: Any, *names: str) -> Any:
        for own, other in zip(self.modules, mlp.modules, strict=True):
            own.share(other, *names)
        return self

    def reset(self, stdv: float | None = None) -> Any:
        self.applyToModules(lambda m: m.reset(stdv))
        return self

    def clearState(self) -> Any:
        self.applyToModules(lambda m: m.clearState())
        return super().clearState()

    def _drawn(self, first: str, between: str, last: str) -> str:
        """The layers, one below the other, with what leads to each and what is beside its further lines."""
        lines = []
        for i, module in enumerate(self.modules):
            beside = between if i < len(self.modules) - 1 else " " * len(between)
            lines.append(f"{first}({i}): " + repr(module).replace("\n", "\n  " + beside))
        return "\n  ".join([f"{super().__repr__()} {{", "input", *lines, f"{last}output"]) + "\n}"


class Sequential(Container):
    """依次 / One after the other: the output of each is the input of the next. ``torch.nn.Sequential`` replaced it."""

    def __len__(self) -> int:
        return len(self.modules)

    def insert(self, module: Module, index: int) -> None:
        """插入一层 / Puts a layer in before that of a number."""
        self.modules.insert(index, module)

    def remove(self, index: int = -1) -> None:
        """去掉一层 / Takes a layer out, the last one."""
        del self.modules[index]

    def updateOutput(self, input: Any) -> Any:
        for module in self.modules:
            input = module.updateOutput(input)
        self.output = input
        return self.output

    def _backwards(self, input: Any) -> Iterator[tuple[Any, Any]]:
        """Each layer and what it was given, the last one first."""
        inputs = [input, *(m.output for m in self.modules)][: len(self.modules)]
        return zip(reversed(self.modules), reversed(inputs), strict=True)

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        for module, given in self._backwards(input):
            gradOutput = module.updateGradInput(given, gradOutput)
        self.gradInput = gradOutput
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1) -> None:
        for module, given in self._backwards(input):
            module.accGradParameters(given, gradOutput, scale)
            gradOutput = module.gradInput

    def backward(self, input: Any, gradOutput: Any, scale: float = 1) -> Any:
        for module, given in self._backwards(input):
            gradOutput = module.backward(given, gradOutput, scale)
        self.gradInput = gradOutput
        return self.gradInput

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float) -> None:
        for module, given in self._backwards(input):
            module.accUpdateGradParameters(given, gradOutput, lr)
            gradOutput = module.gradInput

    def __repr__(self) -> str:
        way = " -> ".join(["[input", *(f"({i})" for i in range(len(self.modules))), "output]"])
        lines = [f"({i}): " + repr(m).replace("\n", "\n  ") for i, m in enumerate(self.modules)]
        return "\n  ".join(["nn.Sequential {", way, *lines]) + "\n}"


class _Branches(Container):
    """Layers side by side: which part of the input and of the output's gradient is whose, a subclass says."""

    def _inputs(self, input: Any) -> list[Any]:
        return [input] * len(self.modules)

    def _joined(self, outputs: list[Any]) -> Any:
        return outputs

    def _split(self, gradOutput: Any) -> list[Any]:
        return gradOutput

    def _total(self, input: Any, gradients: list[Any]) -> Any:
        total = gradients[0]
        for g in gradients[1:]:
            total = tables.add(total, g)
        return total

    def _each(self, method: str, input: Any, gradOutput: Any, *args: Any) -> list[Any]:
        parts = zip(self.modules, self._inputs(input), self._split(gradOutput), strict=True)
        return [getattr(module, method)(given, g, *args) for module, given, g in parts]

    def updateOutput(self, input: Any) -> Any:
        parts = zip(self.modules, self._inputs(input), strict=True)
        self.output = self._joined([module.updateOutput(given) for module, given in parts])
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        self.gradInput = self._total(input, self._each("updateGradInput", input, gradOutput))
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: float = 1) -> None:
        self._each("accGradParameters", input, gradOutput, scale)

    def backward(self, input: Any, gradOutput: Any, scale: float = 1) -> Any:
        self.gradInput = self._total(input, self._each("backward", input, gradOutput, scale))
        return self.gradInput

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: float) -> None:
        self._each("accUpdateGradParameters", input, gradOutput, lr)

    def __repr__(self) -> str:
        return self._drawn("  |`-> ", "  |    ", "   ... -> ")


class Concat(_Branches):
    """拼接各层的输出 / Every layer is given the input; their outputs are joined along a dimension."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.dimension = dimension

    def _joined(self, outputs: list[Any]) -> Any:
        return cat(outputs, self.dimension)

    def _split(self, gradOutput: Any) -> list[Any]:
        return list(gradOutput.split([m.output.size(self.dimension) for m in self.modules], self.dimension))


class DepthConcat(Concat):
    """按深度拼接 / Like ``Concat`` for outputs of several sizes: the smaller ones are centred among zeros."""

    def _windows(self, whole: Any, outputs: list[Any]) -> list[Any]:
        """Where each output is in the joined one."""
        windows = []
        for part, output in zip(
            whole.split([o.size(self.dimension) for o in outputs], self.dimension), outputs, strict=True
        ):
            for dim, size in enumerate(output.shape):
                part = part.narrow(dim, (part.size(dim) - size) // 2, size)
            windows.append(part)
        return windows

    def _joined(self, outputs: list[Any]) -> Any:
        sizes = [max(sizes) for sizes in zip(*(o.shape for o in outputs), strict=True)]
        sizes[self.dimension] = sum(o.size(self.dimension) for o in outputs)
        whole = outputs[0].new_zeros(sizes)
        for window, output in zip(self._windows(whole, outputs), outputs, strict=True):
            window.copy_(output)
        return whole

    def _split(self, gradOutput: Any) -> list[Any]:
        return self._windows(gradOutput, [m.output for m in self.modules])


class ConcatTable(_Branches):
    """各层输出成表 / Every layer is given the input; the output is the table of theirs."""


class ParallelTable(_Branches):
    """表的逐项 / The i-th layer is given the i-th entry of a table; the output is the table of theirs."""

    def _inputs(self, input: Any) -> list[Any]:
        return input

    def _total(self, input: Any, gradients: list[Any]) -> Any:
        return gradients


class Parallel(_Branches):
    """逐片 / The i-th layer is given the i-th slice along a dimension; their outputs are joined along another."""

    def __init__(self, inputDimension: int, outputDimension: int) -> None:
        super().__init__()
        self.inputDimension, self.outputDimension = inputDimension, outputDimension

    def _inputs(self, input: Any) -> list[Any]:
        return list(input.unbind(self.inputDimension))

    def _joined(self, outputs: list[Any]) -> Any:
        return cat(outputs, self.outputDimension)

    def _split(self, gradOutput: Any) -> list[Any]:
        return list(gradOutput.split([m.output.size(self.outputDimension) for m in self.modules], self.outputDimension))

    def _total(self, input: Any, gradients: list[Any]) -> Any:
        return stack(gradients, self.inputDimension)
