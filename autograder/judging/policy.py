"""What an answer may use: one rule, asked with the same words by a student's ``check`` and by the examiner.

It is told the name of the function, the cells that ran in order and what the exercise allows, and looks at what the
function stands on: the statements that bind it, those that its names lead to, and no other. What else a cell holds (a
plot, a timing, a helper of another exercise) costs nothing. The rule is there for the learner: it says what to do
instead. It does not replace the sandbox, which does not trust it. Text is never searched, so a comment or a docstring
may mention anything.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.judging import lending, reading
from autograder.judging.catalogue import Message, message
from autograder.judging.exercise import MODULES, Exercise
from autograder.judging.names import Statement, Use, imported, statements
from autograder.judging.reach import Met, Program
from autograder.judging.result import Result

STANDARD = frozenset(
    "math itertools functools collections typing dataclasses operator numbers copy abc enum contextlib "
    "__future__".split()
)
SHOWN_STANDARD = "math, itertools, functools, collections, operator, copy, typing, dataclasses, enum, abc"
#: Names of the libraries that would do the exercise.
LIBRARIES = ("tidu", "torch")
#: What shows something and is there in grading too, where it does nothing.
SHOWING = "IPython.display"
DYNAMIC = frozenset(
    "eval exec compile __import__ globals locals vars getattr setattr delattr open input breakpoint get_ipython "
    "exit quit memoryview attrgetter methodcaller import_module __builtins__ __loader__ __spec__".split()
)
DUNDERS = frozenset(
    "__init__ __call__ __len__ __getitem__ __setitem__ __iter__ __next__ __repr__ __str__ __eq__ __lt__ __hash__ "
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ __pow__ __neg__ __matmul__ "
    "__rmatmul__ __name__ __doc__ __contains__ __post_init__ __bool__ __float__ __int__ __class__ __annotations__ "
    "__enter__ __exit__ __new__".split()
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
#: Parts of the library that read files, start processes or draw, which no answer needs.
LIBRARY_NEVER = frozenset("load save serialization multiprocessing datasets hub viz legacy from_file".split())
#: What a notebook calls the inputs and outputs of its cells.
_HISTORY = re.compile(r"_+|_\d+|_i+\d*|In|Out|_[iod]h")


@dataclass(frozen=True)
class Rule:
    """What an exercise allows. 一道练习允许用什么。

    allow    "numpy"; "python": then there is no NumPy; "tidu": the library may be used too
    forbid   names of functions and, with a leading dot, attributes that would give the answer away
    given    names that come with the notebook: as first bound they are not looked into
    lent     names that stand for the reference while the answer is judged, so that the student's own do not matter
    """

    allow: str = "numpy"
    forbid: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    lent: frozenset[str] = frozenset()

    @classmethod
    def of(cls, exercise: Exercise) -> Rule:
        lent = frozenset(function.__name__ for function in lending.lent(exercise))
        given = frozenset(exercise.given) - {*MODULES[exercise.allow]} - lent
        return cls(exercise.allow, frozenset(exercise.forbid), given, lent)


def objections(name: str, cells: Sequence[str], rule: Rule, modules: Mapping[str, str] | None = None) -> list[Message]:
    """函数 ``name`` 用到而练习不允许的东西 / What the function ``name`` uses that it may not; empty when all is well.

    cells     the sources of the cells that ran, in this order, as the student wrote them
    modules   the student's own modules that lie beside the notebook: name and source
    """
    asked = _Inquiry(rule, reading.written(list(cells), modules or {}))
    notebook = _Text([reading.read(cell) for cell in cells], asked)
    notebook.judge(name)
    return list(asked.found.values())


def leans_on(result: Result, name: str, cells: Sequence[str], exercise: Exercise) -> Result:
    """``result``, and where nothing explains it, the other exercises that ``name`` stands on / 还依赖哪些别的练习。

    A function that is lent is not the student's own, and explains nothing.
    """
    if result.status not in ("wrong", "error", "timeout", "crashed") or result.misconceptions:
        return result
    rule = Rule.of(exercise)
    program = Program([reading.read(cell).source for cell in cells], rule.given, rule.lent)
    root = program.last(name)
    if root is None:
        return result
    met = {found.via for found in program.reached(Met(root, name))}
    told = [message("card.leans_on", name=id) for id in exercise.beside if id in met and id not in (name, exercise.id)]
    return replace(result, messages=[*result.messages, *told])


@dataclass
class _Inquiry:
    """What one question is about, and what was found so far: one message for each thing, where it is met first."""

    rule: Rule
    modules: Mapping[str, str]
    found: dict[tuple[str, str], Message] = field(default_factory=dict)
    modules_seen: set[str] = field(default_factory=set)


class _Text:
    """What is to be judged: a notebook, or one module of the student's own."""

    def __init__(self, cells: Sequence[reading.Reading], asked: _Inquiry, file: str = "") -> None:
        self.cells, self.asked, self.rule, self.file = cells, asked, asked.rule, file
        given, lent = (frozenset[str](), frozenset[str]()) if file else (self.rule.given, self.rule.lent)
        self.program = Program([cell.source for cell in cells], given, lent)
        self.home = -1  # the cell that the answer is in
        self.own: set[str] = set()  # attributes of the student's own classes
        self.arrays: set[str] = set()  # parameters of the answer itself

    def judge(self, name: str) -> None:
        """Judge all that ``name`` stands on."""
        root = self.program.last(name)
        if root is None:
            return
        self.home, statement = self.program.statements[root]
        if name in statement.imports:
            self._stands_for(statement.node, Met(root, name), statement.imports[name], name)
            return
        functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        for node in ast.walk(statement.node):
            if isinstance(node, functions):
                every = node.args
                self.arrays |= {a.arg for a in (*every.posonlyargs, *every.args, *every.kwonlyargs)} - {"self", "cls"}
        self._judge(self.program.reached(Met(root, name)))

    def judge_all(self) -> None:
        """Judge every statement, as in a module, which runs as a whole."""
        self._judge([Met(index, "") for index, _ in enumerate(self.program.statements)])

    def _judge(self, reached: Sequence[Met]) -> None:
        for met in reached:
            self.own |= self.program.statements[met.index][1].fields
        for met in reached:
            statement, dotted = self.program.statements[met.index][1], dict(self.program.statements[met.index][1].local)
            inner: set[int] = set()
            uses = {id(use.node): use for use in statement.uses}
            dotted |= {key: m for key, use in uses.items() if (m := self.program.meaning(use, met.index)) is not None}
            self._lost(statement, met)
            for imports in statement.inside if not self.file else _imports(statement.node):
                self._import(imports, met)
            for node in _read(statement.node):
                if isinstance(node, ast.Attribute):
                    self._attribute(node, met, dotted, inner, statement)
                elif isinstance(node, ast.Name) and id(node) in uses and id(node) not in dotted:
                    self._global(uses[id(node)], met)
                elif isinstance(node, ast.Name) and id(node) in dotted:
                    bare = id(node) not in inner
                    self._stands_for(node, met, dotted[id(node)], node.id)
                    if bare and self.rule.forbid and self.rule.allow != "python" and _is_module(dotted[id(node)]):
                        # As a value the module could be renamed, and with it what this exercise rules out.
                        self._object("policy.reach", node, met, node.id)

    def _object(self, key: str, node: ast.AST | int, met: Met, name: str, **values: str) -> None:
        line = node if isinstance(node, int) else getattr(node, "lineno", 0)
        number = self.program.statements[met.index][0]
        if self.file:
            where = message("policy.line_file", line=line, name=self.file)
        elif number == self.home:
            where = message("policy.line", line=line)
        else:
            where = message("policy.line_cell", line=line, name=met.via)
        told = message(key, name=name, **values)
        self.asked.found.setdefault((key, name), Message(f"{where.zh}：{told.zh}", f"{where.en}: {told.en}"))

    def _lost(self, statement: Statement, met: Met) -> None:
        """Object to a command that the answer needs, and that nobody runs in grading."""
        number, node = self.program.statements[met.index][0], statement.node
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        for line in sorted(self.cells[number].lost.intersection(lines)):
            self._object("policy.magic", line, met, "")

    def _global(self, use: Use, met: Met) -> None:
        """Judge a name that no cell imports."""
        if use.name in self.program.binding or use.name in self.rule.lent:
            return
        if use.name == "input":
            self._object("policy.input", use.node, met, use.name)
        elif use.name in DYNAMIC:
            self._object("policy.dynamic", use.node, met, use.name)
        elif not hasattr(builtins, use.name) and _HISTORY.fullmatch(use.name):
            self._object("policy.history", use.node, met, use.name)
        elif not self._from_star(use) and not hasattr(builtins, use.name):
            for number, cell in enumerate(self.cells):
                for line in sorted(cell.binding):
                    told = message("policy.unseen", name=use.name, command=line)
                    self.asked.found.setdefault(("policy.unseen", f"{number}"), told)

    def _from_star(self, use: Use) -> bool:
        """Whether ``from … import *`` brings a name that is bound nowhere else, and object to it or to its module."""
        for index, (_, statement) in enumerate(self.program.statements):
            module = statement.starred
            if not module:
                continue
            if module in self.asked.modules:
                brings = {name for s in statements(reading.read(self.asked.modules[module]).source) for name in s.binds}
            elif isinstance(known := _found(module), types.ModuleType):
                brings = set(getattr(known, "__all__", None) or [name for name in dir(known) if name[0] != "_"])
            else:
                brings = set() if hasattr(builtins, use.name) else {use.name}
            if use.name in brings and module in self.asked.modules:
                self._module(module)
                return True
            if use.name in brings:
                self._object("policy.star", statement.node, Met(index, use.name), module)
                return True
        return False

    def _import(self, node: ast.Import | ast.ImportFrom, met: Met) -> None:
        """Judge an import that runs with the answer."""
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if any(name.name == "*" for name in node.names):
                self._object("policy.star", node, met, module)
        for dotted in imported(node).values() if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]:
            self._stands_for(node, met, dotted, dotted, whole=True)

    def _stands_for(self, node: ast.AST, met: Met, dotted: str, name: str, whole: bool = False) -> None:
        """Judge ``dotted``, a module or something in it, met as ``name``, or as an import of its own (``whole``)."""
        top = dotted.split(".")[0]
        if top in LIBRARIES and self.rule.allow != "tidu":
            self._object("policy.library", node, met, name)
        elif top == "torch":
            self._object("policy.torch", node, met, name)
        elif top == "numpy" and self.rule.allow == "python":
            self._object("policy.numpy", node, met, name)
        elif top in self.asked.modules and top not in STANDARD:
            self._module(top)
        elif top in ("numpy", "tidu", *STANDARD):
            if "." in dotted:
                self._chain(node, met, dotted)
        elif dotted != SHOWING and not dotted.startswith(f"{SHOWING}."):
            imported_as = dotted.rpartition(".")[0] if "." in dotted.lstrip(".") and not whole else dotted
            self._object("policy.import", node, met, name, module=imported_as or dotted, standard=self._standard())

    def _standard(self) -> str:
        packages = {"python": "", "numpy": "NumPy, ", "tidu": "tidu, NumPy, "}[self.rule.allow]
        return f"{packages}{SHOWN_STANDARD}"

    def _module(self, name: str) -> None:
        """Judge a module of the student's own as a cell is judged, the whole of it."""
        if name not in self.asked.modules_seen:
            self.asked.modules_seen.add(name)
            source = self.asked.modules[name]
            _Text([reading.Reading(source)], self.asked, f"{name}.py").judge_all()

    def _attribute(
        self, node: ast.Attribute, met: Met, dotted: Mapping[int, str], inner: set[int], statement: Statement
    ) -> None:
        hidden = node.attr.startswith("__") and node.attr not in DUNDERS
        if hidden or (node.attr in INSPECTING and node.attr not in self.own):
            self._object("policy.dynamic", node, met, f".{node.attr}")
        numpy = self.rule.allow != "python"
        named = f".{node.attr}" in self.rule.forbid
        names: list[str] = []
        parts: set[int] = set()
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            names.append(base.attr)
            base = base.value
            parts.add(id(base))
        of_module = isinstance(base, ast.Name) and id(base) in dotted
        if not of_module:  # ``x.choose`` is the same function as ``np.choose``, and taken away with it
            named |= node.attr in self.rule.forbid and hasattr(np.ndarray, node.attr)
        if numpy and named and self._may_be_array(node, dotted, statement):
            self._object("policy.forbidden", node, met, f".{node.attr}")
        if id(node) in inner:
            return
        inner |= parts
        if isinstance(base, ast.Name) and of_module:
            self._chain(node, met, ".".join([dotted[id(base)], *reversed(names)]))

    def _may_be_array(self, node: ast.Attribute, dotted: Mapping[int, str], statement: Statement) -> bool:
        """Whether the object of an attribute could be NumPy's; it is one's own where a class of one's own has it."""
        if node.attr not in self.own:
            return True
        values: list[ast.AST] = [node.value]
        for _ in range(3):  # what the names in it were made from, a few assignments back
            names = {n.id for value in values for n in ast.walk(value) if isinstance(n, ast.Name)}
            if names & self.arrays or any(
                dotted.get(id(n), "").startswith("numpy")
                for value in values
                for n in ast.walk(value)
                if isinstance(n, ast.Name)
            ):
                return not self._made_by_own_class(node.value)
            values = [
                child.value
                for child in ast.walk(statement.node)
                if isinstance(child, ast.Assign) and {_id(target) for target in child.targets} & names
            ]
        return False

    def _made_by_own_class(self, node: ast.expr) -> bool:
        """``View(x).strides``: whatever goes into it, the attribute is that of the class."""
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        last = self.program.last(name)
        return last is not None and isinstance(self.program.statements[last][1].node, ast.ClassDef)

    def _chain(self, node: ast.AST, met: Met, dotted: str) -> None:
        """Judge ``numpy.random.normal`` or ``collections.abc`` as a whole."""
        top, *names = dotted.split(".")
        shown = {"numpy": "np", "tidu": "torch"}.get(top, top) + dotted.removeprefix(top)
        allowed = {"python": (), "numpy": ("numpy",), "tidu": ("numpy", "tidu")}[self.rule.allow]
        if top not in (*allowed, *STANDARD):
            return  # the name itself was objected to already
        if any(name in self.rule.forbid for name in names):
            self._object("policy.forbidden", node, met, shown)
        elif top == "tidu" and any(name in LIBRARY_NEVER or name.startswith("_") for name in names):
            self._object("policy.dynamic", node, met, shown)
        elif top == "numpy" and names and (names[0] in NUMPY_NEVER or any(n.startswith("_") for n in names)):
            self._object("policy.reach", node, met, shown)
        elif names and (names[0].startswith("_") or names[-1] in DYNAMIC or _leaves(dotted)):
            self._object("policy.reach", node, met, shown)


