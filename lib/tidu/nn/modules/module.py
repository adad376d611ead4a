"""The base of all layers and models. 所有层与模型的基类。

Its hooks are in ``hooks``, its state in ``state``.
Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from tidu import _dtypes
from tidu._device import device as _device
from tidu._modes import no_grad
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor
from tidu.nn.modules.hooks import (  # noqa: F401  (hooks of all modules are PyTorch's module.register_module_...)
    Hooks,
    everywhere,
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from tidu.nn.modules.state import State
from tidu.nn.parameter import Buffer, Parameter

Self = TypeVar("Self", bound="Module")
typename = FUNCTIONS["typename"]


def _indented(text: str) -> str:
    """The lines of a text after the first two spaces further in."""
    return text.replace("\n", "\n  ")


class Module(Hooks, State):
    """所有网络的基类 / A layer or a model: parameters, buffers and submodules by name, and a ``forward``.

    A subclass calls ``super().__init__()`` first, then assigns parameters and modules to itself; they are registered.
    """

    dump_patches = False
    training: bool
    call_super_init = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init:
            if kwargs:
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument '{next(iter(kwargs))}'"
                )
            if args:
                raise TypeError(
                    f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
                )
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _backward_pre_hooks=OrderedDict(),
            _backward_hooks=OrderedDict(),
            _is_full_backward_hook=None,
            _forward_hooks=OrderedDict(),
            _forward_hooks_with_kwargs=OrderedDict(),
            _forward_hooks_always_called=OrderedDict(),
            _forward_pre_hooks=OrderedDict(),
            _forward_pre_hooks_with_kwargs=OrderedDict(),
            _state_dict_hooks=OrderedDict(),
            _state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_pre_hooks=OrderedDict(),
            _load_state_dict_post_hooks=OrderedDict(),
            _modules={},
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *input: Any) -> Any:
        """前向计算 / What the module computes: for a subclass to define. Call the module, not this."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        if (
            self._backward_hooks or self._backward_pre_hooks or self._forward_hooks or self._forward_pre_hooks
            or everywhere.forward or everywhere.forward_pre or everywhere.backward or everywhere.backward_pre
        ):  # fmt: skip
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    __call__: Callable[..., Any] = _call_impl

    # ---- what belongs to it

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """注册参数 / Add a parameter under a name, as assigning it does; None keeps the name for one."""
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name("parameter", name, self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To "
                f"express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        for hook in everywhere.parameter.values():
            param = hook(self, name, param) or param
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """注册缓冲区 / Add a tensor that is state but no parameter; in ``state_dict`` if ``persistent``."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        for hook in everywhere.buffer.values():
            tensor = hook(self, name, tensor) or tensor
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """添加子模块 / Add a submodule under a name, as assigning it does."""
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_name("module", name, self._modules)
        for hook in everywhere.module.values():
            module = hook(self, name, module) or module
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """添加子模块 / The same as ``add_module``."""
        self.add_module(name, module)

    def _check_name(self, kind: str, name: Any, own: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {typename(name)}")
        if name not in own and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if not name:
            raise KeyError(f'{kind} name can\'t be empty string ""')

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        for kind in ("_parameters", "_buffers", "_modules"):
            found = own.get(kind)
            if found is not None and name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._forget(name, "_buffers", "_modules")
            self.register_parameter(name, value)
        elif name in own.get("_parameters", ()):
            if value is not None:
                raise self._unfit(name, value, "parameter", "torch.nn.Parameter")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if "_modules" not in own:
                raise AttributeError("cannot assign module before Module.__init__() call")
            self._forget(name, "_parameters", "_buffers")
            for hook in everywhere.module.values():
                value = hook(self, name, value) or value
            self._modules[name] = value
        elif name in own.get("_modules", ()):
            if value is not None:
                raise self._unfit(name, value, "child module", "torch.nn.Module")
            self._modules[name] = value
        elif isinstance(value, Buffer) or name in own.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise self._unfit(name, value, "buffer", "torch.nn.Buffer, torch.Tensor")
            if isinstance(value, Buffer):
                if "_buffers" in own and name not in self._buffers:
                    self._forget(name)
                self.register_buffer(name, value, getattr(value, "persistent", True))
            else:
                for hook in everywhere.buffer.values():
                    value = hook(self, name, value) or value
                self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name: str, *kinds: str) -> None:
        """Something else took the name."""
        for d in (self.__dict__, *[self.__dict__[k] for k in kinds]):
            d.pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def _unfit(self, name: str, value: Any, kind: str, wanted: str) -> TypeError:
        return TypeError(f"cannot assign '{typename(value)}' as {kind} '{name}' ({wanted} or None expected)")

    def __delattr__(self, name: str) -> None:
        for kind in (self._parameters, self._buffers, self._modules):
            if name in kind:
                del kind[name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers}
        return sorted(n for n in names if not n[:1].isdigit())

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in (  # of modules pickled before there were such hooks
            "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs", "_forward_hooks_with_kwargs",
            "_forward_hooks_always_called", "_state_dict_hooks", "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",
            "_load_state_dict_post_hooks", "_backward_pre_hooks",
        ):  # fmt: skip
            self.__dict__.setdefault(name, OrderedDict())
        self.__dict__.setdefault("_non_persistent_buffers_set", set())
        self.__dict__.setdefault("_is_full_backward_hook", None)

    # ---- finding them

    def get_submodule(self, target: str) -> Module:
        """按路径取子模块 / The submodule at a path, ``net.get_submodule("features.0")``; "" is the module itself."""
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """按路径替换子模块 / Put a module at a path; with ``strict`` there must be one already."""
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """按路径取参数 / The parameter at a path, ``net.get_parameter("fc.weight")``."""
        found = self._at(target)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{target.rpartition('.')[2]}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """按路径取缓冲区 / The buffer at a path."""
        path, _, name = target.rpartition(".")
        found = self._at(target)
        if name not in self.get_submodule(path)._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    def _at(self, target: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        return getattr(module, name)

    def _named_members(
        self, members: Callable[[Module], Any], prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        seen: set[Any] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in modules:
            for name, value in members(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """带名字的参数 / (name, parameter) pairs, submodules' too; one that is shared comes once."""
        yield from self._named_members(lambda m: m._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """所有参数 / The parameters, submodules' too: what an optimizer is given."""
        for _, param in self.named_parameters(recurse=recurse):
            yield param

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """带名字的缓冲区 / (name, buffer) pairs, submodules' too."""
        yield from self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """所有缓冲区 / The buffers, submodules' too."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """带名字的直接子模块 / (name, module) pairs of the modules directly inside."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """直接子模块 / The modules directly inside."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """带名字的所有模块 / (path, module) pairs of the module and all below; one that is shared comes once."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """所有模块 / The module and all below."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    # ---- changing all of them

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """对每个子模块做一件事 / ``fn(module)`` for every submodule, children first, and the module itself."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self: Self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Every parameter, gradient and buffer becomes what ``fn`` makes of it; parameters stay the same objects."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for param in self._parameters.values():
            if param is None:
                continue
            with no_grad():
                changed = fn(param)
                grad = None if param.grad is None else fn(param.grad)
            param.grad = None
            param.data = changed
            if grad is not None:
                param.grad = grad.requires_grad_(grad.requires_grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """转换设备或类型 / Move to a device, or floating parameters and buffers to a floating dtype; in place."""
        target = FUNCTIONS["empty"](0).to(*args, **kwargs).dtype
        asked = [a for a in (*args, *kwargs.values()) if isinstance(a, (_dtypes.dtype, Tensor)) or a in (float, int)]
        if asked and not (target.is_floating_point or target.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={target}"
            )
        if asked and target.is_complex:
            warnings.warn(
                "Complex modules are a new feature under active development whose design may change, and some modules "
                "might not work as expected when using complex tensors as parameters or buffers.",
                UserWarning,
                stacklevel=2,
            )

        def convert(t: Tensor) -> Tensor:
            changed = t.to(*args, **kwargs)
            whole = not (t.is_floating_point() or t.is_complex())
            return changed.to(t.dtype) if whole and changed.dtype is not t.dtype else changed

        return self._apply(convert)

    def share_memory(self: Self) -> Self:
        """与其他进程共享 / Parameters and buffers, and gradients, move to memory that other processes see; in place."""
        for t in (*self.parameters(), *self.buffers()):
            t.share_memory_()
            if t._grad is not None:
                t._grad.share_memory_()
        return self

    def type(self: Self, dst_type: Any) -> Self:
        """转换所有参数的类型 / All parameters and buffers, integers too, to a type."""
        return self._apply(lambda t: t.type(dst_type))

    def _floating(self: Self, dtype: Any) -> Self:
        return self._apply(lambda t: t.to(dtype) if t.is_floating_point() else t)

    def float(self: Self) -> Self:
        """转为 float32 / Floating parameters and buffers to float32."""
        return self._floating(_dtypes.float32)

    def double(self: Self) -> Self:
        """转为 float64 / Floating parameters and buffers to float64."""
        return self._floating(_dtypes.float64)

    def half(self: Self) -> Self:
        """转为 float16 / Floating parameters and buffers to float16."""
        return self._floating(_dtypes.float16)

    def bfloat16(self: Self) -> Self:
        """转为 bfloat16 / Floating parameters and buffers to bfloat16."""
        return self._floating(_dtypes.bfloat16)

    def cuda(self: Self, device: Any = None) -> Self:
        """移到显卡 / All parameters and buffers to the GPU."""
        place = _device("cuda" if device is None else device)
        return self._apply(lambda t: t.to(place))

    def xpu(self: Self, device: Any = None) -> Self:
        """移到英特尔显卡 / All parameters and buffers to Intel's GPU; none is supported here."""
        return self._apply(lambda t: t.xpu(device))

    def cpu(self: Self) -> Self:
        """移到主存 / All parameters and buffers to the host's memory."""
        return self._apply(lambda t: t.to("cpu"))

    def to_empty(self: Self, *, device: Any, recurse: bool = True) -> Self:
        """移到设备但不拷贝 / Parameters and buffers of the same shapes on a device, their memory uninitialised."""
        return self._apply(lambda t: FUNCTIONS["empty_like"](t, device=device), recurse)

    def train(self: Self, mode: bool = True) -> Self:
        """训练模式 / Training mode, for the module and all below: dropout and batch norm behave as in training."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: Self) -> Self:
        """评估模式 / The same as ``train(False)``."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """冻结或解冻 / Whether autograd records operations on the parameters."""
        for param in self.parameters():
            param.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """清空梯度 / Gradients of all parameters to None, or to zeros."""
        for param in self.parameters():
            if param.grad is None:
                continue
            if set_to_none:
                param.grad = None
                continue
            if param.grad.grad_fn is not None:
                param.grad.detach_()
            else:
                param.grad.requires_grad_(False)
            param.grad.zero_()

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """接受但什么也不做 / Accepted; there is no compiler here, the module runs as it is."""

    # ---- what is printed

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """打印时括号里的内容 / What the printed form says of the module itself: for a subclass to give."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {_indented(repr(module))}" for name, module in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + children) + "\n)"
