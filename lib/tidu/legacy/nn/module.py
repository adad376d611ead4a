"""The base of all layers that compute their own gradient. 自己求梯度的层的基类。

Source: https://github.com/torch/nn/blob/master/doc/module.md
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from tidu._engine import grad
from tidu._modes import enable_grad, no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.legacy.nn import tables

empty, zeros_like = FUNCTIONS["empty"], FUNCTIONS["zeros_like"]
Real = float  # within the class, float is a method


class Module:
    """层的基类 / A layer: ``forward`` computes ``output``, ``backward`` the gradients, from what is passed to it.

    Nothing is recorded from one layer to the next. ``backward(input, gradOutput, scale)`` is ``updateGradInput``, which
    gives the gradient of the input, and ``accGradParameters``, which adds ``scale`` times that of the parameters to
    ``gradWeight`` and ``gradBias``; ``zeroGradParameters`` clears those, ``updateParameters(learningRate)`` steps.
    ``torch.nn.Module`` with autograd replaced it. ``training`` is a method here, ``train`` the flag that it sets.
    """

    train = True
    weight: Any = None
    bias: Any = None
    gradWeight: Any = None
    gradBias: Any = None
    modules: list[Any]  # of a container
    learned: tuple[tuple[str, str], ...] = (("weight", "gradWeight"), ("bias", "gradBias"))

    def __init__(self) -> None:
        self.gradInput: Any = empty(0)
        self.output: Any = empty(0)

    def __repr__(self) -> str:
        return "nn." + type(self).__name__

    def __call__(self, input: Any) -> Any:
        """前向 / The same as ``forward``."""
        return self.forward(input)

    # ---- forward and backward

    def updateOutput(self, input: Any) -> Any:
        """计算输出 / Computes ``output`` and returns it: for a subclass to define."""
        return self.output

    def forward(self, input: Any) -> Any:
        """前向 / ``updateOutput``."""
        return self.updateOutput(input)

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        """对输入的梯度 / Computes ``gradInput`` from the gradient of the output, and returns it."""
        return self.gradInput

    def accGradParameters(self, input: Any, gradOutput: Any, scale: Real = 1) -> None:
        """累加参数的梯度 / Adds ``scale`` times the parameters' gradients to those that are there."""

    def backward(self, input: Any, gradOutput: Any, scale: Real = 1) -> Any:
        """反向 / ``updateGradInput``, then ``accGradParameters``; of the input of the last ``forward``."""
        self.updateGradInput(input, gradOutput)
        self.accGradParameters(input, gradOutput, scale)
        return self.gradInput

    def backwardUpdate(self, input: Any, gradOutput: Any, lr: Real) -> Any:
        """反向并更新 / ``backward`` that steps by the learning rate at once, and keeps no gradients of parameters."""
        self.updateGradInput(input, gradOutput)
        self.accUpdateGradParameters(input, gradOutput, lr)
        return self.gradInput

    def accUpdateGradParameters(self, input: Any, gradOutput: Any, lr: Real) -> None:
        """边求边更新 / The parameters themselves take the place of their gradients, with the scale ``-lr``."""
        kept = {total: getattr(self, total) for _, total in self.learned}
        try:
            for name, total in self.learned:
                setattr(self, total, getattr(self, name))
            self.accGradParameters(input, gradOutput, -lr)
        finally:
            self.__dict__.update(kept)

    def sharedAccUpdateGradParameters(self, input: Any, gradOutput: Any, lr: Real) -> None:
        """共享参数时的更新 / The same for parameters that other layers share."""
        if self.parameters():
            self.zeroGradParameters()
            self.accGradParameters(input, gradOutput, 1)
            self.updateParameters(lr)

    # ---- parameters

    def parameters(self) -> tuple[list[Tensor], list[Tensor]] | None:
        """参数与其梯度 / The parameters and their gradients, two lists; None where there are none."""
        having = [pair for pair in self.learned if getattr(self, pair[0]) is not None]
        return ([getattr(self, p) for p, _ in having], [getattr(self, g) for _, g in having]) if having else None

    @no_grad()
    def zeroGradParameters(self) -> None:
        """梯度清零 / Sets the gradients of all parameters to zero."""
        for g in (self.parameters() or ((), ()))[1]:
            g.zero_()

    @no_grad()
    def updateParameters(self, learningRate: Real) -> None:
        """更新参数 / ``p -= learningRate * g`` for every parameter."""
        for p, g in zip(*(self.parameters() or ((), ())), strict=True):
            p.add_(g, alpha=-learningRate)

    def flattenParameters(self) -> tuple[Tensor, Tensor] | None:
        """展平参数 / All parameters as one vector, and their gradients as another, as ``legacy.optim`` takes them.

        The layers' own tensors become views of the vectors: what changes one changes the other. Parameters that layers
        share stay shared. Call it once, when the net is complete.
        """
        found = self.parameters()
        return None if found is None else (_flattened(found[0]), _flattened(found[1]))

    def getParameters(self) -> tuple[Tensor, Tensor] | None:
        """展平参数 / ``flattenParameters`` by the name that Lua Torch gave it."""
        return self.flattenParameters()

    def share(self, mlp: Module, *names: str) -> Module:
        """共享参数 / From now on the tensors of these names are another layer's: ``share(other, "weight", "bias")``."""
        for name in names:
            if isinstance(getattr(self, name, None), Tensor) and isinstance(getattr(mlp, name, None), Tensor):
                getattr(self, name).data = getattr(mlp, name)
        return self

    def clone(self, *names: str) -> Any:
        """复制 / A copy; with names (``"weight", "gradWeight"`` …) it shares those with this one."""
        made = copy.deepcopy(self)
        return made.share(self, *names) if names else made

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if not isinstance(v, Local)}

    def reset(self, stdv: Real | None = None) -> Any:
        """重新初始化 / Draws the parameters anew; ``stdv``: with this standard deviation."""
        return self

    # ---- mode and type

    def training(self) -> None:
        """训练模式 / For training: dropout drops, normalisation looks at the batch."""
        self.train = True

    def evaluate(self) -> None:
        """评估模式 / For evaluation."""
        self.train = False

    def type(self, type: Any = None, tensorCache: dict[int, Any] | None = None) -> Any:
        """类型转换 / Converts all floating tensors within; without argument, the type's name.

        ``tensorCache`` of several calls keeps shared what several nets share.
        """
        if type is None:
            return getattr(self, "_type", "torch.FloatTensor")
        done = {} if tensorCache is None else tensorCache
        for name, value in list(self.__getstate__().items()):
            setattr(self, name, tables.converted(value, type, done))
        self._forget()
        self._type = empty(0).type(type).type()
        return self

    def float(self, *args: Any) -> Any:
        """单精度 / As float32."""
        return self.type("torch.FloatTensor", *args)

    def double(self, *args: Any) -> Any:
        """双精度 / As float64."""
        return self.type("torch.DoubleTensor", *args)

    def cuda(self, *args: Any) -> Any:
        """放到 GPU / On a GPU, where there is one."""
        empty(0).cuda()  # or the error that says why not
        return self.type("torch.cuda.FloatTensor", *args)

    # ---- what is within

    def apply(self, callback: Callable[[Any], Any]) -> None:
        """逐个调用 / Calls the function with this layer and all within."""
        for module in self.listModules():
            callback(module)

    def listModules(self) -> list[Module]:
        """列出所有层 / This layer and all within, depth first."""
        return [self, *(m for child in getattr(self, "modules", ()) for m in child.listModules())]

    def findModules(self, cls: Any, container: Any = None) -> tuple[list[Any], list[Any]]:
        """按类查找 / All layers of a class (or of that name), and the container of each."""
        named = [c.__name__ for c in type(self).__mro__]
        here = (cls.removeprefix("nn.") in named) if isinstance(cls, str) else isinstance(self, cls)
        found: tuple[list[Any], list[Any]] = ([self], [container]) if here else ([], [])
        for child in getattr(self, "modules", ()):
            for mine, theirs in zip(found, child.findModules(cls, self), strict=True):
                mine.extend(theirs)
        return found

    def replace(self, callback: Callable[[Any], Any]) -> Any:
        """替换 / The net with each layer replaced by what the function gives for it."""
        made = callback(self)
        if hasattr(self, "modules"):
            self.modules = [m.replace(callback) for m in self.modules]
        return made

    def clearState(self) -> Any:
        """丢弃中间结果 / Lets go of results and gradients that a next ``forward`` makes anew."""
        self.output = [] if isinstance(self.output, list) else empty(0)
        self.gradInput = [] if isinstance(self.gradInput, list) else empty(0)
        self._forget()
        return self

    def _forget(self) -> None:
        for name in [k for k, v in self.__dict__.items() if isinstance(v, Local)]:
            delattr(self, name)


