"""The namespace of tidu. Made from the table of ops: ``make generate``, never by hand."""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu import accelerator as accelerator
from tidu import amp as amp
from tidu import autograd as autograd
from tidu import backends as backends
from tidu import cpu as cpu
from tidu import cuda as cuda
from tidu import datasets as datasets
from tidu import distributions as distributions
from tidu import fft as fft
from tidu import formulas as formulas
from tidu import func as func
from tidu import legacy as legacy
from tidu import linalg as linalg
from tidu import mps as mps
from tidu import multiprocessing as multiprocessing
from tidu import nn as nn
from tidu import optim as optim
from tidu import profiler as profiler
from tidu import random as random
from tidu import return_types as return_types
from tidu import serialization as serialization
from tidu import special as special
from tidu import utils as utils
from tidu import version as version
from tidu import viz as viz
from tidu import xpu as xpu
from tidu._dtypes import dtype as _dtype
from tidu._device import device as _device
from tidu.ops.generator import Generator as Generator
from tidu._size import Size as Size
from tidu._tensor import Tensor as Tensor
from tidu._typed_storage import TypedStorage as TypedStorage
from tidu._storage import Storage as UntypedStorage
from tidu._settings import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from tidu._device import device as device
from tidu._dtypes import dtype as dtype
from tidu._modes import enable_grad as enable_grad
from tidu._limits import finfo as finfo
from tidu._device import get_default_device as get_default_device
from tidu._dtypes import get_default_dtype as get_default_dtype
from tidu._settings import get_float32_matmul_precision as get_float32_matmul_precision
from tidu._settings import get_num_interop_threads as get_num_interop_threads
from tidu._threads import get_num_threads as get_num_threads
from tidu._repr import get_printoptions as get_printoptions
from tidu._limits import iinfo as iinfo
from tidu._inference import inference_mode as inference_mode
from tidu._settings import is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled
from tidu._modes import is_grad_enabled as is_grad_enabled
from tidu._inference import is_inference_mode_enabled as is_inference_mode_enabled
from tidu._formats import layout as layout
from tidu._formats import memory_format as memory_format
from tidu._modes import no_grad as no_grad
from tidu._repr import printoptions as printoptions
from tidu._device import set_default_device as set_default_device
from tidu._dtypes import set_default_dtype as set_default_dtype
from tidu._settings import set_float32_matmul_precision as set_float32_matmul_precision
from tidu._settings import set_flush_denormal as set_flush_denormal
from tidu._modes import set_grad_enabled as set_grad_enabled
from tidu._settings import set_num_interop_threads as set_num_interop_threads
from tidu._threads import set_num_threads as set_num_threads
from tidu._repr import set_printoptions as set_printoptions
from tidu._settings import use_deterministic_algorithms as use_deterministic_algorithms
from tidu.amp import GradScaler as GradScaler
from tidu.amp import autocast as autocast
from tidu.autograd.anomaly_mode import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from tidu.autograd.anomaly_mode import is_anomaly_enabled as is_anomaly_enabled
from tidu.amp import is_autocast_enabled as is_autocast_enabled
from tidu.serialization import load as load
from tidu.serialization import save as save
from tidu.autograd.anomaly_mode import set_anomaly_enabled as set_anomaly_enabled
from tidu._vmap import vmap as vmap

__version__: str
def _weight_norm(v: Tensor, g: Tensor, dim: _int = ...) -> Tensor:
    """权重归一化 / The weight in the directions of ``v`` whose norm in each slice along ``dim`` is ``g``; -1: in all."""
