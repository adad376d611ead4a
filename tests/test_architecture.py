"""Who may import whom, read from the source: down the floors of ``lib/tidu``, one way through the rooms of
``autograder``, and nowhere in the repository round; files stay readable."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

from tests.repo import imports
from tests.repo.imports import MODULES, Import, cycle, every_import
from tests.repo.tree import ROOT

LIB = ROOT / "lib"

# A module belongs to the floor of the longest prefix that names it.
FLOORS = {
    0: [
        "_backend",
        "_dtypes",
        "_formats",
        "_modes",
        "_registry",
        "_args",
        "_rng",
        "_segments",
        "_files",
        "_device",
        "_limits",
        "_naming",
        "_order",
        "_settings",
        "_blas",
        "_threads",
        "_ties",
        "_kernels",
        "_pytree",
    ],
    1: "_storage _inference _typed_storage _size _tensor _copying _sharing _hooks _saving _saved_names".split()
    + "_graph _engine _record _tangents _forward _overlap _operands _binding _narrow _op _signature _short".split()
    + "_writable _inplace _define _batch _rows".split(),
    2: ["ops"],
    3: ["_vmap", "autograd", "_repr", "_ahead", "return_types", "serialization"],
    4: [
        "nn",
        "optim",
        "utils",
        "multiprocessing",
        "datasets",
        "legacy",
        "formulas",
        "viz",
        "cuda",
        "amp",
        "linalg",
        "func",
        "fft",
        "special",
        "random",
        "version",
        "accelerator",
        "backends",
        "cpu",
        "mps",
        "xpu",
        "distributions",
        "profiler",
    ],
    5: [""],  # tidu itself: public names only
}

# A room of autograder, and which others it may import. What a student calls knows nothing of grading or of a class.
ROOMS = {
    "judging": set(),
    "exercises": {"judging"},
    "student": {"judging", "exercises"},
    "grading": {"judging", "exercises"},
    "authoring": {"judging", "exercises"},
    "classroom": {"judging", "exercises", "grading"},
    "cli": {"judging", "exercises", "student", "grading", "authoring", "classroom"},
}

# Modules that `import tidu` does not load, and what else they need at import.
OPTIONAL = {"viz._dot": {"graphviz"}}

MAX_LINES = 600


# What tidu's modules import of it, by their names inside it: "" is tidu itself.
TIDU = {m.partition(".")[2]: path for m, path in MODULES.items() if m.split(".")[0] == "tidu"}


def inside(i: Import, package: str) -> Import:
    return i._replace(module=i.module[len(package) + 1 :], target=i.target[len(package) + 1 :])


def within(package: str) -> list[Import]:
    """A package's imports of itself, but for those that only the type checker sees."""
    own = (package, package + ".")
    return [
        inside(i, package)
        for i in every_import()
        if not i.typing and all(m == own[0] or m.startswith(own[1]) for m in (i.module, i.target))
    ]


def floor(module: str) -> int:
    best = max(
        (p for prefixes in FLOORS.values() for p in prefixes if module == p or module.startswith(p + ".") or not p),
        key=len,
    )
    return next(number for number, prefixes in FLOORS.items() if best in prefixes)


def test_every_module_has_a_floor() -> None:
    assert [m for m in TIDU if m and floor(m) == 5] == []


def test_imports_go_downward() -> None:
    """Inside functions too: what an upper floor adds to a tensor, it attaches."""
    assert [i for i in within("tidu") if floor(i.target) > floor(i.module)] == []


@pytest.mark.parametrize("local", [False, True], ids=["at the top", "inside functions too"])
def test_no_import_in_the_repository_leads_back(local: bool) -> None:
    """What two files both need stands in a third, not behind an import that waits."""
    graph: dict[str, set[str]] = {m: set() for m in MODULES}
    for i in every_import():
        if not i.typing and i.target != i.module and (local or not i.local):
            graph[i.module].add(i.target)
    assert cycle(graph) == []