def _flattened(tensors: list[Tensor]) -> Tensor:
    """One vector of them all, whose views they become; what two of them share is in it once."""
    places: dict[Any, int] = {}
    size = 0
    keys = [(t.untyped_storage().data_ptr(), t.storage_offset(), t.shape, t.stride()) for t in tensors]
    for key, t in zip(keys, tensors, strict=True):
        if key not in places:
            places[key], size = size, size + t.numel()
    flat = tensors[0].new_empty(size)
    for key, t in zip(keys, tensors, strict=True):
        view = flat[places[key] : places[key] + t.numel()].view(t.shape)
        view.copy_(t)
        t.data = view
    return flat


class Local:
    """One function's result and, when asked, its operands' gradients: nothing leads out of it. 单个函数的局部记录。

    The gradient is the formula that stands by the op in ``tidu.ops``.
    """

    def __init__(self, function: Callable[..., Any], input: Any, parameters: list[Tensor]) -> None:
        self.input = input
        self.operands = tables.mapped(_alone, input)
        self.parameters = [_alone(p) for p in parameters]
        with enable_grad():
            self.out = function(self.operands, *self.parameters)
        self.value = tables.mapped(lambda t: t.detach(), self.out)
        self.versions = self._versions()

    def _versions(self) -> list[int]:
        tensors = [*tables.entries(self.operands), *self.parameters]
        return [t._version for t in tensors if isinstance(t, Tensor)]

    def holds(self, input: Any) -> bool:
        """Whether it is of this input, and nothing was changed in place since."""
        return input is self.input and self._versions() == self.versions

    def gradients(self, wanted: list[Tensor], upstream: Any) -> list[Tensor]:
        """Of some of the operands, given that of the result; zeros for those that have none."""
        pairs = zip(tables.entries(self.out), tables.entries(upstream), strict=True)
        used = [(out, g) for out, g in pairs if out.requires_grad]
        asked = [t for t in wanted if t.requires_grad]
        found: Iterator[Any] = iter(())
        if used and asked:
            outs, given = zip(*used, strict=True)
            found = iter(grad(outs, asked, given, retain_graph=True, allow_unused=True, materialize_grads=True))
        return [next(found) if used and t.requires_grad else zeros_like(t.detach()) for t in wanted]


