"""What holds for every file of the repository."""

from __future__ import annotations

import re
import tomllib

from tests.repo.tree import ROOT, files, text_of

# Recorded data and generated notebooks are not read line by line.
READ = {".py", ".md", ".toml", ".yml", ".yaml", ".css", ".js", ".html", ".tpl", ".j2"}
LONGEST = 600
LARGEST = 1_000_000
RECORDED = {"tests/ops/golden.npz": 4_000_000}  # PyTorch's answers to all samples of all operations
GENERATED = {"lib/OPS.md"}
SOMEBODYS_MACHINE = re.compile(r"/(?:work|root|Users|home/(?!runner\b)[a-z]\w*)/(?!\.\.\.)[\w.]")


def name(path):
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_a_person_reads():
    # The course's texts are chapters; a chapter is as long as it is.
    long = {
        name(path): lines
        for path in files()
        if path.suffix in READ
        and not name(path).startswith("solutions/")
        and name(path) not in GENERATED
        and (lines := text_of(path).count("\n")) > LONGEST
    }
    assert not long


def test_no_file_is_large():
    sizes = {name(path): path.stat().st_size for path in files()}
    assert not {path: size for path, size in sizes.items() if size > RECORDED.get(path, LARGEST)}


def test_no_file_names_a_place_on_somebodys_machine():
    found = {name(path): match[0] for path in files() if (match := SOMEBODYS_MACHINE.search(text_of(path)))}
    found.pop(name(ROOT / "tests/repo/test_tree.py"), None)
    assert not found


def test_nothing_generated_on_the_way_is_tracked():
    parts = {"__pycache__", ".ipynb_checkpoints", "build", "dist", ".venv", ".mypy_cache", ".ruff_cache"}
    assert not [name(path) for path in files() if parts & set(path.relative_to(ROOT).parts)]


def test_what_a_stranger_looks_for_is_there():
    for wanted in ("README.md", "README.zh.md", "LICENSE", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", ".ci/run"):
        assert ROOT / wanted in files(), wanted


def test_the_changelog_knows_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
