"""Writing into anything that a gradient will read is PyTorch's error: an index, a mask, a further output, too."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

import tidu

MODULES = [tidu, *([importlib.import_module("torch")] if importlib.util.find_spec("torch") else [])]

PROGRAMS = [
    "i = torch.tensor([0, 1]); y = x[i]; i[0] = 2",
    "i = torch.tensor([0, 1]); y = x[None][:, i]; i.add_(1)",
    "i = torch.tensor([True, False, True]); y = x[i]; i[1] = True",
    "i = torch.tensor([True, False, True]); y = x.masked_select(i); i[1] = True",
    "i = torch.tensor([True, False, True]); y = torch.zeros(3).masked_scatter(i, x); i[1] = True",
    "i = torch.tensor([True, False, True]); y = torch.zeros(3).masked_scatter_(i, x); i[1] = True",
    "i = torch.tensor([0, 1]); y = x.gather(0, i); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.gather(input=x, dim=0, index=i); i[0] = 2",
    "i = torch.tensor([0, 1]); y = x.index_select(0, i); i[0] = 2",
    "i = torch.tensor([0, 1]); y = x.take(i); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).scatter(0, i, x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).scatter_add(0, i, x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).scatter_add_(0, i, x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).scatter_reduce(0, i, x[:2], 'sum'); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).index_add(0, i, x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).index_copy(0, i, x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).index_reduce(0, i, x[:2], 'mean'); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).index_put((i,), x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).index_put_((i,), x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3).put(i, x[:2]); i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(3); y[i] = x[:2]; i[0] = 2",
    "i = torch.tensor([0, 1]); y = torch.zeros(2, 3); y[0][i] = x[:2]; i[0] = 2",
    "i = torch.tensor([0, 1]); y = x.index_fill(0, i, 0.); i[0] = 2",
    "y, i = x.max(0); i.fill_(0)",
    "y, i = x.median(0); i.fill_(2)",
    "y, i = x.mode(0); i.fill_(2)",
    "y, i = x.kthvalue(1); i.fill_(2)",
    "y, i = x.sort(0); i[0] = 2",
    "y, i = x.topk(2); i[0] = 0",
    "y, i = x.cummax(0); i[0] = 2",
    "y, e = torch.frexp(x); e.fill_(2)",
    "y, v = torch.linalg.eigh(torch.diag(x)); v.detach().fill_(2)",
    "q, y = torch.linalg.qr(torch.diag(x)); q.detach().fill_(2)",
    # what PyTorch keeps beside what is read
    "y = x ** torch.ones(3); y.detach().fill_(2)",
    "y = torch.ones(3).copysign(x); y.detach().fill_(2)",
    "y = x.ldexp(torch.ones(3)); y.detach().fill_(2)",
    "y = torch.special.log_ndtr(x); y.detach().fill_(2)",
    "y = torch.complex(x, torch.ones(3)).real; x.detach().fill_(2)",
    "w = torch.ones(3); y = x.div(w, rounding_mode='floor'); w.fill_(2)",
    "y = torch.combinations(x); x.detach().fill_(2)",
    "y, z = x.aminmax(); z.detach().fill_(2)",
    "z, y = x.aminmax(); z.detach().fill_(2)",
    "z, y = torch.std_mean(x); z.detach().fill_(2)",
    "z, y = torch.var_mean(x); x.detach().fill_(2)",
    # what losses and layers look at
    "i = torch.tensor(1); y = F.nll_loss(x, i); i.fill_(0)",
    "w = torch.ones(3); y = F.nll_loss(x, torch.tensor(1), w); w.fill_(2)",
    "i = torch.tensor(1); y = F.cross_entropy(x, i); i.fill_(0)",
    "i = torch.tensor(1); y = F.cross_entropy(x, i, label_smoothing=0.1); i.fill_(0)",
    "i = torch.tensor(1); y = F.multi_margin_loss(x, i); i.fill_(0)",
    "i = torch.tensor([1, -1, -1]); y = F.multilabel_margin_loss(x, i); i.fill_(0)",
    "i = torch.tensor([1]); n = torch.tensor([1]); y = F.ctc_loss(x.view(1, 1, 3), i[None], n, n); i.fill_(2)",
    "i = torch.tensor([1, 0]); y = F.embedding(i, x[:, None]); i.fill_(2)",
    "i = torch.tensor([[1, 0]]); y = F.embedding_bag(i, x[:, None], mode='sum'); i.fill_(2)",
    "i = torch.tensor([[1, 0, 2]]); y = F.max_unpool1d(x[None], i, 1); i.fill_(2)",
    "m, v = torch.zeros(3), torch.ones(3); y = F.batch_norm(x[None], m, v); v.fill_(2)",
    "m, v = torch.zeros(1), torch.ones(1); y = F.instance_norm(x[None, None], m, v, use_input_stats=False); "
    "y = F.batch_norm(x[None, None], m, v); m.fill_(2)",
]
# What was written is not what is read again.
HARMLESS = [
    "i = torch.tensor([0, 1]); y = x[i.clone()]; i[0] = 2",
    "i = torch.tensor([0, 1]); i[0] = 2; y = x[i]",
    "y, i = x.max(0); i + 1",
    "i = torch.tensor(1); y = x[i]; i.fill_(0)",
    "i = torch.tensor([0, 1]); y = torch.zeros(3); y[i] = 1.; i[0] = 2; y = y + x",
    "n = torch.nn.BatchNorm1d(1); y = n(x[:, None]) + n(2 * x[:, None]) + x",  # written by training
]


def gradient(t: Any, program: str) -> list[float]:
    x = t.tensor([3.0, 1.0, 2.0], requires_grad=True)
    scope = {"torch": t, "F": t.nn.functional, "x": x}
    exec(program, scope)
    scope["y"].sum().backward()
    return x.grad.tolist()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("t", MODULES, ids=lambda t: t.__name__)
def test_what_was_saved_may_not_be_written(t: Any, program: str) -> None:
    with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
        gradient(t, program)


@pytest.mark.parametrize("program", HARMLESS)
def test_what_is_not_read_again_may(program: str) -> None:
    first, *others = [gradient(t, program) for t in MODULES]
    assert sum(first) > 0 and all(other == first for other in others)
