"""One rule at home and in grading: each way of writing an answer is judged the same in both places, and fairly."""

from __future__ import annotations

import re
import sys

import pytest

from autograder.judging.card import as_text
from tests.autograder import both

NAME = "scale"
BODY = "tuple(n * k for n in x)"
DEF = f"def scale(x, k):\n    return {BODY}"
USES_TORCH = "def scale(x, k):\n    return tuple(torch.tensor(x).mul(k).tolist())"
HELPER = f"def helper(x, k):\n    return {BODY}"

#: How a name may come to stand for a function: every one of these is a right answer.
BOUND = {
    "def": DEF,
    "lambda": f"scale = lambda x, k: {BODY}",
    "annotated lambda": f"from typing import Callable\nscale: Callable = lambda x, k: {BODY}",
    "walrus": f"(scale := lambda x, k: {BODY})",
    "partial": f"from functools import partial\ndef helper(one, x, k):\n    return {BODY}\nscale = partial(helper, 1)",
    "object": f"class Scale:\n    def __call__(self, x, k):\n        return {BODY}\nscale = Scale()",
    "decorator": f"import functools\ndef same(f):\n    @functools.wraps(f)\n    def inner(*a):\n        return f(*a)\n"
    f"    return inner\n@same\n{DEF}",
    "cached": f"from functools import lru_cache\n@lru_cache\n{DEF}",
    "another name": f"{HELPER}\nscale = helper",
    "tuple": f"{HELPER}\nscale, other = helper, 3",
    "chain": f"{HELPER}\nscale = other = helper",
    "for": f"{HELPER}\nfor scale in [helper]:\n    pass",
    "with": f"import contextlib\n{HELPER}\n@contextlib.contextmanager\ndef lend():\n    yield helper\n"
    "with lend() as scale:\n    pass",
    "if": f"if True:\n    def scale(x, k):\n        return {BODY}",
    "try": f"try:\n    import torchvision\nexcept ImportError:\n    def scale(x, k):\n        return {BODY}",
    "method": f"class Box:\n    def times(self, x, k):\n        return {BODY}\nscale = Box().times",
    "static": f"class Box:\n    @staticmethod\n    def times(x, k):\n        return {BODY}\nscale = Box.times",
    "closure": f"def make():\n    def inner(x, k):\n        return {BODY}\n    return inner\nscale = make()",
    "%%time": f"%%time\n{DEF}",
    "%%capture": f"%%capture out\n{DEF}",
    "two magics": f"%%capture\n%%time\n{DEF}",
    "%time": f"{HELPER}\n%time scale = helper",
    "indented": "    def scale(x, k):\n        return tuple(n * k for n in x)",
    "prompts": ">>> def scale(x, k):\n...     return tuple(n * k for n in x)",
    "empty lines above": f"\n\n\n{DEF}",
    "global": f"def put():\n    global scale\n    scale = lambda x, k: {BODY}\nput()",
}

