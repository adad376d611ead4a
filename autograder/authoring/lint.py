"""Check that the course says the same thing in both languages.

``autograder lint`` lists what is wrong; with ``--confirm`` a person who has read both sides of every pair records that
they belong together (``solutions/pairs.json`` keeps a hash of each side), so that a later change of one side alone is
noticed.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import re
import string
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring import source as sources
from autograder.authoring.promises import broken
from autograder.authoring.source import SourceCell
from autograder.exercises import given
from autograder.judging.catalogue import PAIR, Message

CJK = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
LATIN = re.compile(r"[A-Za-z]{3}.*\b[A-Za-z]{3}")
CODE = re.compile(r"`[^`]+`")
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+\$", re.S)
LINK = re.compile(r"\]\(([^)]+)\)")
#: Words that tell readers they ought to have seen it already.
UNKIND = re.compile(r"显然|易知|不难看出|\b(obviously|trivially|clearly|of course|simply)\b", re.I)


@dataclass(frozen=True)
class Problem:
    """Something to put right, and where."""

    where: str
    what: Message

    def __str__(self) -> str:
        return f"{self.where}: {self.what.en}"

    def to_json(self) -> dict[str, object]:
        return {"where": self.where, "what": self.what.to_json()}


@dataclass(frozen=True)
class Pair:
    """The same passage in both languages."""

    where: str
    zh: str
    en: str
    zh_exercise: str = ""
    en_exercise: str = ""

    @property
    def hashes(self) -> tuple[str, str]:
        return _hash(self.zh), _hash(self.en)


@dataclass(frozen=True)
class Term:
    """One row of the glossary."""

    zh: str
    en: str

    @property
    def patterns(self) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
        """The Chinese, the English that asks for it, and the English that will do for it."""
        asks, enough = re.sub(r" \([^)]*\)", "", self.en), re.sub(r" \(([^)]*)\)", r" / \1", self.en)
        zh, *en = ("|".join(map(re.escape, side.split(" / "))) for side in (self.zh, asks, enough))
        words = [re.compile(rf"\b(?:{forms})(?:s|es)?\b", re.I) for forms in en]
        return re.compile(zh), words[0], words[1]


def lint(root: Path) -> list[Problem]:
    """Everything that is wrong with the course's sources under ``root``."""
    problems: list[Problem] = []
    terms = glossary(root)
    confirmed = _confirmed(root)
    for name in sources.names(root):
        cells = sources.read(root, name)
        pairs, alone = pairs_of(name, cells)
        problems += alone
        for pair in pairs:
            problems += _structure(pair)
            problems += _words(pair, terms)
            problems += _confirmation(pair, confirmed)
        problems += _code(name, cells)
        problems += _promises(name, cells)
    for pair in message_pairs(root):
        problems += _placeholders(pair)
        problems += _words(pair, terms)
    return problems


def _promises(name: str, cells: list[SourceCell]) -> Iterator[Problem]:
    """What the exercises of a notebook are checked on and their prose does not mention."""
    for exercise in sources.exercises_of(name):
        own = [cell for cell in cells if cell.exercise == exercise.id]
        answer = "\n".join(cell.source for cell in own if cell.role == "answer")
        read = {side: "\n".join([c.source for c in own if c.lang == side] + [answer]) for side in PAIR}
        for what in broken(exercise, read["zh"], read["en"]):
            yield Problem(f"solutions/{name}.md, exercise {exercise.id}", what)


def confirm(root: Path) -> int:
    """Record every pair as read by a person; returns how many there are."""
    record = {}
    for name in sources.names(root):
        pairs, _ = pairs_of(name, sources.read(root, name))
        record[name] = [list(pair.hashes) for pair in pairs]
    text = json.dumps(record, indent=1, sort_keys=True)
    _record_path(root).write_text(text + "\n", encoding="utf-8")
    return sum(len(pairs) for pairs in record.values())


def pairs_of(name: str, cells: list[SourceCell]) -> tuple[list[Pair], list[Problem]]:
    """The prose in pairs, Chinese first, and a problem for every passage that stands alone."""
    prose: list[SourceCell | None] = [cell if cell.role == "prose" else None for cell in cells]
    pairs, problems, i = [], [], 0
    while i < len(prose):
        here, after = prose[i], prose[i + 1] if i + 1 < len(prose) else None
        if here is None:
            i += 1
        elif here.lang == "zh" and after is not None and after.lang == "en":
            pairs.append(Pair(_place(name, here), here.source, after.source, here.exercise, after.exercise))
            i += 2
        else:
            zh, en = ("英文", "English") if here.lang == "zh" else ("中文（在前）", "Chinese (which comes first)")
            what = Message(f"这一段缺少{zh}", f"the {en} of this passage is missing")
            problems.append(Problem(_place(name, here), what))
            i += 1
    return pairs, problems