def _found(dotted: str) -> object:
    """What a dotted name stands for; None for what is not there or nobody's business.

    Nothing is imported for it but the library itself: a student's text is not to say what runs here.
    """
    top, *names = dotted.split(".")
    if top not in ("numpy", "tidu", *STANDARD) or {*names} & (NUMPY_NEVER | LIBRARY_NEVER):
        return None
    found: object = importlib.import_module(top)
    for name in names:
        found = None if name.startswith("_") else getattr(found, name, None)
    return found


def _is_module(dotted: str) -> bool:
    """Whether what was imported is a module of NumPy or of the library."""
    return dotted.split(".")[0] in ("numpy", "tidu") and isinstance(_found(dotted), types.ModuleType)


def _id(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _imports(node: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    return [child for child in ast.walk(node) if isinstance(child, (ast.Import, ast.ImportFrom))]


def _read(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a statement but annotations, an attribute before what it is an attribute of."""
    queue = [node]
    while queue:
        current = queue.pop(0)
        yield current
        skipped = {"annotation", "returns"}
        for name, value in ast.iter_fields(current):
            if name not in skipped:
                queue += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, ast.AST)]


def _leaves(dotted: str) -> bool:
    """Whether the path walks out of its package through somebody else's module (``collections.abc.sys``)."""
    top, *names = dotted.split(".")
    if top not in ("numpy", "tidu", *STANDARD):
        return False
    found: object = importlib.import_module(top)
    for name in names:
        found = getattr(found, name, None)
        if isinstance(found, types.ModuleType) and not found.__name__.lstrip("_").startswith((top, "collections")):
            return True
        if not isinstance(found, types.ModuleType):
            return False
    return False
