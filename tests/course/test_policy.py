"""The rule by itself: what it looks at, what it says, and on which line."""

from __future__ import annotations

import pytest

from autograder.judging.policy import Rule, objections


def told(*cells, name="f", modules=None, **rule):
    given = frozenset(rule.pop("given", ()))
    return objections(name, cells, Rule(given=given, **rule), modules)


FINE = [
    "import numpy as np\nimport math\nfrom itertools import product\n\ndef f(x):\n    return np.sum(x) + math.pi",
    "def f(x):\n    '''import tidu, torch.tensor and x.strides may be mentioned'''\n    return x  # eval(x)",
    "def f(x):\n    return np.random.default_rng(0).normal(size=x.shape) @ np.linalg.inv(x)",
    "class Dual:\n    def __init__(self, a):\n        self.a = a\n    def __mul__(self, b):\n        return Dual(a)\n"
    "def f(x):\n    return Dual(x) * Dual(x)",
    "class Layer:\n    def __init__(self):\n        self.input, self.f_x, self.modules, self.open = 1, 2, [], True\n"
    "f = Layer()",
    "def f(torch):\n    return torch + 1",
    "def f(x):\n    return [torch for torch in x]",
    "def f(x):\n    for tidu in x:\n        pass\n    return tidu",
    "import functools\nf = functools.lru_cache(lambda open: open)",
    "from collections import abc\nfrom collections import Counter, defaultdict\nimport collections.abc\n"
    "def f(x):\n    return abc.Sized, Counter(x), collections.abc.Iterable",
    "def f(x):\n    import copy, abc, enum, operator, typing, dataclasses\n    return copy.copy(x)",
    "def f(x) -> torch.Tensor:\n    y: tidu.Tensor = x\n    return y",
    "import tidu as torch\ntorch.ones(2)\ndef f(x):\n    return x\nprint(f(torch.ones(2)))",
    "f = 3",
    "def f(:\n",  # Python itself explains this better
    "def g(x):\n    return eval(x)",  # another function
]
REFUSED = [
    ("def f(x):\n    import tidu", "`tidu`"),
    ("def f(x):\n    from tidu import tensor", "`tidu.tensor`"),
    ("def f(x):\n    import torch.nn", "`torch.nn`"),
    ("import tidu as T\ndef f(x):\n    return T.tensor(1)", "`T` is used"),
    ("import torch.nn as N\ndef f(x):\n    return N.Linear", "`N` is used"),
    ("from autograder.exercises import find\ndef f(x):\n    return find(x)", "`find` comes from `import autograder"),
    ("import os, numpy\ndef f(x):\n    return os.getcwd()", "`os` comes from `import os`"),
    ("from . import x\ndef f():\n    return x", "`x`"),
    ("def f(x):\n    return torch.tensor(x).sum()", "`torch`"),
    ("def f(x):\n    return tidu.sum(x)", "`tidu`"),
    ("from numpy import *\ndef f(x):\n    return mean(x)", "import *"),
    ("def f(x):\n    from numpy import *", "import *"),
    ("def f():\n    return eval('1')", "`eval`"),
    ("def f():\n    return getattr(np, 'sum')", "`getattr`"),
    ("def f():\n    return open('gradebook.db')", "`open`"),
    ("def f():\n    return globals()['x']", "`globals`"),
    ("def f():\n    get_ipython().system('ls')", "`get_ipython`"),
    ("f = lambda: ().__class__.__base__.__subclasses__()", "`.__subclasses__`"),
    ("g = (lambda: 0).__globals__\ndef f():\n    return g", "`.__globals__`"),
    ("def f():\n    yield\n    f().gi_frame", "`.gi_frame`"),
    ("def f():\n    return np.load('x.npy')", "np.load"),
    ("def f():\n    return np.lib.stride_tricks.as_strided", "np.lib"),
    ("import numpy.ctypeslib\ndef f():\n    return numpy.ctypeslib.x", "np.ctypeslib"),
    ("import numpy as xp\ndef f():\n    return xp.memmap('f')", "np.memmap"),
    ("from numpy import fromfile\ndef f():\n    return fromfile('f')", "np.fromfile"),
    ("def f():\n    return np._core.multiarray", "np._core"),
    ("def f(x):\n    x.tofile('f')", "`.tofile`"),
    ("import collections\nf = lambda: collections._sys.modules", "collections._sys"),
    ("import dataclasses\nf = lambda: dataclasses.sys.modules", "dataclasses.sys"),
    ("import enum\nf = lambda: enum.sys.modules", "enum.sys"),
    ("np = torch\ndef f(x):\n    return np.ones(2)", "`torch` is used"),
    ("from tidu import mul as f", "`f` is used"),
    ("class F:\n    a = torch.ones(2)\n    def __call__(self):\n        return self.a\nf = F()", "`torch` is used"),
    ("def f(x, one=torch.ones(1)):\n    return one", "`torch` is used"),
    ("@torch.no_grad()\ndef f(x):\n    return x", "`torch` is used"),
    ("def f(x):\n    def inner():\n        return torch\n    return inner()", "`torch` is used"),
    ("def f(x):\n    return [torch.ones(n) for n in x]", "`torch` is used"),
    ("def f(x):\n    return torch\n    torch = 1\nclass torch: pass\nimport tidu as torch\n"
     "def f(x):\n    return torch", "`torch` is used"),
]  # fmt: skip


