"""The command line in two languages: help, errors, JSON, and a table whose statuses stay whole in 80 columns."""

from __future__ import annotations

import ast
import io
import json
import pickle
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from autograder.classroom.folder import ClassroomError, Graded, Mark, Standing
from autograder.classroom.plan import TAKEN, Line, Plan
from autograder.cli import plans, scores, words
from autograder.cli.main import app
from autograder.grading.notes import note
from autograder.grading.submission import Outcome
from autograder.judging.catalogue import Message
from autograder.judging.result import PartResult, Result
from tests.repo.tree import ROOT

COMMANDS = [command.name or command.callback.__name__.replace("_", "-") for command in app.registered_commands]
HAN = re.compile("[\u4e00-\u9fff]")
REFUSALS = ("ClassroomError", "CourseError", "SandboxError", "sandbox.SandboxError")


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    for name in ("TIDU_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_in_the_language_that_is_asked_for(name):
    command = [name] if name else []
    english, chinese = run(*command, "-h").output, run(*command, "-h", "--lang", "zh").output
    assert not HAN.search(english) and "Options" in english
    assert HAN.search(chinese) and "选项" in chinese and "…" not in chinese.replace(">…)", "")
    # every option is explained, in Chinese as well
    assert not re.search(r"[A-Za-z]{4,} [a-z]{3,} [a-z]{2,}", re.sub(r"(?m)^.*(Usage:|<).*$", "", chinese)), chinese
    assert english == run("--lang", "en", *command, "-h").output


def test_the_language_is_the_machines_unless_one_is_chosen(monkeypatch):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert words.language() == "zh" and "退出码" in run("-h").output
    assert "Exit codes" in run("-h", "--lang=en").output
    monkeypatch.setenv("TIDU_LANG", "en")
    assert words.language() == "en"


@pytest.mark.parametrize("place", [["--lang", "fr", "doctor"], ["doctor", "--lang", "fr"], ["doctor", "--lang"]])
def test_a_language_that_is_not_spoken_is_an_error(place):
    result = run(*place)
    assert result.exit_code == 2 and "expected zh or en" in result.output


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("grade --jobs none", "'--jobs' / '-j' 的值不对：要的是整数"),
        ("grade --jobs 0", "至少是 1"),
        ("grade --forse", "没有选项 --forse。相近的有：--force"),
        ("grade --tier", "选项 '--tier' 后面要有值。"),
        ("grade --force=1", "选项 '--force' 后面不带值。"),
        ("regrad", "没有命令 'regrad'。是不是 'regrade'"),
        ("collect 04_views", "缺少参数 'source'。"),
        ("init one another", "多了参数：another"),
        ("doctor --lang fr", "应当是 zh 或 en"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_in_chinese(monkeypatch, line, says):
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    done = run(*line.split())
    assert done.exit_code == 2 and says in done.output
    words_left = re.sub(r"(?m)^用法.*$|'[^']*'|--?\w+|another|zh|en\b", "", done.output)
    assert not re.search("[A-Za-z]{2}", words_left), words_left
    english = run(*line.split(), "--lang", "en").output if "--lang" not in line else ""
    assert not HAN.search(english)


def test_the_commands_say_their_exit_codes():
    text = " ".join(run("-h").output.split())
    for told in ("0 done", "1 done, and something needs a look", "2 not done", "130 stopped by Ctrl-C"):
        assert told in text


def test_every_command_has_json():
    assert [name for name in COMMANDS if "--json" not in run(name, "-h").output] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade"], "--class"),
        (["report", "--class", "{here}"], "--class"),
        (["build", "--root", "{here}"], "--root"),
        (["init", "{here}/class", "--root", "{here}"], "--root"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_an_error_names_the_option_that_mends_it(tmp_path, monkeypatch, arguments, says):
    monkeypatch.chdir(tmp_path)
    filled = [argument.format(here=tmp_path) for argument in arguments]
    result = run(*filled, "--json")
    assert result.exit_code == 2 and says in json.loads(result.stdout)["error"]
    assert len(result.stderr.strip().splitlines()) == 1 and says in result.stderr


def test_ctrl_c_is_one_line_and_its_own_exit_code(monkeypatch):
    from autograder.classroom import folder

    def stop(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(folder.Classroom, "check", stop)
    result = run("grade")
    assert result.exit_code == 130 and len(result.output.strip().splitlines()) == 1


# ---- the table


def lines(assignment="04_views"):
    from autograder import exercises

    def result(exercise, status, share=0):
        return Result(exercise.id, status, [PartResult(p.name, p.points * share, p.points) for p in exercise.parts])

    known = exercises.load(assignment)
    befallen = ["ok", "not answered", "timeout", "timeout", "crashed", "refused", "missing"]
    many = {e.id: result(e, status) for e, status in zip(known, befallen, strict=False)}
    right = {e.id: result(e, "ok", 1) for e in known}
    told = note("restarted", count=2)
    whole = Standing({f"{e.id}_check": Mark(e.points, e.points, e.points, None, None, False) for e in known})
    nothing = Standing({name: Mark(0.0, mark.points, 0.0, None, None, False) for name, mark in whole.marks.items()})
    outcomes = {
        "阿卜杜热西提·买买提": Outcome(assignment, "graded", "landlock", many, notes=[told, told]),
        "Bartholomew-Featherstonehaugh.the-Third@example.org": Outcome(assignment, "graded", "landlock", right),
        "林": Outcome(assignment, "needs a look", "landlock", right, {"x": "why"}, why=told),
        "nobody": Outcome(assignment, "not gradable", "landlock", why=note("empty file")),
    }
    standings = (nothing, whole, None, None)
    return [
        Graded(student, assignment, assignment, outcome, standing=standing)
        for (student, outcome), standing in zip(outcomes.items(), standings, strict=True)
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 60, 40, 200])
def test_statuses_are_whole_and_lines_fit(monkeypatch, width, lang):
    monkeypatch.setenv("TIDU_LANG", lang)
    screen = Console(width=width, file=io.StringIO())
    screen.print(scores.score_table("04_views", lines(), {"林": 3}, width))
    text = screen.file.getvalue()
    assert max(map(cell_len, text.splitlines())) <= width
    for whole in {
        "zh": ("已评分", "无法评分", "需要人工查看", "超时 ×2", "未作答", "进程崩溃", "附注 2 条"),
        "en": ("graded", "not gradable", "needs a look", "timed out ×2", "not answered", "process crashed", "2 notes"),
    }[lang]:
        assert whole in text, text
    assert ("Featherstonehaugh" in text) == (width == 200) and "阿" in text


def test_one_line_sums_up(monkeypatch):
    monkeypatch.setenv("TIDU_LANG", "en")
    batch = scores.Batch(lines(), fresh=1, seconds=2.34, tier="landlock")
    text = re.sub(r"\[[^\]]*\]", "", scores.summary(batch))
    assert text.startswith("4 submissions: 2 graded, 1 needs a look, 1 not gradable · mean 50% · ")
    assert text.endswith("3 unchanged · 2.3 s · isolation: landlock")
    assert "collect" in scores.summary(scores.Batch([], 0, 0.0, "landlock"))


def test_errors_are_in_the_language_that_is_asked_for(tmp_path):
    english, chinese = (run("grade", "-C", tmp_path, "--lang", lang).stderr for lang in ("en", "zh"))
    assert not HAN.search(english) and HAN.search(chinese) and "--class" in chinese


def test_whatever_is_refused_is_refused_in_both_languages():
    told = 0
    for path in (ROOT / "autograder").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in REFUSALS:
                assert len(node.args) == 2, f"{path}:{node.lineno}"
                english, chinese = map(ast.unparse, node.args)
                assert HAN.search(chinese) or ".zh" in chinese, f"{path}:{node.lineno}"
                told += english != chinese
    assert told > 50


def test_a_refusal_comes_whole_out_of_another_process():
    there = pickle.loads(pickle.dumps(ClassroomError("no such class", "没有这个班")))
    assert str(there) == "no such class" and there.message == Message("没有这个班", "no such class")


@pytest.mark.parametrize("terminal", [True, False])
def test_the_summary_breaks_between_words_on_a_terminal_and_nowhere_in_a_file(monkeypatch, terminal):
    monkeypatch.setenv("TIDU_LANG", "en")
    screen = Console(width=60, file=io.StringIO(), force_terminal=terminal, color_system=None)
    monkeypatch.setattr(scores, "console", screen)
    scores.flow(scores.summary(scores.Batch(lines(), fresh=1, seconds=2.34, tier="landlock")))
    rows = screen.file.getvalue().splitlines()
    assert (len(rows) > 1) == terminal and rows[-1].endswith("isolation: landlock")
    assert not terminal or max(map(cell_len, rows)) <= 60


def test_what_is_to_be_said_of_a_hand_in_stands_below_the_ordinary_ones(monkeypatch):
    monkeypatch.setenv("TIDU_LANG", "en")
    screen = Console(width=200, file=io.StringIO())
    monkeypatch.setattr(plans, "console", screen)
    told = (Message("这是 08 的笔记本", "it is the notebook of 08"),)
    listed = [Line(f"{who}.ipynb", TAKEN, who, "04", "04", notes=told if who == "ann" else ()) for who in ("ann", "bo")]
    plans.print_plan(Plan(listed, missing=["cy"]), "04", dry=True)
    assert [row.split(" → ")[0] for row in screen.file.getvalue().splitlines()] == [
        "taken bo.ipynb",
        "taken ann.ipynb",
        "on the roster, with no notebook yet: cy",
        "04: 2 submissions collected, 0 unchanged, 0 files left out; a plan, nothing was written",
    ]