#: What may stand in the answer's cell, or in another, without doing anything to the answer.
HARMLESS = {
    "%timeit": f"{DEF}\n%timeit -n1 -r1 scale((1,), 2)",
    "%matplotlib": f"%matplotlib inline\n{DEF}",
    "!": f"!true\n!echo don't\n{DEF}",
    "?": f"{DEF}\nscale?\n?scale\n??scale\n*cale?",
    "x = !": f"files = !true\n{DEF}",
    "x = %": f"took = %timeit -o -n1 -r1 1\n{DEF}",
    "%load_ext": f"%load_ext autoreload\n{DEF}",
    "if !": f"if False:\n    !true\n{DEF}",
    "display": f"{DEF}\ndisplay(scale((1,), 2))",
    "display inside": f"def scale(x, k):\n    display(x)\n    return {BODY}",
    "display imported": f"from IPython.display import display, HTML\ndef scale(x, k):\n    display(HTML('x'))\n"
    f"    return {BODY}",
    "shown": f"{DEF}\nscale((1,), 2)",
    "future": f"from __future__ import annotations\ndef scale(x: Missing, k) -> Missing:\n    return {BODY}",
    "annotated by the library": f"def scale(x: torch.Tensor, k) -> torch.Tensor:\n    return {BODY}",
    "input beside": f"dims = input('dims? ')\n{DEF}",
    "input after": f"{DEF}\nprint(scale((int(input('n? ')),), 2))",
    "standard": "import copy, abc, enum, operator, typing, dataclasses\nfrom collections.abc import Iterable\n"
    "@dataclasses.dataclass\nclass Pair(abc.ABC):\n    x: typing.Any\nclass Kind(enum.Enum):\n    ONE = 1\n"
    "def scale(x, k):\n    return tuple(operator.mul(n, k) for n in copy.copy(Pair(x).x) if Kind.ONE.value)",
    "attribute strides": "class View:\n    def __init__(self, strides):\n        self.strides = strides\n"
    "def scale(x, k):\n    return tuple(n * k for n in View(x).strides)",
    "comment": f"def scale(x, k):\n    '''torch.tensor(x), eval(x), np.sum and x.strides'''\n    # import tidu\n"
    f"    return {BODY}",
    "parameter called torch": "def scale(torch, k):\n    return tuple(n * k for n in torch)",
    "unused import": f"import os, time\nimport numpy as np\nimport tidu\nt = time.time()\n{DEF}\nprint(time.time())",
    "unused helper": f"def other():\n    return torch.ones(3), open('x')\n{DEF}",
    "library above": f"import tidu as T\nT.tensor([1.0]).sum()\n{DEF}",
    "own open": "def open(x):\n    return x\ndef scale(x, k):\n    return tuple(n * k for n in open(x))",
}  # fmt: skip

#: What an answer may not use, with a piece of what it is told.
REFUSED = {
    "library": (USES_TORCH, "`torch` is used"),
    "library in a lambda": ("scale = lambda x, k: torch.tensor(x)", "`torch` is used"),
    "library in partial": ("import functools\nscale = functools.partial(torch.mul)", "`torch` is used"),
    "library in a method": (
        "class Scale:\n    def __call__(self, x, k):\n        return torch.tensor(x)\nscale = Scale()",
        "`torch` is used",
    ),
    "library under %%time": (f"%%time\n{USES_TORCH}", "Line 3: `torch` is used"),
    "library by another name": ("import tidu as T\nmul = T.mul\ndef scale(x, k):\n    return mul(x, k)", "`T` is used"),
    "import inside": (f"def scale(x, k):\n    import tidu\n    return {BODY}", "`tidu` is used"),
    "import of a name": ("from tidu import mul\ndef scale(x, k):\n    return mul(x, k)", "`mul` is used"),
    "numpy": ("def scale(x, k):\n    return tuple((np.array(x) * k).tolist())", "`np` is NumPy's"),
    "numpy's value": ("two = np.ones(2)\ndef scale(x, k):\n    return two", "`np` is NumPy's"),
    "input": (f"def scale(x, k):\n    k = int(input('k? '))\n    return {BODY}", "Pass the value to your function"),
    "input above": (
        f"k0 = input('k? ')\ndef scale(x, k):\n    return k0 and {BODY}",
        "Pass the value to your function",
    ),
    "shell": (f"files = !true\ndef scale(x, k):\n    return files and {BODY}", "do not run when the work is graded"),
    "magic inside": (f"def scale(x, k):\n    %timeit -n1 -r1 1\n    return {BODY}", "Line 2: Your function needs"),
    "time": (f"import time\ndef scale(x, k):\n    time.sleep(0)\n    return {BODY}", "`time` comes from `import time`"),
    "open": (f"def scale(x, k):\n    open('x', 'w')\n    return {BODY}", "`open`"),
    "star": (f"from math import *\ndef scale(x, k):\n    return floor(1) and {BODY}", "name what you need"),
    "output": (f"{BODY.replace('x', '(1,)').replace('* k', '')}\ndef scale(x, k):\n    return _ and {BODY}", "Give"),
    "written for nobody": (f"def scale(x, k):\n    get_ipython()\n    return {BODY}", "`get_ipython`"),
}


EXERCISES = [both.scaling("scale"), both.scaling("double")]


@pytest.fixture(scope="module")
def home():
    with both.at_home() as opened:
        yield opened


def graded(home, cells, modules=None, id=NAME):
    cells = [*cells, f"{both.CHECK}{id}"]
    found = both.run_at_home(home, cells, EXERCISES, modules)
    away = both.run_in_grading(cells, EXERCISES, modules)
    both.Graded(found[id], away[id]).agree()
    return found[id]


