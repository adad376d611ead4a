"""Pruning: entries of a parameter, or whole channels, held at zero by a mask. 剪枝。

A pruned ``weight`` is the product of the parameter ``weight_orig`` and the buffer ``weight_mask``, computed before each
call. Pruning again prunes among what is left.
Source: https://docs.pytorch.org/tutorials/intermediate/pruning_tutorial.html
"""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.modules.hooks import popped
from tidu.nn.modules.module import Module
from tidu.nn.utils.convert_parameters import parameters_to_vector

kthvalue, norm, ones_like, rand, rand_like, topk, zeros_like = (
    FUNCTIONS[name] for name in ("kthvalue", "norm", "ones_like", "rand", "rand_like", "topk", "zeros_like")
)


class BasePruningMethod(ABC):
    """剪枝方法的基类 / A rule for masks. A subclass gives ``compute_mask``, and ``PRUNING_TYPE``:

    "unstructured" if it is to be asked of the entries not pruned yet, "structured" of the channels along ``dim``,
    "global" of all.
    """

    PRUNING_TYPE: str
    _tensor_name: str

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """算出掩码 / The mask of ``t``, which ``default_mask`` has masked so far."""

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    def apply_mask(self, module: Module) -> Tensor:
        """乘上掩码 / The pruned tensor of the module."""
        if not hasattr(self, "_tensor_name"):
            raise AssertionError(f"Module {module} has to be pruned")
        mask, original = (getattr(module, self._tensor_name + end) for end in ("_mask", "_orig"))
        pruned: Tensor = mask.to(dtype=original.dtype) * original
        return pruned

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """装上 / Prunes ``module.name``, by this method made with these arguments, from now on; after earlier ones."""
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        before = _hooks_on(module, name)
        if len(before) > 1:
            raise AssertionError(f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}")
        for key, held in before:
            container = held if isinstance(held, PruningContainer) else PruningContainer(held)
            container.add_pruning_method(method)
            method = container
            del module._forward_pre_hooks[key]
        t = getattr(module, name)
        scores = t if importance_scores is None else importance_scores
        if importance_scores is not None and scores.shape != t.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got {scores.shape} vs "
                f"{t.shape}"
            )
        if not before:
            mask = ones_like(scores)
            module.register_parameter(name + "_orig", module._parameters[name])
            del module._parameters[name]
        else:
            mask = getattr(module, name + "_mask").detach().clone()
        try:
            mask = method.compute_mask(scores, default_mask=mask)
        except Exception:
            if not before:  # as it was
                module.register_parameter(name, module._parameters.pop(name + "_orig"))
            raise
        module.register_buffer(name + "_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """剪一个张量 / ``t``, pruned once."""
        scores = t if importance_scores is None else importance_scores
        if importance_scores is not None and scores.shape != t.shape:
            raise AssertionError("importance_scores should have the same shape as tensor t")
        mask = ones_like(t) if default_mask is None else default_mask
        pruned: Tensor = t * self.compute_mask(scores, default_mask=mask)
        return pruned

    def remove(self, module: Module) -> None:
        """卸下 / The tensor is a parameter again, pruned for good."""
        name = self._tensor_name
        pruned = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original: Any = module._parameters.pop(name + "_orig")
        original.data = pruned.data
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


def _hooks_on(module: Module, name: str) -> list[tuple[int, BasePruningMethod]]:
    """The module's pruning hooks that concern the tensor of this name."""
    hooks = module._forward_pre_hooks.items()
    return [(k, h) for k, h in hooks if isinstance(h, BasePruningMethod) and h._tensor_name == name]


class PruningContainer(BasePruningMethod):
    """多次剪枝 / Pruning methods on one tensor, one after the other."""

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        for i, method in enumerate(args if len(args) != 1 or not isinstance(args[0], Iterable) else args[0]):
            if not i:
                self._tensor_name = method._tensor_name
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """再加一种 / Another method, on the same tensor."""
        if not isinstance(method, BasePruningMethod) and method is not None:
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to "
                f"PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """算出掩码 / The mask so far, and what the latest method masks of the rest."""
        method: Any = self._pruning_methods[-1]
        made = default_mask.to(dtype=t.dtype, copy=True)
        kind = method.PRUNING_TYPE
        left: Any
        if kind == "unstructured":
            left = default_mask == 1
        elif kind == "structured":
            dim = method.dim
            if not -t.dim() <= dim:
                raise IndexError(f"Index is out of bounds for tensor with dimensions {t.dim()}")
            dim %= t.dim()
            channels = default_mask.sum([d for d in range(t.dim()) if d != dim]) != 0
            left = (slice(None),) * dim + (channels,)
        elif kind == "global":
            left = ...
        else:
            raise ValueError(f"Unrecognized PRUNING_TYPE {kind}")
        made[left] = method.compute_mask(t[left], default_mask=default_mask[left]).to(dtype=made.dtype)
        return made


# ---- how many


def _checked_amount(amount: Any) -> None:
    real, whole = (isinstance(amount, kind) for kind in (numbers.Real, numbers.Integral))
    if not real:
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if amount < 0 or (amount > 1 and not whole):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _count(amount: Any, size: int) -> int:
    """How many of ``size`` to prune: an int, or a share of them."""
    whole = isinstance(amount, numbers.Integral)
    if whole and amount > size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={size}")
    return amount if whole else round(amount * size)


def _checked_channels(t: Tensor, dim: int) -> int:
    """How many channels ``t`` has along ``dim``; errors where it has no such dimension, or no other."""
    if t.dim() <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{t.shape} with {t.dim()} dims"
        )
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")
    return t.shape[dim]


def _kept_channels(t: Tensor, dim: int, channels: Any) -> Tensor:
    mask = zeros_like(t)
    mask[(slice(None),) * (dim % t.dim()) + (channels,)] = 1
    return mask


# ---- the rules


class Identity(BasePruningMethod):
    """不剪 / Prunes nothing, but makes the mask and the parameter ``weight_orig``."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class _Unstructured(BasePruningMethod):
    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: int | float) -> None:
        _checked_amount(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        n = _count(self.amount, t.nelement())
        mask = default_mask.clone()
        if n:
            mask.view(-1)[topk(self._worth(t).view(-1), k=n, largest=False).indices] = 0
        return mask

    def _worth(self, t: Tensor) -> Tensor:
        """Of each entry; those of the least are pruned."""
        raise NotImplementedError


class RandomUnstructured(_Unstructured):
    """随机剪元素 / ``amount`` entries at random: a number of them, or a share."""

    def _worth(self, t: Tensor) -> Tensor:
        return -rand_like(t)


class L1Unstructured(_Unstructured):
    """剪绝对值最小的元素 / The ``amount`` entries of the least magnitude: a number of them, or a share."""

    def _worth(self, t: Tensor) -> Tensor:
        return t.abs()

    @classmethod
    def apply(  # type: ignore[override]  # scores may be given by their place
        cls, module: Module, name: str, amount: int | float, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(BasePruningMethod):
    """随机剪通道 / ``amount`` channels along ``dim`` at random: a number of them, or a share."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: int | float, dim: int = -1) -> None:
        _checked_amount(amount)
        self.amount, self.dim = amount, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        channels = _checked_channels(t, self.dim)
        n = _count(self.amount, channels)
        if not n:
            return default_mask
        drawn = rand(channels)
        kept = _kept_channels(t, self.dim, drawn > kthvalue(drawn, k=n).values)
        return kept * default_mask.to(dtype=kept.dtype)


class LnStructured(BasePruningMethod):
    """剪范数最小的通道 / The channels along ``dim`` of the least ``n``-norm: ``amount`` of them, or that share."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: int | float, n: Any, dim: int = -1) -> None:
        _checked_amount(amount)
        self.amount, self.n, self.dim = amount, n, dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        channels = _checked_channels(t, self.dim)
        n = _count(self.amount, channels)
        if not n:
            return default_mask
        others = [d for d in range(t.dim()) if d != self.dim % t.dim()]
        length = norm(t, p=self.n, dim=others)
        kept = _kept_channels(t, self.dim, topk(length, k=channels - n, largest=True).indices)
        return kept * default_mask.to(dtype=kept.dtype)

    @classmethod
    def apply(  # type: ignore[override]  # as above
        cls, module: Module, name: str, amount: int | float, n: Any, dim: int, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """按给定掩码剪 / Prunes where ``mask`` is 0."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        made: Tensor = default_mask * self.mask.to(dtype=default_mask.dtype)
        return made


# ---- what people call


def identity(module: Module, name: str) -> Module:
    """不剪 / The module, its tensor ready for pruning, with nothing pruned."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: int | float) -> Module:
    """随机剪元素 / The module, ``amount`` entries of its tensor at random pruned: a number of them, or a share."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: int | float, importance_scores: Tensor | None = None) -> Module:
    """剪绝对值最小的元素 / The module, the ``amount`` entries of least magnitude (or score) pruned.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.l1_unstructured.html
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: int | float, dim: int) -> Module:
    """随机剪通道 / The module, ``amount`` channels along ``dim`` at random pruned: a number of them, or a share."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module, name: str, amount: int | float, n: Any, dim: int, importance_scores: Tensor | None = None
) -> Module:
    """剪范数最小的通道 / The module, the ``amount`` channels along ``dim`` of the least ``n``-norm pruned."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def global_unstructured(
    parameters: Any, pruning_method: type[BasePruningMethod], importance_scores: dict[Any, Tensor] | None = None,
    **kwargs: Any,
) -> None:  # fmt: skip
    """一起剪多个张量 / ``amount`` of the entries of all ``parameters``, which are pairs (module, name), together.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.prune.global_unstructured.html
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    pairs: list[tuple[Module, str]] = list(parameters)
    tensors = [getattr(module, name) for module, name in pairs]
    flat = parameters_to_vector([scores.get(pair, t) for pair, t in zip(pairs, tensors, strict=True)])
    masks = [getattr(module, name + "_mask", ones_like(t)) for (module, name), t in zip(pairs, tensors, strict=True)]
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    method._tensor_name = "temp"
    mask = PruningContainer(method).compute_mask(flat, parameters_to_vector(masks))
    start = 0
    for (module, name), t in zip(pairs, tensors, strict=True):
        custom_from_mask(module, name, mask=mask[start : start + t.numel()].view_as(t))
        start += t.numel()


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """按给定掩码剪 / The module, its tensor pruned where ``mask`` is 0."""
    CustomFromMask.apply(module, name, mask)
    return module


def remove(module: Module, name: str) -> Module:
    """使剪枝永久 / The module with the pruned tensor as its parameter, without mask and original."""
    hooks = module._forward_pre_hooks
    hook = popped(hooks, lambda h: isinstance(h, BasePruningMethod) and h._tensor_name == name)
    if hook is None:
        raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")
    hook.remove(module)
    return module


def is_pruned(module: Module) -> bool:
    """是否剪过 / Whether the module, or one inside it, has a pruned tensor."""
    hooks = (h for m in module.modules() for h in m._forward_pre_hooks.values())
    return any(isinstance(h, BasePruningMethod) for h in hooks)
