"""Break a right answer in every small way there is: the check has to notice, or the change has to mean nothing.

Mutation analysis (DeMillo, Lipton and Sayward, 1978) of the first order: each mutant differs from the answer in one
place of its syntax tree. A mutant that a check does not notice shows an input that the check never draws.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
    places = dict(_places(tree))
    for node in ast.walk(tree):
        for change, new in _changes(node):
            text = _replaced(tree, places.get(node), new)
            if text and text not in seen:
                seen.add(text)
                found.append(Mutant(f"{change[0]} -> {change[1]}", text))
    return found


Place = tuple[Any, Any]  # what holds a node, a node's fields or a list, and under which name or number


def _places(tree: ast.Module) -> Iterator[tuple[ast.AST, Place]]:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, ast.AST):
                yield value, (vars(parent), name)
            elif isinstance(value, list):
                yield from ((item, (value, i)) for i, item in enumerate(value) if isinstance(item, ast.AST))


def _replaced(tree: ast.Module, place: Place | None, new: ast.AST) -> str:
    """The source with another node in a place, for as long as it is written; empty when it is no Python."""
    if place is None:  # the whole
        return ""
    holder, key = place
    before, holder[key] = holder[key], new
    try:
        text = ast.unparse(tree)
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return ""
    finally:
        holder[key] = before
    return text


def _changes(node: ast.AST) -> Iterator[tuple[tuple[str, str], ast.AST]]:
    """What can be put in the place of a node, each with the texts of before and after."""
    if isinstance(node, ast.FunctionDef):
        yield from _of_function(node)
        return
    for new in (*_of_operators(node), *_of_values(node), *_of_calls(node), *_of_statements(node)):
        yield (_text(node), _text(new)), new


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:120]


def _of_operators(node: ast.AST) -> Iterator[ast.AST]:
    """Other operators, operands exchanged or left out, conditions negated."""
    if isinstance(node, ast.BinOp):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
        if not isinstance(node.op, ast.Mult):  # which commutes, for numbers and for arrays
            yield ast.BinOp(node.right, node.op, node.left)
        yield node.left
        yield node.right
    elif isinstance(node, ast.AugAssign):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield ast.AugAssign(node.target, other(), node.value)
        yield ast.Assign([node.target], node.value, lineno=0)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for one in _COMPARISON.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [one()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
        for left_out in range(len(node.values)):
            kept = [value for place, value in enumerate(node.values) if place != left_out]
            yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield ast.comprehension(node.target, node.iter, node.ifs[1:], node.is_async)
        yield ast.comprehension(
            node.target, node.iter, [ast.UnaryOp(ast.Not(), node.ifs[0]), *node.ifs[1:]], node.is_async
        )


def _of_values(node: ast.AST) -> Iterator[ast.AST]:
    """Constants a little off, slices without an end, pairs the other way round, names of the same kind."""
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            yield ast.Constant(not value)
        elif isinstance(value, (int, float)):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1) if value >= 1 else ast.UnaryOp(ast.USub(), ast.Constant(1))
        elif isinstance(value, str) and value and "\n" not in value:  # no docstring
            yield ast.Constant("")
        elif value is None:
            yield ast.Constant(0)
    elif isinstance(node, ast.Slice):
        for name in ("lower", "upper", "step"):
            if getattr(node, name) is not None:
                yield ast.Slice(**{**dict(ast.iter_fields(node)), name: None})
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        yield ast.Tuple(node.elts[::-1], ast.Load())
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in _NAMES.get(node.id, ()):
            yield ast.Name(other, ast.Load())
    elif isinstance(node, ast.Attribute):
        for other in _NAMES.get(node.attr, ()):
            yield ast.Attribute(node.value, other, ast.Load())


def _of_calls(node: ast.AST) -> Iterator[ast.AST]:
    """A call dropped, its arguments exchanged or left out, and another axis."""
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Attribute) and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
    ):
        yield node.func.value
    yield from node.args[:1]
    if len(node.args) >= 2:
        yield ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
    for place in range(len(node.args)):
        if len(node.args) + len(node.keywords) > 1:
            yield ast.Call(node.func, node.args[:place] + node.args[place + 1 :], node.keywords)
    for place, keyword in enumerate(node.keywords):
        rest = node.keywords[:place] + node.keywords[place + 1 :]
        yield ast.Call(node.func, node.args, rest)
        if keyword.arg in ("axis", "dim"):
            for value in (ast.Constant(0), ast.UnaryOp(ast.USub(), ast.Constant(1))):
                yield ast.Call(node.func, node.args, [*rest, ast.keyword(keyword.arg, value)])


def _of_statements(node: ast.AST) -> Iterator[ast.AST]:
    """A statement left out, a condition turned round, ``break`` for ``continue``."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.If, ast.For, ast.While)):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not docstring:
            yield ast.Pass()
    if isinstance(node, (ast.If, ast.While)):
        yield type(node)(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
    if isinstance(node, ast.Break):
        yield ast.Continue()
    if isinstance(node, ast.Continue):
        yield ast.Break()


def _of_function(node: ast.FunctionDef) -> Iterator[tuple[tuple[str, str], ast.AST]]:
    """One use of a parameter replaced by another parameter."""
    names = [argument.arg for argument in node.args.args if argument.arg != "self"]
    uses = [n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in names]
    for place, use in enumerate(uses):
        for other in names:
            if other != use.id:
                twin = copy.deepcopy(node)
                inside = [n for n in ast.walk(twin) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
                [n for n in inside if n.id in names][place].id = other
                yield (f"{use.id} (use {place + 1} in {node.name})", other), twin
