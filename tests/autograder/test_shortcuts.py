"""What an exercise forbids is not there where its answer runs: every way of asking for it, for every exercise.

The rule that reads an answer's text is turned off here, so that it is not what refuses. An answer is a right one that
first wants the shortcut, and works only with it: whatever gets through earns everything.
"""

from __future__ import annotations

import pytest

from autograder.exercises import load
from autograder.grading import examiner, sandbox
from autograder.grading.session import Budget, Session
from autograder.judging.exercise import OPERATORS
from tests.autograder import both
from tests.course.answers import given, right_answers
from tests.effort import long

#: By the name that an exercise forbids: where it is, and a use of it, without which having it proves nothing.
TOOLS = {
    "take_along_axis": ("numpy", "take_along_axis", "assert tool(np.eye(2), np.array([[0, 1]]), 0).shape == (1, 2)"),
    "put_along_axis": (
        "numpy",
        "put_along_axis",
        "a = np.zeros((2, 2))\ntool(a, np.array([[0, 1]]), 1.0, 0)\nassert a.sum() == 2",
    ),
    "choose": ("numpy", "ndarray.choose", "assert tool(np.array([0, 1]), [[1, 2], [3, 4]]).tolist() == [1, 4]"),
    ".at": ("numpy", "add.at", "a = np.zeros(2)\ntool(a, [0, 0], 1.0)\nassert a.sum() == 2"),
    "histogram2d": ("numpy", "histogram2d", "assert tool([0.0, 1.0], [0.0, 1.0])[0].sum() == 2"),
    "histogramdd": ("numpy", "histogramdd", "assert tool(np.eye(2))[0].sum() == 2"),
    "optim": (
        "tidu",
        "optim.SGD",
        "a = __import__('tidu').ones(2, requires_grad=True)\na.sum().backward()\ntool([a], lr=1.0).step()\n"
        "assert a.tolist() == [0, 0]",
    ),
    "numpy": ("numpy", "zeros", "assert tool(2).shape == (2,)"),
    "tidu": ("tidu", "ones", "assert tool(2).grad is None"),  # as NumPy's are not
}
#: Statements that leave the tool in ``tool``, in the answer itself. MODULE, NAME (dotted) and LAST are put in.
WAYS = {
    "plainly": "import MODULE\ntool = MODULE.NAME",
    "from": "from MODULE import TOP\ntool = TOP if 'NAME' == 'TOP' else follow(TOP, 'NAME'[len('TOP') + 1:])",
    "a built string": "tool = follow(__import__(''.join(reversed('MODULE'[::-1]))), 'NAME'[::-1][::-1])",
    "importlib": "import importlib\ntool = follow(importlib.import_module('MODULE'), 'NAME')",
    "loaded modules": "import sys\ntool = follow(sys.modules['MODULE'], 'NAME')",
    "any loaded module": (
        "import sys\n"
        "tool = next(v for m in list(sys.modules.values()) for k, v in list(vars(m).items()) if k == 'LAST')"
    ),
    "builtins": "tool = follow(__builtins__['__import__']('MODULE') if isinstance(__builtins__, dict) else "
    "__builtins__.__import__('MODULE'), 'NAME')",
    "exec": "exec('import MODULE\\ntool = MODULE.NAME', globals())\ntool = globals()['tool']",
    "eval of encoded text": "import codecs\ntool = eval(codecs.decode(codecs.encode('__import__(\"MODULE\").NAME', "
    "'rot13'), 'rot13'))",
    "compiled": "tool = eval(compile('__import__(\"MODULE\").NAME', '', 'eval'))",
    "star": "space = {}\nexec('from MODULE import *', space)\ntool = space['TOP'] if 'NAME' == 'TOP' else "
    "follow(space['TOP'], 'NAME'[len('TOP') + 1:])",
    "pickle": "import pickle\ntool = pickle.loads(b'\\x80\\x04\\x8c' + bytes([len('MODULE')]) + b'MODULE\\x8c' + "
    "bytes([len('NAME')]) + b'NAME\\x93.')",
    "attrgetter": "import operator\ntool = operator.attrgetter('NAME')(__import__('MODULE'))",
    "methodcaller": "import operator\ntool = operator.methodcaller('__getattribute__', 'TOP')(__import__('MODULE'))\n"
    "tool = tool if 'NAME' == 'TOP' else follow(tool, 'NAME'[len('TOP') + 1:])",
    "partial": "import functools\ntool = functools.partial(follow, __import__('MODULE'))('NAME')",
    "map": "tool = list(map(follow, [__import__('MODULE')], ['NAME']))[0]",
    "a default": "tool = (lambda t=follow(__import__('MODULE'), 'NAME'): t)()",
    "closure": "def make():\n    held = follow(__import__('MODULE'), 'NAME')\n    return lambda: held\ntool = make()()",
    "generator": "tool = next(follow(__import__(m), 'NAME') for m in ['MODULE'])",
    "own getattr": "class Any:\n    def __getattr__(self, n): return follow(__import__('MODULE'), n)\n"
    "tool = getattr(Any(), 'NAME')",
    "callable object": "class Call:\n"
    "    def __call__(self): return follow(__import__('MODULE'), 'NAME')\ntool = Call()()",
    "static method": "class Box:\n    @staticmethod\n    def get(): return follow(__import__('MODULE'), 'NAME')\n"
    "tool = Box.get()",
    "decorator": "def given(f): return follow(__import__('MODULE'), 'NAME')\n@given\ndef tool(): pass",
    "metaclass": "class M(type):\n    def __getattr__(c, n): return follow(__import__('MODULE'), n)\n"
    "class C(metaclass=M): pass\ntool = getattr(C, 'NAME')",
    "descriptor": "class D:\n    def __get__(s, o, t): return follow(__import__('MODULE'), 'NAME')\n"
    "class C: honest = D()\ntool = C.honest",
    "patched builtin": "import builtins\nbuiltins.sorted_ = follow(__import__('MODULE'), 'NAME')\ntool = sorted_",
    "a shim for np": "class np_:\n    def __getattr__(s, n): return getattr(__import__('MODULE'), n)\n"
    "tool = follow(np_(), 'NAME')",
    "the module's own dict": "space = vars(__import__('MODULE'))\ntool = space['TOP'] if 'NAME' == 'TOP' else "
    "follow(space['TOP'], 'NAME'[len('TOP') + 1:])",
    "the module's getattr": "m = __import__('MODULE')\ntool = m.__getattr__('TOP')\ntool = tool if 'NAME' == 'TOP' "
    "else follow(tool, 'NAME'[len('TOP') + 1:])",
    "a fresh import": "import sys\n"
    "for n in [n for n in sys.modules if n.split('.')[0] == 'MODULE']: del sys.modules[n]\n"
    "sys.meta_path[:] = [f for f in sys.meta_path if isinstance(f, type)]\n"
    "tool = follow(__import__('MODULE'), 'NAME')",
    "a reload": "import importlib, sys\n"
    "for n in [n for n in sys.modules if n.startswith('MODULE.lib.') or n == 'MODULE']:\n"
    "    importlib.reload(sys.modules[n])\ntool = follow(sys.modules['MODULE'], 'NAME')",
    "the source": "import glob, sys\nm = __import__('MODULE')\nfor p in sorted(glob.glob(m.__path__[0] + '/**/*.py', "
    "recursive=True)):\n    text = open(p).read()\n    if 'def LAST(' in text or 'class LAST(' in text:\n"
    "        space = dict(vars(m))\n        exec(text, space)\n        tool = space['LAST']\n        break\n"
    "else:\n    raise LookupError",
    "what was compiled": "import glob, marshal, types\nm = __import__('MODULE')\ndef codes(c):\n"
    "    return [c, *(d for k in c.co_consts if isinstance(k, types.CodeType) for d in codes(k))]\n"
    "for p in glob.glob(m.__path__[0] + '/**/*.pyc', recursive=True):\n"
    "    try: c = marshal.loads(open(p, 'rb').read()[16:])\n    except OSError: continue\n"
    "    for d in codes(c):\n        if d.co_name == 'LAST': tool = types.FunctionType(d, vars(m)); break\ntool",
    "collected objects": "import gc\ngc.unfreeze()\ntool = next(o for o in gc.get_objects() if "
    "getattr(o, '__name__', '') == 'LAST' and callable(o))",
    "referents": "import gc\ngc.unfreeze()\nm = __import__('MODULE')\nfound, queue = set(), [m]\nwhile queue:\n"
    "    o = queue.pop()\n    if id(o) in found or len(found) > 60_000: continue\n    found.add(id(o))\n"
    "    if type(o).__name__ in ('function', 'type', 'method_descriptor') and o.__name__ == 'LAST':\n"
    "        tool = o; break\n    queue += gc.get_referents(o)\ntool",
    "subclasses": "def below(c):\n    for d in type.__subclasses__(c):\n        yield d\n        yield from below(d)\n"
    "tool = next(c for c in below(object) if c.__name__ == 'LAST' or 'LAST' in vars(c))\n"
    "tool = tool if tool.__name__ == 'LAST' else getattr(tool, 'LAST')",
    "a subclass": "m = __import__('MODULE')\nclass Mine(getattr(m, 'ndarray', object)): pass\n"
    "tool = getattr(Mine, 'LAST')",
    "a C type's dict": "import gc\nm = __import__('MODULE')\n"
    "tool = next(d['LAST'] for c in (m.ufunc, m.ndarray, m.generic) "
    "for d in gc.get_referents(vars(c)) if isinstance(d, dict) and 'LAST' in d)",
    "masked arrays": "import numpy.ma\ntool = getattr(numpy.ma, 'LAST')",
    "the private module": "import numpy.lib._shape_base_impl as b, numpy.lib._histograms_impl as h\n"
    "tool = getattr(b, 'LAST', None) or getattr(h, 'LAST')",
    "the old name": "import numpy.core.fromnumeric as c, numpy.lib as l\ntool = getattr(c, 'LAST', None) or "
    "getattr(l, 'LAST')",
    "resolved by name": "import pkgutil\ntool = pkgutil.resolve_name('MODULE:NAME')",
    "located by name": "import pydoc\ntool = pydoc.locate('MODULE.NAME')\nassert tool",
    "run as a script": "import runpy\ntool = follow(type('M', (), runpy.run_module('MODULE')), 'NAME')",
    "legacy": "import MODULE.legacy.optim as o\ntool = o.SGD",
    "ctypes": "import ctypes\nctypes.pythonapi.PyRun_SimpleString(b'import MODULE')\n"
    "tool = follow(__import__('MODULE'), "
    "'NAME')",
    "_ctypes": "import _ctypes\ntool = _ctypes.PyObj_FromPtr(id(follow(__import__('MODULE'), 'NAME')))",
    "another process": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import MODULE'], check=True)\n"
    "tool = follow(__import__('MODULE'), 'NAME')",
    "frames": "import sys\nf = sys._getframe()\nwhile f:\n    for s in (f.f_globals, f.f_locals):\n"
    "        for v in list(s.values()):\n            try: tool = follow(v, 'NAME')\n"
    "            except Exception: continue\n"
    "            break\n    f = f.f_back\ntool",
    "a helper cell": "tool = OWN_CELL",
    "a table in a cell": "tool = OWN_TABLE['it']",
}
CELL = """
def follow(thing, path):
    for name in path.split('.'):
        thing = getattr(thing, name)
    return thing
OWN_TABLE = {}
exec('try:\\n    import MODULE\\n    OWN_CELL = OWN_TABLE["it"] = MODULE.NAME\\nexcept Exception: pass')
"""
PAIRS = [(exercise, name) for exercises in load().values() for exercise in exercises for name in (
    *exercise.forbid, *{"python": ("numpy", "tidu"), "numpy": ("tidu",), "tidu": ()}[exercise.allow])]  # fmt: skip
