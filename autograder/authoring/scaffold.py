"""The beginning of a chapter or of an exercise, which works as it stands: it builds, lints, and passes every proof.

What is written is a real exercise, small and complete, in the place where the author's own will be: a reference, two
other right answers, five wrong ones, hints, an insight, and its text in both languages.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from autograder import exercises
from autograder.authoring import source as sources
from autograder.authoring.lint import pairs_of
from autograder.authoring.source import CourseError

_CHAPTER = re.compile(r"\d\d_[a-z][a-z0-9_]*")
_TEMPLATES = Path(__file__).with_name("templates")


def new_chapter(root: Path, name: str) -> list[Path]:
    """写出新一章的开头和第一道练习 / Write ``solutions/<name>.md`` and its first exercise; returns the files.

    root   the course's repository, or a class
    name   two digits and a topic: ``15_topic``

    Raises :class:`CourseError` for another kind of name, and where the chapter is there already.
    """
    if not _CHAPTER.fullmatch(name):
        raise CourseError(
            f"a chapter is called by two digits and a topic, such as 15_topic; got {name!r}",
            f"一章的名字是两位数字加主题，如 15_topic；给的是 {name!r}",
        )
    path = root / "solutions" / f"{name}.md"
    package = sources.exercises_folder(root) / f"e{name}"
    for taken in (path, package):
        if taken.exists():
            raise CourseError(
                f"{taken} exists; add an exercise to it with: autograder new-exercise {name} ID",
                f"已经有 {taken}；给它添一道练习：autograder new-exercise {name} ID",
            )
    exercise = f"first_of_{name[3:]}"
    _require_new(package.parent, exercise)
    path.parent.mkdir(parents=True, exist_ok=True)
    number = str(int(name[:2]))
    path.write_text(_filled("chapter.md", name=name, number=number) + _filled("end.md", name=name), encoding="utf-8")
    written = new_exercise(root, name, exercise)
    _confirm(root, name, _pairs(root, name))
    return written


def new_exercise(root: Path, name: str, id: str) -> list[Path]:
    """给一章添一道练习 / Add an exercise to a chapter, before its last cell; returns the files it wrote or added to.

    root   the course's repository, or a class
    name   the chapter, ``04_views``
    id     what the exercise and the student's function are called: a Python name that no other exercise has
    """
    path = sources.path_of(root, name)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", id):
        raise CourseError(
            f"an exercise is called by a Python name in lower case, such as place_of; got {id!r}",
            f"练习的名字是小写的 Python 名字，如 place_of；给的是 {id!r}",
        )
    folder = sources.exercises_folder(root)
    _require_new(folder, id)
    text = path.read_text(encoding="utf-8")
    pairs = _pairs(root, name)
    package = folder / f"e{name}"
    module = package / f"{id}.py"
    listed = package / "__init__.py"
    before = listed.read_text(encoding="utf-8") if listed.exists() else _filled("package.txt", number=name[:2])
    listing = _listed(before, f"autograder.exercises.e{name}.{id}", id, listed)
    section = 1 + max([int(n) for n in re.findall(rf"^## {int(name[:2])}\.(\d+)　", text, re.M)], default=0)
    title = f"{int(name[:2])}.{section}"
    package.mkdir(parents=True, exist_ok=True)
    module.write_text(_filled("exercise.txt", id=id, section=title), encoding="utf-8")
    listed.write_text(listing, encoding="utf-8")
    path.write_text(_before_the_end(text, _filled("exercise.md", id=id, section=title)), encoding="utf-8")
    written = [path, module, listed]
    for file in ("hints.toml", "insights.toml"):
        told = folder / file
        kept = told.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if told.exists() else ""
        told.write_text(kept + _filled(file, id=id), encoding="utf-8")
        written.append(told)
    exercises.also_from(folder)
    exercises.forget(name)
    return [*written, _confirm(root, name, _pairs(root, name) - pairs)]


def _require_new(folder: Path, id: str) -> None:
    for place in {*exercises.__path__, str(folder)}:
        for taken in Path(place).glob(f"e*_*/{id}.py"):
            raise CourseError(
                f"there is an exercise {id!r} already, in {taken}; give this one another name",
                f"已经有叫 {id!r} 的练习，在 {taken}；请换一个名字",
            )


def _filled(template: str, **values: str) -> str:
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _before_the_end(text: str, addition: str) -> str:
    """The addition stands before the last cell when that is ``progress``, which closes a chapter."""
    end = re.search(r'\n```\{code-cell\}\nprogress\("\w+"\)\n```\s*$', text)
    at = end.start() if end else len(text)
    return f"{text[:at].rstrip()}\n\n{addition.strip()}\n{text[at:] if end else ''}"


def _listed(text: str, module: str, id: str, where: Path) -> str:
    """The package's file with one exercise more: its import in order, and its name at the end of EXERCISES."""
    tree = ast.parse(text)
    found = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and _names_exercises(node)]
    value = found[0].value if len(found) == 1 else None
    if not isinstance(value, ast.Tuple | ast.List) or not all(isinstance(one, ast.Name) for one in value.elts):
        raise CourseError(
            f"{where}: wanted one EXERCISES = (...) with the names of its exercises",
            f"{where}：要有一个 EXERCISES = (…)，里面是各道练习的名字",
        )
    lines = text.split("\n")
    names = [one.id for one in value.elts if isinstance(one, ast.Name)] + [id]
    one_line = f"EXERCISES = ({', '.join(names)}{',' * (len(names) == 1)})"
    listing = [one_line] if len(one_line) <= 100 else ["EXERCISES = (", *(f"    {one}," for one in names), ")"]
    lines[found[0].lineno - 1 : value.end_lineno] = listing
    imports = [node.lineno - 1 for node in tree.body if isinstance(node, ast.ImportFrom)]
    line = f"from {module} import {id}"
    later = [at for at in imports if lines[at] > line]
    fresh = [line] if imports else [line, ""]
    at = later[0] if later else imports[-1] + 1 if imports else found[0].lineno - 2
    lines[at:at] = fresh
    return "\n".join(lines)


def _names_exercises(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)] == ["EXERCISES"]


def _pairs(root: Path, name: str) -> set[tuple[str, str]]:
    return {pair.hashes for pair in pairs_of(name, sources.read(root, name))[0]}


def _confirm(root: Path, name: str, pairs: set[tuple[str, str]]) -> Path:
    """Record pairs of the templates' as read: those who wrote them have read both sides."""
    path = root / "solutions" / "pairs.json"
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    known = record.get(name, [])
    record[name] = known + [list(pair) for pair in sorted(pairs) if list(pair) not in known]
    path.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path
