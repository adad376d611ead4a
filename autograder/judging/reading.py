"""How the source of a cell is read: IPython's own syntax is undone, and line numbers stay what the student sees.

At home IPython turns ``%timeit f(x)`` or ``files = !ls`` into Python before running it; in grading nobody does. Both
sides read a cell through :func:`read`, from the text that the student wrote, so that neither ever meets a
``get_ipython`` that nobody wrote. IPython itself is not needed.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import TypeVar

#: Bounds of a helper module beside the notebook: characters of one, and how many count.
MAX_MODULE, MAX_MODULES = 100_000, 20
#: Cell magics that run their body as Python in the notebook.
_KEEPING = ("time", "capture", "prun")
#: Line magics whose argument is a statement that is run in the notebook.
_RUNNING = ("time", "prun")
#: Line magics through which names may appear that no cell binds.
_BINDING = ("run", "pylab", "load_ext", "store", "macro", "rerun", "recall", "reload_ext", "cython")

_CLASSIC = re.compile(r"^\s*(>>>|\.\.\.)[ \t]?")
_IPYTHON = re.compile(r"^(In \[\d+\]: |\s*\.{3,}: ?)")
# each is tried on lines of any length: none may go back over what it has read
_ASSIGNED = re.compile(r"^(\s*+(?:[^=\"'#\[\](){}]|\[[^\]]*\])+?=\s*)(%\w|!\s*\S)")
_HELP = re.compile(r"(%{0,2}(?!\d)[\w*]+(\.(?!\d)[\w*]+|\[-?[0-9]+\])*)\?\??$")
_HELPED = 500  # characters of what help is asked for, at the end of a line
#: Characters of all texts of which is kept what was made of them: a tree may take a thousand bytes for each.
_KEPT = 400_000

T = TypeVar("T")


def by_text(make: Callable[[str], T]) -> Callable[[str], T]:
    """Keep what a function makes of a text, for as many texts as there is room for. 按文本缓存结果，总长有上限。"""
    kept: dict[str, T] = {}
    size = 0

    @wraps(make)
    def found(text: str) -> T:
        nonlocal size
        if text not in kept:
            made = make(text)
            size += len(text) + 100
            if size > _KEPT:
                kept.clear()
                size = len(text) + 100
            kept[text] = made
        return kept[text]

    return found


@dataclass(frozen=True)
class Reading:
    """A cell as plain Python.

    source   what is left to run, with as many lines as the cell has
    lost     lines (from 1) whose command has no effect in grading
    binding  lines of commands that may bind names nobody can see, such as ``%run``
    module   name and source of the module that the cell writes (``%%writefile helper.py``)
    """

    source: str
    lost: frozenset[int] = frozenset()
    binding: frozenset[int] = frozenset()
    module: tuple[str, str] | None = None


@dataclass
class _Lines:
    """The lines of a cell on their way to plain Python."""

    text: list[str]
    lost: set[int] = field(default_factory=set)
    binding: set[int] = field(default_factory=set)

    def drop(self, start: int, end: int, instead: str) -> None:
        """Put ``instead`` where lines ``start`` to ``end`` (from 0, inclusive) were."""
        self.text[start : end + 1] = [instead] + [""] * (end - start)
        self.lost.update(range(start + 1, end + 2))


@by_text
def read(cell: str) -> Reading:
    """一个单元格去掉 IPython 语法之后的样子 / A cell with IPython's syntax undone.

    Whatever the text is, this returns; text that is no Python after it is left for Python to complain about.
    """
    lines = _Lines(_unquoted(textwrap.dedent(cell).split("\n")))
    first = 0
    while True:
        while first < len(lines.text) and not lines.text[first].strip():
            first += 1
        if first == len(lines.text):
            return Reading("\n".join(lines.text), frozenset(lines.lost))
        found = re.match(r"%%(\w+)(?!\w|\?)(.*)", lines.text[first])
        if not found:
            break
        magic, argument = found[1], found[2].strip()
        if magic in _KEEPING:
            lines.drop(first, first, "")
            lines.lost.discard(first + 1)
            continue
        # any other cell magic takes the whole cell with it; %%timeit too runs it apart, and keeps no name of it
        module = None
        if magic in ("writefile", "file") and re.fullmatch(r"(?:\./)?\w+\.py", argument):
            module = (Path(argument).stem, "\n".join(lines.text[first + 1 :]))
        return Reading("\n" * (len(lines.text) - 1), module=module)
    done = -1
    for start, end, code in list(_logical(lines.text)):
        if start > done:
            done = _plain(lines, start, end, code)
    return Reading("\n".join(lines.text), frozenset(lines.lost), frozenset(lines.binding))


@by_text
def parsed(cell: str) -> ast.Module | None:
    """The syntax tree of a cell as :func:`read` gives it, None when it is no Python. 单元格的语法树。"""
    return tree_of(read(cell).source)


def tree_of(source: str) -> ast.Module | None:
    """The syntax tree of plain Python, None when it is none. 语法树。"""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def blank_above(cell: str) -> int:
    """How many empty lines stand above a cell's text; IPython leaves them out and counts from there. 开头的空行数。"""
    return cell[: len(cell) - len(cell.lstrip())].count("\n")


