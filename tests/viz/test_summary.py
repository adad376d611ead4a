"""``tidu.viz.summary``: the table of a model's layers, and that the model is left as it was."""

from __future__ import annotations

import pytest

import tidu as torch
from tidu import nn
from tidu.viz import summary


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.BatchNorm2d(6), nn.MaxPool2d(2))
        self.heads = nn.ModuleList([nn.Linear(1176, 20)])
        self.act = nn.ReLU()
        self.square = nn.Linear(20, 20)
        self.unused = nn.Linear(3, 3)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x):
        x = self.heads[0](self.features(x).flatten(1))
        return self.square(self.act(self.square(self.act(x)))) * self.scale


TABLE = """\
===========================================================================================
Layer (type:depth-idx)                  Output Shape    Param #      Mult-Adds  Trainable
===========================================================================================
Net                                     [2, 20]         1            --         True
├─Sequential (features): 1-1            [2, 6, 14, 14]  --           --         --
│    ├─Conv2d (0): 2-1                  [2, 6, 28, 28]  156          244,608    False
│    ├─BatchNorm2d (1): 2-2             [2, 6, 28, 28]  12           18,816     False
│    └─MaxPool2d (2): 2-3               [2, 6, 14, 14]  --           --         --
├─ModuleList (heads): 1-2               --              --           --         --
│    └─Linear (0): 2-4                  [2, 20]         23,540       47,080     True
├─ReLU (act): 1-3                       [2, 20]         --           --         --
├─Linear (square): 1-4                  [2, 20]         420          840        True
├─ReLU (act): 1-3                       [2, 20]         --           --         --
├─Linear (square): 1-4                  [2, 20]         (recursive)  840        True
└─Linear (unused): 1-5                  --              12           --         True
===========================================================================================
Total params: 24,141
Trainable params: 23,973
Non-trainable params: 168
Total mult-adds (M): 0.31
===========================================================================================
Input size (MB): 0.01
Forward/backward pass size (MB): 0.15
Params size (MB): 0.10
Estimated Total Size (MB): 0.25
===========================================================================================
"""


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    net = Net()
    net.features.requires_grad_(False)
    columns = ("output_size", "num_params", "mult_adds", "trainable")
    found = summary(net, (2, 1, 28, 28), col_names=columns, row_settings=("var_names",))
    assert capsys.readouterr().out == TABLE
    assert repr(found) + "\n" == TABLE
    assert (found.total_params, found.trainable_params) == (24141, 23973)


def test_a_depth_at_which_the_tree_ends_has_what_is_below() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    lines = repr(summary(nn.TransformerEncoder(layer, 2), (2, 5, 8), depth=2, verbose=0)).splitlines()
    assert lines[3:7] == [
        "TransformerEncoder                      [2, 5, 8]     --",
        "└─ModuleList: 1-1                       --            --",
        "     ├─TransformerEncoderLayer: 2-1     [2, 5, 8]     600",
        "     └─TransformerEncoderLayer: 2-2     [2, 5, 8]     600",
    ]


@pytest.mark.parametrize(
    ("model", "given", "sizes", "adds"),
    [
        (lambda: nn.LSTM(3, 4), dict(input_size=(5, 2, 3)), [[5, 2, 4]], 10 * 144),
        (lambda: nn.Bilinear(2, 3, 4), dict(input_size=[(5, 2), (5, 3)]), [[5, 4]], 5 * 28),
        (lambda: nn.Embedding(5, 3), dict(input_size=(4, 2), dtypes=[torch.long]), [[4, 2, 3]], 0),
        (lambda: nn.Linear(2, 3), dict(input_data=torch.ones(7, 2)), [[7, 3]], 63),
        (lambda: nn.Linear(2, 3), dict(input_data={"input": torch.ones(7, 2)}), [[7, 3]], 63),
        (lambda: nn.Linear(2, 3).double(), dict(input_size=(1, 2)), [[1, 3]], 9),
        (lambda: nn.Sequential(nn.Flatten()), dict(input_size=(1, 2, 2)), [[1, 4], [1, 4]], 0),
        (lambda: nn.Linear(2, 3), {}, [None], 0),
    ],
)
def test_inputs_of_all_kinds(model, given, sizes, adds) -> None:
    found = summary(model(), verbose=0, **given)
    assert [row.output_size for row in found.rows] == sizes
    assert found.total_mult_adds == adds


def test_the_model_is_left_as_it_was_even_where_it_fails() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Dropout(), nn.Flatten(), nn.Linear(5, 1))
    net[1].eval()
    torch.manual_seed(0)
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match=r"RuntimeError: mat1 and mat2 .* 'Flatten: \[1, 72\]'"):
        summary(net, (1, 1, 8, 8))
    assert [m.training for m in net.modules()] == [True, True, False, True, True]
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())
    assert torch.equal(torch.get_rng_state(), before)


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="argument 'model' must be a Module, not int"):
        summary(3)
    with pytest.raises(ValueError, match="argument 'col_names': 'size' is none of input_size, output_size"):
        summary(nn.ReLU(), (1,), col_names=["size"])