QUICK = Budget(cell=5.0, call=2.0, exercise=10.0, notebook=60.0)


@pytest.mark.parametrize("exercise", [e for e in dict.fromkeys(e for e, _ in PAIRS) if e.forbid], ids=lambda e: e.id)
def test_an_honest_answer_earns_everything_there(exercise):
    result = graded(
        exercise, [CELL.replace("MODULE.NAME", "numpy.zeros").replace("MODULE", "numpy")], right_answers(exercise)[0]
    )
    assert result.earned == result.points


def put(text, name):
    module, path, _ = TOOLS[name]
    top, last = path.split(".")[0], path.split(".")[-1]
    return text.replace("MODULE", module).replace("NAME", path).replace("TOP", top).replace("LAST", last)


def answer(exercise, name, way):
    """A right answer that begins by getting the tool, and using it."""
    lines = [*put(WAYS[way], name).splitlines(), *TOOLS[name][2].splitlines()]
    right = right_answers(exercise)[0]
    body = "\n".join(f"    {line}" for line in lines)
    first = "np = __import__('numpy')\n    " if TOOLS[name][0] == "numpy" else ""
    start = f"{right}\nhonest = {exercise.id}\ndef {exercise.id}(*given, **more):\n    {first}tool = None"
    return f"{start}\n{body}\n    return honest(*given, **more)"