def abs(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """绝对值 / Absolute value."""
def abs_(self: Tensor) -> Tensor: ...
def absolute(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """绝对值 / Absolute value."""
def acos(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反余弦 / Inverse cosine."""
def acos_(self: Tensor) -> Tensor: ...
def acosh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反双曲余弦 / Inverse hyperbolic cosine."""
def acosh_(self: Tensor) -> Tensor: ...
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """自适应平均池化（一维）/ The means of ``output_size`` windows as even as can be: (N, C, L) or (C, L)."""
def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """自适应最大池化（一维）/ The largest elements of ``output_size`` windows, and their positions."""
def add(input: Tensor, other: Tensor | _float, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """加法 / Sum."""
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """批量矩阵乘求和再相加 / ``beta * input + alpha * sum of bmm(batch1, batch2)``."""
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _float = ..., out: Tensor | None = ...) -> Tensor:
    """加上商 / ``x + value * tensor1 / tensor2``."""
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: _float = ..., out: Tensor | None = ...) -> Tensor:
    """加上乘积 / ``x + value * tensor1 * tensor2``."""
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """矩阵乘再相加 / ``beta * input + alpha * (mat1 @ mat2)``."""
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """矩阵乘向量再相加 / ``beta * input + alpha * (mat @ vec)``."""
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """外积再相加 / ``beta * input + alpha * outer(vec1, vec2)``."""
def adjoint(input: Tensor) -> Tensor:
    """共轭转置 / The last two dimensions swapped, and conjugated."""
def all(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """是否全为真 / Whether all are true."""
def allclose(input: Tensor, other: Tensor, rtol: _float = ..., atol: _float = ..., equal_nan: _bool = ...) -> _bool:
    """是否处处接近 / Whether all elements are close."""
def alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """保持均值与方差的失活 / Dropout to selu's lower limit: mean and variance stay."""
def alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def amax(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """最大值 / Largest over ``dim``; ties share the gradient."""
def amin(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """最小值 / Smallest over ``dim``; ties share the gradient."""
def aminmax(input: Tensor, *, dim: Any = ..., keepdim: _bool = ..., out: Any = ...) -> Any:
    """最小值与最大值 / ``(min, max)`` of all elements, or along ``dim``; ties share the gradient."""
def angle(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """辐角 / The angle of a complex number in radians; of a real one 0, or pi where it is negative."""
def any(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """是否有真 / Whether any is true."""
def arange(start: _float = ..., end: _float | None = ..., step: _float = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """等差数列 / ``arange(end)``, ``arange(start, end[, step])``: start, start + step, … below end."""
def arccos(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反余弦 / Inverse cosine."""
def arccos_(self: Tensor) -> Tensor: ...
def arccosh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反双曲余弦 / Inverse hyperbolic cosine."""
def arccosh_(self: Tensor) -> Tensor: ...
def arcsin(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反正弦 / Inverse sine."""
def arcsin_(self: Tensor) -> Tensor: ...
def arcsinh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反双曲正弦 / Inverse hyperbolic sine."""
def arcsinh_(self: Tensor) -> Tensor: ...
def arctan(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反正切 / Inverse tangent."""
def arctan2(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """方位角 / Angle of the point (other, input)."""
def arctan_(self: Tensor) -> Tensor: ...
def arctanh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反双曲正切 / Inverse hyperbolic tangent."""
def arctanh_(self: Tensor) -> Tensor: ...
def argmax(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """最大值的位置 / Position of the largest element."""
def argmin(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """最小值的位置 / Position of the smallest element."""
def argsort(input: Tensor, dim: _int = ..., descending: _bool = ..., *, stable: _bool | None = ..., out: Tensor | None = ...) -> Tensor:
    """排序的下标 / The positions that sort ``dim``; equal elements keep their order where it is ``stable``."""
def argwhere(input: Tensor) -> Tensor:
    """非零元素的下标 / Indices of the elements that are not zero, one row each."""
def as_strided(input: Tensor, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = ...) -> Tensor:
    """任意步幅的视图 / A view of the storage with the given sizes, strides and offset, all in elements."""
def as_strided_(self: Tensor, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = ...) -> Tensor: ...
def as_strided_scatter(input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: _int | None = ...) -> Tensor:
    """按步幅替换 / A copy, of all the storage, with ``src`` where a view by raw strides reads."""
def as_tensor(data: Any, dtype: _dtype | None = ..., device: _device | str | None = ...) -> Tensor:
    """转为张量，能不拷贝就不拷贝 / ``data`` as a tensor, sharing memory with arrays and tensors of the right dtype."""
def asarray(obj: Any, *, dtype: Any = ..., device: Any = ..., copy: _bool | None = ..., requires_grad: _bool | None = ...) -> Tensor:
    """转为张量 / ``obj`` as a tensor: a tensor, array, DLPack or buffer shares its memory, other data is copied."""
def asin(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反正弦 / Inverse sine."""
def asin_(self: Tensor) -> Tensor: ...
def asinh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反双曲正弦 / Inverse hyperbolic sine."""
def asinh_(self: Tensor) -> Tensor: ...
def atan(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反正切 / Inverse tangent."""
def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """方位角 / Angle of the point (other, input)."""
def atan_(self: Tensor) -> Tensor: ...
def atanh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """反双曲正切 / Inverse hyperbolic tangent."""
def atanh_(self: Tensor) -> Tensor: ...
def atleast_1d(*tensors: Tensor) -> Any:
    """至少一维 / A view with at least one dimension; of several tensors, a tuple."""
def atleast_2d(*tensors: Tensor) -> Any:
    """至少二维 / A view with at least two dimensions, a vector as one row."""
def atleast_3d(*tensors: Tensor) -> Any:
    """至少三维 / A view with at least three dimensions; a matrix gets a last one of size 1."""
def avg_pool1d(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = ..., ceil_mode: _bool = ..., count_include_pad: _bool = ...) -> Tensor:
    """1 维平均池化 / The mean of each window: (N, C, ...) or (C, ...) -> alike."""
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """批量矩阵乘再相加 / ``beta * input + alpha * bmm(batch1, batch2)``."""
def bartlett_window(window_length: _int, periodic: _bool = ..., **options: Any) -> Tensor:
    """三角窗 / A triangle."""
def batch_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, training: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool = ...) -> Tensor:
    """批归一化 / Each channel (dimension 1) shifted and scaled to mean 0 and variance 1."""
def bernoulli(input: Tensor, p: Any = ..., *, generator: Any = ..., out: Any = ...) -> Tensor:
    """伯努利分布 / 1 with the probability each element gives, else 0; or with probability ``p`` for all of them."""
bfloat16: _dtype
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = ...) -> Tensor:
    """双线性变换 / ``out[..., k] = input1[..., i] weight[k, i, j] input2[..., j]``, plus ``bias[k]``."""
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor, weight: Tensor | None = ..., pos_weight: Tensor | None = ..., reduction: _int = ...) -> Tensor:
    """二元交叉熵（对数几率） / Binary cross-entropy of ``sigmoid(input)``."""
def bincount(input: Tensor, weights: Tensor | None = ..., minlength: _int = ...) -> Tensor:
    """每个整数出现的次数 / How often each of 0, 1, 2 ... occurs, at least ``minlength`` of them; or its sum of weights."""
def binomial(count: Tensor, prob: Tensor, generator: Any = ...) -> Tensor:
    """二项分布 / Successes in ``count`` trials of probability ``prob``, element by element; both broadcast."""
def bitwise_and(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """按位与 / Bitwise and."""
def bitwise_left_shift(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """左移 / ``input`` shifted left by ``other`` bits: multiplied by a power of two, without a check for overflow."""
def bitwise_not(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """按位取反 / Bitwise not."""
def bitwise_not_(self: Tensor) -> Tensor: ...
def bitwise_or(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """按位或 / Bitwise or."""
def bitwise_right_shift(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """右移 / ``input`` shifted right by ``other`` bits; the sign stays."""
def bitwise_xor(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """按位异或 / Bitwise exclusive or."""
def blackman_window(window_length: _int, periodic: _bool = ..., **options: Any) -> Tensor:
    """布莱克曼窗 / A window of two cosines, which fades out more slowly than hann's."""
def block_diag(*tensors: Any) -> Tensor:
    """分块对角 / Tensors of at most two dimensions along the diagonal of a matrix, zeros elsewhere."""
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """批量矩阵乘 / Products of two batches of matrices: (b, n, k) @ (b, k, m) -> (b, n, m)."""
bool: _dtype
def broadcast_shapes(*shapes: Any) -> Size:
    """几个形状广播之后的形状 / The shape that tensors of these shapes broadcast to; an int is a shape of one dimension."""
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """互相广播 / The tensors expanded to their common shape: views."""
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """广播到一个形状 / A view in the shape ``size``, as ``expand``; -1 keeps a size."""
def bucketize(input: Any, boundaries: Tensor, *, out_int32: _bool = ..., right: _bool = ..., out: Any = ...) -> Tensor:
    """分桶 / In which interval between ``boundaries``, a sorted vector, each element of ``input`` lies."""
def can_cast(from_: _dtype, to: _dtype) -> _bool:
    """能否转换 / Whether results of one dtype may be written into another: float not into int, int not into bool."""
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """笛卡尔积 / All pairings of elements of several vectors, a row each; of one vector, the vector itself."""
def cat(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """拼接 / The tensors joined along dimension ``dim``; their other sizes must agree. Dtypes are promoted."""
def cdist(x1: Tensor, x2: Tensor, p: _float = ..., compute_mode: Any = ...) -> Tensor:
    """两组向量之间的距离 / The (P, R) p-norm distances of the rows of ``x1``, (P, M), and of ``x2``, (R, M); batched."""
cdouble: _dtype
def ceil(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """向上取整 / Rounded up."""
def ceil_(self: Tensor) -> Tensor: ...
def celu(input: Tensor, alpha: _float = ..., *, out: Tensor | None = ...) -> Tensor:
    """连续可导的指数线性 / ``x`` where it is positive, else ``alpha * (e^(x / alpha) - 1)``."""
def celu_(self: Tensor, alpha: _float = ...) -> Tensor: ...
cfloat: _dtype
def chain_matmul(*matrices: Tensor, out: Any = ...) -> Tensor:
    """矩阵连乘 / ``linalg.multi_dot`` by its old name; of one matrix, a copy."""
chalf: _dtype
def channel_shuffle(input: Tensor, groups: _int) -> Tensor:
    """通道重排 / Channels of ``groups`` groups taken in turn: 0 1 2 3 of two groups become 0 2 1 3."""
channels_last: Any
channels_last_3d: Any
def cholesky(input: Tensor, upper: _bool = ..., *, out: Any = ...) -> Tensor:
    """Cholesky 分解 / ``linalg.cholesky`` by its old name."""
def cholesky_inverse(input: Tensor, upper: _bool = ..., *, out: Any = ...) -> Tensor:
    """由 Cholesky 因子求逆 / Inverse of L L^H (``upper``: of L^H L), where L is ``input``."""
def cholesky_solve(input: Tensor, input2: Tensor, upper: _bool = ..., *, out: Any = ...) -> Tensor:
    """用 Cholesky 因子解方程组 / X with L L^H X = ``input``, where L is ``input2`` (``upper``: L^H L X)."""
def chunk(input: Tensor, chunks: _int, dim: _int = ...) -> tuple[Tensor, ...]:
    """沿一维分成若干块 / At most ``chunks`` pieces of equal length along ``dim``. Views."""
def clamp(input: Tensor, min: Tensor | _float | None = ..., max: Tensor | _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """限制在区间内 / Limited to ``[min, max]``, numbers or tensors."""
def clamp_(self: Tensor, min: Tensor | _float | None = ..., max: Tensor | _float | None = ...) -> Tensor: ...
def clamp_max(input: Tensor, max: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """不大于 / ``input``, but at most ``max``."""
def clamp_max_(self: Tensor, max: Tensor | _float) -> Tensor: ...
def clamp_min(input: Tensor, min: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """不小于 / ``input``, but at least ``min``."""
def clamp_min_(self: Tensor, min: Tensor | _float) -> Tensor: ...
def clip(input: Tensor, min: Tensor | _float | None = ..., max: Tensor | _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """限制在区间内 / Limited to ``[min, max]``, numbers or tensors."""
def clip_(self: Tensor, min: Tensor | _float | None = ..., max: Tensor | _float | None = ...) -> Tensor: ...
def clone(input: Tensor, *, memory_format: Any = ...) -> Tensor:
    """拷贝 / A copy with memory of its own, in the graph: gradients flow through it."""
def column_stack(tensors: Any, *, out: Any = ...) -> Tensor:
    """按列拼接 / Tensors side by side; a vector is one column."""
def combinations(input: Tensor, r: _int = ..., with_replacement: _bool = ...) -> Tensor:
    """组合 / All choices of ``r`` elements of a vector, a row each, as ``itertools.combinations`` orders them."""
def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """复数 / ``real + imag i`` of two floating tensors of one dtype, else ``RuntimeError``."""
complex128: _dtype
complex32: _dtype
complex64: _dtype
def concat(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """拼接 / The tensors joined along dimension ``dim``; their other sizes must agree. Dtypes are promoted."""
def concatenate(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """拼接 / The tensors joined along dimension ``dim``; their other sizes must agree. Dtypes are promoted."""
def conj(input: Tensor) -> Tensor:
    """共轭 / The complex conjugate; a real tensor itself."""
def conj_physical(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """共轭（新内存） / The complex conjugate in memory of its own; a real tensor itself."""
def conj_physical_(self: Tensor) -> Tensor: ...
def constant_pad_nd(input: Tensor, pad: Any, value: Any = ...) -> Tensor:
    """常数填充 / ``input`` with ``value`` around its last dimensions, the last one first; negative numbers cut off."""
contiguous_format: Any
def conv1d(input: Tensor, weight: Tensor, bias: Tensor | None = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: _int = ...) -> Tensor:
    """1 维卷积 / Convolution over 1 dimension."""
def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: _int = ...) -> Tensor:
    """2 维卷积 / Convolution over 2 dimensions."""
def conv3d(input: Tensor, weight: Tensor, bias: Tensor | None = ..., stride: Any = ..., padding: Any = ..., dilation: Any = ..., groups: _int = ...) -> Tensor:
    """3 维卷积 / Convolution over 3 dimensions."""
def conv_transpose1d(input: Tensor, weight: Tensor, bias: Tensor | None = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: _int = ..., dilation: Any = ...) -> Tensor:
    """1 维转置卷积 / Transposed convolution: the gradient of a convolution in its input."""
def conv_transpose2d(input: Tensor, weight: Tensor, bias: Tensor | None = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: _int = ..., dilation: Any = ...) -> Tensor:
    """2 维转置卷积 / Transposed convolution: the gradient of a convolution in its input."""
def conv_transpose3d(input: Tensor, weight: Tensor, bias: Tensor | None = ..., stride: Any = ..., padding: Any = ..., output_padding: Any = ..., groups: _int = ..., dilation: Any = ...) -> Tensor:
    """3 维转置卷积 / Transposed convolution: the gradient of a convolution in its input."""
def convolution(input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, transposed: _bool, output_padding: Any, groups: _int) -> Tensor:
    """卷积（各参数俱全）/ Convolution, or the transposed one, of a batch of any number of dimensions."""
def copysign(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """取 other 的符号 / The size of ``input`` with the sign of ``other``, a tensor or a number."""
def corrcoef(input: Tensor) -> Tensor:
    """相关系数 / Correlation coefficients of the rows, whose columns are observations; within [-1, 1]."""
def cos(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """余弦 / Cosine."""
def cos_(self: Tensor) -> Tensor: ...
def cosh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """双曲余弦 / Hyperbolic cosine."""
def cosh_(self: Tensor) -> Tensor: ...
def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = ..., reduction: _int = ...) -> Tensor:
    """余弦嵌入 / 1 - cos of pairs with target 1, max(0, cos - margin) of those with -1."""
def cosine_similarity(x1: Tensor, x2: Tensor, dim: _int = ..., eps: _float = ...) -> Tensor:
    """余弦相似度 / The cosine of the angle between vectors along ``dim``; norms below ``eps`` count as ``eps``."""
def count_nonzero(input: Tensor, dim: _int | Sequence[_int] | None = ...) -> Tensor:
    """非零元素个数 / Number of elements that are not zero."""
def cov(input: Tensor, *, correction: _int = ..., fweights: Any = ..., aweights: Any = ...) -> Tensor:
    """协方差 / Covariance matrix of the rows, whose columns are observations; of a vector, its variance."""
def cross(input: Tensor, other: Tensor, dim: _int | None = ..., *, out: Any = ...) -> Tensor:
    """叉积 / Cross product along ``dim``: by default the first dimension of size 3."""
def ctc_loss(log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: _int = ..., reduction: _int = ..., zero_infinity: _bool = ...) -> Tensor:
    """CTC 损失 / The loss of label sequences that are not aligned with time."""
def cummax(input: Tensor, dim: _int, *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
    """累计最大值 / The largest so far along ``dim``, and where."""
def cummin(input: Tensor, dim: _int, *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
    """累计最小值 / The smallest so far along ``dim``, and where."""
def cumprod(input: Tensor, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """累乘 / Running product along ``dim``."""
def cumsum(input: Tensor, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """累加 / Running sum along ``dim``."""
def cumulative_trapezoid(y: Tensor, x: Any = ..., *, dx: Any = ..., dim: _int = ...) -> Tensor:
    """累计梯形积分 / The area under samples ``y`` up to each point along ``dim``: one result less than samples."""
default_generator: Any
def deg2rad(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """角度化弧度 / Degrees as radians."""
def deg2rad_(self: Tensor) -> Tensor: ...
def det(input: Tensor) -> Tensor:
    """行列式 / Determinant of each square matrix: (..., n, n) -> (...)."""
def detach(input: Tensor) -> Tensor:
    """脱离计算图 / The same memory without history; writes through it are seen by version checks."""
def detach_(input: Tensor) -> Tensor: ...
def diag(input: Tensor, diagonal: _int = ..., *, out: Any = ...) -> Tensor:
    """对角线 / The diagonal of a matrix, or a matrix with the vector on its diagonal; both copies."""
def diag_embed(input: Tensor, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
    """嵌入对角线 / The last dimension on a diagonal of two new dimensions ``dim1`` and ``dim2``, zeros elsewhere."""
def diagflat(input: Tensor, offset: _int = ...) -> Tensor:
    """展平后放上对角线 / A matrix with all elements of the input on a diagonal, zeros elsewhere."""
def diagonal(input: Tensor, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
    """对角线 / The diagonal of two dimensions, as the last dimension."""
def diagonal_scatter(input: Tensor, src: Tensor, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
    """替换对角线 / A copy with ``src`` on a diagonal of two dimensions."""
def diff(input: Tensor, n: _int = ..., dim: _int = ..., prepend: Any = ..., append: Any = ..., *, out: Any = ...) -> Tensor:
    """差分 / The ``n``-th difference of neighbours along ``dim``; of bools, whether they differ."""
def digamma(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """伽马函数对数的导数 / The derivative of ``lgamma``."""
def dist(input: Tensor, other: Tensor, p: _float = ...) -> Tensor:
    """距离 / p-norm of the difference of two tensors."""
def div(input: Tensor, other: Tensor | _float, *, rounding_mode: str | None = ..., out: Tensor | None = ...) -> Tensor:
    """除法 / Quotient; ``rounding_mode`` None, 'trunc' or 'floor'."""
def divide(input: Tensor, other: Tensor | _float, *, rounding_mode: str | None = ..., out: Tensor | None = ...) -> Tensor:
    """除法 / Quotient; ``rounding_mode`` None, 'trunc' or 'floor'."""
def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """点积 / Inner product of two vectors."""
double: _dtype
def dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """随机失活 / In training each element becomes 0 with probability ``p``, others ``1 / (1 - p)`` as large."""
def dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def dsplit(input: Tensor, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
    """沿第三维分段 / Pieces along dimension 2: equal ones, or cut at positions. Views."""
def dstack(tensors: Any, *, out: Any = ...) -> Tensor:
    """沿第三维拼接 / Tensors behind each other, joined along dimension 2."""
e: _float
def einsum(equation: str, *operands: Tensor) -> Tensor:
    """爱因斯坦求和 / Products of tensors whose dimensions have names, summed over the names that the result has not."""
def embedding(weight: Tensor, indices: Tensor, padding_idx: _int = ..., scale_grad_by_freq: _bool = ..., sparse: _bool = ...) -> Tensor:
    """按编号取行 / The rows of a (n, d) table with these numbers: (..., d); row ``padding_idx`` gets no gradient."""
def embedding_bag(weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: _bool = ..., mode: _int = ..., sparse: _bool = ..., per_sample_weights: Tensor | None = ..., include_last_offset: _bool = ..., padding_idx: _int | None = ...) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """按袋取行并归并 / Rows of a table in bags, each summed, averaged (``mode`` 1) or its maxima taken (2)."""
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: _float, norm_type: _float) -> Tensor: ...
def empty(*size: _int | Sequence[_int], out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """未初始化 / Memory of the given size, whatever it holds."""
def empty_like(input: Tensor, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """同形状、未初始化 / Uninitialised, of the input's shape."""
def empty_permuted(size: Sequence[_int], physical_layout: Sequence[_int], *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """未初始化，指定各维在内存中的次序 / Memory whose dimensions lie, outermost first, as ``physical_layout`` says."""
def empty_strided(size: Any, stride: Any, *, dtype: Any = ..., layout: Any = ..., device: Any = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """未初始化，步幅自定 / Uninitialised memory of the given sizes, with the given strides in elements."""
def eq(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """相等 / Equal."""
def equal(input: Tensor, other: Tensor) -> _bool:
    """是否完全相同 / Whether shape and all elements are the same."""
def erf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """误差函数 / Error function."""
def erf_(self: Tensor) -> Tensor: ...
def erfc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """余误差函数 / ``1 - erf(input)``, accurate where that is small."""
def erfc_(self: Tensor) -> Tensor: ...
def erfinv(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """误差函数的反函数 / The inverse of ``erf``: infinite at -1 and 1, nan beyond."""
def exp(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """指数 / e to the x."""
def exp2(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """二的幂 / 2 to the x."""
def exp2_(self: Tensor) -> Tensor: ...
def exp_(self: Tensor) -> Tensor: ...
def expm1(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """e^x - 1，在 0 附近也精确 / e^x - 1, accurate near 0."""
def expm1_(self: Tensor) -> Tensor: ...
def eye(n: _int, m: _int | None = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """单位矩阵 / Ones on the diagonal, zeros elsewhere, of shape (n, m)."""
def feature_alpha_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """整通道的 alpha 失活 / Alpha dropout of whole channels."""
def feature_alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def feature_dropout(input: Tensor, p: _float, train: _bool) -> Tensor:
    """整通道失活 / Dropout of whole channels: of all that follows the first two dimensions."""
def feature_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def fill(input: Tensor, value: Any) -> Tensor:
    """填充 / A tensor of the input's shape and dtype with every element ``value``, a number or a 0-d tensor."""
def fill_(input: Tensor, value: Tensor | _float) -> Tensor: ...
def fix(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """向零取整 / Rounded towards zero."""
def fix_(self: Tensor) -> Tensor: ...
def flatten(input: Tensor, start_dim: _int = ..., end_dim: _int = ...) -> Tensor:
    """展平 / Dimensions ``start_dim`` to ``end_dim`` as one."""
def flip(input: Tensor, *dims: _int | Sequence[_int]) -> Tensor:
    """翻转 / Elements in reverse order along ``dims``; a copy."""
def fliplr(input: Tensor) -> Tensor:
    """左右翻转 / Elements in reverse order along dimension 1; a copy."""
def flipud(input: Tensor) -> Tensor:
    """上下翻转 / Elements in reverse order along dimension 0; a copy."""
float: _dtype
float16: _dtype
float32: _dtype
float64: _dtype
def float_power(input: Any, exponent: Any, *, out: Tensor | None = ...) -> Tensor:
    """双精度的幂 / ``input ** exponent`` in float64 or complex128; either may be a number."""
def floor(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """向下取整 / Rounded down."""
def floor_(self: Tensor) -> Tensor: ...
def floor_divide(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """向下取整的除法 / Quotient rounded down."""
def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """较大者，忽略 nan / The larger of the two; of nan and a number, the number."""
def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """较小者，忽略 nan / The smaller of the two; of nan and a number, the number."""
def fmod(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """余数，符号随被除数 / Remainder with the sign of the dividend."""
def frac(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """小数部分 / Fractional part."""
def frac_(self: Tensor) -> Tensor: ...
def frexp(input: Tensor, *, out: Any = ...) -> Any:
    """尾数与指数 / ``mantissa`` in [0.5, 1) and integer ``exponent`` of ``input = mantissa * 2 ** exponent``."""
def from_dlpack(ext_tensor: Any, *, device: Any = ..., copy: _bool | None = ...) -> Tensor:
    """由 DLPack 共享内存 / A tensor on the memory of another library's array, or of a capsule, which serves once."""
def from_numpy(ndarray: np.ndarray) -> Tensor:
    """与 NumPy 数组共享内存 / A tensor on the array's own memory: writing to one writes to the other."""
def frombuffer(buffer: Any, *, dtype: Any, count: _int = ..., offset: _int = ..., requires_grad: _bool = ...) -> Tensor:
    """与缓冲区共享内存 / A 1-D tensor on the memory of ``bytes``, ``bytearray``, ``array.array`` or another buffer."""
def full(size: Sequence[_int], fill_value: _float, *, out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """填充同一个数 / A tensor of ``size`` filled with ``fill_value``, whose type decides the dtype."""
def full_like(input: Tensor, fill_value: _float, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """同形状的常数 / One number, in the input's shape and dtype."""
def gather(input: Tensor, dim: _int, index: Tensor, *, sparse_grad: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """沿一维按位置取 / Elements along ``dim``, of index's shape: ``out[i, j] = x[index[i, j], j]`` for ``dim`` 0."""
def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """最大公约数 / Greatest common divisor."""
def gcd_(self: Tensor, other: Tensor) -> Tensor: ...
def ge(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """大于等于 / Greater or equal."""
def geqrf(input: Tensor, *, out: Any = ...) -> Any:
    """QR 分解的紧凑形式 / R on and above the diagonal, below it the reflections whose product is Q; and their factors."""
def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """外积 / ``out[i, j] = x[i] * y[j]``."""
def get_device(input: Tensor) -> _int:
    """显卡编号 / The number of the GPU that the tensor is on, -1 on the CPU."""
def get_rng_state() -> Tensor:
    """全局生成器的状态 / The global generator's state."""
def gradient(input: Tensor, *, spacing: Any = ..., dim: Any = ..., edge_order: _int = ...) -> tuple[Tensor, ...]:
    """数值梯度 / Derivatives of a sampled function along each dimension, or along those of ``dim``."""
def greater(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """大于 / Greater."""
def greater_equal(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """大于等于 / Greater or equal."""
def group_norm(input: Tensor, num_groups: _int, weight: Tensor | None = ..., bias: Tensor | None = ..., eps: _float = ..., cudnn_enabled: _bool = ...) -> Tensor:
    """组归一化 / In each sample, ``num_groups`` groups of channels, each shifted and scaled to mean 0 and variance 1."""
def gt(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """大于 / Greater."""
half: _dtype
def hamming_window(window_length: _int, periodic: _bool = ..., alpha: _float = ..., beta: _float = ..., **options: Any) -> Tensor:
    """汉明窗 / A raised cosine ``alpha - beta cos``, by default of 0.54 and 0.46."""
def hann_window(window_length: _int, periodic: _bool = ..., **options: Any) -> Tensor:
    """汉宁窗 / A raised cosine that begins at 0. ``periodic``: for a spectrum, else symmetric."""
def hardshrink(input: Tensor, lambd: _float = ..., *, out: Tensor | None = ...) -> Tensor:
    """硬收缩 / ``x``, but 0 within ``lambd`` of 0."""
def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """阶跃函数 / 0 where ``input`` is negative, 1 where positive, ``values`` where 0; both of one dtype."""
def hinge_embedding_loss(input: Tensor, target: Tensor, margin: _float = ..., reduction: _int = ...) -> Tensor:
    """合页嵌入 / x where the target is 1, max(0, margin - x) where it is -1."""
def histc(input: Tensor, bins: _int = ..., min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
    """直方图 / How many elements fall into each of ``bins`` equal intervals of [min, max]; of all if both are equal."""
def histogram(input: Tensor, bins: Any = ..., *, range: Any = ..., weight: Any = ..., density: _bool = ..., out: Any = ...) -> Any:
    """直方图 / ``(hist, bin_edges)`` of all elements: into ``bins`` equal intervals, or between the edges in ``bins``."""
def histogramdd(input: Tensor, bins: Any, range: Any = ..., weight: Any = ..., density: _bool = ...) -> Any:
    """多维直方图 / ``(hist, bin_edges)`` of points whose coordinates are the last dimension of the input."""
def hsplit(input: Tensor, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
    """按列分段 / Pieces along dimension 1 (0 of a vector): equal ones, or cut at positions."""
def hstack(tensors: Any, *, out: Any = ...) -> Tensor:
    """横向拼接 / Tensors side by side: joined along dimension 1, vectors along their only one."""
def hypot(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """直角三角形的斜边 / Length of the hypotenuse."""
def i0(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """零阶修正贝塞尔函数 / The modified Bessel function of the first kind and order 0."""
def i0_(self: Tensor) -> Tensor: ...
def igamma(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """不完全伽马函数 / The regularised lower incomplete gamma function."""
def igammac(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """不完全伽马函数的余 / The regularised upper incomplete gamma function."""
def imag(input: Tensor) -> Tensor:
    """虚部 / The imaginary part: a view; ``RuntimeError`` for a real tensor."""
def index_add(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """沿一维按下标累加 / A copy with ``alpha * source`` added at ``index`` along ``dim``."""
def index_copy(input: Tensor, dim: _int, index: Tensor, source: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """沿一维按下标写 / A copy with slices of ``source`` written at ``index`` along ``dim``."""
def index_fill(input: Tensor, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor:
    """沿一维按下标填充 / A copy with ``value`` in all slices at ``index`` along ``dim``."""
def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: _bool = ...) -> Tensor:
    """按索引写入 / A copy with ``values`` written at, or added to, the positions a tuple of index tensors picks."""
def index_put_(self: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: _bool = ...) -> Tensor: ...
def index_reduce(input: Tensor, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """沿一维按下标归约地写 / A copy with slices of ``source`` reduced into ``index`` along ``dim``: ``reduce`` is "prod", "mean", "amax" or "amin"; ``include_self`` says whether what was there counts."""
def index_select(input: Tensor, dim: _int, index: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """沿一维按下标取 / Slices along ``dim`` at the positions of a 1-D ``index``; a copy."""
inf: _float
def initial_seed() -> _int:
    """上次的种子 / The seed the global generator was last given."""
def inner(input: Tensor, other: Tensor, *, out: Any = ...) -> Tensor:
    """内积 / Sums of products over the last dimension of both; with a 0-d tensor the product."""
def instance_norm(input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None, use_input_stats: _bool, momentum: _float, eps: _float, cudnn_enabled: _bool = ...) -> Tensor:
    """实例归一化 / Each channel of each sample shifted and scaled to mean 0 and variance 1: a batch of N * C channels."""
int: _dtype
int16: _dtype
int32: _dtype
int64: _dtype
int8: _dtype
def inverse(input: Tensor, *, out: Any = ...) -> Tensor:
    """逆矩阵 / Inverse of each square matrix; ``torch.linalg.LinAlgError`` where it has none."""
def is_complex(input: Tensor) -> _bool:
    """是否复数 / Whether the dtype is complex."""
def is_conj(input: Any) -> Any:
    """是否推迟 / Whether a conjugate or a negative has been put off: never here."""
def is_floating_point(input: Tensor) -> _bool:
    """是否浮点 / Whether the dtype is floating."""
def is_inference(input: Tensor) -> _bool:
    """是否推理张量 / Whether the tensor was made under ``inference_mode``."""
def is_neg(input: Any) -> Any:
    """是否推迟 / Whether a conjugate or a negative has been put off: never here."""
def is_nonzero(input: Tensor) -> _bool:
    """是否非零 / Whether the one element of a tensor is not 0; ``RuntimeError`` for more or fewer."""
def is_same_size(input: Tensor, other: Tensor) -> _bool:
    """形状是否相同 / Whether two tensors have the same shape."""
def is_signed(input: Tensor) -> _bool:
    """是否带符号 / Whether the dtype has negative numbers."""
def is_storage(obj: Any) -> _bool:
    """是否内存块 / Whether ``obj`` is the storage of a tensor."""
def is_tensor(obj: Any) -> _bool:
    """是否张量 / Whether ``obj`` is a tensor."""
def isclose(input: Tensor, other: Tensor, rtol: _float = ..., atol: _float = ..., equal_nan: _bool = ...) -> Tensor:
    """逐元素是否接近 / |input - other| <= atol + rtol * |other|, elementwise."""
def isfinite(input: Tensor) -> Tensor:
    """是否有限 / Whether finite."""
def isin(elements: Any = ..., test_elements: Any = ..., *, element: Any = ..., test_element: Any = ..., assume_unique: _bool = ..., invert: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """是否在其中 / For each of ``elements`` whether it is one of ``test_elements``; either may be a number."""
def isinf(input: Tensor) -> Tensor:
    """是否无穷 / Whether infinite."""
def isnan(input: Tensor) -> Tensor:
    """是否 nan / Whether not a number."""
def isneginf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """是否负无穷 / Whether negative infinity."""
def isposinf(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """是否正无穷 / Whether positive infinity."""
def isreal(input: Tensor) -> Tensor:
    """是否实数 / Elementwise: whether the imaginary part is 0."""
def istft(input: Tensor, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | None = ..., center: _bool = ..., normalized: _bool = ..., onesided: _bool | None = ..., length: _int | None = ..., return_complex: _bool = ...) -> Tensor:
    """短时傅里叶逆变换 / The signal of which ``stft`` gives this: its pieces added, over the sum of the windows."""
def kaiser_window(window_length: _int, periodic: _bool = ..., beta: _float = ..., **options: Any) -> Tensor:
    """凯泽窗 / Kaiser's window, the narrower the larger ``beta``, by default 12."""
def kl_div(input: Tensor, target: Tensor, reduction: _int = ..., *, log_target: _bool = ...) -> Tensor:
    """KL 散度 / target (log(target) - input), each element's own; ``input`` is a logarithm, ``target`` may be one."""
def kron(input: Tensor, other: Tensor, *, out: Any = ...) -> Tensor:
    """克罗内克积 / Every element of ``input`` times all of ``other``, in blocks."""
def kthvalue(input: Tensor, k: _int, dim: _int = ..., keepdim: _bool = ..., *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
    """第 k 小 / ``(values, indices)`` of the ``k``-th smallest element along ``dim``, counted from 1."""
def layer_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = ..., bias: Tensor | None = ..., eps: _float = ..., cudnn_enable: _bool = ...) -> Tensor:
    """层归一化 / The last dimensions, of sizes ``normalized_shape``, shifted and scaled to mean 0 and variance 1."""
def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """最小公倍数 / Least common multiple."""
def lcm_(self: Tensor, other: Tensor) -> Tensor: ...
def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """乘以 2 的幂 / ``input * 2 ** other``."""
def ldexp_(self: Tensor, other: Tensor) -> Tensor: ...
def le(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """小于等于 / Less or equal."""
def lerp(input: Tensor, end: Tensor, weight: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """线性插值 / ``x + weight (end - x)``."""
def less(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """小于 / Less."""
def less_equal(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """小于等于 / Less or equal."""
def lgamma(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """伽马函数的对数 / The logarithm of the size of the gamma function."""
def linspace(start: _float, end: _float, steps: _int, *, out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """等分区间 / ``steps`` numbers evenly spaced from ``start`` to ``end``, both included."""
def log(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """自然对数 / Natural logarithm."""
def log10(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """常用对数 / Logarithm to base 10."""
def log10_(self: Tensor) -> Tensor: ...
def log1p(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """log(1 + x)，在 0 附近也精确 / log(1 + x), accurate near 0."""
def log1p_(self: Tensor) -> Tensor: ...
def log2(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """以 2 为底的对数 / Logarithm to base 2."""
def log2_(self: Tensor) -> Tensor: ...
def log_(self: Tensor) -> Tensor: ...
def log_softmax(input: Tensor, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """softmax 的对数 / x - log(sum(exp(x))) along ``dim``, without overflow."""
def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """指数和的对数 / ``log(exp(input) + exp(other))``, without overflow."""
def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """2 的幂之和的对数 / ``log2(2 ** input + 2 ** other)``, without overflow."""
def logcumsumexp(input: Tensor, dim: _int, *, out: Tensor | None = ...) -> Tensor:
    """指数累加的对数 / Logarithm of the running sum of exp(x) along ``dim``, without overflow."""
def logdet(input: Tensor) -> Tensor:
    """行列式的对数 / Logarithm of the determinant of each square matrix; nan where it is negative, -inf where it is 0."""
def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """逻辑与 / Logical and."""
def logical_not(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """逻辑非 / Logical not."""
def logical_not_(self: Tensor) -> Tensor: ...
def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """逻辑或 / Logical or."""
def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """逻辑异或 / Logical exclusive or."""
def logit(input: Tensor, eps: _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """对数几率 / ``log(input / (1 - input))``, of ``input`` kept within ``[eps, 1 - eps]`` where that is given."""
def logit_(self: Tensor, eps: _float | None = ...) -> Tensor: ...
def logspace(start: _float, end: _float, steps: _int, base: _float = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """等比数列 / ``base`` to the power of ``steps`` numbers evenly spaced from ``start`` to ``end``."""
def logsumexp(input: Tensor, dim: _int | Sequence[_int] | None, keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
    """指数和的对数 / log(sum(exp(x))) over ``dim``, without overflow."""
long: _dtype
def lt(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """小于 / Less."""
def lu(A: Tensor, pivot: _bool = ..., get_infos: _bool = ..., out: Any = ...) -> Any:
    """LU 分解（紧凑形式） / L and U in one matrix and the rows exchanged; where a pivot is 0 only with ``get_infos``."""
def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = ...) -> Tensor:
    """用 LU 分解解方程组 / ``linalg.lu_solve`` by its old name and in the old order."""
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: _bool = ..., unpack_pivots: _bool = ...) -> Any:
    """拆开紧凑的 LU / P, L and U from what ``lu_factor`` gives; empty where they are not asked for."""
def manual_seed(seed: _int) -> Generator:
    """设定全局种子 / Seed the global generator; the numbers that follow are PyTorch's for that seed."""
def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: _float = ..., reduction: _int = ...) -> Tensor:
    """排序间隔 / max(0, margin - y (x1 - x2)): y is 1 where the first should be the larger, -1 where the second."""
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | _float) -> Tensor:
    """按掩码填充 / A copy with ``value`` where the boolean ``mask`` is True."""
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """按掩码依次写 / A copy with the elements of ``source``, in order, where ``mask`` is True."""
def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """按掩码取 / A 1-D tensor of the elements where ``mask`` (broadcast with the input) is True, in row-major order."""
def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """矩阵乘 / Product by rank: vectors (dot), matrix and vector (mv), matrices (mm), and batches, which broadcast."""
def matrix_exp(input: Tensor) -> Tensor:
    """矩阵指数 / Sum of the powers of each square matrix, divided by factorials: exp(A)."""
def matrix_power(input: Tensor, n: _int, *, out: Any = ...) -> Tensor:
    """矩阵的幂 / Product of n copies of each square matrix; of the inverse where n is negative."""
def max(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
    """最大值 / Largest of all; along ``dim`` with positions; or of two."""
def max_pool1d(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: _bool = ...) -> Tensor:
    """1 维最大池化 / The largest element of each window: (N, C, ...) or (C, ...) -> alike."""
def max_pool1d_with_indices(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: _bool = ...) -> tuple[Tensor, Tensor]:
    """一维最大池化，连同位置 / The largest element of each window, and its position in the row."""
def max_pool2d(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: _bool = ...) -> Tensor:
    """2 维最大池化 / The largest element of each window: (N, C, ...) or (C, ...) -> alike."""
def max_pool3d(input: Tensor, kernel_size: Any, stride: Any = ..., padding: Any = ..., dilation: Any = ..., ceil_mode: _bool = ...) -> Tensor:
    """3 维最大池化 / The largest element of each window: (N, C, ...) or (C, ...) -> alike."""
def maximum(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """逐元素较大者 / The larger of the two; a tie shares the gradient."""
def mean(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """平均 / Mean over ``dim``; floating or complex only."""
def median(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
    """中位数 / Lower median of all, or along ``dim``."""
def meshgrid(*tensors: Any, indexing: str | None = ...) -> tuple[Tensor, ...]:
    """坐标网格 / The coordinates of a grid, one tensor per axis; ``indexing`` "ij" (rows first) or "xy"."""
def min(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
    """最小值 / Smallest of all; along ``dim`` with positions; or of two."""
def minimum(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """逐元素较小者 / The smaller of the two; a tie shares the gradient."""
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """矩阵乘 / Product of two matrices, without broadcasting: (n, k) @ (k, m) -> (n, m)."""
def mode(input: Tensor, dim: _int = ..., keepdim: _bool = ..., *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
    """众数 / Most frequent value along ``dim``, and where."""
def moveaxis(input: Tensor, source: Any, destination: Any) -> Tensor:
    """移动维度 / Dimensions ``source`` moved to ``destination``, the others keep their order."""
def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """移动维度 / Dimensions ``source`` moved to ``destination``, the others keep their order."""
def msort(input: Tensor, *, out: Any = ...) -> Tensor:
    """沿第一维排序 / Sorted along the first dimension; no positions."""
def mul(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """乘法 / Product."""
def multinomial(input: Tensor, num_samples: Any, replacement: _bool = ..., *, generator: Any = ..., out: Any = ...) -> Tensor:
    """按权重抽取下标 / ``num_samples`` indices a row, each with a probability in proportion to its weight."""
def multiply(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """乘法 / Product."""
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """矩阵乘向量 / Product of a matrix and a vector: (n, k) @ (k) -> (n)."""
def mvlgamma(input: Tensor, p: _int, *, out: Tensor | None = ...) -> Tensor:
    """多元伽马函数的对数 / The logarithm of the gamma function of ``p`` dimensions."""
nan: _float
def nan_to_num(input: Tensor, nan: _float | None = ..., posinf: _float | None = ..., neginf: _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """替换 nan 与无穷 / nan becomes 0 or ``nan``, an infinity the largest number of its dtype or what is given."""
def nan_to_num_(self: Tensor, nan: _float | None = ..., posinf: _float | None = ..., neginf: _float | None = ...) -> Tensor: ...
def nanmean(input: Tensor, dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
    """不计 NaN 的平均 / Mean over ``dim`` of what is not NaN; nan where there is nothing. Floating point only."""
def nanmedian(input: Tensor, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
    """不计 NaN 的中位数 / Lower median of what is not NaN: of all, or along ``dim``."""
def nanquantile(input: Tensor, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: str = ..., out: Any = ...) -> Tensor:
    """不计 NaN 的分位数 / As ``quantile``, of what is not NaN; nan where there is nothing."""
def nansum(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """不计 NaN 的和 / Sum over ``dim`` with NaN as zero. ``RuntimeError`` for complex tensors."""
def narrow(input: Tensor, dim: _int, start: Any, length: _int) -> Tensor:
    """取出一段 / ``length`` positions of dimension ``dim`` from ``start`` on."""
def narrow_copy(input: Tensor, dim: _int, start: _int, length: _int) -> Tensor:
    """取出一段的拷贝 / A copy of what ``narrow`` gives."""
def ne(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """不等 / Not equal."""
def neg(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """取负 / Negation."""
def neg_(self: Tensor) -> Tensor: ...
def negative(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """取负 / Negation."""
def negative_(self: Tensor) -> Tensor: ...
newaxis: None
def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """下一个浮点数 / The next floating number after ``input`` on the way to ``other``."""
def nonzero(input: Tensor, *, as_tuple: _bool = ..., out: Any = ...) -> Any:
    """非零元素的下标 / Indices of the elements that are not zero: an (n, ndim) tensor, or a tuple of n-vectors."""
def nonzero_static(input: Tensor, *, size: _int, fill_value: _int = ...) -> Tensor:
    """固定行数的非零下标 / As ``nonzero``, but of ``size`` rows: cut off, or filled up with ``fill_value``; int64."""
def norm(input: Tensor, p: _float | str = ..., dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., out: Tensor | None = ..., dtype: _dtype | None = ...) -> Tensor:
    """范数 / p-norm of all elements or over ``dim``; ``p`` a number, inf, "fro" (the 2-norm), or "nuc" (of matrices)."""
def norm_except_dim(v: Tensor, pow: _int = ..., dim: _int = ...) -> Tensor:
    """除一维外的范数 / The norm over all dimensions but one, which stay with size 1; over all for ``dim=-1``."""
def normal(mean: Tensor | _float, std: Tensor | _float = ..., size: Sequence[_int] | None = ..., *, generator: Generator | None = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """正态分布 / ``normal(mean, std, size)`` of numbers, or ``normal(mean, std)`` with a tensor: one draw each."""
def not_equal(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """不等 / Not equal."""
def numel(input: Tensor) -> _int:
    """元素个数 / Number of elements."""
def ones(*size: _int | Sequence[_int], out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """全一 / Ones of the given size."""
def ones_like(input: Tensor, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """同形状的一 / Ones of the input's shape and dtype."""
def orgqr(input: Tensor, tau: Tensor, *, out: Any = ...) -> Tensor:
    """反射变换之积 / ``linalg.householder_product`` by its old name."""
def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: _bool = ..., transpose: _bool = ..., *, out: Any = ...) -> Tensor:
    """用反射变换乘矩阵 / Q times ``other``, or ``other`` times Q (``left=False``), with Q as ``geqrf`` gives it."""
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """外积 / ``out[i, j] = x[i] * y[j]``."""
def pairwise_distance(x1: Tensor, x2: Tensor, p: _float = ..., eps: _float = ..., keepdim: _bool = ...) -> Tensor:
    """对应行的距离 / p-norms over the last dimension of ``x1 - x2 + eps``, shapes broadcast."""
def pdist(input: Tensor, p: _float = ...) -> Tensor:
    """两两距离 / p-norm distances of all pairs of rows: (0, 1), (0, 2) ... (1, 2) ... of an (N, M) tensor."""
def permute(input: Tensor, *dims: _int | Sequence[_int]) -> Tensor:
    """重排维度 / Dimensions in another order."""
pi: _float
def pinverse(input: Tensor, rcond: _float = ...) -> Tensor:
    """伪逆 / ``linalg.pinv`` with singular values up to ``rcond`` times the largest taken for zero."""
def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor:
    """像素重排（放大）/ Channels become pixels: (*, C r^2, H, W) -> (*, C, H r, W r)."""
def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor:
    """像素重排（缩小）/ Pixels become channels: (*, C, H r, W r) -> (*, C r^2, H, W)."""
def poisson(input: Tensor, generator: Any = ...) -> Tensor:
    """泊松分布 / Counts with the rate that each element gives; float, ``RuntimeError`` for negative rates."""
def poisson_nll_loss(input: Tensor, target: Tensor, log_input: _bool, full: _bool, eps: _float, reduction: _int) -> Tensor:
    """泊松负对数似然 / exp(x) - y x, or x - y log(x) for an input that is no logarithm; ``full`` adds log(y!)."""
def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """极坐标 / The complex numbers of these lengths and angles, floating tensors of one dtype."""
def polygamma(n: _int, input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """多伽马函数 / The ``n``-th derivative of ``digamma``; ``RuntimeError`` for a negative ``n``."""
def positive(input: Tensor) -> Tensor:
    """正号 / The tensor itself; ``RuntimeError`` for bools."""
def pow(input: Tensor | _float, exponent: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """幂 / ``input ** exponent``; either may be a number."""
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """参数化的整流 / ``x`` where it is positive, else ``weight * x``: one weight, or one for each channel (dim 1)."""
preserve_format: Any
def prod(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """连乘 / Product over ``dim``."""
def promote_types(type1: _dtype, type2: _dtype) -> _dtype:
    """两种类型的提升结果 / The smallest dtype that both go to."""
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = ...) -> Tensor:
    """按展平下标写 / A copy with ``source`` written at, or added to, positions of the flattened tensor."""
def qr(input: Tensor, some: _bool = ..., *, out: Any = ...) -> Any:
    """QR 分解 / ``linalg.qr``, "reduced" or (``some=False``) "complete"."""
def quantile(input: Tensor, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: str = ..., out: Any = ...) -> Tensor:
    """分位数 / The ``q``-th quantiles of all elements or along ``dim``; several ``q`` come first in the result."""
def rad2deg(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """弧度化角度 / Radians as degrees."""
def rad2deg_(self: Tensor) -> Tensor: ...
def rand(*size: _int | Sequence[_int], generator: Generator | None = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """均匀分布 / Uniform in [0, 1)."""
def rand_like(input: Tensor, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ..., generator: Generator | None = ...) -> Tensor:
    """均匀分布 / Uniform in [0, 1). In the input's shape and dtype. 与输入同形状。"""
def randint(low: _int = ..., high: _int | None = ..., size: Sequence[_int] | None = ..., *, generator: Generator | None = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """随机整数 / ``randint([low, ]high, size)``: integers in [low, high)."""
def randint_like(input: Tensor, low: _int = ..., high: _int | None = ..., *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ..., generator: Generator | None = ...) -> Tensor:
    """同形状的随机整数 / ``randint_like(input, [low, ]high)``: integers in [low, high), of the input's shape."""
def randn(*size: _int | Sequence[_int], generator: Generator | None = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """标准正态分布 / Standard normal."""
def randn_like(input: Tensor, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ..., generator: Generator | None = ...) -> Tensor:
    """标准正态分布 / Standard normal. In the input's shape and dtype. 与输入同形状。"""
def randperm(n: _int, *, generator: Generator | None = ..., out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """随机排列 / The integers below ``n`` in random order."""
def range(start: _float = ..., end: _float | None = ..., step: _float = ..., *, out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """等差数列，含终点 / As ``arange`` with the end included, in the default dtype; deprecated: it warns."""
def ravel(input: Any) -> Any:
    """展平 / All elements in one contiguous dimension."""
def real(input: Tensor) -> Tensor:
    """实部 / The real part: a view; a real tensor itself."""
def reciprocal(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """倒数 / One over x."""
def reciprocal_(self: Tensor) -> Tensor: ...
def relu(input: Tensor) -> Tensor:
    """线性整流 / max(x, 0)."""
def relu_(self: Tensor) -> Tensor: ...
def remainder(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """余数，符号随除数 / Remainder with the sign of the divisor."""
def renorm(input: Tensor, p: _float, dim: _int, maxnorm: _float, *, out: Tensor | None = ...) -> Tensor:
    """截断范数 / Each slice along ``dim`` scaled down to p-norm ``maxnorm`` where it is longer."""
def repeat_interleave(input: Tensor, repeats: Tensor | _int, dim: _int | None = ..., *, output_size: _int | None = ...) -> Tensor:
    """逐个重复 / As ``Tensor.repeat_interleave``; of counts alone, the indices they repeat: [2, 1] gives [0, 0, 1]."""
def reshape(input: Tensor, *shape: _int | Sequence[_int]) -> Tensor:
    """改变形状 / The same elements in another shape: a view where possible, else a copy."""
def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Any = ...) -> Tensor: ...
def resolve_conj(input: Any) -> Any:
    """它自己 / The tensor itself: conjugates and negatives are never put off here."""
def resolve_neg(input: Any) -> Any:
    """它自己 / The tensor itself: conjugates and negatives are never put off here."""
def result_type(tensor1: Any, tensor2: Any) -> _dtype:
    """运算结果的类型 / The dtype that an operation on the two would give."""
def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = ..., eps: _float | None = ...) -> Tensor:
    """均方根归一化 / The last dimensions divided by the root of the mean of their squares; ``eps`` is the dtype's."""
def roll(input: Tensor, shifts: _int | Sequence[_int], dims: _int | Sequence[_int] | None = ...) -> Tensor:
    """循环移位 / Elements shifted around along ``dims``, or flattened."""
def rot90(input: Tensor, k: _int = ..., dims: Any = ...) -> Tensor:
    """旋转 90 度 / Turned ``k`` times by 90 degrees, from the first of ``dims`` towards the second; a copy."""
def round(input: Tensor, *, decimals: _int = ..., out: Tensor | None = ...) -> Tensor:
    """四舍六入五成双 / Rounded to ``decimals`` digits, halves to even."""
def row_stack(tensors: Any, *, out: Any = ...) -> Tensor:
    """纵向拼接 / Tensors below each other; a vector is one row."""
def rrelu(input: Tensor, lower: _float = ..., upper: _float = ..., training: _bool = ..., generator: Any = ...) -> Tensor:
    """随机斜率的整流 / In training each negative ``x`` gets a slope drawn from [lower, upper), else their mean."""
def rrelu_(input: Tensor, lower: _float = ..., upper: _float = ..., training: _bool = ..., generator: Any = ...) -> Tensor: ...
def rsqrt(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """平方根的倒数 / 1 / sqrt(x)."""
def rsqrt_(self: Tensor) -> Tensor: ...
def rsub(input: Tensor, other: Tensor | _float, *, alpha: _float = ...) -> Tensor:
    """被减 / ``other - alpha * input``."""
def scalar_tensor(s: Any, *, dtype: Any = ..., layout: Any = ..., device: Any = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """一个数 / A 0-d tensor with a number, in the default dtype whatever the number is."""
def scatter(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, reduce: str | None = ..., out: Tensor | None = ...) -> Tensor:
    """沿一维按位置写 / A copy with ``src``, a tensor or a number, written at the positions of ``index`` along ``dim``."""
def scatter_add(input: Tensor, dim: _int, index: Tensor, src: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """沿一维按位置累加 / A copy with ``src`` added at the positions of ``index`` along ``dim``."""
def scatter_reduce(input: Tensor, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """沿一维按位置归约地写 / A copy with ``src`` reduced into the positions of ``index`` along ``dim``: ``reduce`` is "sum", "prod", "mean", "amax" or "amin"; ``include_self`` says whether what was there counts."""
def searchsorted(sorted_sequence: Tensor, input: Any, *, out_int32: _bool = ..., right: _bool = ..., side: Any = ..., sorter: Any = ..., out: Any = ...) -> Tensor:
    """有序序列中的插入位置 / Where each element of ``input`` belongs in the last dimension of ``sorted_sequence``."""
def seed() -> _int:
    """随机设定全局种子 / Seed the global generator from entropy; returns the seed."""
def select(input: Tensor, dim: _int, index: _int) -> Tensor:
    """取出一个位置 / The slice at ``index`` of dimension ``dim``, without that dimension."""
def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _int) -> Tensor:
    """替换一个位置 / A copy with ``src`` at ``index`` of dimension ``dim``."""
def selu(input: Tensor) -> Tensor:
    """自归一化的指数线性 / elu with the two constants that keep unit normals as they are."""
def selu_(input: Tensor) -> Tensor: ...
def set_default_tensor_type(t: Any) -> None:
    """设置默认张量类型 / The floating type of new tensors, ``"torch.DoubleTensor"`` or the class; deprecated: it warns."""
def set_rng_state(new_state: Tensor) -> None:
    """恢复全局生成器的状态 / Set the global generator's state."""
def sgn(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """符号；复数的方向 / Sign; of a complex number its direction ``x / |x|``, 0 for 0."""
short: _dtype
def sigmoid(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """S 形函数 / 1 / (1 + exp(-x))."""
def sigmoid_(self: Tensor) -> Tensor: ...
def sign(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """符号 / Sign: -1, 0 or 1."""
def sign_(self: Tensor) -> Tensor: ...
def signbit(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """符号位 / Whether the sign is minus, -0. included."""
def sin(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """正弦 / Sine."""
def sin_(self: Tensor) -> Tensor: ...
def sinc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """归一化的 sinc / ``sin(pi x) / (pi x)``, 1 at 0."""
def sinc_(self: Tensor) -> Tensor: ...
def sinh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """双曲正弦 / Hyperbolic sine."""
def sinh_(self: Tensor) -> Tensor: ...
def slice_scatter(input: Tensor, src: Tensor, dim: _int = ..., start: _int | None = ..., end: _int | None = ..., step: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """替换一段切片 / A copy with ``src`` at a slice (start, end, step) of ``dim``."""
def slogdet(input: Tensor, *, out: Any = ...) -> Any:
    """行列式的符号与对数 / Sign of each determinant, and the logarithm of its absolute value."""
def softmax(input: Tensor, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """指数归一化 / exp(x) / sum(exp(x)) along ``dim``: positive, summing to one."""
def sort(input: Tensor, dim: _int = ..., descending: _bool = ..., *, stable: _bool | None = ..., out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
    """排序 / ``(values, indices)`` sorted along ``dim``; equal elements keep their order where it is ``stable``."""
sparse_bsc: Any
sparse_bsr: Any
sparse_coo: Any
sparse_csc: Any
sparse_csr: Any
def split(tensor: Tensor, split_size_or_sections: Any, dim: _int = ...) -> tuple[Tensor, ...]:
    """沿一维分段 / Pieces along ``dim``: of one length (the last may be shorter), or of the given lengths. Views."""
def split_with_sizes(input: Tensor, split_sizes: Any, dim: _int = ...) -> tuple[Tensor, ...]:
    """按给定长度分段 / Consecutive pieces of the lengths ``split_sizes`` along ``dim``. Views."""
def sqrt(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """平方根 / Square root."""
def sqrt_(self: Tensor) -> Tensor: ...
def square(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """平方 / Square."""
def square_(self: Tensor) -> Tensor: ...
def squeeze(input: Tensor, dim: _int | Sequence[_int] | None = ...) -> Tensor:
    """去掉长度为 1 的维度 / Without dimensions of size 1: all, or the given ones."""
def stack(tensors: Sequence[Tensor], dim: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """堆叠 / The tensors, all of one shape, along a new dimension ``dim``."""
def std(input: Tensor, dim: _int | Sequence[_int] | None = ..., *, correction: _float = ..., keepdim: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """标准差 / Standard deviation over ``dim``."""
def std_mean(input: Tensor, dim: Any = ..., unbiased: Any = ..., keepdim: _bool = ..., *, correction: Any = ..., out: Any = ...) -> Any:
    """标准差与平均 / ``(std, mean)`` of all elements or over ``dim``."""
def stft(input: Tensor, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | None = ..., center: _bool = ..., pad_mode: str = ..., normalized: _bool = ..., onesided: _bool | None = ..., return_complex: _bool | None = ..., align_to_window: _bool | None = ...) -> Tensor:
    """短时傅里叶变换 / The spectrum of each piece of ``n_fft`` numbers, one every ``hop_length``."""
strided: Any
def sub(input: Tensor, other: Tensor | _float, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """减法 / Difference."""
def subtract(input: Tensor, other: Tensor | _float, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
    """减法 / Difference."""
def sum(input: Tensor, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
    """求和 / Sum over ``dim`` (all dimensions by default); integers are summed as int64."""
def svd(input: Tensor, some: _bool = ..., compute_uv: _bool = ..., *, out: Any = ...) -> Any:
    """奇异值分解 / ``linalg.svd`` that gives V instead of its adjoint; without ``compute_uv`` U and V are zeros."""
def swapaxes(input: Tensor, axis0: _int, axis1: _int) -> Tensor:
    """交换两个维度 / Two dimensions swapped."""
def swapdims(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """交换两个维度 / Two dimensions swapped."""
def t(input: Tensor) -> Tensor:
    """二维转置 / The transpose of a tensor of at most two dimensions."""
def take(input: Tensor, index: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """按展平下标取 / Elements at positions of the flattened input, of index's shape. ``IndexError`` out of range."""
def take_along_dim(input: Tensor, indices: Tensor, dim: _int | None = ..., *, out: Any = ...) -> Tensor:
    """沿一维按位置取，自动广播 / ``gather`` with input and indices broadcast apart from ``dim``; flattened without one."""
def tan(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """正切 / Tangent."""
def tan_(self: Tensor) -> Tensor: ...
def tanh(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """双曲正切 / Hyperbolic tangent."""
def tanh_(self: Tensor) -> Tensor: ...
def tensor(data: Any, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ..., pin_memory: _bool = ...) -> Tensor:
    """由数据创建 / A tensor with a copy of ``data``: nested sequences, numbers, arrays, tensors."""
def tensor_split(input: Tensor, indices_or_sections: Tensor | _int | Sequence[_int], dim: _int = ...) -> tuple[Tensor, ...]:
    """沿一维分成几段，长度可以不等 / Pieces along ``dim``: a number of them, or cut at the given positions. Views."""
def tensordot(a: Tensor, b: Tensor, dims: Any = ..., out: Any = ...) -> Tensor:
    """张量缩并 / Sums of products over the last ``dims`` dimensions of ``a`` and the first of ``b``, or over two lists."""
def threshold(input: Tensor, threshold: _float, value: _float, *, out: Tensor | None = ...) -> Tensor:
    """阈值 / ``x`` where it is above ``threshold``, else ``value``."""
def threshold_(self: Tensor, threshold: _float, value: _float) -> Tensor: ...
def tile(input: Tensor, *dims: _int | Sequence[_int]) -> Tensor:
    """重复，维数不足时在前面补 1 / As ``repeat``, with leading ones supplied."""
def to_dlpack(tensor: Tensor) -> Any:
    """封装成 DLPack / A capsule on the tensor's memory, for one other library to take. Newer code passes the tensor."""
def topk(input: Tensor, k: _int, dim: _int = ..., largest: _bool = ..., sorted: _bool = ..., *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
    """最大的 k 个 / ``(values, indices)`` of the ``k`` largest, or smallest, along ``dim``, in order."""
def trace(input: Tensor) -> Tensor:
    """迹 / Sum of the diagonal of a matrix."""
def transpose(input: Tensor, dim0: _int, dim1: _int) -> Tensor:
    """交换两个维度 / Two dimensions swapped."""
def trapezoid(y: Tensor, x: Any = ..., *, dx: Any = ..., dim: _int = ...) -> Tensor:
    """梯形积分 / The area under samples ``y`` along ``dim``, by trapezoids, at points ``x`` or ``dx`` apart."""
def trapz(y: Tensor, x: Any = ..., *, dx: Any = ..., dim: _int = ...) -> Tensor:
    """梯形积分 / The area under samples ``y`` along ``dim``, by trapezoids, at points ``x`` or ``dx`` apart."""
def triangular_solve(input: Tensor, A: Tensor, upper: _bool = ..., transpose: _bool = ..., unitriangular: _bool = ..., *, out: Any = ...) -> Any:
    """解三角方程组 / ``linalg.solve_triangular`` by its old name, and a copy of A."""
def tril(input: Tensor, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """下三角 / The elements on and below a diagonal, zeros elsewhere."""
def tril_indices(row: _int, col: _int, offset: _int = ..., *, dtype: Any = ..., layout: Any = ..., device: Any = ..., requires_grad: _bool = ...) -> Tensor:
    """下三角的下标 / Rows and columns, as a (2, n) tensor, of a lower triangle's elements."""
def triplet_margin_loss(anchor: Tensor, positive: Tensor, negative: Tensor, margin: _float = ..., p: _float = ..., eps: _float = ..., swap: _bool = ..., reduction: _int = ...) -> Tensor:
    """三元组间隔 / max(0, margin + |a - p| - |a - n|); with ``swap``, the nearer of a and p counts to n."""
def triu(input: Tensor, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
    """上三角 / The elements on and above a diagonal, zeros elsewhere."""
def triu_indices(row: _int, col: _int, offset: _int = ..., *, dtype: Any = ..., layout: Any = ..., device: Any = ..., requires_grad: _bool = ...) -> Tensor:
    """上三角的下标 / Rows and columns, as a (2, n) tensor, of an upper triangle's elements."""
def true_divide(input: Tensor, other: Tensor | _float, *, rounding_mode: str | None = ..., out: Tensor | None = ...) -> Tensor:
    """除法 / Quotient; ``rounding_mode`` None, 'trunc' or 'floor'."""
def trunc(input: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """向零取整 / Rounded towards zero."""
def trunc_(self: Tensor) -> Tensor: ...
def typename(obj: Any) -> str:
    """类型名 / The name of a tensor's type (``torch.FloatTensor``), or of any object's."""
uint16: _dtype
uint32: _dtype
uint64: _dtype
uint8: _dtype
def unbind(input: Tensor, dim: _int = ...) -> tuple[Tensor, ...]:
    """沿一维拆开 / A tuple of all slices along ``dim``: views."""
def unflatten(input: Tensor, dim: _int, sizes: Any) -> Tensor:
    """把一维拆成几维 / A view with dimension ``dim`` as several of the given ``sizes``, one of which may be -1."""
def unfold(input: Tensor, dimension: _int, size: _int, step: _int) -> Tensor:
    """滑动窗口 / Windows of ``size`` every ``step`` positions of a dimension, as a new last dimension."""
def uniform(low: _float = ..., high: _float = ..., size: Any = ..., *, generator: Any = ...) -> Tensor:
    """均匀分布 / Uniforms in [low, high) of the given size. PyTorch has only ``Tensor.uniform_``."""
def unique(input: Tensor, sorted: _bool = ..., return_inverse: _bool = ..., return_counts: _bool = ..., dim: Any = ...) -> Any:
    """不同的元素 / The distinct elements of all, in order, or the distinct slices along ``dim``."""
def unique_consecutive(input: Tensor, return_inverse: _bool = ..., return_counts: _bool = ..., dim: Any = ...) -> Any:
    """相邻去重 / One of each run of equal elements, or of equal slices along ``dim``; extras as in ``unique``."""
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """平铺下标还原成坐标 / The coordinates, one tensor a dimension, of positions in a flattened tensor of ``shape``."""
def unsafe_chunk(input: Tensor, chunks: _int, dim: _int = ...) -> tuple[Tensor, ...]:
    """As ``chunk``; the pieces are no views to autograd. 不作为视图的分段。"""
def unsafe_split(input: Tensor, split_size: _int, dim: _int = ...) -> tuple[Tensor, ...]:
    """As ``split``; the pieces are no views to autograd. 不作为视图的分段。"""
def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[_int], dim: _int = ...) -> tuple[Tensor, ...]:
    """As ``split_with_sizes``; the pieces are no views to autograd. 不作为视图的分段。"""
def unsqueeze(input: Tensor, dim: _int) -> Tensor:
    """插入长度为 1 的维度 / With a dimension of size 1 inserted."""
def vander(x: Tensor, N: _int | None = ..., increasing: _bool = ...) -> Tensor:
    """范德蒙德矩阵 / The powers N - 1 to 0 of each element of a vector (0 to N - 1 with ``increasing``), a row each."""
def var(input: Tensor, dim: _int | Sequence[_int] | None = ..., *, correction: _float = ..., keepdim: _bool = ..., out: Tensor | None = ...) -> Tensor:
    """方差 / Variance over ``dim``, divided by ``n - correction``."""
def var_mean(input: Tensor, dim: Any = ..., unbiased: Any = ..., keepdim: _bool = ..., *, correction: Any = ..., out: Any = ...) -> Any:
    """方差与平均 / ``(var, mean)`` of all elements or over ``dim``."""
def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
    """共轭点积 / Sum of ``conj(input) * other`` of two vectors."""
def view_as_complex(input: Tensor) -> Tensor:
    """看作复数 / The same memory, whose last dimension holds pairs side by side, as complex numbers."""
def view_as_real(input: Tensor) -> Tensor:
    """看作实数 / The same memory as pairs of reals, of shape ``(*, 2)``; ``RuntimeError`` unless complex."""
def vsplit(input: Tensor, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
    """按行分段 / Pieces along dimension 0: equal ones, or cut at positions. Views."""
def vstack(tensors: Any, *, out: Any = ...) -> Tensor:
    """纵向拼接 / Tensors below each other; a vector is one row."""
def where(condition: Tensor, input: Tensor | _float | None = ..., other: Tensor | _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
    """按条件选择 / ``input`` where ``condition``, else ``other``; of the condition alone, the indices."""
def xlogy(input: Tensor, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
    """``input * log(other)``，0 时为 0 / ``input * log(other)``, 0 where ``input`` is."""
def xlogy_(self: Tensor, other: Tensor | _float) -> Tensor: ...
def zero_(input: Tensor) -> Tensor: ...
def zeros(*size: _int | Sequence[_int], out: Tensor | None = ..., dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """全零 / Zeros of the given size."""
def zeros_like(input: Tensor, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
    """同形状的零 / Zeros of the input's shape and dtype."""
