"""Samples of activations and dropout."""

from __future__ import annotations

from tests.nn.sample import layer, refused
from tests.ops.sample import f, f32, i

for _name in (
    "ReLU", "RReLU", "Hardtanh", "ReLU6", "Sigmoid", "Hardsigmoid", "Tanh", "SiLU", "Mish", "Hardswish", "ELU", "CELU",
    "SELU", "GELU", "Hardshrink", "LeakyReLU", "LogSigmoid", "Softplus", "Softsign", "Tanhshrink",
):  # fmt: skip
    layer(_name)(f(3, 4))(f32(2, 3).S)
layer("Softshrink")(f(12))
for _name in (
    "ReLU",
    "ReLU6",
    "Hardsigmoid",
    "SiLU",
    "Mish",
    "Hardswish",
    "SELU",
    "RReLU",
    "ELU",
    "CELU",
    "LeakyReLU",
    "Hardtanh",
):
    layer(_name, inplace=True, options={"grad": False, "values": True})(f(3, 4))
layer("Threshold", 0.5, -1)(f(3, 4))(i(4))
layer("Threshold", 0.5, -1, inplace=True, options={"grad": False})(f(3, 4))
layer("RReLU", 0.1, 0.2)(f(3, 4))
layer("Hardtanh", -2, 0.5)(f(3, 4))
layer("Hardtanh", min_value=-2.0, max_value=2.0)(f(3, 4))
layer("ELU", 0.5)(f(3, 4))
layer("CELU", 2.0)(f(3, 4))
layer("GLU")(f(3, 4)).error(RuntimeError, f(3, 3))
layer("GLU", 0)(f(4, 3))
layer("GELU", "tanh")(f(3, 4))
layer("GELU", approximate="erf").error(RuntimeError, f(3))
layer("Hardshrink", 1)(f(3, 4))
layer("LeakyReLU", 0.2)(f(3, 4))
layer("Softplus", 2, 3)(f(3, 4))
layer("PReLU")(f(3, 4))(f(2, 3, 4))
layer("PReLU", 4, init=0.1)(f(3, 4))(f(2, 4, 3)).error(RuntimeError, f(3, 3))
for _name in ("Softmax", "Softmin", "LogSoftmax"):
    layer(_name, 1)(f(3, 4)).error(IndexError, f(3))
    layer(_name)(f(3, 4))(f(2, 3, 4))(f(3))
layer("Softmax2d")(f(2, 3, 2, 2))(f(3, 2, 2)).error(ValueError, f(3, 2))
refused("Hardtanh", AssertionError, 2, 1)
refused("ReLU", TypeError, True, 1)
refused("Sigmoid", TypeError, 1)
refused("Threshold", TypeError)

layer("Dropout")(f(5, 6))(f32(3, 4))(f(0, 3)).error(TypeError, 3)
layer("Dropout", 0.2, inplace=True, options={"grad": False})(f(5, 6))
layer("Dropout", 0)(f(5, 6))
layer("Dropout", 1.0)(f(5, 6))
layer("Dropout1d", 0.3)(f(4, 3, 2))(f(5, 2)).error(RuntimeError, f(3))
layer("Dropout2d", 0.3)(f(4, 3, 2, 2))(f(4, 3, 2))
layer("Dropout3d", 0.3)(f(4, 3, 2, 2, 1))(f(5, 2, 2, 1))
layer("AlphaDropout", 0.3)(f(5, 6))
layer("FeatureAlphaDropout", 0.3)(f(4, 3, 2))
refused("Dropout", ValueError, 1.5)
refused("Dropout2d", ValueError, -0.1)
layer("Hardtanh").error(RuntimeError, i(4, dtype="uint8", lo=0))
layer("ReLU6")(i(4, dtype="uint8", lo=0, hi=9))