def until(cell: str, line: int | None) -> str:
    """A cell that stopped at ``line``, up to the statement before. 截到出错的语句之前。"""
    if line is None:
        return cell
    tree, lines = parsed(cell), cell.split("\n")
    if tree is None:
        return ""
    begins = [_begin(node) for node in tree.body if (node.end_lineno or node.lineno) >= line]
    return "\n".join(lines[: begins[0] - 1]) if begins else cell


def only(source: str, statements: Iterable[ast.stmt]) -> str:
    """Plain Python with nothing left of it but these statements, each on its own lines. 只留下这些语句。"""
    kept = {line for node in statements for line in range(_begin(node), (node.end_lineno or node.lineno) + 1)}
    return "\n".join(line if number in kept else "" for number, line in enumerate(source.split("\n"), 1))


def _begin(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


def functions(cell: str) -> list[str]:
    """Names of the functions and classes that a cell defines at its top level. 单元格顶层定义的函数与类。"""
    tree = parsed(cell)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in tree.body if isinstance(node, kinds)] if tree else []


_ANONYMOUS: dict[str, type[ast.AST]] = {
    "<lambda>": ast.Lambda, "<genexpr>": ast.GeneratorExp, "<listcomp>": ast.ListComp, "<setcomp>": ast.SetComp,
    "<dictcomp>": ast.DictComp,
}  # fmt: skip


def first_lines(cell: str, name: str) -> list[int]:
    """The lines on which code of this name begins in a cell, as Python counts them: from the first decorator on.

    单元格中名为 ``name`` 的代码从哪些行开始。
    """
    found = []
    for node in ast.walk(parsed(cell) or ast.Module([], [])):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            found.append(_begin(node))
        elif type(node) is _ANONYMOUS.get(name):
            found.append(node.lineno)  # type: ignore[attr-defined]
    return sorted(found)


def where(qualname: str, line: int, source: str, cell: int | str) -> dict[str, int | str]:
    """A line of a student's own as a card shows it: function, number, text, and the cell that it is in.

    卡片上显示的出错位置。
    """
    named = [part for part in qualname.split(".") if not part.startswith("<")]
    lines = source.split("\n")
    text = lines[line - 1].strip()[:200] if 0 < line <= len(lines) else ""
    return {"function": named[-1] if named else "", "line": line, "text": text, "cell": cell}


def is_module_name(name: str) -> bool:
    """Whether a file of this name may be a student's own module: none that would stand in the way of another."""
    taken = {"numpy", "tidu", "torch", "autograder", "IPython", "__main__"}
    return name.isidentifier() and name not in taken and name not in sys.stdlib_module_names


