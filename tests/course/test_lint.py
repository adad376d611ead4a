"""The two languages say the same thing, and the lint would notice if they did not."""

from __future__ import annotations

import re
import shutil

import pytest
from typer.testing import CliRunner

from autograder.authoring.lint import Pair, Term, confirm, glossary, lint, pairs_of
from autograder.authoring.promises import broken
from autograder.authoring.source import read
from autograder.cli.main import app
from autograder.exercises import find
from tests.course.conftest import ROOT


@pytest.fixture
def copied(tmp_path):
    """Chapter 4 alone, as if it were the whole course: to look through all of it takes six times as long."""
    for folder in ("solutions", "course"):
        others = [path.name for path in (ROOT / folder).glob("[0-9]*") if not path.name.startswith("04_views")]
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns(*others))
    return tmp_path


def changed(root, *swap):
    path = root / "solutions" / "04_views.md"
    text = path.read_text(encoding="utf-8")
    assert swap[0] in text
    path.write_text(text.replace(*swap, 1), encoding="utf-8")
    return [str(problem) for problem in lint(root)]


def test_the_course_is_clean(root):
    assert [str(problem) for problem in lint(root)] == []


def test_the_glossary_names_what_the_course_is_about(root):
    assert ("步幅", "stride") in [(term.zh, term.en) for term in glossary(root)]
    assert len(glossary(root)) >= 15


@pytest.mark.parametrize(
    "before, after, told",
    [
        ('+++ {"lang": "en"}\n\n## 4.2', "## 4.2", "the English of this passage is missing"),
        ('+++ {"lang": "zh"}\n\n## 4.2', '+++ {"lang": "en"}\n\n## 4.2', "the Chinese (which comes first)"),
        ("## 4.3  New strides", "### 4.3  New strides", "headings differ"),
        ("## 4.3  New strides", "## 4.4  New strides", "headings differ"),
        ("$\\mathrm{offset} + i\\,s_0 + j\\,s_1$. In the", "there. In the", "formulas differ"),
        ("`permute` reorders", "permute reorders", "code spans differ"),
        ("- the **shape** `x.shape`: how", "the **shape** `x.shape`: how", "list items differ"),
        ("how a stretch of memory", "how [memory](https://example.org)", "links differ"),
        ("From the end of one row", "显然 from the end of one row", "Chinese characters"),
        ("So the time that transposing", "Obviously the time that transposing", "'Obviously' only hurts"),
        ("所以转置要多久", "显然，转置要多久", "'显然' only hurts"),
        ("**步幅** `x.stride()`：沿某一维", "**跨度** `x.stride()`：沿某一维", "the glossary has 'stride' as '步幅'"),
        ("import time", "import time  # 计时", "code and its comments are in English"),
        ("### Exercise 4.1  Strides", "### Exercise 4.1  The strides", "the English changed and the Chinese did not"),
        ("### 练习 4.1　连续张量", "### 练习 4.1　求连续张量", "the Chinese changed and the English did not"),
    ],
)
def test_what_parts_the_two_languages_is_found(copied, before, after, told):
    problems = changed(copied, before, after)
    assert any(told in problem for problem in problems), problems


def test_a_form_in_brackets_will_do_for_a_term_and_asks_for_nothing():
    zh, asks, enough = Term("叶子", "leaf (leaves)").patterns
    assert zh.pattern == "叶子" and asks.search("a leaf") and enough.search("the leaves")
    assert not asks.search("it leaves")


@pytest.mark.parametrize("language", ["[A-Za-z]+", "[\u3000-\uffef]+"])
def test_an_answers_docstring_is_in_both_languages(copied, language):
    path = copied / "solutions" / "04_views.md"
    before, after = path.read_text(encoding="utf-8").split('def contiguous_strides(shape):\n    """', 1)
    docstring, rest = after.split('"""', 1)
    docstring = re.sub(language, "", docstring)
    path.write_text(f'{before}def contiguous_strides(shape):\n    """{docstring}"""{rest}', encoding="utf-8")
    assert any("docstring is in both languages" in str(problem) for problem in lint(copied))


def test_an_exercise_that_differs(root):
    pairs, broken = pairs_of("08_jvp", read(root, "08_jvp"))
    assert broken == [] and sum(pair.zh_exercise == pair.en_exercise != "" for pair in pairs) == 7


def test_confirming_records_both_sides(copied):
    assert changed(copied, "### Exercise 4.1  Strides", "### Exercise 4.1  The strides")
    assert confirm(copied) > 40
    assert lint(copied) == []


def test_a_given_function_must_be_ours(copied):
    path = copied / "solutions" / "08_jvp.md"
    text = (ROOT / "solutions" / path.name).read_text(encoding="utf-8")
    path.write_text(text.replace("return np.tanh(w @ x)\n", "return np.tan(w @ x)\n", 1), encoding="utf-8")
    assert any("net is not the one in" in str(problem) for problem in lint(copied))


def test_hashes_do_not_mind_blank_lines_around():
    assert Pair("", "文\n", "text").hashes == Pair("", "\n文", "text\n\n").hashes


def test_the_command_line(copied):
    def run(*options):
        done = CliRunner().invoke(app, ["lint", "--root", str(copied), "--lang", "en", *options])
        return done.exit_code, done.output

    assert run() == (0, "0 problems\n")
    changed(copied, "### Exercise 4.1  Strides", "### Exercise 4.1  The strides")
    code, said = run()
    assert code == 1 and "run autograder lint --confirm" in said and said.endswith("\n1 problem\n")
    code, said = run("--lang", "zh")
    assert code == 1 and "英文改了，中文没有改" in said and said.endswith("\n1 个问题\n")
    code, said = run("--confirm")
    assert code == 0 and "pairs recorded" in said


def test_prose_that_keeps_quiet_about_what_is_checked_is_found(root):
    exercise = find("vjp_sum")
    told = "length 0, 0-d, negative, left out / 长度为 0，0 维，负数，不写"
    assert list(broken(exercise, told, told)) == []
    for word, what in (
        ("length 0", "without elements"),
        ("0-d", "0-d"),
        ("negative", "negative"),
        ("left out", "left-out"),
    ):
        (found,) = broken(exercise, told, told.replace(word, ""))
        assert found.en.startswith("en: ") and what in found.en


def test_only_what_is_checked_needs_to_be_mentioned():
    assert not any("negative" in what.en for what in broken(find("vjp_mul"), "", ""))
