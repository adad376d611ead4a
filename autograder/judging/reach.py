"""What a name stands on: the statements that bind it and those that its names lead to, in cells that ran in order.

A later definition replaces an earlier one: for a function that is called now, and not for what an earlier statement
already took.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.judging.names import Use, statements

#: What a name stands for where no cell says so, since every notebook begins with these imports.
ASSUMED = {"np": "numpy", "torch": "tidu", "tidu": "tidu"}


@dataclass(frozen=True)
class Met:
    """A statement that was met, by its place in the program, and the name that led there."""

    index: int
    via: str


class Program:
    """The statements of cells in the order in which they ran.

    given   names that come with the notebook: as first bound they are not looked into
    lent    names that stand for something else than the cells say
    """

    def __init__(self, cells: Sequence[str], given: frozenset[str], lent: frozenset[str]) -> None:
        self.given, self.lent = given, lent
        self.statements = [(number, found) for number, cell in enumerate(cells) for found in statements(cell)]
        self.binding: dict[str, list[int]] = {}
        self.changing: dict[str, list[int]] = {}
        for index, (_, statement) in enumerate(self.statements):
            for name in statement.binds:
                self.binding.setdefault(name, []).append(index)
            passed = {name for names in statement.passes.values() for name in names}
            for name in {*statement.touches, *statement.sets, *passed} - statement.binds:
                self.changing.setdefault(name, []).append(index)
        for index, (_, statement) in enumerate(self.statements):
            for name in statement.sets - self.binding.keys():  # bound by a function alone, when somebody calls it
                self.binding[name] = [index]

    def last(self, name: str, before: int | None = None) -> int | None:
        """The last statement that binds ``name``, of all or of those ``before`` one. 最后一次绑定。"""
        found = self.binding.get(name, [])
        at = len(found) if before is None else bisect_left(found, before)
        return found[at - 1] if at else None

    def reached(self, root: Met) -> list[Met]:
        """``root`` and all that it stands on, the nearest first. 所依赖的全部语句。"""
        found = {root.index: root}
        queue = deque([root])
        changed: set[str] = set()  # names of which every change was met
        while queue:
            met = queue.popleft()
            statement = self.statements[met.index][1]
            leads = [(index, use.name) for use in statement.uses for index in self.bindings(use, met.index)]
            for name in (*statement.binds, met.via):
                leads += [(index, name) for index in self._changes(name)] if name not in changed else []
                changed.add(name)
            for index, name in leads:
                if index not in found and name not in self.statements[index][1].imports:
                    found[index] = Met(index, name)
                    queue.append(found[index])
        return list(found.values())

    def bindings(self, use: Use, at: int) -> list[int]:
        """The statements that a look-up may lead to: the last one before ``at``, and for later calls the last of all.

        一次名字查找可能到达的语句。
        """
        if use.name in self.lent:
            return []
        found = [*([self.last(use.name, at)] if use.early else []), *([self.last(use.name)] if use.late else [])]
        chosen = [index for index in dict.fromkeys(found) if index is not None]
        if use.name in self.given and chosen:  # run twice it is still the given one
            original = ast.dump(self.statements[self.binding[use.name][0]][1].node)
            chosen = [index for index in chosen if ast.dump(self.statements[index][1].node) != original]
        return chosen

    def meaning(self, use: Use, at: int) -> str | None:
        """The module or object that a name was imported for; None when it was not imported. 名字所代表的导入。"""
        for index in self.bindings(use, at) or self.binding.get(use.name, [])[-1:]:
            if use.name in self.statements[index][1].imports:
                return self.statements[index][1].imports[use.name]
        return None if use.name in self.binding else ASSUMED.get(use.name)

    def _changes(self, name: str) -> Iterator[int]:
        """The statements that change what ``name`` stands for without binding it."""
        for index in self.changing.get(name, []):
            statement = self.statements[index][1]
            by_call = any(name in names and self._is_own(f) for f, names in statement.passes.items())
            if name in statement.touches or name in statement.sets or by_call:
                yield index

    def _is_own(self, function: str) -> bool:
        last = self.last(function)
        return last is not None and function not in self.statements[last][1].imports
