"""A layer that mixes groups of channels. 通道重排层。"""

from __future__ import annotations

from tidu._tensor import Tensor
from tidu.nn import functional as F
from tidu.nn.modules.module import Module


class ChannelShuffle(Module):
    """通道重排层 / Channels of ``groups`` groups taken in turn.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        made: Tensor = F.channel_shuffle(input, self.groups)
        return made

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
