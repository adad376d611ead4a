"""Answers that are the same program under other names: shown to a person, and never scored.

Two answers are alike when their syntax trees are, once the names that they chose themselves, docstrings, comments,
annotations and layout are taken away. Short answers are alike by nature, and so are answers that most people give:
both are left out.
"""

from __future__ import annotations

import ast
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Syntax nodes below which any two right answers look alike.
ENOUGH = 45
#: The share of those who answered above which an answer is simply the usual one.
USUAL = 0.25


@dataclass(frozen=True)
class Cluster:
    """Students whose answers to one exercise are alike, and their texts. 答案相似的一组学生。"""

    exercise: str
    students: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether the texts are the same but for white space. 除空白外是否逐字相同。"""
        return len({"".join(text.split()) for text in self.texts}) == 1


def clusters(answers: Mapping[str, Mapping[str, str]], common: Sequence[str] = ()) -> list[Cluster]:
    """The groups of alike answers, of each exercise, the smallest first. 相似答案的分组，小组在前。

    answers   for each exercise, the students' answers
    common    texts that everybody had, such as cells as they were handed out
    """
    known = {shape for text in common if (shape := normalised(text)) is not None}
    found = []
    for exercise, texts in answers.items():
        groups: dict[str, list[str]] = defaultdict(list)
        for student, text in texts.items():
            shape = normalised(text)
            if shape is not None and shape not in known:
                groups[shape].append(student)
        answered = sum(map(len, groups.values()))
        for students in groups.values():
            if len(students) >= 2 and (len(students) == 2 or len(students) <= USUAL * answered):
                found.append(Cluster(exercise, tuple(students), tuple(texts[student] for student in students)))
    return sorted(found, key=lambda cluster: (len(cluster.students), not cluster.identical))


def normalised(source: str) -> str | None:
    """The program without what a person changes who copies it; None where it is too short, or no Python.

    去掉改写者会改的部分之后的程序；太短或不是 Python 时为 None。
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        if sum(1 for _ in ast.walk(tree)) < ENOUGH:
            return None
        return ast.dump(_Bare(_own_names(tree)).visit(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _own_names(tree: ast.Module) -> dict[str, str]:
    """Names that the program binds inside functions, numbered in the order in which they appear."""
    names: dict[str, str] = {}
    exported = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        bound = ""
        if isinstance(node, ast.arg):
            bound = node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound = node.id
        elif isinstance(node, ast.FunctionDef):
            bound = node.name
        if bound and bound not in exported:
            names.setdefault(bound, f"_{len(names)}")
    return names


class _Bare(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self.names.get(node.arg, node.arg))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        first = node.body[0]
        said = (
            isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
        )
        node.body = node.body[said:] or [ast.Pass()]
        node.returns = None
        node.name = self.names.get(node.name, node.name)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value is not None else None