def message_pairs(root: Path) -> Iterator[Pair]:
    """Messages, hints, insights and the mistakes' explanations."""
    package = Path(__file__).parents[1]
    judging = [f"judging/{name}.toml" for name in ("catalogue", "pictures", "training")]
    own = sources.exercises_folder(root)
    told = [own / name for name in ("hints.toml", "insights.toml") if (own / name).is_file()]
    for path in (*(package / name for name in judging), *told):
        file = path.relative_to(package if path.is_relative_to(package) else root).as_posix()
        for section, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if isinstance(entry.get("zh"), list):
                if len(entry["zh"]) != len(entry["en"]):
                    yield Pair(f"{file} [{section}]", f"{len(entry['zh'])} 条", f"{len(entry['en'])} items")
                for number, (zh, en) in enumerate(zip(entry["zh"], entry["en"], strict=False), 1):
                    yield Pair(f"{file} [{section}] {number}", zh, en)
            elif isinstance(entry.get("zh"), str):
                yield Pair(f"{file} [{section}]", entry["zh"], entry["en"])
            else:
                for key, texts in entry.items():
                    yield Pair(f"{file} [{section}.{key}]", texts.get("zh", ""), texts.get("en", ""))
    for name in sources.names(root):
        for exercise in sources.exercises_of(name):
            for mistake in exercise.mistakes:
                yield Pair(f"{exercise.id}.{mistake.name}", mistake.message.zh, mistake.message.en)


def glossary(root: Path) -> list[Term]:
    """The terms of ``course/GLOSSARY.md``, longest first; " / " separates forms of one word.

    A form in brackets, ``leaf (leaves)``, is an ordinary word as well: it will do for the Chinese and asks for nothing.
    """
    path = root / "course" / "GLOSSARY.md"
    if not path.is_file():  # a class speaks as the course does
        path = Path(__file__).parents[2] / "course" / "GLOSSARY.md"
    if not path.is_file():
        return []
    rows = re.findall(r"^\|\s*([^|]+?)\s*\|\s*([^|]+?)\s*\|", path.read_text(encoding="utf-8"), re.M)
    terms = [Term(zh, en) for zh, en in rows if CJK.search(zh) and zh != "中文"]
    return sorted(terms, key=lambda term: -len(term.en))


def _structure(pair: Pair) -> Iterator[Problem]:
    if pair.zh_exercise != pair.en_exercise:
        apart = _apart(repr(pair.zh_exercise), repr(pair.en_exercise))
        yield Problem(pair.where, Message(f"练习不同：{apart.zh}", f"exercises differ: {apart.en}"))
    for kind, of in (
        (Message("标题", "headings"), _headings),
        (Message("列表项", "list items"), lambda text: len(re.findall(r"^\s*(?:[-*]|\d+\.)\s", text, re.M))),
        (Message("表格行", "table rows"), lambda text: len(re.findall(r"^\|", text, re.M))),
        (Message("公式", "formulas"), lambda text: Counter(FORMULA.findall(text))),
        (Message("代码", "code spans"), lambda text: Counter(CODE.findall(text))),
        (Message("链接", "links"), lambda text: Counter(LINK.findall(text))),
    ):
        zh, en = of(pair.zh), of(pair.en)
        if zh != en:
            apart = _apart(zh, en)
            yield Problem(pair.where, Message(f"{kind.zh}不同：{apart.zh}", f"{kind.en} differ: {apart.en}"))


def _headings(text: str) -> list[str]:
    """Levels and numbers: ``## 8.1`` is the same heading in both languages."""
    found = re.findall(r"^(#+)\s*(.*)$", text, re.M)
    return [f"{marks} {''.join(re.findall(r'[0-9]+(?:[.][0-9]+)?', title)[:1])}" for marks, title in found]


def _apart(zh: object, en: object) -> Message:
    if isinstance(zh, Counter) and isinstance(en, Counter):
        ours, theirs = list((zh - en).elements()), list((en - zh).elements())
        return Message(f"只在中文里 {ours}，只在英文里 {theirs}", f"only in Chinese {ours}, only in English {theirs}")
    return Message(f"中文 {zh}，英文 {en}", f"{zh} in Chinese, {en} in English")


