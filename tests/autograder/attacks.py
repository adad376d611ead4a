"""Submissions that ask for as much of the examiner's time and memory as they can, by what they do."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.autograder import classroom

#: What ``scale`` returns.
VALUES = {
    "one byte broadcast": "np.broadcast_to(np.int8(1), (1 << 26,))",
    "a large array": "np.zeros(1 << 20)",
    "a large list": "[0] * 90_000",
    "a large text": "'x' * (1 << 30 >> 1)",
    "many classes": "[type(f'T{i}', (), {})() for i in range(20_000)]",
    "deep": "__import__('functools').reduce(lambda a, _: [a], range(5000), 0)",
    "inside itself": "(lambda a: (a.append(a), a)[1])([])",
    "a large integer": "1 << (1 << 26)",
    "many keys": "{i: i for i in range(90_000)}",
    "a name without an end": "type('x' * (1 << 20), (), {})()",
    "as many as may be sent": "np.broadcast_to(np.float64(x.flat[0]), (1 << 17,))",
    "in as many dimensions": "np.broadcast_to(np.float64(x.flat[0]), (2,) * 17)",
    "complex, in as many dimensions": "np.broadcast_to(np.complex128(1e-17 + 1e300j), (2,) * 17)",
    "dimensions without elements": "np.zeros((1,) * 31 + (0,))",
    "other numbers each time": "np.random.rand(1 << 17)",
    "large integers": "[(1 << 4000) + i for i in range(3000)]",
    "keys that collide": "[{n * (2**61 - 1): 0 for n in range(1000)} for _ in range(40)]",
    "keys that are tuples": "{(('a',) * 90, i): i for i in range(1000)}",
    "texts": "['x' * 200_000] * 15",
    "nested dicts": "{'a': {'b': {'c': {i: 'x' * 500 for i in range(900)}}}}",
    "not a number": "np.full(1 << 17, np.nan)",
    "long names": "[type('名' * 80 + str(i), (), {})() for i in range(9000)]",
}
#: What is thrown in place of an answer, by a ``scale`` of these lines.
ERRORS = {
    "a long message": "raise ValueError('x' * (1 << 28))",
    "a message of escapes": "raise ValueError('\\x1b]' * 1000)",
    "a long chain": "e = None\n    for i in range(100_000):\n        n = ValueError()\n        n.__cause__ = e\n"
    "        e = n\n"
    "    raise e",
    "a name without an end": "raise type('E' * (1 << 22), (Exception,), {})",
    "a message that has none": "class E(Exception):\n        def __str__(self): raise self\n    raise E",
    "deep": "return scale(x, k)",
}
_NESTED = "".join(f"{' ' * i}def f{i}(a=x, *b, **c):\n" for i in range(99)) + " " * 99 + "pass"
#: Texts of the answer's cell, of which most are no answer.
SOURCES = {
    "a word without an end": "a" * 190_000 + " ?",
    "a chain without an end": "a." * 95_000 + " ?",
    "blanks": "x = 1\n" + " " * 190_000 + "x",
    "magics": "%%time\n" * 28_000,
    "prompts": ">>> x\n" * 30_000,
    "continued": "%time x \\\n" * 19_000,
    "a string": "'" + "\\" * 190_000,
    "brackets": "(" * 190_000,
    "statements": "x=1\n" * 49_000,
    "statements on a line": "x=1;" * 49_000,
    "one object": "x.a = x\n" * 24_000,
    "one argument": "f(x)\n" * 39_000,
    "one name": "x = x\n" * 32_000,
    "names": "\n".join(f"a{i} = a{i - 1}" for i in range(12_000)),
    "functions in functions": _NESTED,
    "lambdas": "(" + "lambda:(" * 90 + ")" * 91,
    "a sum": "x" + "+x" * 95_000,
    "a power": "2" + "**2" * 60_000,
    "minus": "-" * 190_000 + "1",
    "not": "not " * 49_000 + "x",
    "attributes": "x" + ".at" * 60_000,
    "attributes of attributes": "\n".join(["x" + ".a" * 900] * 100),
    "subscripts": "x" + "[0]" * 60_000,
    "calls": "x" + "()" * 90_000,
    "comparisons": "x" + "<x" * 90_000,
    "a large number": "x = " + "9" * 190_000,
    "a large hexadecimal number": "x = 0x" + "f" * 190_000,
    "numbers": "x = [" + "1," * 90_000 + "]",
    "f-strings": "x = " + "f'{x}' " * 27_000,
    "texts side by side": "x = " + "'' " * 60_000,
    "arguments": "f(" + "".join(f"a{i}=1," for i in range(20_000)) + ")",
    "decorators": "@x\n" * 60_000 + "def scale(): pass",
    "globals": "def scale(x, k):\n global " + ",".join(f"a{i}" for i in range(25_000)),
    "stars": "from numpy import *\n" * 9_000
    + classroom.RIGHT["scale"]
    + "\n    "
    + "\n    ".join(f"a{i}" for i in range(8000)),
    "cases": "match x:\n" + " case 1: pass\n" * 13_000,
    "elifs": "if x: pass\n" + "elif x: pass\n" * 14_000,
    "comprehensions": "[" * 90 + "a for a in " + "b] for b in ".join([""] * 90) + "c]",
    "walrus": "x = [" + "(a := 1)," * 20_000 + "]",
    "types": "x: " + "list[" * 90 + "int" + "]" * 90,
    "form feeds": "\f" * 190_000 + "x = 1",
    "letters that are others": "x = " + "ｘ+" * 60_000 + "1",
    "characters of no width": "\u200b" * 190_000,
    "surrogates": "x = '" + "\ud800" * 60_000 + "'",
}


def answer(body: str) -> dict[str, Any]:
    return classroom.submission({"scale": f"import numpy as np\ndef scale(x, k):\n    {body}"})


def _cells(count: int, source: str, kind: str = "code") -> dict[str, Any]:
    notebook = classroom.submission()
    for number in range(count):
        cell = {"cell_type": kind, "id": f"e{number}", "metadata": {}, "source": source.replace("NUMBER", str(number))}
        notebook["cells"].append(cell)
    return notebook


#: Whole notebooks, as they are handed in.
NOTEBOOKS = {
    "as much code as there may be": lambda: _cells(1900, "x=1\n" * 2500),
    "cells": lambda: _cells(100_000, "x = NUMBER"),
    "cells that fail": lambda: _cells(1900, "1/0 # NUMBER"),
    "cells that print": lambda: _cells(1900, "print('x' * 20_000)"),
    "cells that stand on one another": lambda: _cells(1900, "def aNUMBER(): return scale(x, k)\nx.b = aNUMBER"),
    "cells that end the process": lambda: _cells(200, "import os; os._exit(NUMBER)"),
    "cells that wait": lambda: _cells(200, "import time; time.sleep(1)"),
    "prose": lambda: _cells(90, "$a" * 90_000, "markdown"),
    "prose of scripts": lambda: _cells(90, "j a v a s c r i p t " * 9_000, "markdown"),
    "prose of entities": lambda: _cells(90, "&#" * 90_000, "markdown"),
    "lists in lists": lambda: {"cells": [[]] * 3_000_000},
    "lines": lambda: {"cells": [{"cell_type": "code", "source": ["x"] * 3_000_000}]},
}


def many_dimensions() -> np.ndarray:
    """As many elements as may be sent, of which no dimension has one to leave out."""
    return np.linspace(0, 1, 1 << 17).reshape((2,) * 17)
