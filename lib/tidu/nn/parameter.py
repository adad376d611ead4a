"""Parameters and buffers: the tensors that a module owns. 模块拥有的张量：参数与缓冲区。

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np

from tidu import _dtypes
from tidu._copying import attributes, put_attributes
from tidu._device import CPU
from tidu._device import device as _device
from tidu._tensor import Tensor, _bare, _TensorMeta, wrap
from tidu.ops.convert import to_device


class _ParameterMeta(_TensorMeta):
    """A tensor of another subclass that was made a parameter is one too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return cls is Parameter and isinstance(instance, Tensor) and getattr(instance, "_is_param", False)


class Parameter(Tensor, metaclass=_ParameterMeta):
    """模块的参数 / A tensor that a module registers when it is assigned to it: it shares ``data``'s memory.

    ``requires_grad`` is True unless said otherwise; the results of operations on it are plain tensors.
    """

    _shown = "torch.nn.parameter.Parameter"

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None:
            data = wrap(np.empty(0, _dtypes.default_floating()))
        if not isinstance(data, Tensor):
            raise AttributeError(
                f"'{type(data).__name__}' object has no attribute 'detach': argument 'data' must be a Tensor"
            )
        if type(data) not in (Tensor, Parameter) and not isinstance(data, UninitializedTensorMixin):
            made: Any = data.detach()
            made.__class__ = type(data)  # a subclass of the user's stays what it is
            made._is_param = True
        else:
            made = _bare(cls)
            made._array, made._storage = data._array, data.untyped_storage()
        if requires_grad or made._requires_grad:
            made.requires_grad_(requires_grad)
        return made

    def __repr__(self) -> str:
        return "Parameter containing:\n" + _repr_as_tensor(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A parameter with memory of its own, without the gradient."""
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def _reduced(self) -> tuple[Any, ...]:
        """The data, and what people have put on the parameter, in the form in which PyTorch's files have it."""
        if type(self) is not Parameter:
            return _rebuild_subclass, (type(self), self.data, self.requires_grad)
        state = attributes(self)
        args: tuple[Any, ...] = (self.data, self.requires_grad, OrderedDict())
        return (_rebuild_parameter_with_state, (*args, state)) if state else (_rebuild_parameter, args)


def _repr_as_tensor(p: Tensor) -> str:
    shown = p.detach()
    shown._requires_grad = p.requires_grad
    return repr(shown)


def _rebuild_subclass(cls: type[Parameter], data: Tensor, requires_grad: bool) -> Parameter:
    return cls(data, requires_grad)


def _rebuild_parameter(data: Tensor, requires_grad: bool, backward_hooks: Any) -> Parameter:
    return Parameter(data, bool(requires_grad))


def _rebuild_parameter_with_state(data: Tensor, requires_grad: bool, backward_hooks: Any, state: Any) -> Parameter:
    made = Parameter(data, bool(requires_grad))
    put_attributes(made, state)
    return made


class _BufferMeta(_TensorMeta):
    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return cls is Buffer and isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=_BufferMeta):
    """模块的缓冲区 / Makes a tensor that a module registers as a buffer when it is assigned to it.

    With ``persistent=False`` it is not in the module's ``state_dict``. What comes back is a plain tensor.
    """

    _shown = "torch.nn.parameter.Buffer"

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = wrap(np.empty(0, _dtypes.default_floating()))
        made: Any = data.detach()
        made._requires_grad = data.requires_grad
        made.persistent, made._is_buffer = persistent, True
        return made


# ---- shapes that the first call decides


class UninitializedTensorMixin(Tensor):
    """尚无形状的张量 / A tensor of no shape yet. ``materialize`` gives it one, and makes it what it stands for."""

    _dtype: np.dtype
    _place: Any

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """定下形状 / Becomes a tensor of this shape, its memory uninitialised."""
        target = self._dtype if dtype is None else _dtypes.parse(dtype, "materialize")
        place = self._place if device is None else _device(device)
        made = to_device(wrap(np.empty(tuple(shape), target)), place)
        for name in ("_dtype", "_place"):
            self.__dict__.pop(name, None)
        self.__class__ = self._becomes()  # type: ignore[assignment]
        self._array, self._storage = made._array, None

    def _becomes(self) -> type[Tensor]:
        raise NotImplementedError

    @property
    def _array(self) -> Any:
        raise ValueError(
            "Attempted to use an uninitialized parameter. This error happens when you are using a `LazyModule` or "
            f"explicitly manipulating `torch.nn.parameter.{type(self).__name__}` objects. When using LazyModules Call "
            "`forward` with a dummy batch to initialize the parameters before calling torch functions"
        )

    @_array.setter
    def _array(self, value: Any) -> None:
        self._array  # noqa: B018  (which says what is wrong)

    @property
    def shape(self) -> Any:
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    @property
    def dtype(self) -> Any:
        return _dtypes.of(self._dtype)

    @property
    def device(self) -> Any:
        return self._place

    @property
    def is_cuda(self) -> bool:
        return bool(self._place.type == "cuda")

    @property
    def data(self) -> Any:
        """An empty tensor: what is written into it is lost, as what initialises such a parameter is."""
        return to_device(wrap(np.empty(0, self._dtype)), self._place)

    @data.setter
    def data(self, value: Any) -> None:
        self._dtype, self._place = value.dtype.numpy, value.device

    def share_memory_(self) -> Any:
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters "
            "before calling `module.share_memory()`."
        )

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        self._requires_grad = bool(requires_grad)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Another of the dtype and device that an empty tensor would have after the same call."""
        moved = wrap(np.empty(0, self._dtype)).to(*args, **kwargs)
        return _fresh(type(self), self._requires_grad, moved.device, moved.dtype)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = _fresh(type(self), self._requires_grad, self._place, self.dtype)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return type(self), (self._requires_grad, None, self.dtype)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def _fresh(cls: type, requires_grad: bool, device: Any, dtype: Any) -> Any:
    made: Any = _bare(cls)
    made._dtype = _dtypes.default_floating() if dtype is None else _dtypes.parse(dtype, cls.__name__)
    made._place = CPU if device is None else _device(device)
    made._requires_grad = requires_grad
    return made


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """尚无形状的参数 / A parameter whose shape the first call decides: lazy modules have them."""

    _shown = "torch.nn.parameter.UninitializedParameter"

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _fresh(cls, requires_grad, device, dtype)

    def _becomes(self) -> type[Tensor]:
        return Parameter


class UninitializedBuffer(UninitializedTensorMixin):
    """尚无形状的缓冲区 / A buffer whose shape the first call decides: lazy modules have them."""

    _shown = "torch.nn.parameter.UninitializedBuffer"
    _is_buffer = True
    persistent = True

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        made = _fresh(cls, requires_grad, device, dtype)
        made.persistent = persistent
        return made

    def _becomes(self) -> type[Tensor]:
        return Tensor


def is_lazy(param: Any) -> bool:
    """是否尚无形状 / Whether a parameter or buffer has no shape yet."""
    return isinstance(param, UninitializedTensorMixin)
