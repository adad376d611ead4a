"""Break a right answer in every small way there is: the check has to notice, or the change has to mean nothing.

Mutation analysis (DeMillo, Lipton and Sayward, 1978) of the first order: each mutant differs from the answer in one
place of its syntax tree. A mutant that a check does not notice shows an input that the check never draws.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
}
_COMPARISON: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
    ast.Lt: (ast.LtE, ast.Gt, ast.NotEq),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt, ast.NotEq),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_NAMES = {
    "max": ("min",),
    "min": ("max",),
    "any": ("all",),
    "all": ("any",),
    "sum": ("max", "mean"),
    "mean": ("sum",),
    "prod": ("sum",),
    "sin": ("cos",),
    "cos": ("sin",),
    "exp": ("sin",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "append": ("remove",),
    "isdisjoint": ("issubset",),
    "add": ("multiply", "subtract"),
    "multiply": ("add",),
}


@dataclass(frozen=True)
class Mutant:
    """One broken answer: ``change`` says what became what, ``source`` is the whole answer cell."""

    change: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """Every first-order mutant of an answer cell, each different source once."""
    tree = ast.parse(source)
    seen, found = {ast.unparse(tree)}, []
    for number, node in enumerate(ast.walk(tree)):
        for change, put in _changes(node, tree):
            fresh = copy.deepcopy(tree)
            twin = next(n for i, n in enumerate(ast.walk(fresh)) if i == number)
            put(twin)
            ast.fix_missing_locations(fresh)
            try:
                text = ast.unparse(fresh)
                compile(text, "<mutant>", "exec")
            except (SyntaxError, ValueError):
                continue
            if text not in seen:
                seen.add(text)
                found.append(Mutant(change, text))
    return found


def _changes(node: ast.AST, tree: ast.AST) -> Iterator[tuple[str, object]]:
    """The changes that can be made to one node: how each is told, and a function that makes it in a twin."""
    yield from _of_expressions(node)
    yield from _of_calls(node)
    yield from _of_statements(node)
    yield from _of_parameters(node)


def _told(before: ast.AST, after: ast.AST | str) -> str:
    return f"{ast.unparse(before)} -> {after if isinstance(after, str) else ast.unparse(after)}"
