"""What ``Tensor`` has from the floors above it. Made from the table of ops: ``make generate``, never by hand."""

from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tidu._dtypes import dtype as _dtype
from tidu._hooks import RemovableHandle
from tidu._tensor import Tensor
from tidu._device import device as _device
from tidu.ops.generator import Generator

class Methods:
    @property
    def H(self) -> Tensor: ...
    @property
    def T(self) -> Any: ...
    def __abs__(self) -> Tensor: ...
    def __add__(self, other: Any) -> Tensor: ...
    def __and__(self, other: Any) -> Tensor: ...
    def __deepcopy__(self, memo: Any) -> Tensor: ...
    def __div__(self, other: Any) -> Tensor: ...
    def __dlpack__(self, stream: Any, max_version: Any, dl_device: Any, copy: Any) -> Tensor: ...
    def __dlpack_device__(self) -> tuple[_int, _int]: ...
    def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
    def __floordiv__(self, other: Any) -> Tensor: ...
    def __ge__(self, other: Any) -> Tensor: ...
    def __getitem__(self, key: Any) -> Tensor: ...
    def __gt__(self, other: Any) -> Tensor: ...
    def __iadd__(self, other: Any) -> Tensor: ...
    def __iand__(self, other: Any) -> Tensor: ...
    def __idiv__(self, other: Any) -> Tensor: ...
    def __ifloordiv__(self, other: Any) -> Tensor: ...
    def __ilshift__(self, other: Any) -> Tensor: ...
    def __imod__(self, other: Any) -> Tensor: ...
    def __imul__(self, other: Any) -> Tensor: ...
    def __invert__(self) -> Tensor: ...
    def __ior__(self, other: Any) -> Tensor: ...
    def __ipow__(self, n: Any) -> Tensor: ...
    def __irshift__(self, other: Any) -> Tensor: ...
    def __isub__(self, other: Any) -> Tensor: ...
    def __itruediv__(self, other: Any) -> Tensor: ...
    def __ixor__(self, other: Any) -> Tensor: ...
    def __le__(self, other: Any) -> Tensor: ...
    def __lshift__(self, other: Any) -> Tensor: ...
    def __lt__(self, other: Any) -> Tensor: ...
    def __matmul__(self, other: Any) -> Tensor: ...
    def __mod__(self, other: Any) -> Tensor: ...
    def __mul__(self, other: Any) -> Tensor: ...
    def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: Any) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: Any) -> Tensor: ...
    def __radd__(self, other: Any) -> Tensor: ...
    def __rand__(self, other: Any) -> Tensor: ...
    def __rdiv__(self, n: Any) -> Tensor: ...
    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]: ...
    def __repr__(self) -> str: ...
    def __req__(self, other: Any) -> Tensor: ...
    def __rfloordiv__(self, other: Any) -> Tensor: ...
    def __rge__(self, other: Any) -> Tensor: ...
    def __rgt__(self, other: Any) -> Tensor: ...
    def __rle__(self, other: Any) -> Tensor: ...
    def __rlshift__(self, other: Any) -> Tensor: ...
    def __rlt__(self, other: Any) -> Tensor: ...
    def __rmatmul__(self, other: Any) -> Tensor: ...
    def __rmod__(self, other: Any) -> Tensor: ...
    def __rmul__(self, other: Any) -> Tensor: ...
    def __rne__(self, other: Any) -> Tensor: ...
    def __ror__(self, other: Any) -> Tensor: ...
    def __rpow__(self, n: Any) -> Tensor: ...
    def __rrshift__(self, other: Any) -> Tensor: ...
    def __rshift__(self, other: Any) -> Tensor: ...
    def __rsub__(self, n: Any) -> Tensor: ...
    def __rtruediv__(self, n: Any) -> Tensor: ...
    def __rxor__(self, other: Any) -> Tensor: ...
    def __setitem__(self, key: Any, value: Any) -> None: ...
    def __sub__(self, other: Any) -> Tensor: ...
    def __truediv__(self, other: Any) -> Tensor: ...
    def __xor__(self, other: Any) -> Tensor: ...
    def abs(self, *, out: Tensor | None = ...) -> Tensor:
        """绝对值 / Absolute value."""
    def abs_(self) -> Tensor: ...
    def absolute(self, *, out: Tensor | None = ...) -> Tensor:
        """绝对值 / Absolute value."""
    def absolute_(self) -> Tensor: ...
    def acos(self, *, out: Tensor | None = ...) -> Tensor:
        """反余弦 / Inverse cosine."""
    def acos_(self) -> Tensor: ...
    def acosh(self, *, out: Tensor | None = ...) -> Tensor:
        """反双曲余弦 / Inverse hyperbolic cosine."""
    def acosh_(self) -> Tensor: ...
    def add(self, other: Tensor | _float, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """加法 / Sum."""
    def add_(self, other: Tensor | _float, *, alpha: _float = ...) -> Tensor: ...
    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """批量矩阵乘求和再相加 / ``beta * input + alpha * sum of bmm(batch1, batch2)``."""
    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _float = ..., alpha: _float = ...) -> Tensor: ...
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = ..., out: Tensor | None = ...) -> Tensor:
        """加上商 / ``x + value * tensor1 / tensor2``."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = ...) -> Tensor: ...
    def addcmul(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = ..., out: Tensor | None = ...) -> Tensor:
        """加上乘积 / ``x + value * tensor1 * tensor2``."""
    def addcmul_(self, tensor1: Tensor, tensor2: Tensor, *, value: _float = ...) -> Tensor: ...
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """矩阵乘再相加 / ``beta * input + alpha * (mat1 @ mat2)``."""
    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: _float = ..., alpha: _float = ...) -> Tensor: ...
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """矩阵乘向量再相加 / ``beta * input + alpha * (mat @ vec)``."""
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _float = ..., alpha: _float = ...) -> Tensor: ...
    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """外积再相加 / ``beta * input + alpha * outer(vec1, vec2)``."""
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _float = ..., alpha: _float = ...) -> Tensor: ...
    def adjoint(self) -> Tensor:
        """共轭转置 / The last two dimensions swapped, and conjugated."""
    def all(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """是否全为真 / Whether all are true."""
    def allclose(self, other: Tensor, rtol: _float = ..., atol: _float = ..., equal_nan: _bool = ...) -> _bool:
        """是否处处接近 / Whether all elements are close."""
    def amax(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """最大值 / Largest over ``dim``; ties share the gradient."""
    def amin(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """最小值 / Smallest over ``dim``; ties share the gradient."""
    def aminmax(self, *, dim: Any = ..., keepdim: _bool = ..., out: Any = ...) -> Any:
        """最小值与最大值 / ``(min, max)`` of all elements, or along ``dim``; ties share the gradient."""
    def angle(self, *, out: Tensor | None = ...) -> Tensor:
        """辐角 / The angle of a complex number in radians; of a real one 0, or pi where it is negative."""
    def any(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """是否有真 / Whether any is true."""
    def apply_(self, callable: Callable[[Any], Any]) -> Tensor: ...
    def arccos(self, *, out: Tensor | None = ...) -> Tensor:
        """反余弦 / Inverse cosine."""
    def arccos_(self) -> Tensor: ...
    def arccosh(self, *, out: Tensor | None = ...) -> Tensor:
        """反双曲余弦 / Inverse hyperbolic cosine."""
    def arccosh_(self) -> Tensor: ...
    def arcsin(self, *, out: Tensor | None = ...) -> Tensor:
        """反正弦 / Inverse sine."""
    def arcsin_(self) -> Tensor: ...
    def arcsinh(self, *, out: Tensor | None = ...) -> Tensor:
        """反双曲正弦 / Inverse hyperbolic sine."""
    def arcsinh_(self) -> Tensor: ...
    def arctan(self, *, out: Tensor | None = ...) -> Tensor:
        """反正切 / Inverse tangent."""
    def arctan2(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """方位角 / Angle of the point (other, input)."""
    def arctan2_(self, other: Tensor) -> Tensor: ...
    def arctan_(self) -> Tensor: ...
    def arctanh(self, *, out: Tensor | None = ...) -> Tensor:
        """反双曲正切 / Inverse hyperbolic tangent."""
    def arctanh_(self) -> Tensor: ...
    def argmax(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """最大值的位置 / Position of the largest element."""
    def argmin(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """最小值的位置 / Position of the smallest element."""
    def argsort(self, dim: _int = ..., descending: _bool = ..., *, stable: _bool | None = ..., out: Tensor | None = ...) -> Tensor:
        """排序的下标 / The positions that sort ``dim``; equal elements keep their order where it is ``stable``."""
    def argwhere(self) -> Tensor:
        """非零元素的下标 / Indices of the elements that are not zero, one row each."""
    def as_strided(self, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = ...) -> Tensor:
        """任意步幅的视图 / A view of the storage with the given sizes, strides and offset, all in elements."""
    def as_strided_(self, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = ...) -> Tensor: ...
    def as_strided_scatter(self, src: Tensor, size: Any, stride: Any, storage_offset: _int | None = ...) -> Tensor:
        """按步幅替换 / A copy, of all the storage, with ``src`` where a view by raw strides reads."""
    def asin(self, *, out: Tensor | None = ...) -> Tensor:
        """反正弦 / Inverse sine."""
    def asin_(self) -> Tensor: ...
    def asinh(self, *, out: Tensor | None = ...) -> Tensor:
        """反双曲正弦 / Inverse hyperbolic sine."""
    def asinh_(self) -> Tensor: ...
    def atan(self, *, out: Tensor | None = ...) -> Tensor:
        """反正切 / Inverse tangent."""
    def atan2(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """方位角 / Angle of the point (other, input)."""
    def atan2_(self, other: Tensor) -> Tensor: ...
    def atan_(self) -> Tensor: ...
    def atanh(self, *, out: Tensor | None = ...) -> Tensor:
        """反双曲正切 / Inverse hyperbolic tangent."""
    def atanh_(self) -> Tensor: ...
    def backward(self, gradient: Tensor | None = ..., retain_graph: _bool | None = ..., create_graph: _bool = ..., inputs: Any = ...) -> None:
        """Gradients of this tensor for all leaves it depends on, added to their ``.grad``. 从这个张量开始反向传播。"""
    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = ..., alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """批量矩阵乘再相加 / ``beta * input + alpha * bmm(batch1, batch2)``."""
    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _float = ..., alpha: _float = ...) -> Tensor: ...
    def bernoulli(self, p: Any = ..., *, generator: Any = ..., out: Any = ...) -> Tensor:
        """伯努利分布 / 1 with the probability each element gives, else 0; or with probability ``p`` for all of them."""
    def bernoulli_(self, p: Tensor | _float = ..., *, generator: Generator | None = ...) -> Tensor: ...
    def bfloat16(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype bfloat16. 转换为 bfloat16。"""
    def bincount(self, weights: Tensor | None = ..., minlength: _int = ...) -> Tensor:
        """每个整数出现的次数 / How often each of 0, 1, 2 ... occurs, at least ``minlength`` of them; or its sum of weights."""
    def bitwise_and(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """按位与 / Bitwise and."""
    def bitwise_and_(self, other: Tensor | _float) -> Tensor: ...
    def bitwise_left_shift(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """左移 / ``input`` shifted left by ``other`` bits: multiplied by a power of two, without a check for overflow."""
    def bitwise_left_shift_(self, other: Tensor | _float) -> Tensor: ...
    def bitwise_not(self, *, out: Tensor | None = ...) -> Tensor:
        """按位取反 / Bitwise not."""
    def bitwise_not_(self) -> Tensor: ...
    def bitwise_or(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """按位或 / Bitwise or."""
    def bitwise_or_(self, other: Tensor | _float) -> Tensor: ...
    def bitwise_right_shift(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """右移 / ``input`` shifted right by ``other`` bits; the sign stays."""
    def bitwise_right_shift_(self, other: Tensor | _float) -> Tensor: ...
    def bitwise_xor(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """按位异或 / Bitwise exclusive or."""
    def bitwise_xor_(self, other: Tensor | _float) -> Tensor: ...
    def bmm(self, mat2: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """批量矩阵乘 / Products of two batches of matrices: (b, n, k) @ (b, k, m) -> (b, n, m)."""
    def bool(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype bool. 转换为 bool。"""
    def broadcast_to(self, size: Any) -> Tensor:
        """广播到一个形状 / A view in the shape ``size``, as ``expand``; -1 keeps a size."""
    def byte(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype uint8. 转换为 uint8。"""
    def cauchy_(self, median: _float = ..., sigma: _float = ..., *, generator: Generator | None = ...) -> Tensor: ...
    def cdouble(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype complex128. 转换为 complex128。"""
    def ceil(self, *, out: Tensor | None = ...) -> Tensor:
        """向上取整 / Rounded up."""
    def ceil_(self) -> Tensor: ...
    def cfloat(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype complex64. 转换为 complex64。"""
    def chalf(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype complex32. 转换为 complex32。"""
    def char(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype int8. 转换为 int8。"""
    def cholesky(self, upper: _bool = ..., *, out: Any = ...) -> Tensor:
        """Cholesky 分解 / ``linalg.cholesky`` by its old name."""
    def cholesky_inverse(self, upper: _bool = ..., *, out: Any = ...) -> Tensor:
        """由 Cholesky 因子求逆 / Inverse of L L^H (``upper``: of L^H L), where L is ``input``."""
    def cholesky_solve(self, input2: Tensor, upper: _bool = ..., *, out: Any = ...) -> Tensor:
        """用 Cholesky 因子解方程组 / X with L L^H X = ``input``, where L is ``input2`` (``upper``: L^H L X)."""
    def chunk(self, chunks: _int, dim: _int = ...) -> tuple[Tensor, ...]:
        """沿一维分成若干块 / At most ``chunks`` pieces of equal length along ``dim``. Views."""
    def clamp(self, min: Tensor | _float | None = ..., max: Tensor | _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """限制在区间内 / Limited to ``[min, max]``, numbers or tensors."""
    def clamp_(self, min: Tensor | _float | None = ..., max: Tensor | _float | None = ...) -> Tensor: ...
    def clamp_max(self, max: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """不大于 / ``input``, but at most ``max``."""
    def clamp_max_(self, max: Tensor | _float) -> Tensor: ...
    def clamp_min(self, min: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """不小于 / ``input``, but at least ``min``."""
    def clamp_min_(self, min: Tensor | _float) -> Tensor: ...
    def clip(self, min: Tensor | _float | None = ..., max: Tensor | _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """限制在区间内 / Limited to ``[min, max]``, numbers or tensors."""
    def clip_(self, min: Tensor | _float | None = ..., max: Tensor | _float | None = ...) -> Tensor: ...
    def clone(self, *, memory_format: Any = ...) -> Tensor:
        """拷贝 / A copy with memory of its own, in the graph: gradients flow through it."""
    def conj(self) -> Tensor:
        """共轭 / The complex conjugate; a real tensor itself."""
    def conj_physical(self, *, out: Tensor | None = ...) -> Tensor:
        """共轭（新内存） / The complex conjugate in memory of its own; a real tensor itself."""
    def conj_physical_(self) -> Tensor: ...
    def contiguous(self, memory_format: Any = ...) -> Tensor:
        """按行连续的张量 / This tensor if it is contiguous, else a copy: row-major, or in the format asked for."""
    def copy_(self, other: Tensor, non_blocking: _bool = ...) -> Tensor: ...
    def copysign(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """取 other 的符号 / The size of ``input`` with the sign of ``other``, a tensor or a number."""
    def copysign_(self, other: Tensor | _float) -> Tensor: ...
    def corrcoef(self) -> Tensor:
        """相关系数 / Correlation coefficients of the rows, whose columns are observations; within [-1, 1]."""
    def cos(self, *, out: Tensor | None = ...) -> Tensor:
        """余弦 / Cosine."""
    def cos_(self) -> Tensor: ...
    def cosh(self, *, out: Tensor | None = ...) -> Tensor:
        """双曲余弦 / Hyperbolic cosine."""
    def cosh_(self) -> Tensor: ...
    def count_nonzero(self, dim: _int | Sequence[_int] | None = ...) -> Tensor:
        """非零元素个数 / Number of elements that are not zero."""
    def cov(self, *, correction: _int = ..., fweights: Any = ..., aweights: Any = ...) -> Tensor:
        """协方差 / Covariance matrix of the rows, whose columns are observations; of a vector, its variance."""
    def cpu(self) -> Tensor:
        """移到主存 / In the computer's own memory: itself if it is there, else a copy."""
    def cross(self, other: Tensor, dim: _int | None = ..., *, out: Any = ...) -> Tensor:
        """叉积 / Cross product along ``dim``: by default the first dimension of size 3."""
    def cuda(self, device: Any = ..., non_blocking: _bool = ..., memory_format: Any = ...) -> Tensor:
        """移到显卡 / On a GPU, by default the current one. ``AssertionError`` where there is none."""
    def cummax(self, dim: _int, *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
        """累计最大值 / The largest so far along ``dim``, and where."""
    def cummin(self, dim: _int, *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
        """累计最小值 / The smallest so far along ``dim``, and where."""
    def cumprod(self, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """累乘 / Running product along ``dim``."""
    def cumprod_(self, dim: _int, *, dtype: _dtype | None = ...) -> Tensor: ...
    def cumsum(self, dim: _int, *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """累加 / Running sum along ``dim``."""
    def cumsum_(self, dim: _int, *, dtype: _dtype | None = ...) -> Tensor: ...
    def deg2rad(self, *, out: Tensor | None = ...) -> Tensor:
        """角度化弧度 / Degrees as radians."""
    def deg2rad_(self) -> Tensor: ...
    def det(self) -> Tensor:
        """行列式 / Determinant of each square matrix: (..., n, n) -> (...)."""
    def detach(self) -> Tensor:
        """脱离计算图 / The same memory without history; writes through it are seen by version checks."""
    def detach_(self) -> Tensor: ...
    def diag(self, diagonal: _int = ..., *, out: Any = ...) -> Tensor:
        """对角线 / The diagonal of a matrix, or a matrix with the vector on its diagonal; both copies."""
    def diag_embed(self, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
        """嵌入对角线 / The last dimension on a diagonal of two new dimensions ``dim1`` and ``dim2``, zeros elsewhere."""
    def diagflat(self, offset: _int = ...) -> Tensor:
        """展平后放上对角线 / A matrix with all elements of the input on a diagonal, zeros elsewhere."""
    def diagonal(self, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
        """对角线 / The diagonal of two dimensions, as the last dimension."""
    def diagonal_scatter(self, src: Tensor, offset: _int = ..., dim1: _int = ..., dim2: _int = ...) -> Tensor:
        """替换对角线 / A copy with ``src`` on a diagonal of two dimensions."""
    def diff(self, n: _int = ..., dim: _int = ..., prepend: Any = ..., append: Any = ..., *, out: Any = ...) -> Tensor:
        """差分 / The ``n``-th difference of neighbours along ``dim``; of bools, whether they differ."""
    def digamma(self, *, out: Tensor | None = ...) -> Tensor:
        """伽马函数对数的导数 / The derivative of ``lgamma``."""
    def digamma_(self) -> Tensor: ...
    def dim_order(self, ambiguity_check: Any = ...) -> tuple[_int, ...]:
        """各维在内存中的次序 / The dimensions from the outermost in memory to the innermost."""
    def dist(self, other: Tensor, p: _float = ...) -> Tensor:
        """距离 / p-norm of the difference of two tensors."""
    def div(self, other: Tensor | _float, *, rounding_mode: str | None = ..., out: Tensor | None = ...) -> Tensor:
        """除法 / Quotient; ``rounding_mode`` None, 'trunc' or 'floor'."""
    def div_(self, other: Tensor | _float, *, rounding_mode: str | None = ...) -> Tensor: ...
    def divide(self, other: Tensor | _float, *, rounding_mode: str | None = ..., out: Tensor | None = ...) -> Tensor:
        """除法 / Quotient; ``rounding_mode`` None, 'trunc' or 'floor'."""
    def divide_(self, other: Tensor | _float, *, rounding_mode: str | None = ...) -> Tensor: ...
    def dot(self, tensor: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """点积 / Inner product of two vectors."""
    def double(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype float64. 转换为 float64。"""
    def dsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """沿第三维分段 / Pieces along dimension 2: equal ones, or cut at positions. Views."""
    def eq(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """相等 / Equal."""
    def eq_(self, other: Tensor | _float) -> Tensor: ...
    def equal(self, other: Tensor) -> _bool:
        """是否完全相同 / Whether shape and all elements are the same."""
    def erf(self, *, out: Tensor | None = ...) -> Tensor:
        """误差函数 / Error function."""
    def erf_(self) -> Tensor: ...
    def erfc(self, *, out: Tensor | None = ...) -> Tensor:
        """余误差函数 / ``1 - erf(input)``, accurate where that is small."""
    def erfc_(self) -> Tensor: ...
    def erfinv(self, *, out: Tensor | None = ...) -> Tensor:
        """误差函数的反函数 / The inverse of ``erf``: infinite at -1 and 1, nan beyond."""
    def erfinv_(self) -> Tensor: ...
    def exp(self, *, out: Tensor | None = ...) -> Tensor:
        """指数 / e to the x."""
    def exp2(self, *, out: Tensor | None = ...) -> Tensor:
        """二的幂 / 2 to the x."""
    def exp2_(self) -> Tensor: ...
    def exp_(self) -> Tensor: ...
    def expand(self, *size: _int | Sequence[_int]) -> Tensor:
        """广播到更大的形状 / A view with size-1 dimensions repeated; -1 keeps a size. No memory is copied."""
    def expand_as(self, other: Tensor) -> Tensor:
        """广播到 ``other`` 的形状 / ``expand`` to the shape of ``other``."""
    def expm1(self, *, out: Tensor | None = ...) -> Tensor:
        """e^x - 1，在 0 附近也精确 / e^x - 1, accurate near 0."""
    def expm1_(self) -> Tensor: ...
    def exponential_(self, lambd: _float = ..., *, generator: Generator | None = ...) -> Tensor: ...
    def fill_(self, value: Tensor | _float) -> Tensor: ...
    def fill_diagonal_(self, fill_value: Any, wrap: _bool = ...) -> Tensor: ...
    def fix(self, *, out: Tensor | None = ...) -> Tensor:
        """向零取整 / Rounded towards zero."""
    def fix_(self) -> Tensor: ...
    def flatten(self, start_dim: _int = ..., end_dim: _int = ...) -> Tensor:
        """展平 / Dimensions ``start_dim`` to ``end_dim`` as one."""
    def flip(self, *dims: _int | Sequence[_int]) -> Tensor:
        """翻转 / Elements in reverse order along ``dims``; a copy."""
    def fliplr(self) -> Tensor:
        """左右翻转 / Elements in reverse order along dimension 1; a copy."""
    def flipud(self) -> Tensor:
        """上下翻转 / Elements in reverse order along dimension 0; a copy."""
    def float(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype float32. 转换为 float32。"""
    def float_power(self, exponent: Any, *, out: Tensor | None = ...) -> Tensor:
        """双精度的幂 / ``input ** exponent`` in float64 or complex128; either may be a number."""
    def float_power_(self, exponent: Any) -> Tensor: ...
    def floor(self, *, out: Tensor | None = ...) -> Tensor:
        """向下取整 / Rounded down."""
    def floor_(self) -> Tensor: ...
    def floor_divide(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """向下取整的除法 / Quotient rounded down."""
    def floor_divide_(self, other: Tensor | _float) -> Tensor: ...
    def fmax(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """较大者，忽略 nan / The larger of the two; of nan and a number, the number."""
    def fmin(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """较小者，忽略 nan / The smaller of the two; of nan and a number, the number."""
    def fmod(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """余数，符号随被除数 / Remainder with the sign of the dividend."""
    def fmod_(self, other: Tensor | _float) -> Tensor: ...
    def frac(self, *, out: Tensor | None = ...) -> Tensor:
        """小数部分 / Fractional part."""
    def frac_(self) -> Tensor: ...
    def frexp(self, *, out: Any = ...) -> Any:
        """尾数与指数 / ``mantissa`` in [0.5, 1) and integer ``exponent`` of ``input = mantissa * 2 ** exponent``."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """沿一维按位置取 / Elements along ``dim``, of index's shape: ``out[i, j] = x[index[i, j], j]`` for ``dim`` 0."""
    def gcd(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """最大公约数 / Greatest common divisor."""
    def gcd_(self, other: Tensor) -> Tensor: ...
    def ge(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """大于等于 / Greater or equal."""
    def ge_(self, other: Tensor | _float) -> Tensor: ...
    def geometric_(self, p: _float, *, generator: Generator | None = ...) -> Tensor: ...
    def geqrf(self, *, out: Any = ...) -> Any:
        """QR 分解的紧凑形式 / R on and above the diagonal, below it the reflections whose product is Q; and their factors."""
    def ger(self, vec2: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """外积 / ``out[i, j] = x[i] * y[j]``."""
    def get_device(self) -> _int:
        """显卡编号 / The number of the GPU that the tensor is on, -1 on the CPU."""
    def greater(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """大于 / Greater."""
    def greater_(self, other: Tensor | _float) -> Tensor: ...
    def greater_equal(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """大于等于 / Greater or equal."""
    def greater_equal_(self, other: Tensor | _float) -> Tensor: ...
    def gt(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """大于 / Greater."""
    def gt_(self, other: Tensor | _float) -> Tensor: ...
    def half(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype float16. 转换为 float16。"""
    def hardshrink(self, lambd: _float = ..., *, out: Tensor | None = ...) -> Tensor:
        """硬收缩 / ``x``, but 0 within ``lambd`` of 0."""
    def heaviside(self, values: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """阶跃函数 / 0 where ``input`` is negative, 1 where positive, ``values`` where 0; both of one dtype."""
    def heaviside_(self, values: Tensor) -> Tensor: ...
    def histc(self, bins: _int = ..., min: Any = ..., max: Any = ..., *, out: Any = ...) -> Tensor:
        """直方图 / How many elements fall into each of ``bins`` equal intervals of [min, max]; of all if both are equal."""
    def histogram(self, bins: Any = ..., *, range: Any = ..., weight: Any = ..., density: _bool = ..., out: Any = ...) -> Any:
        """直方图 / ``(hist, bin_edges)`` of all elements: into ``bins`` equal intervals, or between the edges in ``bins``."""
    def hsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """按列分段 / Pieces along dimension 1 (0 of a vector): equal ones, or cut at positions."""
    def hypot(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """直角三角形的斜边 / Length of the hypotenuse."""
    def hypot_(self, other: Tensor) -> Tensor: ...
    def i0(self, *, out: Tensor | None = ...) -> Tensor:
        """零阶修正贝塞尔函数 / The modified Bessel function of the first kind and order 0."""
    def i0_(self) -> Tensor: ...
    def igamma(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """不完全伽马函数 / The regularised lower incomplete gamma function."""
    def igamma_(self, other: Tensor) -> Tensor: ...
    def igammac(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """不完全伽马函数的余 / The regularised upper incomplete gamma function."""
    def igammac_(self, other: Tensor) -> Tensor: ...
    @property
    def imag(self) -> Tensor:
        """虚部 / The imaginary part: a view; ``RuntimeError`` for a real tensor."""
    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """沿一维按下标累加 / A copy with ``alpha * source`` added at ``index`` along ``dim``."""
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = ...) -> Tensor: ...
    def index_copy(self, dim: _int, index: Tensor, source: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """沿一维按下标写 / A copy with slices of ``source`` written at ``index`` along ``dim``."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Tensor: ...
    def index_fill(self, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor:
        """沿一维按下标填充 / A copy with ``value`` in all slices at ``index`` along ``dim``."""
    def index_fill_(self, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor: ...
    def index_put(self, indices: Sequence[Tensor], values: Tensor, accumulate: _bool = ...) -> Tensor:
        """按索引写入 / A copy with ``values`` written at, or added to, the positions a tuple of index tensors picks."""
    def index_put_(self, indices: Sequence[Tensor], values: Tensor, accumulate: _bool = ...) -> Tensor: ...
    def index_reduce(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """沿一维按下标归约地写 / A copy with slices of ``source`` reduced into ``index`` along ``dim``: ``reduce`` is "prod", "mean", "amax" or "amin"; ``include_self`` says whether what was there counts."""
    def index_reduce_(self, dim: _int, index: Tensor, source: Tensor, reduce: str, *, include_self: _bool = ...) -> Tensor: ...
    def index_select(self, dim: _int, index: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """沿一维按下标取 / Slices along ``dim`` at the positions of a 1-D ``index``; a copy."""
    def inner(self, other: Tensor, *, out: Any = ...) -> Tensor:
        """内积 / Sums of products over the last dimension of both; with a 0-d tensor the product."""
    def int(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype int32. 转换为 int32。"""
    def inverse(self, *, out: Any = ...) -> Tensor:
        """逆矩阵 / Inverse of each square matrix; ``torch.linalg.LinAlgError`` where it has none."""
    def is_complex(self) -> _bool:
        """是否复数 / Whether the dtype is complex."""
    def is_conj(self) -> Any:
        """是否推迟 / Whether a conjugate or a negative has been put off: never here."""
    @property
    def is_cpu(self) -> Any: ...
    def is_floating_point(self) -> _bool:
        """是否浮点 / Whether the dtype is floating."""
    @property
    def is_ipu(self) -> Any: ...
    @property
    def is_maia(self) -> Any: ...
    @property
    def is_meta(self) -> Any: ...
    @property
    def is_mkldnn(self) -> Any: ...
    @property
    def is_mps(self) -> Any: ...
    @property
    def is_mtia(self) -> Any: ...
    def is_neg(self) -> Any:
        """是否推迟 / Whether a conjugate or a negative has been put off: never here."""
    @property
    def is_nested(self) -> Any: ...
    def is_nonzero(self) -> _bool:
        """是否非零 / Whether the one element of a tensor is not 0; ``RuntimeError`` for more or fewer."""
    def is_pinned(self, device: Any = ...) -> _bool:
        """是否锁页内存 / Whether the memory is page-locked for a GPU: never here."""
    @property
    def is_quantized(self) -> Any: ...
    def is_same_size(self, other: Tensor) -> _bool:
        """形状是否相同 / Whether two tensors have the same shape."""
    def is_set_to(self, tensor: Tensor) -> _bool:
        """是否看着同一块内存的同一处 / Whether both look at the same storage with the same offset, sizes and strides."""
    def is_signed(self) -> _bool:
        """是否带符号 / Whether the dtype has negative numbers."""
    @property
    def is_sparse(self) -> Any: ...
    @property
    def is_sparse_csr(self) -> Any: ...
    @property
    def is_vulkan(self) -> Any: ...
    @property
    def is_xla(self) -> Any: ...
    @property
    def is_xpu(self) -> Any: ...
    def isclose(self, other: Tensor, rtol: _float = ..., atol: _float = ..., equal_nan: _bool = ...) -> Tensor:
        """逐元素是否接近 / |input - other| <= atol + rtol * |other|, elementwise."""
    def isfinite(self) -> Tensor:
        """是否有限 / Whether finite."""
    def isinf(self) -> Tensor:
        """是否无穷 / Whether infinite."""
    def isnan(self) -> Tensor:
        """是否 nan / Whether not a number."""
    def isneginf(self, *, out: Tensor | None = ...) -> Tensor:
        """是否负无穷 / Whether negative infinity."""
    def isposinf(self, *, out: Tensor | None = ...) -> Tensor:
        """是否正无穷 / Whether positive infinity."""
    def isreal(self) -> Tensor:
        """是否实数 / Elementwise: whether the imaginary part is 0."""
    def istft(self, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | None = ..., center: _bool = ..., normalized: _bool = ..., onesided: _bool | None = ..., length: _int | None = ..., return_complex: _bool = ...) -> Tensor:
        """短时傅里叶逆变换 / The signal of which ``stft`` gives this: its pieces added, over the sum of the windows."""
    def kron(self, other: Tensor, *, out: Any = ...) -> Tensor:
        """克罗内克积 / Every element of ``input`` times all of ``other``, in blocks."""
    def kthvalue(self, k: _int, dim: _int = ..., keepdim: _bool = ..., *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
        """第 k 小 / ``(values, indices)`` of the ``k``-th smallest element along ``dim``, counted from 1."""
    def lcm(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """最小公倍数 / Least common multiple."""
    def lcm_(self, other: Tensor) -> Tensor: ...
    def ldexp(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """乘以 2 的幂 / ``input * 2 ** other``."""
    def ldexp_(self, other: Tensor) -> Tensor: ...
    def le(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """小于等于 / Less or equal."""
    def le_(self, other: Tensor | _float) -> Tensor: ...
    def lerp(self, end: Tensor, weight: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """线性插值 / ``x + weight (end - x)``."""
    def lerp_(self, end: Tensor, weight: Tensor | _float) -> Tensor: ...
    def less(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """小于 / Less."""
    def less_(self, other: Tensor | _float) -> Tensor: ...
    def less_equal(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """小于等于 / Less or equal."""
    def less_equal_(self, other: Tensor | _float) -> Tensor: ...
    def lgamma(self, *, out: Tensor | None = ...) -> Tensor:
        """伽马函数的对数 / The logarithm of the size of the gamma function."""
    def lgamma_(self) -> Tensor: ...
    def log(self, *, out: Tensor | None = ...) -> Tensor:
        """自然对数 / Natural logarithm."""
    def log10(self, *, out: Tensor | None = ...) -> Tensor:
        """常用对数 / Logarithm to base 10."""
    def log10_(self) -> Tensor: ...
    def log1p(self, *, out: Tensor | None = ...) -> Tensor:
        """log(1 + x)，在 0 附近也精确 / log(1 + x), accurate near 0."""
    def log1p_(self) -> Tensor: ...
    def log2(self, *, out: Tensor | None = ...) -> Tensor:
        """以 2 为底的对数 / Logarithm to base 2."""
    def log2_(self) -> Tensor: ...
    def log_(self) -> Tensor: ...
    def log_normal_(self, mean: _float = ..., std: _float = ..., *, generator: Generator | None = ...) -> Tensor: ...
    def log_softmax(self, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """softmax 的对数 / x - log(sum(exp(x))) along ``dim``, without overflow."""
    def logaddexp(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """指数和的对数 / ``log(exp(input) + exp(other))``, without overflow."""
    def logaddexp2(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """2 的幂之和的对数 / ``log2(2 ** input + 2 ** other)``, without overflow."""
    def logcumsumexp(self, dim: _int, *, out: Tensor | None = ...) -> Tensor:
        """指数累加的对数 / Logarithm of the running sum of exp(x) along ``dim``, without overflow."""
    def logdet(self) -> Tensor:
        """行列式的对数 / Logarithm of the determinant of each square matrix; nan where it is negative, -inf where it is 0."""
    def logical_and(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """逻辑与 / Logical and."""
    def logical_and_(self, other: Tensor) -> Tensor: ...
    def logical_not(self, *, out: Tensor | None = ...) -> Tensor:
        """逻辑非 / Logical not."""
    def logical_not_(self) -> Tensor: ...
    def logical_or(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """逻辑或 / Logical or."""
    def logical_or_(self, other: Tensor) -> Tensor: ...
    def logical_xor(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """逻辑异或 / Logical exclusive or."""
    def logical_xor_(self, other: Tensor) -> Tensor: ...
    def logit(self, eps: _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """对数几率 / ``log(input / (1 - input))``, of ``input`` kept within ``[eps, 1 - eps]`` where that is given."""
    def logit_(self, eps: _float | None = ...) -> Tensor: ...
    def logsumexp(self, dim: _int | Sequence[_int] | None, keepdim: _bool = ..., *, out: Tensor | None = ...) -> Tensor:
        """指数和的对数 / log(sum(exp(x))) over ``dim``, without overflow."""
    def long(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype int64. 转换为 int64。"""
    def lt(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """小于 / Less."""
    def lt_(self, other: Tensor | _float) -> Tensor: ...
    def lu(self, pivot: _bool = ..., get_infos: _bool = ...) -> tuple[Tensor, ...]:
        """LU 分解（紧凑形式） / As ``torch.lu``, in a plain tuple."""
    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor, *, out: Any = ...) -> Tensor:
        """用 LU 分解解方程组 / ``linalg.lu_solve`` by its old name and in the old order."""
    @property
    def mH(self) -> Tensor: ...
    @property
    def mT(self) -> Tensor: ...
    def map2_(self, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Tensor: ...
    def map_(self, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor: ...
    def masked_fill(self, mask: Tensor, value: Tensor | _float) -> Tensor:
        """按掩码填充 / A copy with ``value`` where the boolean ``mask`` is True."""
    def masked_fill_(self, mask: Tensor, value: Tensor | _float) -> Tensor: ...
    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """按掩码依次写 / A copy with the elements of ``source``, in order, where ``mask`` is True."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor: ...
    def masked_select(self, mask: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """按掩码取 / A 1-D tensor of the elements where ``mask`` (broadcast with the input) is True, in row-major order."""
    def matmul(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """矩阵乘 / Product by rank: vectors (dot), matrix and vector (mv), matrices (mm), and batches, which broadcast."""
    def matrix_exp(self) -> Tensor:
        """矩阵指数 / Sum of the powers of each square matrix, divided by factorials: exp(A)."""
    def matrix_power(self, n: _int, *, out: Any = ...) -> Tensor:
        """矩阵的幂 / Product of n copies of each square matrix; of the inverse where n is negative."""
    def max(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
        """最大值 / Largest of all; along ``dim`` with positions; or of two."""
    def maximum(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """逐元素较大者 / The larger of the two; a tie shares the gradient."""
    def mean(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """平均 / Mean over ``dim``; floating or complex only."""
    def median(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
        """中位数 / Lower median of all, or along ``dim``."""
    def min(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
        """最小值 / Smallest of all; along ``dim`` with positions; or of two."""
    def minimum(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """逐元素较小者 / The smaller of the two; a tie shares the gradient."""
    def mm(self, mat2: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """矩阵乘 / Product of two matrices, without broadcasting: (n, k) @ (k, m) -> (n, m)."""
    def mode(self, dim: _int = ..., keepdim: _bool = ..., *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
        """众数 / Most frequent value along ``dim``, and where."""
    def moveaxis(self, source: Any, destination: Any) -> Tensor:
        """移动维度 / Dimensions ``source`` moved to ``destination``, the others keep their order."""
    def movedim(self, source: Any, destination: Any) -> Tensor:
        """移动维度 / Dimensions ``source`` moved to ``destination``, the others keep their order."""
    def msort(self, *, out: Any = ...) -> Tensor:
        """沿第一维排序 / Sorted along the first dimension; no positions."""
    def mul(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """乘法 / Product."""
    def mul_(self, other: Tensor | _float) -> Tensor: ...
    def multinomial(self, num_samples: Any, replacement: _bool = ..., *, generator: Any = ..., out: Any = ...) -> Tensor:
        """按权重抽取下标 / ``num_samples`` indices a row, each with a probability in proportion to its weight."""
    def multiply(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """乘法 / Product."""
    def multiply_(self, other: Tensor | _float) -> Tensor: ...
    def mv(self, vec: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """矩阵乘向量 / Product of a matrix and a vector: (n, k) @ (k) -> (n)."""
    def mvlgamma(self, p: _int, *, out: Tensor | None = ...) -> Tensor:
        """多元伽马函数的对数 / The logarithm of the gamma function of ``p`` dimensions."""
    def mvlgamma_(self, p: _int) -> Tensor: ...
    def nan_to_num(self, nan: _float | None = ..., posinf: _float | None = ..., neginf: _float | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """替换 nan 与无穷 / nan becomes 0 or ``nan``, an infinity the largest number of its dtype or what is given."""
    def nan_to_num_(self, nan: _float | None = ..., posinf: _float | None = ..., neginf: _float | None = ...) -> Tensor: ...
    def nanmean(self, dim: Any = ..., keepdim: _bool = ..., *, dtype: Any = ..., out: Any = ...) -> Tensor:
        """不计 NaN 的平均 / Mean over ``dim`` of what is not NaN; nan where there is nothing. Floating point only."""
    def nanmedian(self, dim: _int | None = ..., keepdim: _bool = ..., *, out: Tensor | None = ...) -> Any:
        """不计 NaN 的中位数 / Lower median of what is not NaN: of all, or along ``dim``."""
    def nanquantile(self, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: str = ..., out: Any = ...) -> Tensor:
        """不计 NaN 的分位数 / As ``quantile``, of what is not NaN; nan where there is nothing."""
    def nansum(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """不计 NaN 的和 / Sum over ``dim`` with NaN as zero. ``RuntimeError`` for complex tensors."""
    def narrow(self, dim: _int, start: Any, length: _int) -> Tensor:
        """取出一段 / ``length`` positions of dimension ``dim`` from ``start`` on."""
    def narrow_copy(self, dim: _int, start: _int, length: _int) -> Tensor:
        """取出一段的拷贝 / A copy of what ``narrow`` gives."""
    def ne(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """不等 / Not equal."""
    def ne_(self, other: Tensor | _float) -> Tensor: ...
    def neg(self, *, out: Tensor | None = ...) -> Tensor:
        """取负 / Negation."""
    def neg_(self) -> Tensor: ...
    def negative(self, *, out: Tensor | None = ...) -> Tensor:
        """取负 / Negation."""
    def negative_(self) -> Tensor: ...
    def new(self, *size: Any, device: Any = ...) -> Tensor:
        """旧式的新张量 / As the constructor of this tensor's type: memory of a size, or the numbers of a list."""
    def new_empty(self, *size: _int | Sequence[_int], dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
        """As ``empty``, in this tensor's dtype and device. 同类型的新张量。"""
    def new_empty_strided(self, size: Sequence[_int], stride: Sequence[_int], *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
        """As ``empty_strided``, in this tensor's dtype and device. 同类型、步幅自定的新张量。"""
    def new_full(self, size: Sequence[_int], fill_value: _float, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
        """As ``full``, in this tensor's dtype and device. 同类型的新张量。"""
    def new_ones(self, *size: _int | Sequence[_int], dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
        """As ``ones``, in this tensor's dtype and device. 同类型的新张量。"""
    def new_tensor(self, data: Any, *, dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
        """As ``tensor``, in this tensor's dtype and device. 同类型的新张量。"""
    def new_zeros(self, *size: _int | Sequence[_int], dtype: _dtype | None = ..., device: _device | str | None = ..., requires_grad: _bool = ...) -> Tensor:
        """As ``zeros``, in this tensor's dtype and device. 同类型的新张量。"""
    def nextafter(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """下一个浮点数 / The next floating number after ``input`` on the way to ``other``."""
    def nextafter_(self, other: Tensor) -> Tensor: ...
    def nonzero(self, *, as_tuple: _bool = ..., out: Any = ...) -> Any:
        """非零元素的下标 / Indices of the elements that are not zero: an (n, ndim) tensor, or a tuple of n-vectors."""
    def nonzero_static(self, *, size: _int, fill_value: _int = ...) -> Tensor:
        """固定行数的非零下标 / As ``nonzero``, but of ``size`` rows: cut off, or filled up with ``fill_value``; int64."""
    def norm(self, p: _float | str = ..., dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., out: Tensor | None = ..., dtype: _dtype | None = ...) -> Tensor:
        """范数 / p-norm of all elements or over ``dim``; ``p`` a number, inf, "fro" (the 2-norm), or "nuc" (of matrices)."""
    def normal_(self, mean: _float = ..., std: _float = ..., *, generator: Generator | None = ...) -> Tensor: ...
    def not_equal(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """不等 / Not equal."""
    def not_equal_(self, other: Tensor | _float) -> Tensor: ...
    def orgqr(self, tau: Tensor, *, out: Any = ...) -> Tensor:
        """反射变换之积 / ``linalg.householder_product`` by its old name."""
    def ormqr(self, tau: Tensor, other: Tensor, left: _bool = ..., transpose: _bool = ..., *, out: Any = ...) -> Tensor:
        """用反射变换乘矩阵 / Q times ``other``, or ``other`` times Q (``left=False``), with Q as ``geqrf`` gives it."""
    def outer(self, vec2: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """外积 / ``out[i, j] = x[i] * y[j]``."""
    def permute(self, *dims: _int | Sequence[_int]) -> Tensor:
        """重排维度 / Dimensions in another order."""
    def pin_memory(self, device: Any = ...) -> Tensor:
        """锁页内存 / Page-locked memory speeds up copies to a GPU; without one it is PyTorch's error."""
    def pinverse(self, rcond: _float = ...) -> Tensor:
        """伪逆 / ``linalg.pinv`` with singular values up to ``rcond`` times the largest taken for zero."""
    def polygamma(self, n: _int) -> Tensor:
        """多伽马函数 / The ``n``-th derivative of ``digamma``."""
    def polygamma_(self, n: _int) -> Tensor: ...
    def positive(self) -> Tensor:
        """正号 / The tensor itself; ``RuntimeError`` for bools."""
    def pow(self, exponent: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """幂 / ``input ** exponent``; either may be a number."""
    def pow_(self, exponent: Tensor | _float) -> Tensor: ...
    def prelu(self, weight: Tensor) -> Tensor:
        """参数化的整流 / ``x`` where it is positive, else ``weight * x``: one weight, or one for each channel (dim 1)."""
    def prod(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """连乘 / Product over ``dim``."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = ...) -> Tensor:
        """按展平下标写 / A copy with ``source`` written at, or added to, positions of the flattened tensor."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = ...) -> Tensor: ...
    def qr(self, some: _bool = ..., *, out: Any = ...) -> Any:
        """QR 分解 / ``linalg.qr``, "reduced" or (``some=False``) "complete"."""
    def quantile(self, q: Any, dim: Any = ..., keepdim: _bool = ..., *, interpolation: str = ..., out: Any = ...) -> Tensor:
        """分位数 / The ``q``-th quantiles of all elements or along ``dim``; several ``q`` come first in the result."""
    def rad2deg(self, *, out: Tensor | None = ...) -> Tensor:
        """弧度化角度 / Radians as degrees."""
    def rad2deg_(self) -> Tensor: ...
    def random_(self, from_: _int = ..., to: _int | None = ..., *, generator: Generator | None = ...) -> Tensor: ...
    def ravel(self) -> Any:
        """展平 / All elements in one contiguous dimension."""
    @property
    def real(self) -> Tensor:
        """实部 / The real part: a view; a real tensor itself."""
    def reciprocal(self, *, out: Tensor | None = ...) -> Tensor:
        """倒数 / One over x."""
    def reciprocal_(self) -> Tensor: ...
    def register_hook(self, hook: Any) -> Any:
        """Call ``hook(grad)`` whenever this tensor's gradient is computed; a returned tensor replaces it. 注册梯度钩子。"""
    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """Call ``hook(tensor)`` after a leaf's ``.grad`` has been updated. 叶子梯度累积后的钩子。"""
    def relu(self) -> Tensor:
        """线性整流 / max(x, 0)."""
    def relu_(self) -> Tensor: ...
    def remainder(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """余数，符号随除数 / Remainder with the sign of the divisor."""
    def remainder_(self, other: Tensor | _float) -> Tensor: ...
    def renorm(self, p: _float, dim: _int, maxnorm: _float, *, out: Tensor | None = ...) -> Tensor:
        """截断范数 / Each slice along ``dim`` scaled down to p-norm ``maxnorm`` where it is longer."""
    def renorm_(self, p: _float, dim: _int, maxnorm: _float) -> Tensor: ...
    def repeat(self, *repeats: _int | Sequence[_int]) -> Tensor:
        """重复 / This tensor tiled ``repeats`` times along each dimension; a copy. ``RuntimeError`` for too few numbers."""
    def repeat_interleave(self, repeats: Tensor | _int, dim: _int | None = ..., *, output_size: _int | None = ...) -> Tensor:
        """逐个重复 / Each element, or each slice along ``dim``, repeated ``repeats`` times (an int or a 1-D tensor)."""
    def reshape(self, *shape: _int | Sequence[_int]) -> Tensor:
        """改变形状 / The same elements in another shape: a view where possible, else a copy."""
    def reshape_as(self, other: Tensor) -> Tensor:
        """改成与 ``other`` 同形状 / ``reshape`` to the shape of ``other``."""
    def resize(self, *sizes: Any) -> Tensor:
        """旧式的 resize，另给一个张量 / PyTorch's old form, which leaves this tensor as it is; deprecated: it warns."""
    def resize_(self, *sizes: Any, memory_format: Any = ...) -> Tensor: ...
    def resize_as_(self, the_template: Tensor, *, memory_format: Any = ...) -> Tensor: ...
    def resolve_conj(self) -> Any:
        """它自己 / The tensor itself: conjugates and negatives are never put off here."""
    def resolve_neg(self) -> Any:
        """它自己 / The tensor itself: conjugates and negatives are never put off here."""
    def retain_grad(self) -> None:
        """Have ``backward`` fill ``.grad`` of this non-leaf tensor too. 让非叶子张量也保留梯度。"""
    def roll(self, shifts: _int | Sequence[_int], dims: _int | Sequence[_int] | None = ...) -> Tensor:
        """循环移位 / Elements shifted around along ``dims``, or flattened."""
    def rot90(self, k: _int = ..., dims: Any = ...) -> Tensor:
        """旋转 90 度 / Turned ``k`` times by 90 degrees, from the first of ``dims`` towards the second; a copy."""
    def round(self, *, decimals: _int = ..., out: Tensor | None = ...) -> Tensor:
        """四舍六入五成双 / Rounded to ``decimals`` digits, halves to even."""
    def round_(self, *, decimals: _int = ...) -> Tensor: ...
    def rsqrt(self, *, out: Tensor | None = ...) -> Tensor:
        """平方根的倒数 / 1 / sqrt(x)."""
    def rsqrt_(self) -> Tensor: ...
    def scatter(self, dim: _int, index: Tensor, src: Tensor, *, reduce: str | None = ..., out: Tensor | None = ...) -> Tensor:
        """沿一维按位置写 / A copy with ``src``, a tensor or a number, written at the positions of ``index`` along ``dim``."""
    def scatter_(self, dim: _int, index: Tensor, src: Tensor, *, reduce: str | None = ...) -> Tensor: ...
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """沿一维按位置累加 / A copy with ``src`` added at the positions of ``index`` along ``dim``."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Tensor: ...
    def scatter_reduce(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """沿一维按位置归约地写 / A copy with ``src`` reduced into the positions of ``index`` along ``dim``: ``reduce`` is "sum", "prod", "mean", "amax" or "amin"; ``include_self`` says whether what was there counts."""
    def scatter_reduce_(self, dim: _int, index: Tensor, src: Tensor, reduce: str, *, include_self: _bool = ...) -> Tensor: ...
    def select(self, dim: _int, index: _int) -> Tensor:
        """取出一个位置 / The slice at ``index`` of dimension ``dim``, without that dimension."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """替换一个位置 / A copy with ``src`` at ``index`` of dimension ``dim``."""
    def set_(self, source: Any = ..., storage_offset: _int = ..., size: Any = ..., stride: Any = ...) -> Tensor: ...
    def sgn(self, *, out: Tensor | None = ...) -> Tensor:
        """符号；复数的方向 / Sign; of a complex number its direction ``x / |x|``, 0 for 0."""
    def sgn_(self) -> Tensor: ...
    def share_memory_(self) -> Tensor: ...
    def short(self, *, memory_format: Any = ...) -> Tensor:
        """In dtype int16. 转换为 int16。"""
    def sigmoid(self, *, out: Tensor | None = ...) -> Tensor:
        """S 形函数 / 1 / (1 + exp(-x))."""
    def sigmoid_(self) -> Tensor: ...
    def sign(self, *, out: Tensor | None = ...) -> Tensor:
        """符号 / Sign: -1, 0 or 1."""
    def sign_(self) -> Tensor: ...
    def signbit(self, *, out: Tensor | None = ...) -> Tensor:
        """符号位 / Whether the sign is minus, -0. included."""
    def sin(self, *, out: Tensor | None = ...) -> Tensor:
        """正弦 / Sine."""
    def sin_(self) -> Tensor: ...
    def sinc(self, *, out: Tensor | None = ...) -> Tensor:
        """归一化的 sinc / ``sin(pi x) / (pi x)``, 1 at 0."""
    def sinc_(self) -> Tensor: ...
    def sinh(self, *, out: Tensor | None = ...) -> Tensor:
        """双曲正弦 / Hyperbolic sine."""
    def sinh_(self) -> Tensor: ...
    def slice_scatter(self, src: Tensor, dim: _int = ..., start: _int | None = ..., end: _int | None = ..., step: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """替换一段切片 / A copy with ``src`` at a slice (start, end, step) of ``dim``."""
    def slogdet(self, *, out: Any = ...) -> Any:
        """行列式的符号与对数 / Sign of each determinant, and the logarithm of its absolute value."""
    def softmax(self, dim: _int, dtype: _dtype | None = ..., *, out: Tensor | None = ...) -> Tensor:
        """指数归一化 / exp(x) / sum(exp(x)) along ``dim``: positive, summing to one."""
    def sort(self, dim: _int = ..., descending: _bool = ..., *, stable: _bool | None = ..., out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
        """排序 / ``(values, indices)`` sorted along ``dim``; equal elements keep their order where it is ``stable``."""
    def split(self, split_size: Any, dim: _int = ...) -> tuple[Tensor, ...]:
        """沿一维分段 / Pieces along ``dim``: of one length (the last may be shorter), or of the given lengths. Views."""
    def split_with_sizes(self, split_sizes: Any, dim: _int = ...) -> tuple[Tensor, ...]:
        """按给定长度分段 / Consecutive pieces of the lengths ``split_sizes`` along ``dim``. Views."""
    def sqrt(self, *, out: Tensor | None = ...) -> Tensor:
        """平方根 / Square root."""
    def sqrt_(self) -> Tensor: ...
    def square(self, *, out: Tensor | None = ...) -> Tensor:
        """平方 / Square."""
    def square_(self) -> Tensor: ...
    def squeeze(self, dim: _int | Sequence[_int] | None = ...) -> Tensor:
        """去掉长度为 1 的维度 / Without dimensions of size 1: all, or the given ones."""
    def squeeze_(self, dim: _int | Sequence[_int] | None = ...) -> Tensor: ...
    def std(self, dim: _int | Sequence[_int] | None = ..., *, correction: _float = ..., keepdim: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """标准差 / Standard deviation over ``dim``."""
    def stft(self, n_fft: _int, hop_length: _int | None = ..., win_length: _int | None = ..., window: Tensor | None = ..., center: _bool = ..., pad_mode: str = ..., normalized: _bool = ..., onesided: _bool | None = ..., return_complex: _bool | None = ..., align_to_window: _bool | None = ...) -> Tensor:
        """短时傅里叶变换 / The spectrum of each piece of ``n_fft`` numbers, one every ``hop_length``."""
    def sub(self, other: Tensor | _float, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """减法 / Difference."""
    def sub_(self, other: Tensor | _float, *, alpha: _float = ...) -> Tensor: ...
    def subtract(self, other: Tensor | _float, *, alpha: _float = ..., out: Tensor | None = ...) -> Tensor:
        """减法 / Difference."""
    def subtract_(self, other: Tensor | _float, *, alpha: _float = ...) -> Tensor: ...
    def sum(self, dim: _int | Sequence[_int] | None = ..., keepdim: _bool = ..., *, dtype: _dtype | None = ..., out: Tensor | None = ...) -> Tensor:
        """求和 / Sum over ``dim`` (all dimensions by default); integers are summed as int64."""
    def sum_to_size(self, *size: _int | Sequence[_int]) -> Tensor:
        """求和到一个形状 / Summed over what broadcasting from ``size`` to this tensor's shape would repeat."""
    def svd(self, some: _bool = ..., compute_uv: _bool = ..., *, out: Any = ...) -> Any:
        """奇异值分解 / ``linalg.svd`` that gives V instead of its adjoint; without ``compute_uv`` U and V are zeros."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """交换两个维度 / Two dimensions swapped."""
    def swapaxes_(self, axis0: _int, axis1: _int) -> Tensor: ...
    def swapdims(self, dim0: _int, dim1: _int) -> Tensor:
        """交换两个维度 / Two dimensions swapped."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Tensor: ...
    def t(self) -> Tensor:
        """二维转置 / The transpose of a tensor of at most two dimensions."""
    def t_(self) -> Tensor: ...
    def take(self, index: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """按展平下标取 / Elements at positions of the flattened input, of index's shape. ``IndexError`` out of range."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = ..., *, out: Any = ...) -> Tensor:
        """沿一维按位置取，自动广播 / ``gather`` with input and indices broadcast apart from ``dim``; flattened without one."""
    def tan(self, *, out: Tensor | None = ...) -> Tensor:
        """正切 / Tangent."""
    def tan_(self) -> Tensor: ...
    def tanh(self, *, out: Tensor | None = ...) -> Tensor:
        """双曲正切 / Hyperbolic tangent."""
    def tanh_(self) -> Tensor: ...
    def tensor_split(self, indices_or_sections: Tensor | _int | Sequence[_int], dim: _int = ...) -> tuple[Tensor, ...]:
        """沿一维分成几段，长度可以不等 / Pieces along ``dim``: a number of them, or cut at the given positions. Views."""
    def tile(self, *dims: _int | Sequence[_int]) -> Tensor:
        """重复，维数不足时在前面补 1 / As ``repeat``, with leading ones supplied."""
    def to(self, *target: _dtype | _device | str | Tensor, dtype: _dtype | None = ..., device: _device | str | None = ..., non_blocking: _bool = ..., copy: _bool = ...) -> Tensor:
        """转换类型或设备 / ``to(dtype)``, ``to(device[, dtype])`` or ``to(other)``: a copy if that changes anything."""
    def topk(self, k: _int, dim: _int = ..., largest: _bool = ..., sorted: _bool = ..., *, out: tuple[Tensor, ...] | None = ...) -> tuple[Tensor, ...]:
        """最大的 k 个 / ``(values, indices)`` of the ``k`` largest, or smallest, along ``dim``, in order."""
    def trace(self) -> Tensor:
        """迹 / Sum of the diagonal of a matrix."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """交换两个维度 / Two dimensions swapped."""
    def transpose_(self, dim0: _int, dim1: _int) -> Tensor: ...
    def triangular_solve(self, A: Tensor, upper: _bool = ..., transpose: _bool = ..., unitriangular: _bool = ..., *, out: Any = ...) -> Any:
        """解三角方程组 / ``linalg.solve_triangular`` by its old name, and a copy of A."""
    def tril(self, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """下三角 / The elements on and below a diagonal, zeros elsewhere."""
    def tril_(self, diagonal: _int = ...) -> Tensor: ...
    def triu(self, diagonal: _int = ..., *, out: Tensor | None = ...) -> Tensor:
        """上三角 / The elements on and above a diagonal, zeros elsewhere."""
    def triu_(self, diagonal: _int = ...) -> Tensor: ...
    def true_divide(self, other: Tensor | _float, *, rounding_mode: str | None = ..., out: Tensor | None = ...) -> Tensor:
        """除法 / Quotient; ``rounding_mode`` None, 'trunc' or 'floor'."""
    def true_divide_(self, other: Tensor | _float, *, rounding_mode: str | None = ...) -> Tensor: ...
    def trunc(self, *, out: Tensor | None = ...) -> Tensor:
        """向零取整 / Rounded towards zero."""
    def trunc_(self) -> Tensor: ...
    def type(self, dtype: Any = ..., non_blocking: _bool = ..., **unused: Any) -> Any:
        """类型名或转换 / The type's old name (``torch.FloatTensor``), or this tensor in another type."""
    def type_as(self, other: Tensor) -> Tensor:
        """In ``other``'s dtype and on its device. 转为同类型。"""
    def unbind(self, dim: _int = ...) -> tuple[Tensor, ...]:
        """沿一维拆开 / A tuple of all slices along ``dim``: views."""
    def unflatten(self, dim: _int, sizes: Any) -> Tensor:
        """把一维拆成几维 / A view with dimension ``dim`` as several of the given ``sizes``, one of which may be -1."""
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """滑动窗口 / Windows of ``size`` every ``step`` positions of a dimension, as a new last dimension."""
    def uniform_(self, from_: _float = ..., to: _float = ..., *, generator: Generator | None = ...) -> Tensor: ...
    def unique(self, sorted: _bool = ..., return_inverse: _bool = ..., return_counts: _bool = ..., dim: Any = ...) -> Any:
        """不同的元素 / The distinct elements of all, in order, or the distinct slices along ``dim``."""
    def unique_consecutive(self, return_inverse: _bool = ..., return_counts: _bool = ..., dim: Any = ...) -> Any:
        """相邻去重 / One of each run of equal elements, or of equal slices along ``dim``; extras as in ``unique``."""
    def unsafe_chunk(self, chunks: _int, dim: _int = ...) -> tuple[Tensor, ...]:
        """As ``chunk``; the pieces are no views to autograd. 不作为视图的分段。"""
    def unsafe_split(self, split_size: _int, dim: _int = ...) -> tuple[Tensor, ...]:
        """As ``split``; the pieces are no views to autograd. 不作为视图的分段。"""
    def unsafe_split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = ...) -> tuple[Tensor, ...]:
        """As ``split_with_sizes``; the pieces are no views to autograd. 不作为视图的分段。"""
    def unsqueeze(self, dim: _int) -> Tensor:
        """插入长度为 1 的维度 / With a dimension of size 1 inserted."""
    def unsqueeze_(self, dim: _int) -> Tensor: ...
    def var(self, dim: _int | Sequence[_int] | None = ..., *, correction: _float = ..., keepdim: _bool = ..., out: Tensor | None = ...) -> Tensor:
        """方差 / Variance over ``dim``, divided by ``n - correction``."""
    def vdot(self, other: Tensor, *, out: Tensor | None = ...) -> Tensor:
        """共轭点积 / Sum of ``conj(input) * other`` of two vectors."""
    def view(self, *size: _int | Sequence[_int]) -> Tensor:
        """同一内存的另一种形状 / The same memory in another shape, one size may be -1; or, given a dtype, its bytes anew."""
    def view_as(self, other: Tensor) -> Tensor:
        """与 ``other`` 同形状的视图 / ``view`` in the shape of ``other``."""
    def vsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """按行分段 / Pieces along dimension 0: equal ones, or cut at positions. Views."""
    def where(self, condition: Tensor, other: Tensor | _float) -> Tensor:
        """按条件选择 / ``input`` where ``condition``, else ``other``; of the condition alone, the indices."""
    def xlogy(self, other: Tensor | _float, *, out: Tensor | None = ...) -> Tensor:
        """``input * log(other)``，0 时为 0 / ``input * log(other)``, 0 where ``input`` is."""
    def xlogy_(self, other: Tensor | _float) -> Tensor: ...
    def xpu(self, device: Any = ...) -> Tensor:
        """移到英特尔显卡 / On an Intel GPU: PyTorch's error, there is none here."""
    def zero_(self) -> Tensor: ...
