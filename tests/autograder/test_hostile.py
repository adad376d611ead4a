"""Submissions that would break the grader, cheat it, or speak through it, and must not."""

from __future__ import annotations

import html
import json
import random
import re
import shutil
import sys
import threading
import time

import pytest

from autograder.classroom import batch, folder, roster
from autograder.classroom.folder import Classroom
from autograder.grading import examiner, intake, sandbox, untrusted, wire
from autograder.grading.session import Budget, Session
from autograder.grading.submission import grade_bytes, own_seed
from autograder.judging import policy
from autograder.judging.catalogue import Message
from autograder.judging.exercise import AnswerError, Exercise, Part, WorkerCrashed
from tests.autograder import attacks, batches, classroom
from tests.effort import rounds

QUICK = Budget(cell=3.0, call=1.0, exercise=3.0, notebook=30.0, restarts=2, examiner=0.5)


def graded(answers=None, extra=None, seed=11, tier=None, budget=QUICK):
    data = classroom.as_bytes(classroom.submission(answers, extra))
    return grade_bytes(
        classroom.NAME, classroom.release(), data, classroom.EXERCISES,
        seed=seed, tier=tier or sandbox.choose(), budget=budget,
    )  # fmt: skip


# what a worker sends


def _node(rng, depth=0):
    """A node that may be valid: what mutations of text hardly ever reach."""
    odd = [
        0,
        1,
        -1,
        2**26,
        2**40,
        2**61,
        2**62,
        -(2**62),
        10**30,
        1.5,
        True,
        None,
        "",
        "x",
        [],
        {},
        "nan",
        "0x1",
        [0],
        [2**26],
    ]
    kind = rng.randrange(5 if depth < 4 else 2)
    if kind == 0:
        return rng.choice(odd)
    if kind == 1:
        sizes = [0, 0, 1, 2, 3, 2**13, 2**26, 2**31, 2**61]
        shape = [rng.choice(sizes) for _ in range(rng.choice([0, 1, 2, 3, 4, 40]))]
        node = {
            "t": "array",
            "d": rng.choice([*wire.DTYPES, "|O", "<U1"]),
            "s": shape,
            "o": rng.choice([0, 8, -8, 2**61]),
        }
        node["strides"] = [rng.choice([0, 0, 8, -8, 1, 2**61]) for _ in shape]
        node.update(
            {
                rng.choice(["scalar", "readonly", "o", "s", "strides", "d"]): rng.choice(odd)
                for _ in range(rng.randrange(2))
            }
        )
        return node
    tag = rng.choice(["list", "tuple", "dict", "int", "float", "complex", "opaque", "other"])
    body = [_node(rng, depth + 1) for _ in range(rng.randrange(3))]
    if tag == "dict" and rng.random() < 0.8:
        body = [[_node(rng, depth + 1), _node(rng, depth + 1)] for _ in range(rng.randrange(3))]
    return {"t": tag, "v": rng.choice([body, body, rng.choice(odd)]), "kind": rng.choice(["T", 3, "x" * 100])}


def test_whatever_a_worker_sends_is_a_value_or_a_wire_error():
    rng = random.Random(3)
    ends = {True: 0, False: 0}
    for _ in range(rounds(3_000, 150_000)):
        sizes = [rng.choice([0, 8, 16, 64]) for _ in range(rng.randrange(4))]
        header = json.dumps({"m": {"v": _node(rng)}, "n": sizes}).encode()
        try:
            wire.unpack(header, bytes(sum(sizes)))
            ends[True] += 1
        except wire.WireError:
            ends[False] += 1
    assert min(ends.values()) > 200


@pytest.mark.parametrize("shape", [[0, 2**26, 2**26, 2**26], [2**26], [2**13, 2**13], [0, 2**40]], ids=str)
def test_arrays_of_impossible_size_are_refused(shape):
    node = {"t": "array", "d": "|i1", "s": shape, "strides": [0] * len(shape), "o": 0}
    with pytest.raises(wire.WireError):
        wire.unpack(json.dumps({"m": {"v": node}, "n": [1]}).encode(), b"\0")


