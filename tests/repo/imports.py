"""Who imports whom in this repository, from the source: at the top of a file, in functions, for types alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.repo.tree import ROOT

# What imports can stand in.
STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)
# Where packages begin, and which of them are ours.
SOURCES = {ROOT / "lib": ["tidu"], ROOT: ["autograder", "benchmarks", "tests"]}


class Import(NamedTuple):
    module: str  # who imports
    target: str  # what
    local: bool  # inside a function
    typing: bool  # under TYPE_CHECKING


def _modules() -> dict[str, Path]:
    found = {}
    for base, packages in SOURCES.items():
        for package in packages:
            for path in (base / package).rglob("*.py"):
                parts = path.relative_to(base).with_suffix("").parts
                found[".".join(p for p in parts if p != "__init__")] = path
    return found


MODULES = _modules()


def imports_of(module: str, source: str | None = None) -> list[Import]:
    """Of a module, or of what its source might be."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8") if source is None else source)
    found: list[Import] = []

    def visit(node: ast.AST, local: bool, typing: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, STATEMENTS):
                continue
            found.extend(Import(module, target, local, typing) for target in _targets(module, child))
            function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for statement in child.body:
                    visit(ast.Module([statement], []), local, True)
                for statement in child.orelse:
                    visit(ast.Module([statement], []), local, typing)
            else:
                visit(child, local or function, typing)

    visit(tree, False, False)
    return found


def _targets(module: str, node: ast.AST) -> Iterator[str]:
    """The modules of ours that a statement names: submodules where the names are such."""
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [node.module])])
        for alias in node.names:
            target = child if (child := f"{base}.{alias.name}") in MODULES else base
            if target in MODULES:
                yield target
    elif isinstance(node, ast.Import):
        for alias in node.names:
            # a file that also runs alone, with its folder on the path, names its neighbours without their package
            neighbour = f"{module.rpartition('.')[0]}.{alias.name}"
            yield from [name for name in (alias.name, neighbour) if name in MODULES]


@cache
def every_import() -> list[Import]:
    return [i for module in MODULES for i in imports_of(module)]


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """A way round, from a module back to itself; nothing where there is none."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for target in sorted(graph.get(module, ())):
            if found := walk(target, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for m in graph if (found := walk(m, []))), [])
