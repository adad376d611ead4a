"""Convolutions as functions. 卷积函数。"""

from tidu._operands import check_tensors
from tidu._tensor import Tensor
from tidu.ops.layers import MEMBERS

conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d = (
    MEMBERS[name] for kind in ("conv", "conv_transpose") for name in (f"{kind}1d", f"{kind}2d", f"{kind}3d")
)


def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """时间在前的一维卷积 / ``conv1d`` of (time, batch, channels), with a weight (kernel, in, out).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_tbc.html
    """
    check_tensors("conv_tbc", input=input, weight=weight, bias=bias)
    for name, given, wanted in (("Input", input, 3), ("Weight", weight, 3), ("Bias", bias, 1)):
        if given.dim() != wanted:
            raise RuntimeError(f"{name} must have {wanted} dims, got {given.dim()}: conv_tbc()")
    made: Tensor = conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return made.permute(2, 0, 1).contiguous()