def test_values_of_any_size_cost_their_own_exercise_alone():
    for value in list(attacks.VALUES.values())[: rounds(3, len(attacks.VALUES))]:
        start = time.monotonic()
        _, outcome = graded({"scale": f"import numpy as np\ndef scale(x, k):\n    return {value}"})
        earned = {name: result.earned for name, result in outcome.results.items()}
        assert earned["scale"] == 0 and earned["steps"] == 4 and not outcome.failures, value
        assert time.monotonic() - start < 20, value


def test_what_is_kept_of_one_exercise_is_bounded():
    with Session(sandbox.choose(), Budget(bytes=1 << 20)) as session:
        session.run("def f():\n    return np.zeros(1 << 16)\nimport numpy as np")
        session.begin_exercise()
        with pytest.raises(WorkerCrashed, match="memory"):
            for _ in range(4):
                session.function("f")()


def test_outputs_of_a_notebook_are_bounded():
    notebook, outcome = graded(extra={"steps": ["print('x' * 20_000)"] * 60})
    assert len(json.dumps(notebook)) < 1_300_000
    assert any("too much output" in told.en for told in outcome.notes) and outcome.earned == 9


def test_the_examiner_has_a_deadline_of_its_own(monkeypatch):
    def slow(name, *rest):
        while name == "scale":
            pass
        return []

    monkeypatch.setattr(examiner, "objections", slow)
    _, outcome = graded(budget=Budget(cell=3.0, call=1.0, exercise=0.5, notebook=30.0, examiner=0.5))
    assert outcome.results["scale"].status == "timeout" and outcome.results["scale"].earned == 0
    assert outcome.status == "graded" and threading.active_count() < 10


@pytest.mark.parametrize("module", ["numpy.f2py.__main__", "numpy.conftest", "math.x", "numpy.no", "collections.x"])
def test_no_text_of_a_students_says_what_the_examiner_imports(module):
    """The first is a program that runs as it is imported, and writes files; the others are not there to be imported."""
    before = {*sys.modules}
    cells = [f"try:\n    from {module} import *\nexcept BaseException:\n    pass", "def f(x):\n    return unknown(x)"]
    told = policy.objections("f", cells, policy.Rule())
    assert "does not say what it brings in" in told[0].en
    assert not [name for name in {*sys.modules} - before if name.startswith((module, "numpy.f2py"))]


# what is said


@pytest.mark.parametrize(
    "given, wanted",
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b", "ab"),
        ("10%\r100%", "10%\n100%"),
        ("a\u202eb\u2066c\u200bd\ufeff", "abcd"),
        ("\x9b2Ja\x08", "a\ufffd"),
        ("\u2028\x85", "\n\n"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("\ud800", "?"),
        ("字 ＋ 1\tx\n", "字 ＋ 1\tx\n"),
    ],
    ids=range(9),
)
def test_text_from_outside(given, wanted):
    assert untrusted.text(given) == wanted
    assert untrusted.text(wanted) == wanted


def test_one_line_stays_one_line():
    assert untrusted.line("李\u3000伟\u200d\r\n\x1b[2Jx") == "李 伟 x"


SCRIPTS = ["[a](javascript:x)", "[a]( JaVa\tScript\\:x)", "[a]: vbscript:x", "[a](&#106;avascript:x)", "[a](x&colon;y)"]
SCRIPTS += ["[a](data:text/html,x)", "[a](java&Tab;script:x)"]


@pytest.mark.parametrize("link", SCRIPTS, ids=range(len(SCRIPTS)))
def test_a_link_is_no_script(link):
    shown = untrusted.prose(link)
    assert not re.search(r"(java|vb)\s*script\s*\\?:|data:text", html.unescape(shown), re.IGNORECASE)


@pytest.mark.parametrize(
    "prose", ["see https://a.b/c?x=1&y=2", "data: three; note: R&D", "![p](data:image/png;base64,AA)"]
)
def test_honest_prose_stays_as_it_is(prose):
    assert untrusted.prose(prose) == prose


def test_no_output_speaks_to_a_terminal():
    said = "print('\\x1b]0;owned\\x07\\x1b[2J\\u202egnp.exe\\r100/100')\nraise ValueError('\\x1b[1mbold')"
    notebook, _ = graded({"scale": f"{classroom.RIGHT['scale']}\n{said}"})
    assert not re.search("[\x1b\r\x07\u202e]", json.dumps(notebook["cells"], ensure_ascii=False))