def graded(exercise, cells, answer):
    cells = [*given(exercise.notebook), *cells, answer, f"{both.CHECK}{exercise.id}"]
    return both.run_in_grading(cells, [exercise], budget=QUICK)[exercise.id]


def ways(number):
    """All, or a few that are others for each pair: more where the tool lies in a library that is there."""
    step = 1 if long() else 25 if PAIRS[number][1] in PAIRS[number][0].forbid else len(WAYS)
    return list(WAYS)[number % step :: step]


#: Of exercises that have no library at all, in the ordinary run, one in five.
NUMBERS = [n for n, (exercise, name) in enumerate(PAIRS) if long() or name in exercise.forbid or n % 5 == 0]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda n: f"{PAIRS[n][0].id}-{PAIRS[n][1]}")
def test_no_way_leads_to_what_is_forbidden(number, monkeypatch):
    monkeypatch.setattr(examiner, "objections", lambda *rest: [])
    exercise, name = PAIRS[number]
    through = [way for way in ways(number) if graded(exercise, [put(CELL, name)], answer(exercise, name, way)).earned]
    assert through == []


@pytest.mark.parametrize("name", [name for name in TOOLS if name not in ("numpy", "tidu")])
def test_the_ways_do_lead_where_nothing_is_forbidden(name, monkeypatch):
    """Without this the table would prove nothing: where the tool is there, most ways find it."""
    monkeypatch.setattr(examiner, "objections", lambda *rest: [])
    exercise = next(e for e, n in PAIRS if n == name)
    monkeypatch.setattr(exercise, "forbid", ())
    tried = list(WAYS)[:: 1 if long() else 25]
    through = [w for w in tried if graded(exercise, [put(CELL, name)], answer(exercise, name, w)).earned]
    # a few ways are no way to some of the tools: of a sample they may be most
    assert len(through) >= len(tried) * (0.55 if long() else 0.25), sorted({*tried} - {*through})


