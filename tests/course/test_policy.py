from __future__ import annotations

import pytest

from autograder.judging.policy import violations

FINE = [
    "import numpy as np\nimport math\nfrom itertools import product\n\ndef f(x):\n    return np.sum(x) + math.pi",
    "def f(x):\n    '''import tidu, torch.tensor and x.strides may be mentioned'''\n    return x  # eval(x)",
    "def f(x):\n    return np.random.default_rng(0).normal(size=x.shape) @ np.linalg.inv(x)",
    "class Dual:\n    def __init__(self, a):\n        self.a = a\n    def __mul__(self, b):\n        return Dual(a)",
    "class Layer:\n    def __init__(self):\n        self.input, self.f_x, self.modules, self.open = 1, 2, [], True",
    "def f(torch):\n    return torch + 1",
    "import functools\nf = functools.lru_cache(lambda open: open)",
    "from collections import abc\nfrom collections import Counter, defaultdict\nimport collections.abc",
    "def f(:\n",  # Python itself explains this better
]
REFUSED = [
    ("import tidu", "import tidu"),
    ("import tidu as T\nT.tensor(1)", "import tidu"),
    ("from tidu import tensor", "import tidu"),
    ("import torch.nn", "import torch.nn"),
    ("from autograder.exercises import find", "import autograder"),
    ("import os, numpy", "import os"),
    ("from . import x", "import ."),
    ("def f(x):\n    return torch.tensor(x).sum()", "`torch`"),
    ("def f(x):\n    return tidu.sum(x)", "`tidu`"),
    ("from numpy import *", "import *"),
    ("eval('1')", "`eval`"),
    ("getattr(np, 'sum')", "`getattr`"),
    ("open('gradebook.db')", "`open`"),
    ("globals()['x']", "`globals`"),
    ("get_ipython().system('ls')", "`get_ipython`"),
    ("().__class__.__base__.__subclasses__()", "`.__subclasses__`"),
    ("f = (lambda: 0).__globals__", "`.__globals__`"),
    ("def f():\n    yield\nf().gi_frame", "`.gi_frame`"),
    ("np.load('x.npy')", "np.load"),
    ("np.lib.stride_tricks.as_strided", "np.lib"),
    ("import numpy.ctypeslib", "np.ctypeslib"),
    ("import numpy as xp\nxp.memmap('f')", "np.memmap"),
    ("from numpy import fromfile", "np.fromfile"),
    ("np._core.multiarray", "np._core"),
    ("x.tofile('f')", "`.tofile`"),
    ("import collections\ncollections._sys.modules", "collections._sys"),
    ("import dataclasses\ndataclasses.sys.modules", "dataclasses.sys"),
    ("%time f()", "begin with `%`"),
    ("!ls\ndef f():\n    pass", "begin with `%`"),
]


@pytest.mark.parametrize("source", FINE)
def test_fine(source):
    assert violations(source) == []


@pytest.mark.parametrize("source, told", REFUSED)
def test_refused_in_both_languages(source, told):
    found = violations(source)
    assert any(told in message.en for message in found), found
    assert any(told.replace("begin with `%`", "`%`") in message.zh for message in found)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x.strides",
        "def f(x):\n    return np.shares_memory(x, x)",
        "from numpy import shares_memory as s",
        "import numpy\nnumpy.shares_memory",
        "xp = np\nxp.shares_memory",
        "def f(x, xp=np):\n    return xp",
    ],
)
def test_an_exercise_rules_out_what_would_give_it_away(source):
    assert violations(source, [".strides", "shares_memory"])


def test_the_line_is_told():
    assert "Line 3:" in violations("def f():\n    x = 1\n    return eval('x')")[0].en