class Together:
    """Examples as one notebook, each with an exercise of its own; what one leaves behind the next has to live with."""

    def __init__(self, home, examples):
        self.names = {way: f"scale_{number}" for number, way in enumerate(examples)}
        self.sources = {way: re.sub(r"\bscale\b", self.names[way], source) for way, source in examples.items()}
        exercises = [both.scaling(name) for name in self.names.values()]
        cells = [cell for way in examples for cell in (self.sources[way], f"{both.CHECK}{self.names[way]}")]
        self.home = both.run_at_home(home, cells, exercises)
        self.away = both.run_in_grading(cells, exercises)

    def __getitem__(self, way):
        both.Graded(self.home[self.names[way]], self.away[self.names[way]]).agree()
        return self.home[self.names[way]]


EXAMPLES = {**BOUND, **HARMLESS, **{way: source for way, (source, _) in REFUSED.items()}}
# these change what later cells mean, and come last
LAST = ["star", "own open", "future"]


@pytest.fixture(scope="module")
def together(home):
    return Together(home, {way: EXAMPLES[way] for way in [*(w for w in EXAMPLES if w not in LAST), *LAST]})


@pytest.mark.parametrize("way", BOUND)
def test_however_a_name_is_bound(together, way):
    assert together[way].status == "ok"


@pytest.mark.parametrize("way", HARMLESS)
def test_what_the_answer_does_not_stand_on_costs_nothing(together, way):
    assert together[way].status == "ok"


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_refused_says_what_to_do(together, way):
    told = REFUSED[way][1]
    text = as_text(together[way], "en")
    assert (together[way].status, together[way].earned) == ("refused", 0) and told in text
    assert "get_ipython" not in text or "get_ipython" in together.sources[way]


@pytest.mark.parametrize("way", ["async def", "%%timeit", "%%bash", "generator"])
def test_what_is_no_answer_is_none_in_both_places(home, way):
    source = {
        "async def": f"async {DEF}",
        "%%timeit": f"%%timeit -n1 -r1\n{DEF}",
        "%%bash": f"%%bash\n: {DEF}",
        "generator": "def scale(x, k):\n    for n in x:\n        yield n * k",
    }[way]
    assert graded(home, [source]).earned == 0


def test_a_helper_that_only_another_exercise_uses_costs_nothing(home):
    bad = "import os\ndef helper(x):\n    return os.getpid()\ndef double(x, k):\n    return helper(x)"
    assert graded(home, [f"{bad}\n{DEF}"]).status == "ok"
    assert graded(home, [f"{bad}\n{DEF}"], id="double").status == "refused"


def test_helpers_are_followed_over_cells_and_said_where_they_are(home):
    result = graded(home, ["def low(x):\n\n    return torch.ones(x)", "def high(x):\n    return low(x)", DEF.replace(
        "return", "return high(x) and")])  # fmt: skip
    assert "Line 3 of the cell that makes `low`: `torch` is used" in as_text(result, "en")


def test_the_last_definition_counts(home):
    good = DEF.replace("return", "return helper(x, k) and")
    assert graded(home, ["def helper(x, k):\n    return torch", HELPER, good, DEF]).status == "ok"
    assert graded(home, [HELPER, good, "def helper(x, k):\n    return torch"]).status == "refused"
    # what was put into a partial is the old one, whatever its name stands for later
    partial = "from functools import partial\nscale = partial(helper)"
    assert graded(home, ["def helper(x, k):\n    return torch", partial, HELPER]).status == "refused"
    assert graded(home, [HELPER, partial, "def helper(x, k):\n    return torch"]).status == "ok"


def test_a_cell_that_failed_half_way_says_nothing_about_what_it_did_not_reach(home):
    assert graded(home, [DEF, f"1 / 0\n{USES_TORCH}"]).status == "ok"
    assert graded(home, [USES_TORCH, f"1 / 0\n{DEF}"]).status == "refused"
    assert graded(home, [DEF, f"%%time\n1 / 0\n{USES_TORCH}"]).status == "ok"
    assert graded(home, [DEF, f"%%capture\n1 / 0\n{USES_TORCH}"]).status == "ok"
    assert graded(home, [DEF, f"\n%%capture\n%%time\nx = 1\n1 / 0\n{USES_TORCH}"]).status == "ok"
    assert graded(home, [DEF, f"%%capture\nx = (\n{USES_TORCH}"]).status == "ok"
    assert graded(home, [DEF, f"\n\nx = 1\n1 / 0\n{USES_TORCH}"]).status == "ok"


