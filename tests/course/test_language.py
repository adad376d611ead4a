"""Which language is shown, and where the choice is kept."""

from __future__ import annotations

import json
import os

import pytest

from autograder.exercises import find
from autograder.student import check, lang, progress, settings

HIDDEN = {side: f".jp-RenderedMarkdown [lang={side}]{{display:none}}" for side in ("zh", "en")}
SHOWN = {side: rule.replace("none", "block") for side, rule in HIDDEN.items()}


@pytest.fixture(autouse=True)
def no_choice(monkeypatch):
    monkeypatch.delenv("TIDU_LANG")
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A notebook's folder in a course of its own."""

    def enter(name, inside="04_views"):
        folder = tmp_path / name / inside
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.setattr(settings, "START", folder)
        return tmp_path / name

    return enter


def test_lang_hides_the_other_language():
    english, chinese = lang("en")._repr_html_(), lang("zh")
    assert HIDDEN["zh"] in english and SHOWN["en"] in english
    assert HIDDEN["en"] in chinese._repr_html_() and SHOWN["zh"] in chinese._repr_html_() and "中文" in repr(chinese)
    both = lang("both")
    assert "display:none" not in both._repr_html_() and "both languages" in repr(both) and "中英对照" in repr(both)


def test_where_nothing_can_be_hidden_it_says_what_to_open(monkeypatch):
    monkeypatch.setitem(globals(), "__vsc_ipynb_file__", "04_views.ipynb")
    assert "the folder `en`" in repr(lang("en")) and "`zh` 文件夹" in repr(lang("zh"))
    assert "both languages" in repr(lang("both"))


def test_the_choice_is_remembered_and_the_environment_overrides_it(monkeypatch):
    lang("zh")
    assert settings.language() == "zh" and HIDDEN["en"] in lang()._repr_html_()
    assert json.loads((settings.folder() / "settings.json").read_text())["lang"] == "zh"
    monkeypatch.setenv("TIDU_LANG", "en")
    assert settings.language() == "en"
    monkeypatch.setenv("TIDU_LANG", "klingon")
    assert settings.language() == "zh"


def test_without_a_choice_the_machine_decides(monkeypatch):
    monkeypatch.delenv("LC_ALL")
    for spoken, shown in (("zh_CN.UTF-8", "zh"), ("de_DE.UTF-8", "en"), ("C", "en")):
        monkeypatch.setenv("LANG", spoken)
        assert settings.language() == shown


def test_an_unknown_language_says_what_there_is():
    with pytest.raises(ValueError, match=r"lang.. takes .*, got 'fr'"):
        lang("fr")


def test_each_copy_of_the_course_remembers_its_own(course):
    first = course("first")
    lang("zh")
    check("contiguous_strides", find("contiguous_strides").reference)
    course("second")
    assert settings.language() == "en" and "not tried" in repr(progress("04_views")).splitlines()[2]
    course("first", "08_jvp")  # another notebook of the first copy
    assert settings.language() == "zh"
    points = find("contiguous_strides").points
    assert f"04_views  {points} / " in repr(progress())
    assert sorted(path.name for path in (first / ".tidu").iterdir()) == [".gitignore", "history.jsonl", "settings.json"]


def test_the_course_is_found_from_wherever_in_it_the_notebook_stands(tmp_path, monkeypatch):
    def from_(folder):
        monkeypatch.setattr(settings, "START", folder)
        return settings.course_folder()

    course = tmp_path / "course"
    (course / "04_views" / "zh").mkdir(parents=True)
    assert from_(course / "04_views" / "zh") == from_(course / "04_views") == from_(course) == course
    assert from_(tmp_path) is None  # the checkout is not the course
    alone = tmp_path / "downloads"
    alone.mkdir()
    (alone / "08_jvp.ipynb").write_text("{}")
    assert from_(alone) == alone
    (alone / ".tidu").mkdir()
    (alone / "elsewhere").mkdir()
    assert from_(alone / "elsewhere") == alone


def test_the_working_directory_may_change_later(course, monkeypatch, tmp_path):
    folder = course("here") / ".tidu"
    monkeypatch.chdir(tmp_path)
    assert settings.folder() == folder


def test_a_course_that_cannot_be_written_is_remembered_with_the_person(course, own_settings):
    kept = set()
    for name in ("first", "second"):
        root = course(name)
        (root / ".tidu").write_text("a file where the folder should be")
        lang("zh")
        assert settings.language() == "zh"
        kept.add(settings.folder())
    assert len(kept) == 2 and all(folder.parent == own_settings / "tidu" for folder in kept)


def test_a_read_only_course_is_remembered_with_the_person(course, own_settings, monkeypatch):
    root = course("here")
    (root / ".tidu").mkdir()
    able = os.access
    monkeypatch.setattr(settings.os, "access", lambda path, mode: root not in path.parents and able(path, mode))
    lang("zh")
    assert settings.language() == "zh" and settings.folder().parent == own_settings / "tidu"
    assert list((root / ".tidu").iterdir()) == []


def test_where_nothing_can_be_kept_nothing_stops(own_settings):
    own_settings.write_text("a file where the folder should be")
    assert settings.save(lang="zh") is False and settings.load() == {}
    assert HIDDEN["en"] in lang("zh")._repr_html_()
    exercise = find("vjp_mul")
    assert check("vjp_mul", exercise.reference).result.status == "ok"
    assert f"08_jvp  {exercise.points} / " in repr(progress("08_jvp"))  # for as long as the kernel lives


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"lang": 7}', "\x00\xff", "[" * 10_000])
def test_settings_that_make_no_sense_are_ignored(content):
    (settings.folder() / "settings.json").write_text(content, encoding="latin-1")
    assert settings.language() == "en"
    lang("zh")
    assert settings.language() == "zh"
