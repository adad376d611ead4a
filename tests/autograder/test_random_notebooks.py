"""Random notebooks: however an answer is bound and whatever stands around it, home and grading say the same."""

from __future__ import annotations

import random
import textwrap
from dataclasses import dataclass, field

import pytest

from tests.autograder import both
from tests.effort import rounds

#: Notebooks that share a kernel and a worker; their names differ, so that each is on its own.
TOGETHER = 25
BATCHES = rounds(8, 160)


@dataclass
class Book:
    """One notebook in the making: ``n`` ends every name of its own."""

    rng: random.Random
    n: str
    cells: list[str] = field(default_factory=list)
    imported: set[str] = field(default_factory=set)

    def maybe(self, chance: float = 0.5) -> bool:
        return self.rng.random() < chance

    def import_(self, line: str) -> str:
        """An import where it is used, or in a cell of its own above."""
        if self.maybe():
            self.cells.append(line)
            return ""
        return f"{line}\n"


#: What a helper does before it returns; the answer stands on it. Most are not allowed, or fail.
DEEDS = {
    "nothing": "pass",
    "library": "torch.ones(2)",
    "library by another name": "L{n}.ones(2)",
    "import inside": "import tidu",
    "numpy": "np.zeros(2)",
    "own torch": "torch = [v for v in x]",
    "loop over torch": "for torch in x: pass",
    "parameter": "(lambda torch, np: torch)(1, 2)",
    "mentioned": "'''torch.ones, eval, np.sum, input()'''",
    "comment": "pass  # torch.ones(2); input()",
    "time": "time{n}.time()",
    "eval": "eval('1')",
    "input": "input('? ')",
    "open": "open",
    "own open": "open = len; open(x)",
    "display": "display(x)",
    "output": "_",
    "math": "math.prod(x)",
    "copy": "copy.copy(x)",
    "raises": "x[50]",
    "raises later": "if len(x) > 2: raise ValueError('long')",
    "raises in a comprehension": "[v[0] for v in x]",
    "not done": "raise NotImplementedError()",
    "magic": "%timeit -n1 -r1 1",
    "time magic": "%time len(x)",
    "value of the library": "kept{n}",
    "changed": "table{n}['a']",
    "wide": "wide{n}",
    "annotation": "y: torch.Tensor = x",
    "underscored": "().__class__.__mro__",
    "star": "floor(1.5)",
    "asked": "asked{n}",
    "shell": "files{n}",
}
#: Cells that some deeds need, and that stand in some notebooks for nothing.
NEEDED = {
    "library by another name": "import tidu as L{n}",
    "time": "import time as time{n}",
    "math": "import math",
    "copy": "from copy import copy as c{n}\nimport copy",
    "value of the library": "kept{n} = torch.ones(3)",
    "changed": "table{n} = {{}}\ntable{n}['a'] = torch.ones(2)",
    "wide": "if True:\n    wide{n} = 3\nelse:\n    wide{n} = torch",
    "asked": "asked{n} = int(input('how many? '))",
    "shell": "files{n} = !true",
}
BESIDE = [
    "print('hello')", "%matplotlib inline", "!true", "torch.arange(3).sum()", "t{n} = torch.ones(2)\nt{n}.sum()",
    "import os\nos.getcwd()", "1 / 0", "def unused{n}():\n    return torch, open, eval", "%%timeit -n1 -r1\n1 + 1",
    "def (", "from __future__ import annotations", "x = input('? ')", "%%bash\ntrue", "display(3)", "import math?",
    "len?", "y{n} = %timeit -o -n1 -r1 1", "undefined{n}", "class C{n}:\n    strides = torch.ones(2)", "# torch",
    "from math import nowhere{n}", "'a value'", "%%capture got{n}\nprint(1)", "for i in range(3):\n    %time i",
    "np.ones(2) * 2",
]  # fmt: skip
VALUE = ["tuple(v * k for v in x)"] * 5 + ["tuple(v + k for v in x)", "x", "None", "[v * k for v in x]"]


def function(name: str, deed: str, value: str) -> str:
    return f"def {name}(x, k):\n    {deed}\n    return {value}"


