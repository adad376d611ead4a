"""Samples of Fourier transforms, windows and short-time spectra."""

from __future__ import annotations

from typing import Any

from tests.ops.sample import Arg, b, f, f32, i, of, op


def z(*shape: int) -> Arg:
    return Arg(shape, "complex128")


def fourier(name: str, *args: Any, **kwargs: Any) -> Any:
    return lambda t, x: getattr(t.fft, name)(x, *args, **kwargs)


def real_parts(name: str, *args: Any, **kwargs: Any) -> Any:
    """The numbers as pairs of reals, through which gradients are compared."""

    def call(t: Any, x: Any) -> Any:
        out = getattr(t.fft, name)(x, *args, **kwargs).resolve_conj().contiguous()  # its strides are the FFT library's
        return (t.view_as_real(out) if out.is_complex() else out) + 0  # 0 has two signs

    return call


o = op("fft")
for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    for _kwargs in (
        {},
        {"n": 3},
        {"n": 6},
        {"n": 5, "dim": 0},
        {"norm": "ortho"},
        {"norm": "forward"},
        {"norm": "backward"},
    ):
        o.call(real_parts(_name, **_kwargs), f(4, 5))
    o.call(real_parts(_name), f(5)).call(real_parts(_name), f32(2, 4)).call(real_parts(_name), f(4, 6).T)
    o.call(real_parts(_name), i(4)).call(real_parts(_name), b(4)).call(real_parts(_name, n=1), f(3))
    if _name in ("rfft", "ihfft"):
        o.call(fourier(_name), z(4), raises=RuntimeError)
    else:
        o.call(real_parts(_name), z(3, 4)).call(real_parts(_name, n=5), Arg((3,), "complex64"))
    o.call(fourier(_name, n=0), f(3), raises=RuntimeError).call(fourier(_name, dim=2), f(3), raises=IndexError)
    o.call(fourier(_name, norm="x"), f(3), raises=RuntimeError).call(fourier(_name, n=1.5), f(3), raises=TypeError)
    o.call(fourier(_name), Arg((4,), "float16"), raises=RuntimeError).call(fourier(_name), f(), raises=IndexError)
    o.call(lambda t, n=_name: getattr(t.fft, n)(2.0), raises=TypeError).call(fourier(_name), f(0), raises=RuntimeError)
for _name in (
    "fftn",
    "ifftn",
    "rfftn",
    "irfftn",
    "hfftn",
    "ihfftn",
    "fft2",
    "ifft2",
    "rfft2",
    "irfft2",
    "hfft2",
    "ihfft2",
):
    for _kwargs in (
        {},
        {"s": (3, 6)},
        {"dim": (0, 1)},
        {"s": (-1, 4), "dim": (1, 0)},
        {"norm": "ortho"},
        {"norm": "forward"},
    ):
        o.call(real_parts(_name, **_kwargs), f(3, 4, 5))
    o.call(real_parts(_name, dim=(-1,)), f(4)).call(real_parts(_name), f32(3, 4)).call(real_parts(_name), i(3, 4))
    o.call(fourier(_name, dim=(0, 0)), f(3, 4), raises=RuntimeError)
    o.call(fourier(_name, s=(2,), dim=(0, 1)), f(3, 4), raises=RuntimeError)
    o.call(fourier(_name, dim=(5,)), f(3, 4), raises=IndexError).call(
        fourier(_name, s=(0,), dim=(0,)), f(3), raises=RuntimeError
    )
for _name in ("rfftn", "irfftn", "hfftn", "ihfftn"):
    o.call(fourier(_name, dim=()), f(3), raises=RuntimeError)
o.call(fourier("fftn", s=(2, 2, 2)), f(3), raises=RuntimeError).call(fourier("fft2"), f(3), raises=IndexError)
o.call(lambda t, x: t.fft.fft(x, out=t.empty(0, dtype=t.complex128)).real, f(4).const)
o.call(lambda t, x: t.fft.fft(x, out=t.empty(0, dtype=t.float64)), f(4).const, raises=RuntimeError)
for _n in (0, 1, 4, 5):
    o.call(lambda t, n=_n: t.fft.fftfreq(n)).call(lambda t, n=_n: t.fft.rfftfreq(n, 0.5)).call(
        lambda t, n=_n: t.fft.fftfreq(n, 2.0, dtype=t.float64)
    )
