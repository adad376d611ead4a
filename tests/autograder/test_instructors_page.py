"""The commands that the pages for instructors name are there, with their options; a long run runs them one by one."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest
import typer.main

from autograder.cli.main import EXIT_CODES, app
from tests.repo.tree import ROOT

PAGES = ("autograder/README.md", "autograder/README.zh.md", "README.md")
#: What an environment is made with, and the demonstration, which ``make demo`` runs before every change that lands.
ELSEWHERE = ("python -m venv", ".venv/bin/", "source ", "autograder demo")


def commands(page):
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def inline(page):
    return re.findall(r"`(autograder [^`]+)`", (ROOT / page).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_on_the_page_exists(page):
    known = typer.main.get_command(app)
    told = [line for line in [*commands(page), *inline(page)] if line.startswith("autograder ")]
    assert len(told) >= 8
    for line in told:
        name, *arguments = shlex.split(line)[1:]
        assert name in known.commands, line
        if line in inline(page) and not arguments:
            continue
        known.commands[name].make_context(name, arguments)  # raises where an option or an argument is wrong


@pytest.mark.parametrize("page", PAGES[:2])
def test_options_and_exit_codes_of_the_page_are_those_of_the_commands(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    options = {option for command in app.registered_commands for option in _options(command)} | {"--lang", "--help"}
    assert set(re.findall(r"`(--[a-z-]+)", text)) <= options
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == ["0", "1", "2", "130"]
    assert all(f" {code} " in EXIT_CODES for code in ("0", "1", "2", "130"))


def _options(command):
    name = command.name or command.callback.__name__.replace("_", "-")
    for parameter in typer.main.get_command(app).commands[name].params:
        yield from parameter.opts


@pytest.mark.long
def test_the_page_is_what_an_instructor_can_do(tmp_path):
    """From the first command to the last, in the order of the page, each ending well."""
    root = tmp_path / "course"
    root.mkdir()
    for name in ("solutions", "course", "autograder", "lib"):
        (root / name).symlink_to(ROOT / name)
    student = tmp_path / "handed-in" / "wei" / "04_views.ipynb"
    student.parent.mkdir(parents=True)
    student.write_bytes((ROOT / "course" / "04_views" / "04_views.ipynb").read_bytes())
    binary = tmp_path / "bin"
    binary.mkdir()
    (binary / "autograder").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m autograder.cli.main "$@"\n')
    (binary / "autograder").chmod(0o755)
    path = os.pathsep.join([str(ROOT / "lib"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "PATH": f"{binary}{os.pathsep}{os.environ['PATH']}"}
    here, ran = root, 0
    for line in commands(PAGES[0]):
        if line.startswith(ELSEWHERE):
            continue
        if line.startswith("cd "):
            here = (here / line[3:]).resolve()
            continue
        done = subprocess.run(line, shell=True, cwd=here, env=environment, capture_output=True, text=True)
        # a machine without bubblewrap and Landlock is told so by its doctor
        assert done.returncode == 0 or line == "autograder doctor", (line, done.stdout, done.stderr)
        ran += 1
    assert ran >= 18 and (here / "report.html").is_file() and (here / "grades.csv").is_file()
    assert (here / "feedback" / "wei" / "04_views.html").is_file()
    assert (here / "release" / "90_mine" / "exercises" / "e90_mine" / "__init__.py").is_file()
