"""The Makefile makes its own environment once, says so, and says what to do when it cannot."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from tests.repo.tree import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
TARGETS = ("demo", "lab", "test", "test-all", "course", "bench", "lint")


@pytest.fixture
def checkout(tmp_path):
    """The Makefile beside a stand-in for Python, whose environments are made of stand-ins too."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    log = tmp_path / "log"
    tool = f'#!/bin/sh\necho "$(basename "$0") $*" >> "{log}"\n'
    python = tmp_path / "stand-in" / "python3"
    python.parent.mkdir()
    python.write_text(
        tool + 'if [ "$2" = venv ]; then mkdir -p "$3/bin"\n'
        'for name in python autograder jupyter ruff mypy; do cp "$0" "$3/bin/$name"; done; fi\n'
    )
    python.chmod(0o755)
    uv = python.with_name("uv")  # this one always fails, as where it cannot reach what pip can
    uv.write_text(tool + "exit 1\n")
    uv.chmod(0o755)
    return tmp_path


def make(checkout, *arguments):
    before = log.read_text() if (log := checkout / "log").exists() else ""
    environment = {"PATH": f"{checkout / 'stand-in'}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": "/nonexistent"}
    command = ["make", *arguments]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    return done, log.read_text().removeprefix(before).splitlines() if log.exists() else []


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_makes_its_environment_first_and_only_once(checkout, target):
    done, ran = make(checkout, target)
    assert done.returncode == 0, done.stderr
    assert "creating .venv" in done.stdout
    assert "installing tidu[course" in done.stdout
    installs = [line for line in ran if line.startswith("python -m pip install")]
    assert len(installs) == 1
    assert ("course,dev" in installs[0]) == (target not in ("demo", "lab", "course"))

    done, ran = make(checkout, target)
    assert done.returncode == 0
    assert not [line for line in ran if "venv" in line or "install" in line]
    assert "==>" in done.stdout  # and says what it does


def test_uv_installs_where_it_can(checkout):
    uv = checkout / "stand-in" / "uv"
    uv.write_text(uv.read_text().replace("exit 1", "exit 0"))
    done, ran = make(checkout, "demo")
    assert done.returncode == 0
    assert [line.partition(" --")[0] for line in ran if "install" in line] == ["uv pip install"]


def test_changed_requirements_are_installed(checkout):
    make(checkout, "demo")
    with (checkout / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    _, ran = make(checkout, "demo")
    assert [line for line in ran if "pip install" in line]
    assert not [line for line in ran if "-m venv" in line]


def test_development_includes_the_course(checkout):
    make(checkout, "lint")
    _, ran = make(checkout, "demo")
    assert not [line for line in ran if "pip install" in line]


def test_an_old_python_is_refused_with_the_way_out(checkout):
    python = checkout / "stand-in" / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    done, _ = make(checkout, "demo")
    assert done.returncode != 0
    assert "is not Python 3.11 or newer" in done.stdout
    assert "make PYTHON=" in done.stdout
    assert not (checkout / ".venv").exists()


def test_a_failed_install_shows_its_log_and_is_tried_again(checkout):
    python = checkout / "stand-in" / "python3"
    good = python.read_text()
    python.write_text(good + 'case "$*" in *"pip install"*) echo "no such package"; exit 1;; esac\n')
    done, _ = make(checkout, "demo")
    assert done.returncode != 0
    assert "no such package" in done.stdout
    shutil.copy(python, checkout / ".venv" / "bin" / "python")
    (checkout / ".venv" / "bin" / "python").write_text(good)
    done, ran = make(checkout, "demo")
    assert done.returncode == 0
    assert [line for line in ran if "pip install" in line]


def test_every_target_is_explained(checkout):
    done, _ = make(checkout)
    assert not set(TARGETS) - set(re.findall(r"^make ([a-z-]+)", done.stdout, re.MULTILINE))