#: Each reaches code in C that is not NumPy's, with which what was taken away could be put back.
NATIVE = ["__import__('ctypes').string_at(id(0), 1)", "__import__('_ctypes').dlopen", "__import__('_testcapi')"]


@pytest.mark.parametrize("allow, forbid", [("numpy", ()), ("numpy", ("choose",)), ("tidu", ("optim",))])
def test_no_code_in_c_is_called_by_its_address(allow, forbid):
    with Session(sandbox.choose(), QUICK, allow=allow, forbid=forbid) as session:
        session.run(
            "def f(text):\n    try:\n        eval(text)\n    except BaseException:\n        return 0\n    return 1"
        )
        found = [session.function("f")(text) for text in NATIVE]
    assert found[:2] == [0, 0] if forbid else found[:2] == [1, 1]
    assert not (forbid and found[2])


def test_what_needs_an_address_works_without_ctypes():
    """Writing in place does: the library asks NumPy where memory lies, and NumPy asked ctypes."""
    with Session(sandbox.choose(), QUICK, allow="tidu", forbid=("optim",)) as session:
        run = session.run(
            "import numpy as np\nimport tidu\nw = tidu.zeros(3)\nw.data.copy_(tidu.ones(3))\nw[1:].add_(1)\nw[0] += 4\n"
            "print(w.tolist(), np.zeros(2).ctypes.data > 0)"
        )
    assert (run.out, run.error) == ("[5.0, 2.0, 2.0] True\n", "")


def test_an_operator_cannot_be_taken_away_so_no_exercise_forbids_what_one_does():
    with Session(sandbox.choose(), QUICK, forbid=("matmul", "power")) as session:
        assert (
            session.run("import numpy as np\nassert not hasattr(np, 'matmul')\nnp.eye(2) @ np.eye(2) ** 2").error == ""
        )
    for name in ("matmul", ".dot", "power", "equal", ".take"):
        with pytest.raises(ValueError, match=r"forbid names '\.?\w+', which \S+ does too"):
            both.scaling("scale", allow="numpy", forbid=(name,))
    assert not {name.lstrip(".") for exercise, name in PAIRS} & OPERATORS.keys()