def _alone(x: Tensor) -> Tensor:
    """The same without history, to ask for a gradient of where it can have one."""
    detached = x.detach()
    return detached.requires_grad_() if detached.is_floating_point() else detached


class Layer(Module):
    """一个函数的层 / A layer that is one function of its input and its parameters, whose gradient formula it takes."""

    _local: Local

    def function(self, input: Any, *parameters: Any) -> Any:
        """层的函数 / What the layer computes: for a subclass to define."""
        raise NotImplementedError

    def _of(self, input: Any) -> Local:
        """What was noted of the function's last call if that was for this input, else of a new call."""
        local = self.__dict__.get("_local")
        if local is None or not local.holds(input):
            local = self._local = Local(self.function, input, (self.parameters() or ([], []))[0])
        return local

    def updateOutput(self, input: Any) -> Any:
        self.__dict__.pop("_local", None)
        self.output = self._of(input).value
        return self.output

    def updateGradInput(self, input: Any, gradOutput: Any) -> Any:
        local = self._of(input)
        found = local.gradients(list(tables.entries(local.operands)), gradOutput)
        self.gradInput = tables.refilled(input, iter(found))
        return self.gradInput

    @no_grad()
    def accGradParameters(self, input: Any, gradOutput: Any, scale: Real = 1) -> None:
        named = self.parameters()
        if named is not None:
            local = self._of(input)
            for total, found in zip(named[1], local.gradients(local.parameters, gradOutput), strict=True):
                total.add_(found, alpha=scale)
