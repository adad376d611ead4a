"""Convolutions as functions. 卷积函数。"""

from tidu._registry import FUNCTIONS

conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d = (
    FUNCTIONS[name] for kind in ("conv", "conv_transpose") for name in (f"{kind}1d", f"{kind}2d", f"{kind}3d")
)