def bind(book: Book, name: str, deed: str, value: str) -> str:
    """A cell that makes ``name`` a function, in some way."""
    n = book.n
    helper = function(f"made{n}", deed, value)
    way = book.rng.randrange(18)
    if way == 0:
        return f"{name} = lambda x, k: {value}"
    if way == 1:
        return f"{helper}\n{name}: object = made{n}"
    if way == 2:
        return f"{helper}\n({name} := made{n})"
    if way == 3:
        return f"{book.import_('import functools')}{helper}\n{name} = functools.partial(made{n})"
    if way == 4:
        method = function("__call__", deed, value).replace("(x", "(self, x", 1)
        return f"class K{n}:\n{textwrap.indent(method, '    ')}\n{name} = K{n}()"
    if way == 5:
        outer = f"def same{n}(f):\n    def inner(x, k):\n        return f(x, k)\n    return inner\n"
        return f"{outer}@same{n}\n{function(name, deed, value)}"
    if way == 6:
        return f"{helper}\n{name}, other{n} = made{n}, 3"
    if way == 7:
        return f"{helper}\nfor {name} in [made{n}]: pass"
    if way == 8:
        return f"%%time\n{function(name, deed, value)}"
    if way == 9:
        return f"%%capture\n{function(name, deed, value)}"
    if way == 10:
        return "if True:\n" + textwrap.indent(function(name, deed, value), "    ")
    if way == 11:
        return f"\n\n{function(name, deed, value)}"
    if way == 12:
        inner = textwrap.indent(function("inner", deed, value), "    ")
        return f"def make{n}():\n{inner}\n    return inner\n{name} = make{n}()"
    if way == 13:
        return f"{helper}\n%time {name} = made{n}"
    if way == 14:
        return "try:\n    import nowhere\nexcept ImportError:\n" + textwrap.indent(function(name, deed, value), "    ")
    if way == 15:
        return f"{helper}\ndef put{n}():\n    global {name}\n    {name} = made{n}\nput{n}()"
    return function(name, deed, value)


def write(rng: random.Random, n: str) -> list[str]:
    """The cells of a notebook about the exercise ``f{n}``, its check last."""
    book = Book(rng, n)
    deeds = [rng.choice(list(DEEDS)) if book.maybe(0.4) else "nothing" for _ in range(rng.randint(1, 3))]
    value = rng.choice(VALUE)
    names = [f"h{n}_{depth}" for depth in range(len(deeds) - 1)] + [f"f{n}"]
    made = []
    for depth, (name, deed) in enumerate(zip(names, deeds, strict=True)):
        calls = value if depth == 0 else f"{names[depth - 1]}(x, k)"
        if deed in NEEDED and book.maybe(0.9):
            book.cells.append(NEEDED[deed].format(n=n))
        text = DEEDS[deed].replace("{n}", n)
        made.append(bind(book, name, text, calls) if depth == len(deeds) - 1 else function(name, text, calls))
    if book.maybe(0.2):  # something replaced later, or earlier, by something else
        other = function(rng.choice(names), rng.choice(["torch.ones(1)", "pass", "x[50]"]), "tuple(v * k for v in x)")
        made.insert(rng.randrange(len(made) + 1), other)
    for cell in made:
        if book.maybe(0.1):
            cell = rng.choice(["1 / 0", f"undefined{n}", "%time 1 / 0", "x = 1"]) + "\n" + cell
        if book.maybe(0.2):
            cell += "\n" + rng.choice(["%timeit -n1 -r1 1", f"f{n}?", f"f{n}((1, 2), 3)", "display(1)", "print(1)"])
        if made and book.maybe(0.15) and not cell.lstrip().startswith("%%") and book.cells:
            book.cells[-1] += "\n" + cell
        else:
            book.cells.append(cell)
        if book.maybe(0.4):
            book.cells.append(rng.choice(BESIDE).replace("{n}", n))
    return [*book.cells, f"{both.CHECK}f{n}"]


@pytest.fixture(scope="module")
def home():
    with both.at_home() as opened:
        yield opened


@pytest.mark.parametrize("batch", range(BATCHES))
def test_home_and_grading_agree(home, batch):
    numbers = [f"{batch}_{i}" for i in range(TOGETHER)]
    books = {n: write(random.Random(f"notebook {n}"), n) for n in numbers}
    exercises = [both.scaling(f"f{n}") for n in numbers]
    cells = [cell for book in books.values() for cell in book]
    at_home = both.run_at_home(home, cells, exercises)
    away = both.run_in_grading(cells, exercises)
    for n, book in books.items():
        try:
            both.Graded(at_home[f"f{n}"], away[f"f{n}"]).agree()
        except AssertionError as error:
            told = "\n\n".join(f"# cell\n{cell}" for cell in book)
            raise AssertionError(f"notebook {n}:\n{told}\n\n{error}") from None


def test_the_notebooks_are_of_all_kinds(home):
    """Many are right, many are refused, some raise, are wrong, unanswered or missing."""
    numbers = [f"kind_{i}" for i in range(100)]
    cells = [cell for n in numbers for cell in write(random.Random(n), n)]
    found = both.run_at_home(home, cells, [both.scaling(f"f{n}") for n in numbers])
    seen = [result.status for result in found.values()]
    assert seen.count("ok") > 20 and seen.count("refused") > 20
    assert {"ok", "refused", "wrong", "error", "missing"} <= set(seen)