def _words(pair: Pair, terms: list[Term]) -> Iterator[Problem]:
    zh, en = (FORMULA.sub(" ", CODE.sub(" ", text)) for text in (pair.zh, pair.en))
    if not pair.zh.strip() or not pair.en.strip():
        yield Problem(pair.where, Message("有一种语言是空的", "one language is empty"))
        return
    if found := CJK.findall(en)[:5]:
        yield Problem(pair.where, Message(f"英文里有中文字符：{found}", f"Chinese characters in the English: {found}"))
    for text in (zh, en):
        for word in UNKIND.finditer(text):
            said = repr(word.group())
            hurts = Message(f"{said} 只会伤到没看出来的读者", f"{said} only hurts the reader who did not see it")
            yield Problem(pair.where, hurts)
    for term in terms:
        in_zh, in_en, enough = term.patterns
        for asks, lacks, here, there, zh_lang, en_lang in (
            (in_en.search(en), not in_zh.search(zh), term.en, term.zh, "中文", "Chinese"),
            (in_zh.search(zh), not enough.search(en), term.zh, term.en, "英文", "English"),
        ):
            if asks and lacks:
                what = Message(
                    f"术语表里 {here!r} 是 {there!r}，{zh_lang}里没有",
                    f"the glossary has {here!r} as {there!r}, which the {en_lang} does not say",
                )
                yield Problem(pair.where, what)
        # A longer term speaks for the shorter ones in it.
        zh, en = in_zh.sub(" ", zh), enough.sub(" ", en)


def _placeholders(pair: Pair) -> Iterator[Problem]:
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (pair.zh, pair.en)]
    if pair.where.startswith("judging/catalogue") and names[0] != names[1]:
        apart = sorted(names[0] ^ names[1])
        yield Problem(pair.where, Message(f"占位符不同：{apart}", f"placeholders differ: {apart}"))


def _confirmation(pair: Pair, confirmed: set[tuple[str, str]]) -> Iterator[Problem]:
    zh, en = pair.hashes
    if (zh, en) in confirmed:
        return
    known_zh, known_en = {a for a, _ in confirmed}, {b for _, b in confirmed}
    if zh in known_zh:
        what = Message("英文改了，中文没有改", "the English changed and the Chinese did not")
    elif en in known_en:
        what = Message("中文改了，英文没有改", "the Chinese changed and the English did not")
    else:
        what = Message("这一对是新的，或者两边都改了", "this pair is new, or both sides changed")
    then = Message(
        f"{what.zh}：两边都读过，再运行 autograder lint --confirm",
        f"{what.en}: read both, then run autograder lint --confirm",
    )
    yield Problem(pair.where, then)


def _code(name: str, cells: list[SourceCell]) -> Iterator[Problem]:
    ours = {
        node.name: ast.dump(node)
        for node in ast.parse(inspect.getsource(given)).body
        if isinstance(node, ast.FunctionDef)
    }
    for cell in cells:
        if cell.role == "prose":
            continue
        bare, docstrings = _taken_apart(cell.source)
        if CJK.search(bare):
            english = Message(
                "代码和注释用英文，给两种读者看", "code and its comments are in English, for both readers"
            )
            yield Problem(_place(name, cell), english)
        if cell.role == "answer" and not all(CJK.search(text) and LATIN.search(text) for text in docstrings or [""]):
            docstring = Message("答案的文档字符串要有两种语言", "an answer's docstring is in both languages")
            yield Problem(_place(name, cell), docstring)
        if cell.role == "given":
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef) and ours.get(node.name) != ast.dump(node):
                    home = "autograder/exercises/given.py"
                    what = Message(f"{node.name} 与 {home} 里的不同", f"{node.name} is not the one in {home}")
                    yield Problem(_place(name, cell), what)


def _taken_apart(source: str) -> tuple[str, list[str]]:
    """The lines of code outside of docstrings, and the docstrings."""
    lines, docstrings = source.splitlines(), []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            text = node.body[0]
            docstrings.append(ast.get_docstring(node) or "")
            lines[text.lineno - 1 : text.end_lineno] = [""] * ((text.end_lineno or text.lineno) - text.lineno + 1)
    return "\n".join(lines), docstrings


def _place(name: str, cell: SourceCell) -> str:
    first = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"solutions/{name}.md ({first.strip()[:50]})"


def _hash(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def _record_path(root: Path) -> Path:
    return root / "solutions" / "pairs.json"


def _confirmed(root: Path) -> set[tuple[str, str]]:
    path = _record_path(root)
    if not path.is_file():
        return set()
    record = json.loads(path.read_text(encoding="utf-8"))
    return {(zh, en) for pairs in record.values() for zh, en in pairs}
