"""The floors of ``lib/tidu``, read from its source: imports go down, never up, never round; files stay readable."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

LIB = Path(__file__).parents[1] / "lib"
PACKAGE = LIB / "tidu"

# A module belongs to the floor of the longest prefix that names it.
FLOORS = {
    0: ["_backend", "_dtypes", "_modes", "_registry", "_args", "_rng"],
    1: "_storage _tensor _graph _engine _forward _operands _op _signature _inplace _define".split(),
    2: ["ops"],
    3: ["autograd", "_repr", "serialization"],
    4: ["nn", "optim", "utils", "multiprocessing", "datasets", "legacy", "viz", "cuda", "linalg", "func"],
    5: [""],  # tidu itself: public names only
}

# Imports inside a function that point upward, each with its reason. They run after everything is loaded.
UPWARD = {
    ("_tensor", "_repr"): "printing a tensor is a floor of its own; repr() is called long after loading",
    ("_registry", "_op"): "for the type checker alone",
}

# Modules that `import tidu` does not load, and what else they need at import.
OPTIONAL = {"viz._dot": {"graphviz"}}

MAX_LINES = 600


class Import(NamedTuple):
    module: str  # who imports, "" for tidu itself
    target: str  # what, relative to tidu, "" for tidu itself
    local: bool  # inside a function
    typing: bool  # under TYPE_CHECKING


def modules() -> dict[str, Path]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(p for p in parts if p != "__init__")] = path
    return found


MODULES = modules()


def imports_of(module: str) -> list[Import]:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    found: list[Import] = []

    def visit(node: ast.AST, local: bool, typing: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ImportFrom):
                found.extend(Import(module, target, local, typing) for target in targets(module, child))
            elif isinstance(child, ast.Import):
                names = [a.name for a in child.names if a.name.split(".")[0] == "tidu"]
                found.extend(Import(module, n.partition(".")[2], local, typing) for n in names)
            checking = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            visit(child, local or function, typing or checking)

    visit(tree, False, False)
    return found


def targets(module: str, node: ast.ImportFrom) -> list[str]:
    """The modules of tidu that a ``from … import …`` names: submodules where the names are such."""
    if node.level:
        package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
        parts = package.split(".")[: len(package.split(".")) - node.level + 1] if package else []
        base = ".".join([*parts, *(node.module or "").split(".")]).strip(".")
    elif node.module and node.module.split(".")[0] == "tidu":
        base = node.module.partition(".")[2]
    else:
        return []
    return [child if (child := f"{base}.{a.name}".strip(".")) in MODULES else base for a in node.names]


def floor(module: str) -> int:
    best = max(
        (p for prefixes in FLOORS.values() for p in prefixes if module == p or module.startswith(p + ".") or not p),
        key=len,
    )
    return next(number for number, prefixes in FLOORS.items() if best in prefixes)


IMPORTS = [i for module in MODULES for i in imports_of(module)]


def test_every_module_has_a_floor() -> None:
    assert [m for m in MODULES if m and floor(m) == 5] == []


def test_imports_go_downward() -> None:
    up = [i for i in IMPORTS if floor(i.target) > floor(i.module) and not i.typing]
    assert [i for i in up if not i.local] == []
    assert [i for i in up if (i.module, i.target) not in UPWARD] == []


def test_upward_exceptions_are_all_needed() -> None:
    used = {(i.module, i.target) for i in IMPORTS if floor(i.target) > floor(i.module)}
    assert set(UPWARD) - used == set()


@pytest.mark.parametrize("local", [False, True], ids=["at the top", "anywhere"])
def test_no_cycles(local: bool) -> None:
    """At the top of a file none at all; inside functions none between floors (upward ones are listed above)."""
    graph: dict[str, set[str]] = {m: set() for m in MODULES}
    for i in IMPORTS:
        if i.typing or i.target == i.module or (i.local and not local) or (i.module, i.target) in UPWARD:
            continue
        if i.local and floor(i.target) == floor(i.module):
            continue  # two files of one floor may call each other once loaded
        graph[i.module].add(i.target)
    assert cycle(graph) == []


def cycle(graph: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for target in sorted(graph[module]):
            if found := walk(target, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for m in graph if (found := walk(m, []))), [])


def test_the_cycle_finder_finds_one() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_only_numpy_and_the_standard_library() -> None:
    """At import; what else is optional is imported by the function that needs it."""
    allowed = sys.stdlib_module_names | {"numpy", "tidu"}
    strangers = []
    for module, path in MODULES.items():
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
    lines = {m or "tidu": path.read_text(encoding="utf-8").count("\n") for m, path in MODULES.items()}
    assert {m: n for m, n in lines.items() if n > MAX_LINES} == {}


def test_every_file_says_what_it_is() -> None:
    silent = [m for m, p in MODULES.items() if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))]
    assert silent == []


def test_the_engine_knows_no_operation_family() -> None:
    """Floors 0 and 1 import no op, not even late: the ops attach themselves."""
    assert [i for i in IMPORTS if floor(i.module) < 2 and floor(i.target) == 2 and not i.typing] == []


def test_private_modules_are_private() -> None:
    """Public names live in public modules: nothing outside lib/tidu's own tests needs ``tidu._x``."""
    folders = [LIB.parent / name for name in ("autograder", "solutions", "course")]
    users = [p for folder in folders for p in folder.rglob("*") if p.suffix in (".py", ".md")]
    pattern = re.compile(r"(?:from|import)\s+tidu\._\w+|from tidu import _\w+")
    assert [str(p.relative_to(LIB.parent)) for p in users if pattern.search(p.read_text(encoding="utf-8"))] == []
