"""Right answers written in other ways, among cells of one's own: whatever Python reads as the same earns the same.

One notebook holds a right answer to each of its exercises, all written in one way. The ordinary run takes some ways
for each notebook, ``--long`` all of them, and each right answer.
"""

from __future__ import annotations

import ast
import itertools
import re

import pytest

from autograder.exercises import load
from tests.autograder import both
from tests.course.answers import given, right_answers
from tests.effort import long


def beginning(text):
    """Statements put at the beginning of the answer's body."""

    def way(source, id):
        tree = ast.parse(source)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == id:
                doc = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
                at = node.body[doc].lineno - 1
                lines = source.split("\n")
                own = [f"    {line}" if line else line for line in text.split("\n")]
                return "\n".join([*lines[:at], *own, *lines[at:]])
        return source

    return way


def around(text):
    """Another function of the same name, that calls the first under ``_it``."""
    return lambda source, id: f"{source}\n_it_{id} = {id}\n" + text.replace("ID", id).replace("_it", f"_it_{id}")


def above(text):
    return lambda source, id: f"{text}\n{source}"


OWN_CLASS = """class Own:
    def __init__(self, value):
        self.value = value
    def take_along_axis(self, *a): return self.value
    put_along_axis = choose = at = dot = sum = reshape = strides = optim = histogram2d = numpy = take_along_axis
"""
ANSWERS = {
    "as it is": lambda source, id: source,
    "unparsed": lambda source, id: ast.unparse(ast.parse(source)),
    "tabs": lambda source, id: re.sub(r"^(?: {4})+", lambda m: "\t" * (len(m[0]) // 4), source, flags=re.MULTILINE),
    "carriage returns": lambda source, id: source.replace("\n", "\r\n"),
    "form feed": lambda source, id: f"\f\n{source}\n\f\n",
    "blanks behind": lambda source, id: re.sub(r"(?<=[:)\]])$", "  \t", source, flags=re.MULTILINE),
    "a line that begins with %": beginning("_left = (7\n% 3\n)"),
    "a text of commands": beginning('_text = """\n%time x\n!ls\n?x\n%%bash\n  !x = 1\n"""'),
    "a text of prompts": beginning("_text = '''\n>>> f(x)\n... 3\nIn [1]: x\n'''"),
    "walrus": beginning("if (_n := 3) > 2:\n    _m = [_k := _n]"),
    "match": beginning("match (1, [2, 3]):\n    case (1, [_a, *_rest]) if _a:\n        pass\n"
    "    case {'k': _b, **_more}:\n"
                       "        pass\n    case _:\n        pass"),
    "nested f-string": beginning("_t = f\"{'a':{'>' + str(3)}}{f'{1!r:>{2}}'}{{%}}\""),
    "type hints": beginning("_v: 'list[torch.Tensor] | None' = None\n_w: int"),
    "names that are not ASCII": beginning("张量, naïve, µ = 1, 2, 3\n_和 = 张量 + naïve + µ"),
    "names like NumPy's": beginning("npx, np_, numpy_, torch_, dot, matmul = 1, 2, 3, 4, 5, 6\n"
    "_s = npx + dot + matmul"),
    "a comment of commands": beginning("# %time, !ls, np.take_along_axis(x), torch.optim, eval(x)"),
    "continued": beginning("_a = 7 \\\n    % 4"),
    "generator and lambda": beginning("_g = list(map(lambda v, w=2: v % w, (u for u in range(3))))"),
    "own class beside": above(OWN_CLASS),
    "async beside": above("async def later(n):\n    async with n as m:\n        return [await k async for k in m]"),
    "magics beside": above("%matplotlib inline\n!true\nfiles = !true"),
    "compared with the library below": lambda source, id: f"{source}\nimport numpy\nnumpy.take_along_axis\n"
    "numpy.add.at\nnumpy.choose\nimport tidu.optim\ntidu.optim.SGD\n",
    "redefined below": lambda source, id: f"{source}\nimport numpy\nnumpy.take_along_axis; numpy.histogram2d\n{source}",
    "awaited above": above("import asyncio\nawait asyncio.sleep(0)\nx_awaited = 1"),
    "decorated": around("import functools\ndef same(f):\n    @functools.wraps(f)\n    def inner(*a, **k):\n"
                        "        return f(*a, **k)\n    return inner\n@same\ndef ID(*a, **k):\n"
                        "    return _it(*a, **k)"),
    "callable object": around("class Call_ID:\n    def __call__(self, *a, **k):\n"
    "        return _it(*a, **k)\nID = Call_ID()"),
    "static method": around("class Box_ID:\n    @staticmethod\n    def run(*a, **k):\n"
    "        return _it(*a, **k)\nID = Box_ID.run"),
    "partial": around("import functools\nID = functools.partial(lambda f, *a, **k: f(*a, **k), _it)"),
    "own methods in it": around(OWN_CLASS + "def ID(*a, **k):\n    own = Own(_it(*a, **k))\n"
    "    return own.take_along_axis()"),
}  # fmt: skip
#: Cells of one's own, which stand before every answer.
CELLS = [
    OWN_CLASS + "o = Own(1)\no.at(2); o.choose([3]); o.dot(4); o.optim(); o.sum().real\n",
    "def dot(a, b):\n    return sum(x * y for x, y in zip(a, b))\ndot([1], [2])",
    "%%time\ntext = '''\n%%bash\n!x\n'''\nlen(text)",
    "%timeit -n1 -r1 1 + 1\n!true\nfiles = !true\nlen?\n?len",
    "class Tensor:\n    def reshape(self, *s): return self\n    def strides(self): return ()\n"
    "Tensor().reshape(1).strides()",
    "import asyncio\nasync def wait():\n    await asyncio.sleep(0)\n    return 3\nthree = await wait()",
]
NOTEBOOKS = list(load())
PAIRS = [(name, way) for n, name in enumerate(NOTEBOOKS) for way in (ANSWERS if long() else list(ANSWERS)[4 * n :: 25])]


@pytest.mark.parametrize("name, way", PAIRS)
def test_what_python_reads_as_the_same_earns_the_same(name, way):
    exercises = load(name)
    rows = itertools.zip_longest(*(right_answers(e)[: None if long() else 1] for e in exercises))
    for row in rows:
        cells = [*given(name), *CELLS]
        for exercise, source in zip(exercises, row, strict=True):
            if source is not None:
                cells += [ANSWERS[way](source, exercise.id), f"{both.CHECK}{exercise.id}"]
        lost = {id: (r.status, [m.en for m in r.messages], r.earned) for id, r in
                both.run_in_grading(cells, exercises).items() if r.earned != r.points}  # fmt: skip
        assert lost == {}