@pytest.mark.parametrize("source", FINE)
def test_fine(source):
    assert told(source) == []


@pytest.mark.parametrize("source, text", REFUSED)
def test_refused_in_both_languages(source, text):
    found = told(source)
    assert any(text in message.en for message in found), found
    piece = text.split("`")[1] if "`" in text else text
    assert any(piece in message.zh for message in found)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x.strides",
        "def f(x):\n    return np.shares_memory(x, x)",
        "from numpy import shares_memory as s\ndef f(x):\n    return s(x, x)",
        "import numpy\ndef f(x):\n    return numpy.shares_memory",
        "xp = np\ndef f(x):\n    return xp.shares_memory(x)",
        "def f(x, xp=np):\n    return xp",
        # a class of one's own does not make NumPy's attribute one's own
        "class V:\n    strides = ()\ndef f(x):\n    return V() and x.strides",
        "class V:\n    strides = ()\ndef f(x):\n    y = np.empty(x)\n    return V() and y.strides",
        "class V:\n    strides = ()\ndef f(x):\n    return V() and np.empty(x).T.strides",
    ],
)
def test_an_exercise_rules_out_what_would_give_it_away(source):
    rule = {"forbid": frozenset({".strides", "shares_memory"})}
    assert told(source, **rule)
    # where there is no NumPy, an attribute cannot be NumPy's: what is left to object to is NumPy itself
    assert all("NumPy" in message.en for message in told(source, allow="python", **rule))


@pytest.mark.parametrize(
    "source",
    [
        "class V:\n    def __init__(self, s):\n        self.strides = s\n    def get(self):\n"
        "        return self.strides\ndef f(x):\n    return V(x).get()",
        "class V:\n    strides = 3\ndef f(x):\n    return V().strides",
        "from dataclasses import dataclass\n@dataclass\nclass V:\n    strides: tuple\n"
        "def f(x):\n    return V(x).strides",
        "class V:\n    @property\n    def strides(self):\n        return 1\n"
        "def f(x):\n    v = V()\n    return v.strides",
    ],
)
def test_an_attribute_of_ones_own_is_ones_own(source):
    assert told(source, forbid=frozenset({".strides"})) == []


def test_without_numpy_there_is_none_however_it_is_reached():
    for source in (
        "def f(x):\n    return np.sum(x)",
        "import numpy\ndef f(x):\n    return numpy.sum(x)",
        "from numpy import sum\ndef f(x):\n    return sum(x)",
        "def f(x):\n    import numpy.linalg as n",
        "a = np.ones(2)\ndef f(x):\n    return a",
    ):
        assert [m.en.count("NumPy") > 0 for m in told(source, allow="python")] == [True]
        assert told(source) == []


def test_given_functions_are_not_looked_into_unless_they_were_replaced():
    given, answer = "def g(x):\n    return np.load(x)", "def f(x):\n    return g(x)"
    assert told(given, answer, given={"g"}) == []
    assert told(given, given, answer, given={"g"}) == []
    assert told(given, "def g(x):\n    return torch", answer, given={"g"})
    assert told(given, answer)


def test_lent_functions_are_not_looked_into():
    cells = ["def g(x):\n    return torch", "def f(x):\n    return g(x)"]
    assert told(*cells) and told(*cells, lent=frozenset({"g"})) == []


def test_the_line_is_told_and_each_thing_once():
    found = told("def f():\n    x = 1\n    return eval('x'), eval('y'), torch, torch")
    assert [m.en.split(":")[0] for m in found] == ["Line 3", "Line 3"]
    found = told("\ndef g():\n    return eval", "def f():\n    return g()")
    assert [m.en.split(":")[0] for m in found] == ["Line 3 of the cell that makes `g`"]
    assert [m.zh.split("：")[0] for m in found] == ["得出 `g` 的那一格第 3 行"]


def test_a_name_that_a_command_brings_is_told_apart_from_a_slip():
    found = told("%run other.py", "def f():\n    return helper()")
    assert len(found) == 1 and "`helper`" in found[0].en and "`.py` file beside the notebook" in found[0].en
    assert told("def f():\n    return helpre()") == []  # Python says it, where it matters


def test_modules_that_import_each_other_end():
    modules = {"a": "import b", "b": "import a\nimport os"}
    assert [m.en.split(":")[0] for m in told("import a\ndef f():\n    return a", modules=modules)] == [
        "Line 2 of `b.py`"
    ]


@pytest.mark.parametrize("source", ["x = " + "(" * 5000, "f = " + "-" * 30_000 + "1", "f = " + "1+" * 30_000 + "1",
                                    "f = " + "lambda: " * 500 + "0", "f = '\0'", "f = \ud800"])  # fmt: skip
def test_no_text_is_too_much_for_it(source):
    assert told(source) == []
