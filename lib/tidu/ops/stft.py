"""Spectra of short pieces of a signal, and the way back. 短时傅里叶变换。

Source: https://docs.pytorch.org/docs/stable/generated/torch.stft.html
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tidu._args import is_int, type_name
from tidu._define import publish
from tidu._registry import FUNCTIONS
from tidu._tensor import Tensor, wrap
from tidu.ops.complex import view_as_real
from tidu.ops.fourier import fft_c2c, fft_c2r, fft_r2c, fitted
from tidu.ops.gather import index_select
from tidu.ops.strides import unfold, unfold_backward

_PADDING = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _padded(x: Tensor, n: int, mode: str) -> Tensor:
    """``n`` more numbers at both ends of the last dimension."""
    size = x._array.shape[-1]
    if mode == "constant":
        shape = (*x._array.shape[:-1], n)
        ends = [wrap(np.zeros(shape, x._array.dtype, like=x._array)) for _ in range(2)]
        return FUNCTIONS["cat"]([ends[0], x, ends[1]], -1)
    if mode not in _PADDING:
        raise NotImplementedError(f"stft(): argument 'pad_mode': Unrecognised padding mode {mode}")
    if n > size - (mode == "reflect"):
        raise RuntimeError(
            f"stft(): Padding size should be less than the corresponding input dimension, but got: padding ({n}, {n}) "
            f"at dimension {x.ndim - 1} of input {list(x.shape)}"
        )
    places = np.pad(np.arange(size), n, mode=_PADDING[mode])  # type: ignore[call-overload]
    return index_select.record((x,), {"dim": x.ndim - 1, "index": places})


class _Call:
    """The arguments that both directions share, checked."""

    def __init__(self, name: str, x: Any, n_fft: Any, hop: Any, win: Any, window: Any) -> None:
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type_name(x)}")
        for position, (key, value) in enumerate((("n_fft", n_fft), ("hop_length", hop), ("win_length", win)), 2):
            if not is_int(value) and not (value is None and position > 2):
                raise TypeError(f"{name}(): argument '{key}' (position {position}) must be int, not {type_name(value)}")
        if window is not None and not isinstance(window, Tensor):
            raise TypeError(f"{name}(): argument 'window' (position 5) must be Tensor, not {type_name(window)}")
        self.name, self.n_fft = name, n_fft
        self.hop = n_fft // 4 if hop is None else hop
        self.win = n_fft if win is None else win
        self.window = window
        if window is None:
            warnings.warn(
                "A window was not provided. A rectangular window will be applied, which is known to cause spectral "
                "leakage. To suppress this warning, explicitly set `window=torch.ones(n_fft)`.",
                UserWarning,
                stacklevel=4,
            )

    def refuse(self, wrong: bool, wanted: str) -> None:
        if wrong:
            given = f"n_fft={self.n_fft}, hop_length={self.hop}, win_length={self.win}"
            raise RuntimeError(f"{self.name}({given}): {wanted}")

    def check_window(self) -> None:
        self.refuse(self.hop <= 0, f"expected hop_length > 0, but got hop_length={self.hop}")
        self.refuse(not 0 < self.win <= self.n_fft, f"expected 0 < win_length <= n_fft, but got win_length={self.win}")
        shape = None if self.window is None else self.window._array.shape
        self.refuse(
            shape not in (None, (self.win,)),
            f"expected a 1D window tensor of size equal to win_length={self.win}, but got window with size {shape}",
        )

    def centred_window(self, dtype: np.dtype) -> Tensor | None:
        """The window with zeros on both sides up to ``n_fft``; None where all is 1."""
        if self.win == self.n_fft:
            return self.window
        window = wrap(np.ones(self.win, dtype)) if self.window is None else self.window
        left = (self.n_fft - self.win) // 2
        return FUNCTIONS["roll"](fitted(window, (0,), (self.n_fft,)), (left,), (0,))


def _stft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, pad_mode: str = "reflect", normalized: bool = False,
    onesided: bool | None = None, return_complex: bool | None = None, align_to_window: bool | None = None,
) -> Tensor:  # fmt: skip
    """短时傅里叶变换 / The spectrum of each piece of ``n_fft`` numbers, one every ``hop_length``.

    ``input``  a signal, or several as rows; the result has a row a frequency and a column a piece
    ``center``  pieces are centred at their time: the ends are padded as ``pad_mode`` says
    ``onesided``  half the frequencies, the default for real signals
    """
    call = _Call("stft", input, n_fft, hop_length, win_length, window)
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    kind = input._array.dtype.kind
    call.refuse(kind not in "fc", "expected a tensor of floating point or complex values")
    call.refuse(input.ndim not in (1, 2), f"expected a 1D or 2D tensor, but got {input.ndim}D")
    x = _padded(input, n_fft // 2, pad_mode) if center else input
    size = x._array.shape[-1]
    call.refuse(not 0 < n_fft <= size, f"expected 0 < n_fft <= {size}, but got n_fft={n_fft}")
    call.check_window()
    is_complex = kind == "c" or (window is not None and window._array.dtype.kind == "c")
    if return_complex is None and not is_complex:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further require that "
            "return_complex=True in a future PyTorch release."
        )
    if onesided and is_complex:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    onesided = not is_complex if onesided is None else onesided
    frames = unfold(x, x.ndim - 1, n_fft, call.hop)
    shade = call.centred_window(input._array.dtype)
    frames = frames if shade is None else frames * shade
    scale = "root" if normalized else "none"
    dims = (frames.ndim - 1,)
    if frames._array.dtype.kind == "c":
        spectrum = fft_c2c.record((frames,), {"dims": dims, "scale": scale, "forward": True})
    else:
        spectrum = fft_r2c.record((frames,), {"dims": dims, "scale": scale, "onesided": onesided})
    spectrum = spectrum.transpose(-1, -2)
    if return_complex is False:
        warnings.warn(
            "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex "
            "tensors for all inputs, and return_complex=False will raise an error.",
            UserWarning,
            stacklevel=2,
        )
        return view_as_real.record((spectrum,), {})
    return spectrum


def _istft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, normalized: bool = False, onesided: bool | None = None,
    length: int | None = None, return_complex: bool = False,
) -> Tensor:  # fmt: skip
    """短时傅里叶逆变换 / The signal of which ``stft`` gives this: its pieces added, over the sum of the windows.

    ``length``  how many numbers to give; ``RuntimeError`` where the windows leave a time uncovered
    """
    call = _Call("istft", input, n_fft, hop_length, win_length, window)
    if input._array.dtype.kind != "c":
        raise RuntimeError("istft requires a complex-valued input tensor matching the output from stft with "
                           "return_complex=True.")  # fmt: skip
    call.refuse(not input._array.size, "input tensor cannot be empty.")
    call.refuse(input.ndim not in (2, 3), f"expected a tensor with 2 or 3 dimensions, but got {input.ndim}")
    rows, pieces = input._array.shape[-2:]
    if onesided is None:
        onesided = rows != n_fft
    wanted = n_fft // 2 + 1 if onesided else n_fft
    call.refuse(rows != wanted, f"expected the frequency dimension of the input to be {wanted}, but got {rows}")
    call.refuse(not 0 < call.hop <= call.win, f"expected 0 < hop_length <= win_length, but got {call.hop}")
    call.check_window()
    if onesided and (return_complex or (window is not None and window._array.dtype.kind == "c")):
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    x = input.transpose(-1, -2)
    dims, scale = (x.ndim - 1,), "root" if normalized else "n"
    if return_complex:
        frames = fft_c2c.record((x,), {"dims": dims, "scale": scale, "forward": False})
    else:
        half = fitted(x, dims, (n_fft // 2 + 1,))
        frames = fft_c2r.record((half,), {"dims": dims, "scale": scale, "last": n_fft})
    shade = call.centred_window(frames.dtype.to_real().numpy)
    if shade is None:
        shade = wrap(np.ones(n_fft, frames.dtype.to_real().numpy))
    total = n_fft + call.hop * (pieces - 1)
    signal = _added(frames * shade, total, n_fft, call.hop)
    weight = _added((shade * shade).expand(pieces, n_fft), total, n_fft, call.hop)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else total - start
    signal, weight = signal[..., start:end], weight[start:end]
    call.refuse(not np.all(np.abs(weight._array) > 1e-11), "window overlap add min: 1: a time is covered by no window")
    signal = signal / weight
    if end <= total:
        return signal
    warnings.warn(
        "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. "
        "Please check your center and hop_length settings.",
        UserWarning,
        stacklevel=2,
    )
    assert length is not None
    return fitted(signal, (signal.ndim - 1,), (length,))


def _added(frames: Tensor, total: int, size: int, step: int) -> Tensor:
    shape = (*frames._array.shape[:-2], total)
    return unfold_backward(frames, shape=shape, dimension=len(shape) - 1, size=size, step=step)


publish("stft", _stft)
publish("istft", _istft)
