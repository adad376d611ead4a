"""Automatic mixed precision. 自动混合精度。

Source: https://docs.pytorch.org/docs/stable/amp.html
"""

from __future__ import annotations

import math
import warnings
from contextlib import ContextDecorator
from typing import Any

from tidu._backend import gpus
from tidu._device import device as as_device
from tidu._dtypes import bfloat16, dtype, float16
from tidu._modes import modes, no_grad
from tidu._tensor import Tensor
from tidu.optim.optimizer import Optimizer

__all__ = ["GradScaler", "autocast", "is_autocast_available"]

_USUAL = {"cpu": bfloat16, "cuda": float16}


def is_autocast_available(device_type: str) -> bool:
    """有没有自动混合精度 / Whether ``autocast`` knows the device."""
    return as_device(device_type).type in _USUAL


class autocast(ContextDecorator):
    """Inside, matrix products and convolutions are computed in half precision, losses in single. 自动混合精度。

    A context manager and a decorator. ``dtype`` is bfloat16 on the CPU unless given, float16 on a GPU; where the device
    is not there it does nothing, and warns.
    """

    def __init__(
        self, device_type: str, dtype: dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if not is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self.device, self.fast_dtype = device_type, _USUAL[device_type] if dtype is None else dtype
        if device_type == "cuda" and enabled and not gpus():
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        if device_type == "cpu" and enabled and self.fast_dtype not in (bfloat16, float16):
            warnings.warn(
                "In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                "CPU Autocast only supports dtypes of torch.bfloat16, torch.float16 currently.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled
        self._previous: list[Any] = []  # a function that calls itself is inside of itself

    def __enter__(self) -> autocast:
        self._previous.append((modes.low, modes.low_device))
        modes.low, modes.low_device = self.fast_dtype if self._enabled else None, self.device
        return self

    def __exit__(self, *exc: object) -> None:
        modes.low, modes.low_device = self._previous.pop()


class GradScaler:
    """Scales losses up, so that small gradients do not vanish in half precision, and gradients down. 梯度缩放。

    ``scale(loss).backward()``, ``step(optimizer)``, which leaves out a step whose gradients are not finite, and
    ``update()``, which makes the scale smaller then, and larger after ``growth_interval`` steps without. Where the
    device is not there, or ``enabled`` is False, losses and steps are as without it.
    """

    def __init__(
        self, device: str = "cuda", init_scale: float = 2.0**16, growth_factor: float = 2.0,
        backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True,
    ) -> None:  # fmt: skip
        self._device, self._enabled = device, enabled
        if enabled and device == "cuda" and not gpus():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._scale, self._used = float(init_scale), False
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval, self._growth_tracker = growth_interval, 0
        self._unscaled: dict[int, bool] = {}  # optimizers since the last update: whether a gradient is not finite
        self._stepped: set[int] = set()

    def is_enabled(self) -> bool:
        """是否启用 / Whether it does anything."""
        return self._enabled

    def get_scale(self) -> float:
        """当前的倍数 / What losses are multiplied by."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """放大的倍数 / What the scale is multiplied by when it grows."""
        return self._growth_factor

    def get_backoff_factor(self) -> float:
        """缩小的倍数 / What the scale is multiplied by after a step that was left out."""
        return self._backoff_factor

    def get_growth_interval(self) -> int:
        """放大的间隔 / After how many good steps the scale grows."""
        return self._growth_interval

    def scale(self, outputs: Any) -> Any:
        """放大 / A loss times the scale, or several in a list or tuple."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            self._used = True
            return outputs * self._scale
        if isinstance(outputs, (list, tuple)):
            return type(outputs)(map(self.scale, outputs))
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: Optimizer) -> None:
        """还原梯度 / Divide the gradients of an optimizer's parameters by the scale, as before they are clipped."""
        if not self._enabled:
            return
        self._check_used("unscale_")
        if id(optimizer) in self._stepped:
            raise RuntimeError("unscale_() is being called after step().")
        if id(optimizer) in self._unscaled:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        bad = False
        with no_grad():
            for group in optimizer.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.grad.mul_(1.0 / self._scale)
                        bad = bad or not bool(p.grad.isfinite().all())
        self._unscaled[id(optimizer)] = bad

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """走一步 / ``optimizer.step()`` if all gradients are finite; unscales them before, unless that is done."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_used("step")
        if id(optimizer) in self._stepped:
            raise RuntimeError("step() has already been called since the last update().")
        if id(optimizer) not in self._unscaled:
            self.unscale_(optimizer)
        self._stepped.add(id(optimizer))
        return None if self._unscaled[id(optimizer)] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """更新倍数 / A smaller scale if a step was left out, a larger one if none was for long; or the one given."""
        if not self._enabled:
            return
        self._check_used("update")
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._unscaled:
            raise AssertionError("No inf checks were recorded prior to update.")
        elif any(self._unscaled.values()):
            self._scale, self._growth_tracker = self._scale * self._backoff_factor, 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                grown = self._scale * self._growth_factor
                self._scale, self._growth_tracker = grown if math.isfinite(grown) else self._scale, 0
        self._unscaled, self._stepped = {}, set()

    def state_dict(self) -> dict[str, Any]:
        """状态字典 / The scale, how it changes, and the good steps so far; empty where it does nothing."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale, "growth_factor": self._growth_factor, "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval, "_growth_tracker": self._growth_tracker,
        }  # fmt: skip

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """读入状态字典 / Take a state back."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._scale, self._growth_tracker = float(state_dict["scale"]), state_dict["_growth_tracker"]
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]

    def _check_used(self, name: str) -> None:
        if not self._used:
            raise AssertionError(
                f"Attempted {name} but _scale is None.  This may indicate your script did not use scaler.scale(loss or "
                "outputs) earlier in the iteration."
            )


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """自动混合精度是否开着 / Whether ``autocast`` is on: for the device named, else for a GPU."""
    return modes.low is not None and (device_type or "cuda") == modes.low_device
