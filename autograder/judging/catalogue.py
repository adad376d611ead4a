"""The one catalogue of messages, hints and insights, in Chinese and English; the texts stand in TOML files."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

#: The two languages that every text is written in, in this order.
PAIR = ("zh", "en")
LANGS = (*PAIR, "both")
#: What headings of a notebook in both languages begin with: zero width, so that only a style sheet can tell them apart.
HEADING_MARKS = {"zh": "\u200c", "en": "\u200d"}


@dataclass(frozen=True)
class Message:
    """One thing to tell a person, in both languages."""

    zh: str
    en: str

    def text(self, lang: str, joint: str = "\n") -> str:
        """The message in ``lang``; for ``"both"`` the Chinese, ``joint``, the English."""
        if lang == "both":
            return self.zh if self.zh == self.en else f"{self.zh}{joint}{self.en}"
        return self.zh if lang == "zh" else self.en

    def to_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def from_json(cls, data: dict[str, str]) -> Message:
        return cls(str(data["zh"]), str(data["en"]))


class Refusal(Exception):
    """Something that a person can mend; the message says what to do, in both languages."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en, zh)  # with both it can be pickled
        self.message = Message(zh, en)

    def __str__(self) -> str:
        return self.message.en


#: Where the sections stand that are not in the catalogue's own file.
_FILES = {
    "part": "judging/parts.toml",
    "picture": "judging/pictures.toml",
    "training": "judging/training.toml",
}


#: Folders with hints, insights and classes of exercises that are not the course's own.
_others: list[Path] = []


def read_again(*folders: Path) -> None:
    """Read the files anew, and ``hints.toml``, ``insights.toml``, ``classes.toml`` and ``parts.toml`` of these too."""
    _others.extend(folders)
    _texts.cache_clear()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # which names a line, and not the file
        raise ValueError(f"{path}: {error}") from None


@cache
def _texts(path: str) -> dict[str, Any]:
    own = Path(__file__).parents[1] / path
    found = _read(own)
    for folder in _others:
        if (folder / own.name).is_file():
            for section, entry in _read(folder / own.name).items():
                found[section] = {**entry, **found.get(section, {})}
    return found


def message(key: str, **values: object) -> Message:
    """The catalogue's message ``key`` (``"section.name"``) with its ``{names}`` filled in."""
    section, _, name = key.partition(".")
    try:
        entry = _texts(_FILES.get(section, "judging/catalogue.toml"))[section][name]
    except KeyError:
        raise LookupError(f"no message {key!r} in the catalogue") from None
    return Message(entry["zh"].format(**values), entry["en"].format(**values))


def part_title(name: str) -> Message:
    """The heading of an exercise's part; a part that the catalogue does not name is shown by its own name."""
    return message(f"part.{name}") if name in _texts(_FILES["part"])["part"] else Message(name, name)


def phrase(axis: str, one: Any) -> Message:
    """How a class of an exercise's inputs is told to a student; empty for one that goes without saying."""
    try:
        zh, en = _texts("judging/classes.toml")[axis][str(one).lower() if isinstance(one, bool) else str(one)]
    except KeyError:
        raise LookupError(f"no words for {axis}={one!r} in classes.toml") from None
    return Message(zh, en)


def hints(id: str) -> tuple[Message, ...]:
    """The hints of one exercise, from a nudge to almost the answer; none where the file has none."""
    entry = _texts("exercises/hints.toml").get(id, {"zh": [], "en": []})
    return tuple(Message(zh, en) for zh, en in zip(entry["zh"], entry["en"], strict=True))


def insight(id: str) -> Message | None:
    """What is worth knowing once an exercise works; None where the file has nothing."""
    entry = _texts("exercises/insights.toml").get(id)
    return Message(entry["zh"], entry["en"]) if entry else None