MARK = "<img src=x onerror=alert(1)>"
TOLD = {
    "the name of a type": f"return type({MARK!r}, (), {{}})()",
    "the name of an error": f"raise type({MARK!r}, (Exception,), {{}})('m')",
    "the text of an error": f"raise ValueError({MARK!r} + '\\u202e')",
    "a text": f"return {MARK!r}",
    "keys": f"return {{{MARK!r}: 1}}",
    "a line of the answer": "raise ValueError  # <img src=x> \u202e\u200b",
}


@pytest.mark.parametrize("what", TOLD)
def test_nothing_that_a_card_tells_of_an_answer_is_markup_or_unseen(what):
    notebook, _ = graded({"scale": f"def scale(x, k):\n    {TOLD[what]}"})
    shown = [out["data"] for cell in notebook["cells"] for out in cell.get("outputs", []) if "text/html" in out["data"]]
    assert len(shown) == 2 and "img" in shown[0]["text/html"]
    assert not re.search("<img|[\x1b\u202e\u200b]", json.dumps([one["text/html"] for one in shown], ensure_ascii=False))
    assert not re.search("[\x1b\u202e\u200b]", json.dumps([one["text/plain"] for one in shown], ensure_ascii=False))


def test_the_name_of_a_file_turns_no_line(tmp_path):
    _, outcome = grade_bytes(
        classroom.NAME, classroom.release(), classroom.as_bytes(classroom.submission()), classroom.EXERCISES,
        seed=1, tier=sandbox.choose(), budget=QUICK, handed_as="mine\u202e\x1b[2J.ipynb",
    )  # fmt: skip
    for name in ("a\u202e.ipynb", "b\x1b[2J.ipynb"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(intake.Unreadable) as refusal:
        folder.handed_in(tmp_path / "hw.ipynb")
    told = [*outcome.notes, refusal.value.message]
    assert len(told) == 2 and all(line.en.isprintable() and line.zh.isprintable() for line in told)


# what is earned


def test_inputs_depend_on_what_was_handed_in():
    assert own_seed(1, b"a", {}) == own_seed(1, b"a", {})
    assert len({own_seed(1, b"a", {}), own_seed(2, b"a", {}), own_seed(1, b"b", {}), own_seed(1, b"a", {"m": ""})}) == 4


def test_the_graded_notebook_shows_the_code_that_ran():
    handed = classroom.submission()
    for cell in handed["cells"]:
        if cell["metadata"]["nbgrader"]["grade_id"] == "setup":
            cell["source"] = "played = 1"
    notebook, _ = grade_bytes(
        classroom.NAME,
        classroom.release(),
        classroom.as_bytes(handed),
        classroom.EXERCISES,
        seed=1,
        tier=sandbox.choose(),
        budget=QUICK,
    )
    assert [c["source"] for c in notebook["cells"] if c["metadata"]["nbgrader"]["grade_id"] == "setup"] == [
        "played = 1"
    ]


def test_a_table_of_printed_inputs_earns_nothing_again():
    keep = "seen.append((x.tolist(), (x * k).tolist()))"
    spy = f"import numpy as np\nseen = []\ndef scale(x, k):\n    {keep}\n    return x * k"
    notebook, first = graded({"scale": spy, "steps": f"{classroom.RIGHT['steps']}\nprint(seen)"})
    assert first.results["scale"].earned == 5
    found = [out["text"] for cell in notebook["cells"] for out in cell.get("outputs", []) if "text" in out]
    printed = max((text for text in found if text.startswith("[")), key=len)
    assert printed.count("(") >= 2
    look = "np.array({str(a): b for a, b in TABLE}[str(x.tolist())])"
    table = f"import numpy as np\nTABLE = {printed}\ndef scale(x, k):\n    return {look}"
    _, second = graded({"scale": table})
    assert second.results["scale"].earned == 0


PLAIN = Exercise(
    "plain",
    reference=lambda x: list(reversed(x)),
    make=lambda kind, draw: ([float(v) for v in draw.rng.normal(size=4)],),
    parts=[Part("values", 2, layout=("row",))],
    allow="python",
)

#: Each gives NumPy to whoever gets through; none is there to be given.
DETOURS = {
    "import": "import numpy",
    "from": "from numpy import flip",
    "by name": "numpy = __import__('numpy')",
    "importlib": "import importlib\nnumpy = importlib.import_module('numpy')",
    "exec": "exec('import numpy', globals())",
    "loaded modules": "import sys\nnumpy = sys.modules['numpy']",
    "a part of it": "import sys\nnumpy = next(m for n, m in sys.modules.items() if n.startswith('numpy'))",
    "finders": (
        "import sys\n"
        "numpy = next(f.find_spec('numpy') for f in sys.meta_path if f.find_spec('numpy', "
        "None)).loader.load_module()"
    ),
    "paths": "import sys, glob\nnumpy = next(p for d in sys.path for p in glob.glob(d + '/numpy'))",
    "collected objects": "import gc\nnumpy = next(o for o in gc.get_objects() if type(o).__name__ == 'ndarray')",
    "modules in memory": (
        "import gc, types\n"
        "numpy = next(o for o in gc.get_objects() if isinstance(o, types.ModuleType) and o.__name__ == "
        "'numpy')"
    ),
    "subclasses": "numpy = next(c for c in object.__subclasses__() if c.__module__.startswith('numpy'))",
    "frames": (
        "import sys\n"
        "f = sys._getframe()\n"
        "while f:\n"
        "    if 'np' in f.f_globals and f.f_globals['np']: numpy = f.f_globals['np']; break\n"
        "    f = f.f_back\n"
        "numpy"
    ),
    "builtins": "import builtins\nnumpy = builtins.np",
    "the loader": (
        "numpy = __builtins__['__import__']('numpy') if isinstance(__builtins__, dict) else "
        "__builtins__.__import__('numpy')"
    ),
    "pickle": "import pickle\nnumpy = pickle.loads(b'cnumpy\\narray\\n.')",
    "copyreg": "import pickle\nnumpy = pickle.loads(b'cnumpy.core.multiarray\\n_reconstruct\\n.')",
    "another interpreter": (
        "import subprocess, sys\nnumpy = subprocess.run([sys.executable, '-c', 'import numpy'], check=True)"
    ),
    "fork": "import os\nnumpy = os.fork()",
    "ctypes": "import ctypes\nnumpy = ctypes.CDLL('_multiarray_umath.so')",
    "interned": "import site\nnumpy = __import__('site').getsitepackages() and __import__('numpy')",
    "runpy": "import runpy\nnumpy = runpy.run_module('numpy')",
    "zipimport": "import zipimport\nnumpy = zipimport.zipimporter('/usr/lib/numpy.zip')",
    "pkgutil": "import pkgutil\nnumpy = pkgutil.resolve_name('numpy:flip')",
    "decorator": "import functools\n@functools.singledispatch\ndef g(x): import numpy; return numpy\nnumpy = g(1)",
    "metaclass": (
        "class M(type):\n    def __getattr__(c, n): return __import__(n)\nclass C(metaclass=M): pass\nnumpy = C.numpy"
    ),
    "class item": "class C:\n    def __class_getitem__(c, n): return __import__(n)\nnumpy = C['numpy']",
    "descriptor": "class D:\n    def __get__(s, o, t): return __import__('numpy')\nclass C: x = D()\nnumpy = C.x",
    "default": "numpy = (lambda m=__import__('numpy'): m)()",
    "generator": "numpy = next(__import__(n) for n in ['numpy'])",
    "the library": "import tidu\nnumpy = tidu",
    "torch": "import torch\nnumpy = torch",
}


@pytest.mark.parametrize("tier", ["bubblewrap", "landlock"])
def test_what_an_exercise_does_not_allow_cannot_be_reached(tier):
    if not sandbox.probe(tier).works:
        pytest.skip(f"this machine does not give {tier}")
    with Session(tier, QUICK, allow="python") as session:
        for way, body in DETOURS.items():
            body = body.replace("from numpy import flip", "from numpy import flip as numpy")
            lines = "\n".join(
                f"    {line}" for line in ["global numpy", *body.splitlines(), "assert numpy", "return 'through'"]
            )
            run = session.run(f"numpy = None\ndef detour():\n{lines}")
            assert not run.error, way
            with pytest.raises(AnswerError):
                session.function("detour")()
                pytest.fail(way)


def test_an_exercise_without_numpy_has_none_beside_others_that_do(monkeypatch):
    allowed = []
    real = examiner.Session

    def spying(*args, **kwargs):
        allowed.append(kwargs["allow"])
        return real(*args, **kwargs)

    monkeypatch.setattr(examiner, "Session", spying)
    examiner.examine([], [PLAIN, *classroom.EXERCISES], seed=1, tier=sandbox.choose())
    assert allowed == ["python", "numpy"]


# tiers, digest, batch


def test_the_weakest_tier_is_asked_for(monkeypatch):
    monkeypatch.delenv("TIDU_GRADER_TIER", raising=False)
    absent = Message("这里没有", "not here")
    monkeypatch.setattr(sandbox, "probe", lambda tier: sandbox.Probe(tier, tier == "limits", absent))
    sandbox.choose.cache_clear()
    try:
        with pytest.raises(sandbox.SandboxError, match="--allow-unconfined"):
            sandbox.choose()
        assert sandbox.choose(unconfined=True) == "limits"
    finally:
        sandbox.choose.cache_clear()


def test_the_weakest_tier_says_so_in_every_result():
    _, outcome = graded(tier="limits")
    assert outcome.tier == "limits" and any("without isolation" in told.en for told in outcome.notes)


def test_namespaces_are_not_the_only_wall():
    if not (sandbox.probe("bubblewrap").works and sandbox.probe("landlock").works):
        pytest.skip("this machine does not give both")
    assert "Landlock ABI" in sandbox.probe("bubblewrap").why.en


def test_a_grade_is_not_kept_when_its_check_was_mended(monkeypatch):
    before = folder.digest(b"x", {}, 1, {})
    assert before == folder.digest(b"x", {}, 1, {})
    monkeypatch.setattr(folder, "checks", lambda: "mended")
    assert folder.digest(b"x", {}, 1, {}) != before


def test_names_in_a_roster_are_cleaned(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("id,name\n7,Eve\u202e\u200b \x1b[2JAdams\n8,李\u3000伟\n", encoding="utf-8")
    people = roster.read_roster(path).people
    assert [(one.first, one.last) for one in people] == [("Eve", "Adams"), ("", "李 伟")]


def test_a_folder_with_a_strange_name_stops_nobody(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(folder, "_tell_left_out", told.append)
    names = ["ann", "李\u3000伟", "b\u200bob", "eve\x1b[2J", "mal\u202elory"]
    for name in names:
        (tmp_path / "submitted" / name / "hw").mkdir(parents=True)
    found = [one.student for one in Classroom(tmp_path).submissions("hw")]
    assert found == ["ann", "李\u3000伟"]
    assert len(told) == 3


def test_what_lies_in_a_folder_with_a_strange_name_is_graded_under_another(tmp_path):
    room = batches.make(tmp_path / "class", 1)
    own = room.root / "submitted" / "s0000"
    names = [
        "bob",
        "b\u200bob",
        "\u202eeve\x1b[2J",
        "\u200b",
        "李\u3000伟",
        b"\xff\xfe".decode(errors="surrogateescape"),
    ]
    for name in names:
        shutil.copytree(own, own.with_name(name))
    told = []
    lines = batch.grade_class(room, [batches.NAME], jobs=1, told=told.append)
    graded = {line.student: line.earned for line in lines}
    kept_apart = [name for name in graded if re.fullmatch("bob-[0-9a-f]{4}", name)]
    assert len(graded) == 1 + len(names) and {*graded.values()} == {batches.POINTS}
    assert len(kept_apart) == 1 and {"s0000", "bob", "eve", "student", "李\u3000伟"} < {*graded}
    assert len(told) == 4 and all(line.en.isprintable() and line.zh.isprintable() for line in told)
    assert "submitted/b\\u200bob is now submitted/bob-" in " ".join(line.en for line in told)
    again = batch.grade_class(room, [batches.NAME], jobs=1, told=told.append)
    assert [line.student for line in again] == [line.student for line in lines] and len(told) == 4
