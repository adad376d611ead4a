"""Which cells an answer stands on: its own, and those of the helper functions that it calls.

A rule that a student's own cell breaks costs only the exercises whose answers use what that cell defines, as it does
when a student's own ``check`` looks at the functions themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable


def functions(source: str) -> dict[str, set[str]]:
    """The functions that a cell defines at its top level, each with the names it looks up; empty if it does not parse.

    一个单元格在顶层定义的函数，以及各自用到的名字。
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = [node.name]
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        for name in names:
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            found[name] = found.get(name, set()) | used
    return found


def cells_behind(name: str, cells: Iterable[str], given: Container[str]) -> list[str]:
    """The sources that the function ``name`` stands on, its own first, among ``cells`` that ran in this order.

    函数 ``name`` 所依赖的单元格源码，自己的在最前。 Names in ``given`` come with the notebook and are not followed.
    """
    defined: dict[str, tuple[str, set[str]]] = {}
    for source in cells:
        for function, used in functions(source).items():
            defined[function] = (source, used)
    found: list[str] = []
    seen: set[str] = set()
    queue = [name]
    while queue:
        current = queue.pop(0)
        if current in seen or current not in defined or (current in given and current != name):
            continue
        seen.add(current)
        source, used = defined[current]
        if source not in found:
            found.append(source)
        queue += sorted(used)
    return found