def test_what_changes_a_value_is_looked_at_too(home):
    uses = DEF.replace("return", "return table and")
    assert graded(home, ["table = {}\ntable['a'] = torch.ones(2)", uses]).status == "refused"
    assert graded(home, ["table = {}\ntable.update(a=torch.ones(2))", uses]).status == "refused"
    fill = "table = {}\ndef fill(t):\n    t['a'] = torch.ones(2)\nfill(table)"
    assert graded(home, [fill, uses]).status == "refused"
    assert graded(home, ["table = {1: 2}\nprint(torch.ones(len(table)))", uses]).status == "ok"


OWN = f"import math\n\ndef times(x, k):\n    return {BODY}\n"


@pytest.mark.parametrize(
    ("source", "cell", "status"),
    [
        (OWN, "from own import times as scale", "ok"),
        (OWN, "import own\ndef scale(x, k):\n    return own.times(x, k)", "ok"),
        (OWN, "def scale(x, k):\n    from own import times\n    return times(x, k)", "ok"),
        (OWN, "from own import *\ndef scale(x, k):\n    return times(x, k)", "ok"),
        ("import tidu\n" + OWN, "from own import times as scale", "refused"),
        ("import numpy\n" + OWN, "from own import times as scale", "refused"),
        (OWN + "    open('x')\n", "from own import times as scale", "refused"),
        ("import deeper\n" + OWN, "from own import times as scale", "refused"),
    ],
)
def test_a_module_beside_the_notebook_is_read_as_a_cell(home, tmp_path, monkeypatch, source, cell, status):
    (tmp_path / "own.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "deeper.py").write_text("import os\n")
    modules = {"own": source, "deeper": "import os\n"}
    for name in modules:
        sys.modules.pop(name, None)
    result = graded(home, [cell], modules)
    assert result.status == status
    assert status == "ok" or " of `own.py`" in as_text(result, "en") or " of `deeper.py`" in as_text(result, "en")


def test_a_module_that_a_cell_writes_is_there(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("own", None)
    assert graded(home, [f"%%writefile own.py\n{OWN}", "from own import times as scale"]).status == "ok"


def test_an_error_names_the_students_own_line(home):
    helper = "import math\n\ndef deeper(x):\n    # look\n    return math.sqrt(x[7])"
    result = graded(home, [helper, "def scale(x, k):\n    return deeper(x)"])
    where = result.failure["where"]
    assert where == {"function": "deeper", "line": 5, "text": "return math.sqrt(x[7])", "cell": 2}
    away = both.run_in_grading([helper, "def scale(x, k):\n    return deeper(x)", "check scale"], EXERCISES)
    assert away["scale"].failure["where"]["cell"] == "deeper"
    assert "cell [2], in deeper, line 5: return math.sqrt(x[7])" in as_text(result, "en")
    assert "the cell of deeper, in deeper, line 5" in as_text(away["scale"], "en")
    assert "写 deeper 的那一格" in as_text(away["scale"], "zh")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("scale = lambda x, k: x[9]", 1),
        ("\n\ndef scale(x, k):\n    return [y[9] for y in\n        [x]]", 4),
        ("%%time\ndef scale(x, k):\n\n    return x[9]", 4),
        ("%%capture\ndef scale(x, k):\n\n    return x[9]", 4),
        ("%matplotlib inline\nclass C:\n    def __call__(self, x, k):\n        raise ValueError(x)\nscale = C()", 4),
        ("def scale(x, k):\n    return sorted(x, key=lambda n: n[0])", 2),
        ("@(lambda f: f)\ndef scale(x, k):\n    raise KeyboardInterrupt if False else KeyError(k)", 3),
    ],
)
def test_the_line_is_that_of_the_cell_as_it_is_seen(home, source, line):
    assert graded(home, [source]).failure["where"]["line"] == line


def test_an_error_without_a_line_of_ones_own_has_none(home):
    assert graded(home, ["def scale(x):\n    return x"]).failure["where"] is None
