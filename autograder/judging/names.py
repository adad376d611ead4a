"""Which names each top-level statement of a cell binds, looks up and changes, with Python's own scoping.

A function that calls its variable ``t`` has nothing to do with a tensor ``t`` of another cell; that is decided here,
once, for the rule in ``policy.py``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograder.judging import reading

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)


@dataclass(frozen=True)
class Use:
    """A look-up of a global name: ``early`` as the statement runs, ``late`` once a function of it is called."""

    name: str
    node: ast.Name
    early: bool
    late: bool


@dataclass
class Statement:
    """One top-level statement.

    binds      names that it may bind, ``imports`` saying for which modules or objects some of them stand
    starred    module that ``from … import *`` takes names from, if it is one
    touches    names whose objects it may change, by assignment (True) or by calling a method (False)
    passes     for each function that it calls, the names it passes to it
    sets       globals that a function in it may set
    local      for a name inside a function that was imported there: what it stands for
    inside     imports inside functions and classes, which run with them
    fields     attributes that classes in it give their objects
    """

    node: ast.stmt
    binds: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)
    starred: str = ""
    uses: list[Use] = field(default_factory=list)
    touches: dict[str, bool] = field(default_factory=dict)
    passes: dict[str, set[str]] = field(default_factory=dict)
    sets: set[str] = field(default_factory=set)
    local: dict[int, str] = field(default_factory=dict)
    inside: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)


@reading.by_text
def statements(source: str) -> tuple[Statement, ...]:
    """The statements of plain Python; none when it does not parse. 顶层语句及其所绑定、使用、改动的名字。"""
    tree = reading.tree_of(source)
    try:
        return tuple(_statement(node) for node in tree.body) if tree else ()
    except RecursionError:
        return ()


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """What each name that an import binds stands for, dotted. 导入的名字各代表什么。"""
    if isinstance(node, ast.Import):
        tops = [(a.asname or a.name.split(".")[0], a.name if a.asname else a.name.split(".")[0]) for a in node.names]
        return dict(tops)
    module = "." * node.level + (node.module or "")
    return {a.asname or a.name: f"{module}.{a.name}" for a in node.names if a.name != "*"}


class _Scope:
    """Names that one function, class or comprehension binds."""

    def __init__(self, node: ast.AST, parent: _Scope | None) -> None:
        self.parent = parent
        self.is_class = isinstance(node, ast.ClassDef)
        self.bound: set[str] = set()
        self.modules: dict[str, str] = {}
        self.outer: set[str] = set()  # declared global or nonlocal
        self.globals: set[str] = set()
        for child in _own(node):
            if isinstance(child, (ast.Global, ast.Nonlocal)):
                self.outer.update(child.names)
                self.globals.update(child.names if isinstance(child, ast.Global) else ())
            elif isinstance(child, (ast.Import, ast.ImportFrom)):
                self.modules |= imported(child)
            self.bound.update(_bound_by(child))
        if isinstance(node, _FUNCTIONS):
            every = node.args
            named = [*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg]
            self.bound.update(argument.arg for argument in named if argument)
        self.bound -= self.outer

    def meaning(self, name: str) -> str | None:
        """What a name stands for: "" for a local value, a dotted path for a local import, None for a global."""
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.globals:
                return None
            if name in scope.bound and (scope is self or not scope.is_class):
                return scope.modules.get(name, "")
            scope = scope.parent
        return None


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that belong to the scope of ``node`` itself, nested scopes included but not entered."""
    if isinstance(node, _COMPREHENSIONS):
        first, *rest = node.generators
        stack: list[ast.AST] = [first.target, *first.ifs, *rest]
        stack += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    elif isinstance(node, ast.Lambda):
        stack = [node.body]
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        stack = list(node.body)
    else:
        stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, _SCOPES):
            stack += _outside(current)
            if isinstance(current, _COMPREHENSIONS):  # := inside binds out here
                yield from (n for n in ast.walk(current) if isinstance(n, ast.NamedExpr))
        else:
            stack += _children(current)


def _children(node: ast.AST) -> list[ast.AST]:
    """Child nodes less annotations, which are there to be read."""
    if isinstance(node, ast.AnnAssign):
        return [node.target, *([node.value] if node.value else [])]
    return list(ast.iter_child_nodes(node))


def _outside(node: ast.AST) -> list[ast.AST]:
    """The parts of a nested scope that run where it stands: decorators, defaults, bases, the first iterable."""
    if isinstance(node, _COMPREHENSIONS):
        return [node.generators[0].iter]
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    found: list[ast.AST] = []
    if isinstance(node, _FUNCTIONS):
        found += [default for default in (*node.args.defaults, *node.args.kw_defaults) if default]
        found += [] if isinstance(node, ast.Lambda) else node.decorator_list
    return found


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from imported(node)
    elif isinstance(node, ast.NamedExpr) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _statement(node: ast.stmt) -> Statement:
    found = Statement(node)
    for child in _own(_Top([node])):
        found.binds.update(_bound_by(child))
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            found.imports |= imported(child)
            if isinstance(child, ast.ImportFrom) and any(name.name == "*" for name in child.names):
                found.starred = "." * child.level + (child.module or "")
        _changes(child, found)
    _look(_Top([node]), None, True, False, found)
    found.uses.sort(key=lambda use: (use.node.lineno, use.node.col_offset))
    return found


class _Top(ast.AST):
    """The module scope around one statement."""

    _fields = ("body",)

    def __init__(self, body: list[ast.stmt]) -> None:
        self.body = body


def _root(node: ast.AST) -> str:
    """The name that ``name.attribute[index]…`` begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _changes(node: ast.AST, found: Statement) -> None:
    """Note whose objects a node of the module scope may change."""
    if isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del)):
        found.touches[_root(node)] = True
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        found.touches.setdefault(_root(node.func), False)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        found.passes.setdefault(node.func.id, set()).update(_root(value) for value in values)


def _look(node: ast.AST, scope: _Scope | None, early: bool, late: bool, found: Statement) -> None:
    """Note the global names that are looked up in the scope of ``node``, and in those inside it."""
    for child in _own(node):
        name = child.target if isinstance(child, ast.AugAssign) else child
        if isinstance(name, ast.Name) and (name is not child or not isinstance(name.ctx, ast.Store)):
            meaning = scope.meaning(name.id) if scope else None
            if meaning is None:
                found.uses.append(Use(name.id, name, early, late))
            elif meaning:
                found.local[id(name)] = meaning
        elif isinstance(child, (ast.Import, ast.ImportFrom)) and scope:
            found.inside.append(child)
        if isinstance(child, _SCOPES):
            inner = _Scope(child, scope)
            found.fields |= _fields_of(child) if isinstance(child, ast.ClassDef) else set()
            found.sets |= inner.globals & {bound for own in _own(child) for bound in _bound_by(own)}
            # the body of a def never runs before somebody calls it, that of a lambda or generator may at once
            waits = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
            may_wait = waits or isinstance(child, (ast.Lambda, ast.GeneratorExp))
            _look(child, inner, early and not waits, late or may_wait, found)


def _fields_of(node: ast.ClassDef) -> set[str]:
    """Names of the attributes that a class gives its objects, as far as its text says."""
    found = {name for child in _own(node) for name in _bound_by(child)}
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store):
            found.add(child.attr)
    return found