def modules_beside(folder: Path, reader: Callable[[Path], str | None]) -> dict[str, str]:
    """The student's own modules in ``folder``, as :func:`read` and the rule take them: few, small, plain files.

    文件夹里学生自己的模块。``reader`` gives the text of one file, or None where it cannot be taken.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.py")):
        if len(found) < MAX_MODULES and is_module_name(path.stem):
            text = reader(path)
            if text is not None and len(text) <= MAX_MODULE:
                found[path.stem] = text
    return found


def written(cells: list[str], beside: Mapping[str, str]) -> dict[str, str]:
    """``beside`` together with the modules that cells write themselves. 加上单元格自己写出的模块。"""
    own = [module for cell in cells if (module := read(cell).module)]
    return {**beside, **{name: text for name, text in own if is_module_name(name) and len(text) <= MAX_MODULE}}


def _unquoted(lines: list[str]) -> list[str]:
    """Lines that were pasted with their prompts, without them."""
    first = next((line for line in lines if line.strip()), "")
    for prompt, start in ((_CLASSIC, r"\s*>>>"), (_IPYTHON, r"In \[\d+\]: ")):
        if re.match(start, first):
            return [prompt.sub("", line, count=1) for line in lines]
    return lines


def _plain(lines: _Lines, start: int, end: int, code: str) -> int:
    """Undo IPython's syntax on the logical line from ``start`` to ``end``, and return where it really ends.

    code   its text without comments and the insides of strings
    """
    first = lines.text[start]
    indent, text = first[: len(first) - len(first.lstrip())], code.strip()
    command, assigned = text[:1] in tuple("%!?,;/"), _ASSIGNED.match(first)
    if text.endswith("?") and lines.text[end].rstrip().endswith("?") and _HELP.search(text[-_HELPED:]):
        lines.drop(start, end, f"{indent}pass")
        return end
    if not command and not assigned:
        return end
    while lines.text[end].endswith("\\") and end + 1 < len(lines.text):
        end += 1
    if assigned:
        lines.drop(start, end, f"{assigned[1]}None")
        return end
    if text.startswith("%%"):  # IPython stops there
        lines.drop(start, end, f"{indent}raise SyntaxError('a cell magic stands on the first line of a cell')")
        return end
    words = " ".join(line.strip().removesuffix("\\") for line in lines.text[start : end + 1])
    magic, _, argument = words.lstrip("%").partition(" ")
    statement = argument.strip() if words.startswith("%") and magic in _RUNNING else ""
    if statement and tree_of(statement) is not None:
        lines.drop(start, end, f"{indent}{statement}")
        lines.lost.difference_update(range(start + 1, end + 2))
        return end
    if words.startswith("%") and magic in _BINDING:
        lines.binding.add(start + 1)
    lines.drop(start, end, f"{indent}pass")
    return end


def _logical(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """Where logical lines start and end, with their text less comments: strings and brackets hold lines together.

    Not :mod:`tokenize`, which gives up at an apostrophe in ``!echo don't``.
    """
    start, depth, quote, joined = 0, 0, "", False
    kept: list[str] = []
    for number, line in enumerate(lines):
        if not depth and not quote and not joined:
            start, kept = number, []
            if re.match(r"\s*[%!?,;/]", line):
                yield number, number, line
                continue
        at, joined = 0, False
        while at < len(line):
            if quote:
                if line[at] == "\\":
                    at += 1
                elif line.startswith(quote, at):
                    at += len(quote) - 1
                    quote = ""
            elif line[at] == "#":
                break
            elif line[at] in "\"'":
                quote = line[at] * (3 if line.startswith(line[at] * 3, at) else 1)
                kept.append(quote)
                at += len(quote) - 1
            else:
                kept.append(line[at])
                depth = max(depth + (line[at] in "([{") - (line[at] in ")]}"), 0)
                joined = line[at] == "\\" and at == len(line) - 1
            at += 1
        if len(quote) == 1 and not line.endswith("\\"):
            quote = ""  # a string that does not end is an error of its line alone
        if not quote and not depth and not joined:
            yield start, number, "".join(kept)
