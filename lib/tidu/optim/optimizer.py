"""What all optimizers share: parameter groups, state, hooks. 优化器的共同部分。

Source: https://docs.pytorch.org/docs/stable/optim.html
"""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from tidu._hooks import RemovableHandle
from tidu._modes import enable_grad
from tidu._tensor import Tensor

StateDict = dict[str, Any]


class _RequiredParameter:
    """Stands for an option that every group has to give. 必须给出的选项。"""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _RequiredParameter()
_before_any_step: OrderedDict[int, Callable[..., Any]] = OrderedDict()
_after_any_step: OrderedDict[int, Callable[..., Any]] = OrderedDict()


def register_optimizer_step_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """所有优化器 step 之前的钩子 / ``hook(optimizer, args, kwargs)`` before every step of every optimizer."""
    return RemovableHandle(_before_any_step, hook)


def register_optimizer_step_post_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """所有优化器 step 之后的钩子 / ``hook(optimizer, args, kwargs)`` after every step of every optimizer."""
    return RemovableHandle(_after_any_step, hook)


_HOOKS = ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post")


class Optimizer:
    """优化器的基类 / The base of all optimizers.

    ``params``    tensors, or (name, tensor) pairs, or dicts with "params" and options of their own
    ``defaults``  the options of groups that do not say otherwise
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._prepare()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                + str(params.type())
            )
        self.state: defaultdict[Tensor, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def _prepare(self) -> None:
        for name in _HOOKS:
            self.__dict__.setdefault(f"_optimizer_{name}_hooks", OrderedDict())
        step = type(self).step
        if not getattr(step, "hooked", False):  # of every class once, its users' own ones too
            setattr(type(self), "step", self.profile_hook_step(step))

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._prepare()
        self.defaults.setdefault("differentiable", False)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [""] * bool(i) + [f"Parameter Group {i}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])

    # ---- hooks

    @staticmethod
    def profile_hook_step(func: Callable[..., Any]) -> Callable[..., Any]:
        """``step`` with the hooks before and behind it. 带钩子的 step。"""

        @functools.wraps(func)
        def step(*args: Any, **kwargs: Any) -> Any:
            self: Any = args[0]
            for hook in chain(_before_any_step.values(), self._optimizer_step_pre_hooks.values()):
                result = hook(self, args, kwargs)
                if result is None:
                    continue
                if not isinstance(result, tuple) or len(result) != 2:
                    raise RuntimeError(
                        f"{func} must return None or a tuple of (new_args, new_kwargs), but got {result}."
                    )
                args, kwargs = result
            out = func(*args, **kwargs)
            for hook in chain(self._optimizer_step_post_hooks.values(), _after_any_step.values()):
                hook(self, args, kwargs)
            return out

        step.hooked = True  # type: ignore[attr-defined]
        return step

    def _hook(self, name: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        hooks = getattr(self, f"_optimizer_{name}_hooks")
        handle = RemovableHandle(hooks, hook)
        if prepend:
            hooks.move_to_end(next(reversed(hooks)), last=False)
        return handle

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """step 之前的钩子 / ``hook(optimizer, args, kwargs)``; it may return other ``(args, kwargs)``."""
        return self._hook("step_pre", hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """step 之后的钩子 / ``hook(optimizer, args, kwargs)``."""
        return self._hook("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """state_dict 之前的钩子 / ``hook(optimizer)``."""
        return self._hook("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """state_dict 之后的钩子 / ``hook(optimizer, state_dict)``; it may return another one."""
        return self._hook("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """载入之前的钩子 / ``hook(optimizer, state_dict)``; it may return another one."""
        return self._hook("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """载入之后的钩子 / ``hook(optimizer)``."""
        return self._hook("load_state_dict_post", hook, prepend)

    # ---- state

    def state_dict(self) -> StateDict:
        """状态字典 / Options and state as a dict, parameters by their number over all groups; tensors are shared."""
        for hook in self._optimizer_state_dict_pre_hooks.values():  # type: ignore[attr-defined]
            hook(self)
        number: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for p in group["params"]:
                number.setdefault(id(p), len(number))
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [number[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {number[id(key)] if isinstance(key, Tensor) else key: value for key, value in self.state.items()}
        found: StateDict = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():  # type: ignore[attr-defined]
            found = _or(hook(self, found), found)
        return found

    def load_state_dict(self, state_dict: StateDict) -> None:
        """载入状态字典 / Take over what ``state_dict`` gave; ``ValueError`` where its groups are not these."""
        state_dict = state_dict.copy()
        for hook in self._optimizer_load_state_dict_pre_hooks.values():  # type: ignore[attr-defined]
            state_dict = _or(hook(self, state_dict), state_dict)
        groups, saved = self.param_groups, deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        owner: dict[Any, tuple[Tensor, dict[str, Any]]] = {}
        for group, other in zip(groups, saved, strict=True):
            owner.update((n, (p, group)) for n, p in zip(other["params"], group["params"], strict=True))
            other["params"] = group["params"]
            if "param_names" in group and "param_names" not in other:
                other["param_names"] = group["param_names"]
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in owner:
                state[owner[key][0]] = _taken(value, *owner[key], None)
            else:
                state[key] = value
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._optimizer_load_state_dict_post_hooks.values():  # type: ignore[attr-defined]
            hook(self)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """清空梯度 / Forget all gradients, or fill them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if set_to_none:
                    p.grad = None
                else:
                    if p.grad.grad_fn is not None:
                        p.grad = p.grad.detach()
                    p.grad.requires_grad_(False)
                    p.grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """更新一步 / Change the parameters by their gradients; ``closure`` computes the loss anew and returns it."""
        raise NotImplementedError

    # ---- groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """添加参数组 / Another group of parameters, with options where they are not the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, Tensor):
            params = [params]
        elif isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = list(params)
        named = [isinstance(p, tuple) for p in params]
        if any(named) and not all(named):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        param_group["params"] = [p[1] for p in params] if any(named) else params
        if any(named):
            param_group["param_names"] = [p[0] for p in params]
        for p in param_group["params"]:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {_typename(p)}")
            if not self.defaults.get("differentiable") and not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        if len(param_group["params"]) != len(set(param_group["params"])):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; "
                "see github.com/pytorch/pytorch/issues/40967 for more information",
                stacklevel=3,
            )
        others = {p for group in self.param_groups for p in group["params"]}
        if not others.isdisjoint(param_group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        if self.param_groups and ("param_names" in self.param_groups[0]) != ("param_names" in param_group):
            what = "with" if "param_names" in param_group else "without"
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{what} names to the optimizer"
            )
        self.param_groups.append(param_group)


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _typename(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _taken(value: Any, p: Tensor, group: dict[str, Any], key: Any) -> Any:
    """A parameter's saved state on its device and in its dtype; a number of steps keeps its own."""
    if isinstance(value, Tensor):
        if key == "step":
            return value
        if p.is_floating_point():
            return value.to(dtype=p.dtype, device=p.device)
        return value.to(device=p.device)
    if isinstance(value, dict):
        return {k: _taken(v, p, group, k) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return type(value)(_taken(v, p, group, key) for v in value)  # type: ignore[call-arg]
    return value


def evaluated(closure: Callable[[], Any] | None) -> Any:
    """What the closure gives, which computes gradients; None without one."""
    if closure is None:
        return None
    with enable_grad():
        return closure()