o.call(lambda t: t.fft.fftfreq(4, dtype=t.int64), raises=RuntimeError).call(
    lambda t: t.fft.fftfreq(2.5), raises=TypeError
)
for _name in ("fftshift", "ifftshift"):
    o.call(fourier(_name), f(5)).call(fourier(_name), f(4, 3)).call(fourier(_name, dim=1), f(4, 3)).call(
        fourier(_name, (0, 1)), i(2, 5)
    ).call(fourier(_name, dim=3), f(2), raises=IndexError)

for _name in ("hann", "hamming", "blackman", "bartlett", "kaiser"):
    o = op(f"{_name}_window")
    for _length in (0, 1, 2, 5, 8):
        o(_length)(_length, False)(_length, dtype=of.float64)
    o(6, periodic=True, dtype=of.float64).error(RuntimeError, -1).error(TypeError, 2.5)
    o.maybe(4, dtype=of.int64).maybe(4, dtype=of.complex64).maybe(4, requires_grad=True)
op("hamming_window")(5, True, 0.5)(5, False, 0.5, 0.4).error(TypeError, 5, alpha=0.5).error(
    TypeError, 5, True, beta=0.5
)
op("kaiser_window")(5, True, 3.0)(5, False, beta=2.0).error(TypeError, 5, beta=2.0)


def short(n: int, window: int | None = None, back: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    """``stft`` as pairs of reals, or through ``istft`` back to a signal."""

    def call(t: Any, x: Any) -> Any:
        w = t.hann_window(window or n, dtype=x.dtype.to_real())
        out = t.stft(x, n, window=w, return_complex=True, **kwargs)
        if back is None:
            return t.view_as_real(out.contiguous()) * 1
        return t.istft(out, n, window=w, **back) * 1

    return call


o = op("stft").call(short(4), f(16)).call(short(4), f(2, 16)).call(short(4, hop_length=2), f(16)).call(short(5), f(16))
o.call(short(4, normalized=True), f(16)).call(short(4, onesided=False), f(16)).call(short(4, center=False), f(16))
o.call(short(8, 6, win_length=6), f(16)).call(short(4), z(12)).call(short(4), f32(12))
for _mode in ("constant", "replicate", "circular", "reflect"):
    o.call(short(4, pad_mode=_mode), f(9))
o.call(lambda t, x: t.stft(x, 4, return_complex=False), f(12)).call(
    lambda t, x: x.stft(4, return_complex=True).real, f(12)
)
o.error(RuntimeError, f(12), 4).error(RuntimeError, f(12), 4, 0, return_complex=True)
o.error(RuntimeError, f(12), 40, return_complex=True).error(RuntimeError, f(12), 4, win_length=5, return_complex=True)
o.error(RuntimeError, f(12), 4, window=f(3), return_complex=True).error(RuntimeError, i(12), 4, return_complex=True)
o.error(RuntimeError, f(2, 2, 9), 4, return_complex=True).error(RuntimeError, z(12), 4, onesided=True)
o.error(NotImplementedError, f(12), 4, pad_mode="x", return_complex=True).error(TypeError, f(12), 4.5)
o = op("istft").call(short(4, back={}), f(16)).call(short(4, back={"length": 14}), f(2, 16))
o.call(short(4, hop_length=2, back={"hop_length": 2}), f(16)).call(short(5, back={}), f(16))
o.call(short(4, normalized=True, back={"normalized": True}), f(16)).call(short(4, back={"length": 19}), f(16))
o.call(short(4, onesided=False, back={"onesided": False}), f(16)).call(short(4, back={}), f32(12))
o.call(lambda t, x: t.istft(t.stft(x, 4, return_complex=True), 4, return_complex=True).real, z(12))
o.error(RuntimeError, f(3, 4), 4).error(RuntimeError, z(2, 4), 4).error(RuntimeError, z(3, 0), 4)
o.call(lambda t, x: t.istft(x, 4, window=t.zeros(4, dtype=t.float64)), z(3, 4), raises=RuntimeError)