def test_the_cycle_finder_finds_one() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_every_way_of_importing_is_seen() -> None:
    source = """
import autograder.judging.card, numpy
from tidu.ops import join, view
from . import sandbox
from .wire import VERSION
if TYPE_CHECKING:
    from autograder.grading.session import Session
else:
    from autograder.grading import notes
def f():
    import confine
    from tidu import _graph, ones
"""
    found = imports.imports_of("autograder.grading.worker", source)
    assert [(i.target, i.local, i.typing) for i in found] == [
        ("autograder.judging.card", False, False),
        ("tidu.ops.join", False, False),
        ("tidu.ops.view", False, False),
        ("autograder.grading.sandbox", False, False),
        ("autograder.grading.wire", False, False),
        ("autograder.grading.session", False, True),
        ("autograder.grading.notes", False, False),
        ("autograder.grading.confine", True, False),
        ("tidu._graph", True, False),
        ("tidu", True, False),
    ]


# ---- the rooms of autograder


def room(module: str) -> str:
    return module.split(".")[0]


def test_every_room_is_known() -> None:
    rooms = {room(m.partition(".")[2]) for m in MODULES if m.startswith("autograder.")}
    assert rooms == set(ROOMS)
    for name, below in ROOMS.items():
        assert not [other for other in below if name in ROOMS[other]], name


def test_rooms_open_one_way() -> None:
    doors = {(room(i.module), room(i.target), i) for i in within("autograder")}
    assert [i for a, b, i in doors if a != b and b not in ROOMS.get(a, ())] == []


def test_packages_open_one_way() -> None:
    """The library knows nothing of the course, neither of how they are measured, and nobody needs the tests."""
    doors = {(room(i.module), room(i.target), i) for i in every_import()}
    below = {
        "tidu": set(),
        "autograder": {"tidu"},
        "benchmarks": {"tidu", "autograder"},
        "tests": {"tidu", "autograder", "benchmarks"},
    }
    assert [i for a, b, i in doors if a != b and b not in below[a]] == []


# ---- files


def test_only_numpy_and_the_standard_library() -> None:
    """At import; what else is optional is imported by the function that needs it."""
    allowed = sys.stdlib_module_names | {"numpy", "tidu"}
    strangers = []
    for module, path in TIDU.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            known = allowed | OPTIONAL.get(module, set())
            strangers += [(module, n) for n in names if n.split(".")[0] not in known]
    assert strangers == []


def test_importing_tidu_loads_numpy_and_nothing_else_from_outside() -> None:
    """Beyond what NumPy loads by itself, its random module included, and the standard library."""
    loaded = []
    for names in ("numpy.random", "tidu"):
        code = f"import sys, {names}; print(*{{m.split('.')[0] for m in sys.modules}})"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        loaded.append(set(run.stdout.split()))
    assert loaded[1] - loaded[0] - set(sys.stdlib_module_names) == {"tidu"}


def test_files_can_be_read_in_a_sitting() -> None:
    lines = {m: path.read_text(encoding="utf-8").count("\n") for m, path in MODULES.items()}
    assert {m: n for m, n in lines.items() if n > MAX_LINES} == {}


def test_every_file_says_what_it_is() -> None:
    told = {m: p for m, p in MODULES.items() if not re.match(r"tests\b", m)}
    assert [m for m, p in told.items() if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))] == []


def test_the_engine_knows_no_operation_family() -> None:
    """Floors 0 and 1 import no op, not even for its type: the ops attach themselves."""
    ops = [i for i in every_import() if i.module.startswith("tidu.") and i.target.startswith("tidu.ops")]
    assert [i for i in ops if floor(inside(i, "tidu").module) < 2] == []


def test_private_modules_are_private() -> None:
    """Public names live in public modules: nothing outside lib/tidu's own tests needs ``tidu._x``."""
    folders = [LIB.parent / name for name in ("autograder", "solutions", "course")]
    users = [p for folder in folders for p in folder.rglob("*") if p.suffix in (".py", ".md")]
    pattern = re.compile(r"(?:from|import)\s+tidu\._\w+|from tidu import _\w+")
    assert [str(p.relative_to(LIB.parent)) for p in users if pattern.search(p.read_text(encoding="utf-8"))] == []
