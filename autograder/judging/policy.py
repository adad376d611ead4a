"""What an answer may use: a rule over its syntax tree, the same at home and in grading.

The rule is there for the learner: it says what to do instead. It does not replace the sandbox, which does not trust
it. Text is never searched, so a comment or a docstring may mention anything.
"""

from __future__ import annotations

import ast
import importlib
import types
from collections.abc import Iterable, Iterator

from autograder.judging.catalogue import Message, message

STANDARD = tuple("math itertools functools collections typing dataclasses operator numbers __future__".split())
SHOWN_STANDARD = "math, itertools, functools, collections"
#: Names of the libraries that would do the exercise, as the notebook imports them.
LIBRARIES = {"tidu": "tidu", "torch": "tidu"}
DYNAMIC = frozenset(
    "eval exec compile __import__ globals locals vars getattr setattr delattr open input breakpoint get_ipython "
    "exit quit memoryview attrgetter methodcaller import_module __builtins__ __loader__ __spec__".split()
)
DUNDERS = frozenset(
    "__init__ __call__ __len__ __getitem__ __setitem__ __iter__ __next__ __repr__ __str__ __eq__ __lt__ __hash__ "
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __pow__ __neg__ __matmul__ "
    "__rmatmul__ __name__ __doc__ __contains__ __post_init__ __bool__ __float__ __int__ __class__".split()
)
#: Attributes through which code looks at code, at frames, or at memory it was not given.
INSPECTING = frozenset(
    "f_back f_builtins f_code f_globals f_locals gi_code gi_frame cr_code cr_frame ag_code ag_frame tb_frame tb_next "
    "co_code co_consts ctypes tofile dump dumps".split()
)
#: Parts of NumPy that read files, call C or look into the interpreter.
NUMPY_NEVER = frozenset(
    "lib core compat f2py ctypeslib distutils testing rec char ctypes frompyfunc load save savez savez_compressed "
    "loadtxt savetxt genfromtxt fromfile fromregex memmap DataSource".split()
)


def violations(source: str, forbid: Iterable[str] = ()) -> list[Message]:
    """What ``source`` uses that an answer may not; source that does not parse is left for Python to complain about.

    forbid    names of NumPy functions and, with a leading dot, attributes that this exercise rules out
    """
    magic = [
        message("policy.magic", line=number)
        for number, line in enumerate(source.splitlines(), 1)
        if line.lstrip().startswith(("%", "!"))
    ]
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return magic
    rule = _Rule(tree, frozenset(forbid))
    return list(dict.fromkeys(rule.judge(tree)))


class _Rule:
    def __init__(self, tree: ast.AST, forbid: frozenset[str]) -> None:
        self.forbid = forbid
        self.modules = {"np": "numpy"}  # local name -> what it stands for, dotted
        self.bound: set[str] = set()  # names that the source itself assigns
        self.inner: set[int] = set()  # attribute nodes judged as part of a longer chain
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for name in node.names:
                    top = name.name.split(".")[0]
                    self.modules[name.asname or top] = name.name if name.asname else top
            elif isinstance(node, ast.ImportFrom):
                for name in node.names:
                    self.modules[name.asname or name.name] = f"{node.module or ''}.{name.name}"
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.bound.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self.bound.add(node.name)
            elif isinstance(node, ast.arg):
                self.bound.add(node.arg)

    def judge(self, tree: ast.AST) -> Iterator[Message]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for name in node.names:
                    yield from self._import(node, name.name)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or "."
                yield from self._import(node, module)
                for name in node.names:
                    if name.name == "*":
                        yield message("policy.star", line=node.lineno, name=module)
                    else:
                        yield from self._chain(node, f"{module}.{name.name}")
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(node)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield from self._name(node)

    def _import(self, node: ast.stmt, name: str) -> Iterator[Message]:
        top = name.split(".")[0]
        if top != "numpy" and top not in STANDARD:
            yield message("policy.import", line=node.lineno, name=name, standard=SHOWN_STANDARD)
        elif "." in name:
            yield from self._chain(node, name)

    def _name(self, node: ast.Name) -> Iterator[Message]:
        if node.id in self.bound:
            return
        if node.id in LIBRARIES and self.modules.get(node.id, LIBRARIES[node.id]).split(".")[0] in LIBRARIES:
            yield message("policy.library", line=node.lineno, name=node.id)
        elif node.id in DYNAMIC:
            yield message("policy.dynamic", line=node.lineno, name=node.id)
        elif self.forbid and id(node) not in self.inner and self.modules.get(node.id) == "numpy":
            # As a value the module could be renamed, and with it what this exercise rules out.
            yield message("policy.reach", line=node.lineno, name=node.id)

    def _attribute(self, node: ast.Attribute) -> Iterator[Message]:
        if f".{node.attr}" in self.forbid:
            yield message("policy.forbidden", line=node.lineno, name=f".{node.attr}")
        hidden = node.attr.startswith("__") and node.attr not in DUNDERS
        if hidden or node.attr in INSPECTING:
            yield message("policy.dynamic", line=node.lineno, name=f".{node.attr}")
        if id(node) in self.inner:
            return
        names: list[str] = []
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            names.append(base.attr)
            base = base.value
            self.inner.add(id(base))
        if isinstance(base, ast.Name) and base.id in self.modules and base.id not in self.bound:
            yield from self._chain(node, ".".join([self.modules[base.id], *reversed(names)]))

    def _chain(self, node: ast.stmt | ast.expr, dotted: str) -> Iterator[Message]:
        """Judge ``numpy.random.normal`` or ``collections.abc`` as a whole."""
        top, *names = dotted.split(".")
        shown = dotted.replace("numpy.", "np.", 1)
        if top in LIBRARIES:
            return  # the import, or the bare name, was objected to already
        if any(name in self.forbid for name in names):
            yield message("policy.forbidden", line=node.lineno, name=shown)
        elif top == "numpy" and names and (names[0] in NUMPY_NEVER or any(n.startswith("_") for n in names)):
            yield message("policy.reach", line=node.lineno, name=shown)
        elif names and (names[0].startswith("_") or names[-1] in DYNAMIC or _leaves(dotted)):
            yield message("policy.reach", line=node.lineno, name=shown)


def _leaves(dotted: str) -> bool:
    """Whether the path walks out of its package through somebody else's module (``collections.abc.sys``)."""
    top, *names = dotted.split(".")
    if top != "numpy" and top not in STANDARD:
        return False
    found: object = importlib.import_module(top)
    for name in names:
        found = getattr(found, name, None)
        if isinstance(found, types.ModuleType) and not found.__name__.lstrip("_").startswith((top, "collections")):
            return True
        if not isinstance(found, types.ModuleType):
            return False
    return False
