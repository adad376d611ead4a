"""Collecting never loses work: every file has one fate, in every shape that work arrives in."""

from __future__ import annotations

import datetime
import io
import json
import random
import stat
import tarfile
import zipfile

import pytest

from autograder.classroom import collect as collecting
from autograder.classroom.archives import Reader
from autograder.classroom.collect import Options, collect
from autograder.classroom.folder import Classroom, ClassroomError
from autograder.classroom.times import read_time, write_time
from autograder.classroom.who import clean
from tests.autograder import classroom
from tests.effort import long, rounds

NAME, OTHER = "90_tiny", "91_small"
UTC = datetime.UTC
DAY = (2026, 3, 1, 10, 0, 0)


def notebook(answer="scale = 1", name=NAME, **answers):
    """A submission; of the other notebook the ids are others, and nothing else."""
    data = classroom.as_bytes(classroom.submission({"scale": answer, **answers}))
    return data if name == NAME else data.replace(b"scale", b"shift").replace(b"steps", b"slopes")


BLANK = classroom.as_bytes(classroom.release())


def a_class(tmp_path):
    room = Classroom.create(tmp_path / "class", {}, seed=1)
    for name in (NAME, OTHER):
        for step in ("source", "release"):
            path = room.path(step, name)
            path.parent.mkdir(parents=True)
            data = BLANK if name == NAME else BLANK.replace(b"scale", b"shift").replace(b"steps", b"slopes")
            path.write_bytes(data)
    return room


room = pytest.fixture(a_class, name="room")


def packed(path, files, day=DAY):
    """A zip archive of ``files``: a path and bytes, or bytes and a time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            data, time = data if isinstance(data, tuple) else (data, day)
            archive.writestr(zipfile.ZipInfo(name, time), data)
    return path


def taken(room, source, **options):
    plan = collect(room, NAME, source, Options(zone=UTC, **options))
    return {line.student: line for line in plan.lines if line.fate == "taken" and line.notebook == NAME}, plan


def fates(plan):
    return {line.source: line.fate for line in plan.lines}


def submitted(room, student, name=NAME):
    return room.path("submitted", name, student).read_bytes()


SHAPES = {
    "Moodle": (
        {
            "Alice Zhang_123456_assignsubmission_file_/90_tiny.ipynb": "Alice_Zhang",
            "王 小明_123458_assignsubmission_file_/作业.ipynb": "王_小明",
            "Bob O'Neil_123457_assignsubmission_file_90_tiny (1).ipynb": "Bob_O_Neil",
            "Participant_77_assignsubmission_file_/a.ipynb": "Participant_77",
        }
    ),
    "Canvas": (
        {
            "zhangalice_12345_678901_90_tiny.ipynb": "zhangalice",
            "leedana_LATE_12347_678903_Homework 4-1.ipynb": "leedana",
        }
    ),
    "Blackboard": (
        {
            "HW_4_azhang_attempt_2026-03-01-10-11-12_90_tiny.ipynb": "azhang",
            "HW_4_li_wei_attempt_2026-03-01-10-11-12_90_tiny.ipynb": "li_wei",
        }
    ),
    "nbgrader's tree": ({"submitted/ann/90_tiny/90_tiny.ipynb": "ann", "submitted/bo/90_tiny/90_tiny.ipynb": "bo"}),
    "nbgrader's exchange": ({"ann+90_tiny+2026-03-01 10:11:12 UTC+k3/90_tiny.ipynb": "ann"}),
    "a folder a student": ({"HW4/ann/90_tiny.ipynb": "ann", "HW4/20260001 张三/x.ipynb": "20260001_张三"}),
    "sections": (
        {
            "HW4 all/section A/ann/90_tiny.ipynb": "ann",
            "HW4 all/section A/bo/hw/90_tiny.ipynb": "bo",
            "HW4 all/section B/cy/90_tiny.IPYNB": "cy",
        }
    ),
    "a folder that repeats": ({"张三/作业/90_tiny.ipynb": "张三", "李四/作业/90_tiny.ipynb": "李四"}),
    "flat": (
        {
            "ann_90_tiny.ipynb": "ann",
            "90_tiny_孙七.ipynb": "孙七",
            "bo - 90 tiny (1).ipynb": "bo",
            "90_tiny-cy-Copy1.ipynb": "cy",
        }
    ),
    "flat in a folder": ({"spring/ann_90_tiny.ipynb": "ann", "spring/bo_90_tiny.ipynb": "bo"}),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["zip", "tar", "folder", "zip in zip"] if long() else ["zip in zip"])
def test_every_shape_names_its_students(room, tmp_path, shape, form):
    files = {path: notebook(f"scale = {number}") for number, path in enumerate(SHAPES[shape])}
    if form == "folder":
        source = tmp_path / "in"
        for path, data in files.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes(data)
    elif form == "tar":
        source = tmp_path / "in.tar.gz"
        with tarfile.open(source, "w:gz") as tar:
            for path, data in files.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    else:
        source = packed(tmp_path / "in.zip", files)
        if form == "zip in zip":
            source = packed(tmp_path / "out.zip", {"submissions.zip": source.read_bytes()})
    found, plan = taken(room, source)
    prefix = "submissions.zip/" if form == "zip in zip" else ""
    assert {line.source: student for student, line in found.items()} == {
        prefix + path: student for path, student in SHAPES[shape].items()
    }
    assert not plan.left_out
    for line in found.values():
        assert submitted(room, line.student) == files[line.source.removeprefix(prefix)]


def test_gradescopes_metadata_says_who(room, tmp_path):
    said = """
submission_111:
  :submitters:
  - :name: Alice Zhang
    :sid: '20260001'
    :email: az@x.edu
  - :name: Bo
    :sid:
    :email: bo@x.edu
  :created_at: 2026-03-01 10:11:12.000000000 +08:00
submission_222:
  :submitters:
  - :name: Cy
    :sid: 'c3'
  :created_at: 2026-03-02 10:11:12.000000000 Z
"""
    files = {"export/submission_metadata.yml": said.encode()}
    files |= {f"export/submission_{n}/90_tiny.ipynb": notebook(f"scale = {n}") for n in (111, 222, 333)}
    found, _ = taken(room, packed(tmp_path / "in.zip", files))
    assert {s: str(line.time) for s, line in found.items() if not s.startswith("submission")} == {
        "20260001": "2026-03-01 02:11:12+00:00",
        "bo@x.edu": "2026-03-01 02:11:12+00:00",
        "c3": "2026-03-02 10:11:12+00:00",
    }
    # one that the list lacks is told apart by its folder
    assert [student for student in found if student.startswith("submission")] == ["submission_333"]


def test_a_blackboard_receipt_says_who(room, tmp_path):
    receipt = "Name: Wei Li (li_wei)\nAssignment: HW_4\nDate Submitted: Sunday, March 1, 2026 10:11:12 AM CST\n"
    head = "HW_4_li_wei_attempt_2026-03-01-10-11-12"
    found, _ = taken(
        room, packed(tmp_path / "in.zip", {f"{head}.txt": receipt.encode(), f"{head}_90_tiny.ipynb": notebook()})
    )
    assert list(found) == ["li_wei"] and found["li_wei"].time == datetime.datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC)


def test_names_in_gbk_and_utf8_side_by_side(room, tmp_path):
    class Gbk(zipfile.ZipInfo):
        def _encodeFilenameFlags(self):
            return self.filename.encode("gbk"), 0

    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in ("张伟/90_tiny.ipynb", "模/90_tiny.ipynb"):
            archive.writestr(Gbk(name, DAY), notebook(name))
        archive.writestr(zipfile.ZipInfo("李娜/90_tiny.ipynb", DAY), notebook())
        archive.writestr(zipfile.ZipInfo("Jose\u0301/90_tiny.ipynb", DAY), notebook())
    found, _ = taken(room, tmp_path / "in.zip")
    assert sorted(found) == sorted(["张伟", "模", "李娜", "José"])


def test_ids_that_would_be_one_are_kept_apart_and_stay_the_same(room, tmp_path):
    names = ["Li Wei", "Li_Wei", "Li (Wei)", "li wei", "A" * 300, "A" * 299 + "B", "con", "com1.x"]
    files = {f"{name}/90_tiny.ipynb": notebook(f"scale = {i}") for i, name in enumerate(names)}
    found, plan = taken(room, packed(tmp_path / "in.zip", files))
    assert len({student.casefold() for student in found}) == len(names) and not plan.left_out
    for student, line in found.items():
        assert submitted(room, student) == files[line.source] and len(student.encode()) <= 130
    alone = packed(tmp_path / "one.zip", {"Li Wei/90_tiny.ipynb": notebook("scale = 9")}, (2026, 4, 1, 0, 0, 0))
    again, _ = taken(room, alone)
    assert list(again) == [student for student, line in found.items() if line.source.startswith("Li Wei/")]
    assert clean("NUL") == "NUL_" and clean("a/../b") == "a_.._b" and clean("..") == ""


def test_namesakes_of_a_platform_are_two_people(room, tmp_path):
    files = {f"Ann Li_{n}_assignsubmission_file_/90_tiny.ipynb": notebook(f"scale = {n}") for n in (11, 12)}
    found, _ = taken(room, packed(tmp_path / "in.zip", files))
    assert sorted(found) == ["Ann_Li-11", "Ann_Li-12"]


def test_of_several_versions_the_newest_is_taken_and_the_rest_is_listed(room, tmp_path):
    files = {
        "li_1_10_90_tiny-2.ipynb": notebook("scale = 2"),
        "li_1_11_90_tiny-3.ipynb": notebook("scale = 3"),
        "li_1_9_90_tiny.ipynb": notebook("scale = 1"),
        "wu_2_12_90_tiny.ipynb": (notebook("scale = 4"), (2026, 3, 3, 0, 0, 0)),
    }
    found, plan = taken(room, packed(tmp_path / "canvas.zip", files))
    assert submitted(room, "li") == files["li_1_11_90_tiny-3.ipynb"]
    assert sorted(fates(plan).values()) == ["older", "older", "taken", "taken"]
    files = {
        "ann/v1.ipynb": (notebook("scale = 5"), (2026, 3, 2, 0, 0, 0)),
        "ann/v2.ipynb": (notebook("scale = 6"), (2026, 3, 1, 0, 0, 0)),
        "bo/z.ipynb": (BLANK, (2026, 3, 9, 0, 0, 0)),
        "bo/a.ipynb": notebook("scale = 7"),
    }
    found, plan = taken(room, packed(tmp_path / "folders.zip", files))
    assert submitted(room, "ann") == files["ann/v1.ipynb"][0] and submitted(room, "bo") == files["bo/a.ipynb"]
    assert any("nothing is answered" in note.en for note in found["bo"].notes)


def test_the_cells_say_which_notebook_a_file_is(room, tmp_path):
    files = {
        "ann/my answers (final).ipynb": notebook(),
        "bo/90_tiny.ipynb": notebook("scale = 2"),
        "bo/91_small.ipynb": notebook("shift = 2", OTHER),
        "cy/90_tiny.ipynb": notebook("shift = 3", OTHER),
        "di/90_tiny.ipynb": b'{"cells": [',
        "di/other.ipynb": b"",
    }
    found, plan = taken(room, packed(tmp_path / "in.zip", files))
    assert sorted(found) == ["ann", "bo", "cy", "di"]
    assert submitted(room, "bo", OTHER) == files["bo/91_small.ipynb"]
    assert any("91_small" in note.en for note in found["cy"].notes)
    assert [line.source for line in plan.left_out] == ["di/other.ipynb"]


def test_another_notebook_never_takes_the_place_of_one_handed_in(room, tmp_path):
    first = packed(tmp_path / "1.zip", {"ann/91_small.ipynb": notebook("shift = 1", OTHER)})
    collect(room, OTHER, first, Options(zone=UTC))
    files = {"ann/90_tiny.ipynb": notebook(), "ann/91_small.ipynb": notebook("shift = 2", OTHER)}
    _, plan = taken(room, packed(tmp_path / "2.zip", files))
    assert fates(plan) == {"ann/90_tiny.ipynb": "taken", "ann/91_small.ipynb": "refused"}
    assert b"shift = 1" in submitted(room, "ann", OTHER)


def test_a_newer_version_replaces_and_an_older_one_does_not(room, tmp_path):
    old = packed(tmp_path / "old.zip", {"ann/90_tiny.ipynb": notebook("scale = 1")})
    new = packed(tmp_path / "new.zip", {"ann/90_tiny.ipynb": notebook("scale = 2")}, (2026, 3, 2, 0, 0, 0))
    taken(room, old)
    before = room.path("submitted", NAME, "ann").stat().st_mtime_ns
    _, plan = taken(room, old)
    assert fates(plan) == {"ann/90_tiny.ipynb": "unchanged"} and not plan.left_out
    assert room.path("submitted", NAME, "ann").stat().st_mtime_ns == before
    found, _ = taken(room, new, dry=True)
    assert b"scale = 1" in submitted(room, "ann") and not (room.root / "replaced").exists()
    found, _ = taken(room, new)
    assert b"scale = 2" in submitted(room, "ann")
    aside = room.root / "replaced" / "ann" / NAME / "1"
    assert b"scale = 1" in (aside / "90_tiny.ipynb").read_bytes()
    assert any("replaced/ann/90_tiny/1" in note.en for note in found["ann"].notes)
    _, plan = taken(room, old)
    assert fates(plan) == {"ann/90_tiny.ipynb": "older"} and b"scale = 2" in submitted(room, "ann")


def test_a_stop_in_the_middle_loses_nothing(room, tmp_path, monkeypatch):
    old = packed(tmp_path / "old.zip", {"ann/90_tiny.ipynb": notebook("scale = 1")})
    new = packed(tmp_path / "new.zip", {"ann/90_tiny.ipynb": notebook("scale = 2")}, (2026, 3, 2, 0, 0, 0))
    taken(room, old)
    rename = collecting.os.rename
    for stopped in range(2):
        calls = []

        def stop(a, b, stopped=stopped, calls=calls):
            if len(calls) == stopped:
                raise KeyboardInterrupt
            calls.append(a)
            rename(a, b)

        monkeypatch.setattr(collecting.os, "rename", stop)
        with pytest.raises(KeyboardInterrupt):
            taken(room, new)
        everything = [path.read_bytes() for path in room.root.rglob("90_tiny.ipynb")]
        assert any(b"scale = 1" in data for data in everything)
        assert {one.student for one in room.submissions(NAME)} <= {"ann"}
        monkeypatch.undo()
    taken(room, new)
    assert b"scale = 2" in submitted(room, "ann")


def test_times_are_kept_with_their_offset_as_nbgrader_reads_them(room, tmp_path):
    from nbgrader.utils import parse_utc

    noon = datetime.datetime(2026, 11, 20, 11, 59, 59, tzinfo=UTC)
    for text in (
        "2026-11-20 19:59:59 +0800",
        "2026-11-20 19:59:59 +08:00",
        "2026-11-20T19:59:59+08:00",
        "2026-11-20 19:59:59 Asia/Shanghai",
        "2026-11-20 11:59:59 UTC",
        "2026-11-20 11:59:59.000000 UTC\n",
        "2026-11-20 11:59:59",
    ):
        assert read_time(text) == noon, text
        assert parse_utc(write_time(read_time(text))) == noon.replace(tzinfo=None)
    for text in (
        "",
        "late",
        "12",
        "9999-12-31 23:59:59 -1200",
        "2026-13-99",
        "2026-11-20 25:61:00 +9999",
        "9" * 90,
        "\x00" * 9,
    ):
        assert read_time(text) is None, text
    files = {"ann/90_tiny.ipynb": notebook(), "ann/timestamp.txt": b"2026-11-20 19:59:59 +0800"}
    found, _ = taken(room, packed(tmp_path / "in.zip", files))
    assert found["ann"].time == noon
    kept = room.path("submitted", NAME, "ann").with_name("timestamp.txt").read_text(encoding="ascii")
    assert parse_utc(kept.strip()) == noon.replace(tzinfo=None)


def test_a_pattern_says_what_no_shape_does(room, tmp_path):
    files = {"x9~ann~1.ipynb": notebook(), "x9~ann~2.ipynb": notebook("scale = 2"), "y.ipynb": notebook()}
    source = packed(tmp_path / "in.zip", files)
    found, plan = taken(room, source, pattern=r"~(?P<student>\w+)~(?P<attempt>\d)")
    assert b"scale = 2" in submitted(room, "ann") and [line.source for line in plan.left_out] == ["y.ipynb"]
    for pattern, says in (("(", "no regular expression"), ("x", "no group")):
        with pytest.raises(ClassroomError, match=says):
            taken(room, source, pattern=pattern)
    found, _ = taken(room, packed(tmp_path / "one.zip", {"z.ipynb": notebook()}), student="di")
    assert list(found) == ["di"]


def test_junk_is_skipped_wherever_it_is(room, tmp_path):
    files = {"HW4/ann/90_tiny.ipynb": notebook()}
    for junk in ("HW4/__MACOSX/ann/._90_tiny.ipynb", "HW4/ann/.ipynb_checkpoints/90_tiny-checkpoint.ipynb"):
        files[junk] = notebook("scale = 2")
    files |= {"HW4/ann/._90_tiny.ipynb": b"x", "HW4/.DS_Store": b"", "HW4/ann/Thumbs.db": b"", "desktop.ini": b""}
    found, plan = taken(room, packed(tmp_path / "in.zip", files))
    assert list(found) == ["ann"] and sorted(fates(plan).values()) == ["skipped"] * 6 + ["taken"]


def spoiled(data, name):
    """A zip archive of which the data of one member is not what was packed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo(name)
    start = entry.header_offset + 30 + len(name.encode()) + 4
    return data[:start] + b"\xff" * 20 + data[start + 20 :]


def hostile(tmp_path):
    """An archive with one honest student among members that nobody may unpack."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (
            "../../evil/90_tiny.ipynb",
            "/abs/90_tiny.ipynb",
            "C:\\win\\90_tiny.ipynb",
            "..\\up\\90_tiny.ipynb",
        ):
            archive.writestr(zipfile.ZipInfo(name, DAY), notebook())
        link = zipfile.ZipInfo("link/90_tiny.ipynb", DAY)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(zipfile.ZipInfo("bad/90_tiny.ipynb", DAY), notebook() * 3, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("big/90_tiny.ipynb", DAY), bytes(30 << 20), zipfile.ZIP_DEFLATED)
        archive.writestr(
            zipfile.ZipInfo("torn/work.zip", DAY), packed(tmp_path / "t.zip", {"a": b"b"}).read_bytes()[:40]
        )
        archive.writestr(zipfile.ZipInfo("rar/work.rar", DAY), b"Rar!")
        archive.writestr(zipfile.ZipInfo("back\\90_tiny.ipynb", DAY), notebook("scale = 3"))
        archive.writestr(zipfile.ZipInfo("ann/90_tiny.ipynb", DAY), notebook())
        archive.writestr(zipfile.ZipInfo("ann/90_tiny.ipynb", DAY), notebook("scale = 2"))
    (tmp_path / "hostile.zip").write_bytes(spoiled(out.getvalue(), "bad/90_tiny.ipynb"))
    return tmp_path / "hostile.zip"


def test_what_cannot_be_had_is_a_line_and_the_rest_goes_on(room, tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        source = hostile(tmp_path)
    found, plan = taken(room, source)
    assert sorted(found) == ["ann", "back"] and b"scale = 2" in submitted(room, "ann")
    assert len(plan.left_out) == 9 and all(line.why and "\n" not in line.why.en for line in plan.left_out)
    assert {path.name for path in (room.root / "submitted").iterdir()} == {"ann", "back"}
    assert not (tmp_path / "evil").exists()


def test_encrypted_members_links_in_tar_and_a_torn_end(room, tmp_path):
    data = bytearray(packed(tmp_path / "in.zip", {"ann/90_tiny.ipynb": notebook()}).read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    _, plan = taken(room, tmp_path / "locked.zip")
    assert [line.why.en for line in plan.left_out] == ["it is encrypted"]
    with tarfile.open(tmp_path / "in.tar", "w") as tar:
        for kind, name in ((tarfile.SYMTYPE, "li/90_tiny.ipynb"), (tarfile.LNKTYPE, "wu/90_tiny.ipynb")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            tar.addfile(entry)
        for name in ("bo/90_tiny.ipynb", "cy/90_tiny.ipynb"):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(notebook()), 1e15  # in no calendar
            tar.addfile(entry, io.BytesIO(notebook()))
    with tarfile.open(tmp_path / "in.tar") as tar:
        end = tar.getmember("cy/90_tiny.ipynb").offset_data + 100
    (tmp_path / "torn.tar").write_bytes((tmp_path / "in.tar").read_bytes()[:end])
    found, plan = taken(room, tmp_path / "torn.tar")
    assert "bo" in found and "cy" not in found and len(plan.left_out) >= 3
    for name, torn in {"torn.zip": data[:200], "text.zip": b"hello", "empty.zip": b""}.items():
        (tmp_path / name).write_bytes(torn)
        with pytest.raises(ClassroomError, match="cannot be read"):
            taken(room, tmp_path / name)


def test_an_archive_within_an_archive_has_bounds(room, tmp_path, monkeypatch):
    data = packed(tmp_path / "0.zip", {"90_tiny.ipynb": notebook()}).read_bytes()
    for depth in range(6):
        data = packed(tmp_path / "n.zip", {f"{depth}.zip": data}).read_bytes()
    files = {"ann/deep.zip": data, "bo/90_tiny.ipynb": notebook()}
    found, plan = taken(room, packed(tmp_path / "in.zip", files))
    assert list(found) == ["bo"] and len(plan.left_out) == 1
    monkeypatch.setattr("autograder.classroom.archives.MAX_INNER", 200_000)
    bomb = packed(tmp_path / "b.zip", {f"{n}.ipynb": bytes(90_000) for n in range(9)}).read_bytes()
    found, plan = taken(room, packed(tmp_path / "c.zip", {"ann/bomb.zip": bomb, "cy/90_tiny.ipynb": notebook()}))
    assert "cy" in found and any("unpacks to more" in line.why.en for line in plan.left_out)


def test_one_folder_among_students_own_is_not_made_one_student(room, tmp_path):
    files = {f"{name}/90_tiny.ipynb": notebook(name) for name in ("ann", "bo", "cy")}
    files |= {f"more/{name}/90_tiny.ipynb": notebook(name) for name in ("di", "ed")}
    found, plan = taken(room, packed(tmp_path / "in.zip", files))
    assert sorted(found) == ["ann", "bo", "cy"] and len(plan.left_out) == 2


NAMES = ["ann", "Bo Wu", "张三", "李四 2026", "José", "x" * 90, "con", "a.b", "作业"]


@pytest.mark.parametrize("seed", range(rounds(8, 400)))
def test_every_file_of_a_random_delivery_has_one_fate(room, tmp_path, seed):
    """And nothing is lost: whatever is taken lies in the class, bit for bit, under one id for one name."""
    rng = random.Random(seed)
    shape = rng.choice(["folder", "moodle", "canvas", "flat", "mixed"])
    files = {}
    for number, name in enumerate(rng.sample(NAMES, rng.randint(1, len(NAMES)))):
        for version in range(rng.randint(1, 3)):
            kind = rng.choice(["folder", "moodle", "canvas", "flat"]) if shape == "mixed" else shape
            stem = rng.choice(["90_tiny", "hw (1)", "my 90_tiny v2", "作业"])
            path = {
                "folder": f"{name}/{rng.choice(['', 'work/', '90_tiny/', 'v1/'])}{stem}.ipynb",
                "moodle": f"{name}_{number}77_assignsubmission_file_/{stem}.ipynb",
                "canvas": f"{name}_{number}77_{version}99_{stem}.ipynb",
                "flat": f"{name}_90_tiny{'_' * version}.ipynb",
            }[kind]
            content = rng.choice([notebook(f"scale = {seed}{number}{version}"), BLANK, b"{", notebook("x = 1", OTHER)])
            files[path] = (content, (2026, 3, rng.randint(1, 28), 0, 0, 0))
    for path in rng.sample(["x/__MACOSX/._a.ipynb", "readme.pdf", "a/b/c.txt", "own.py", ".DS_Store"], 3):
        files[path] = b"x"
    _, plan = taken(room, packed(tmp_path / "in.zip", files))
    assert sorted(line.source for line in plan.lines) == sorted(files)
    assert {line.fate for line in plan.lines} <= {"taken", "older", "skipped", "refused"}
    for line in plan.lines:
        assert (line.why is None) == (line.fate == "taken")
        if line.fate == "taken" and line.notebook:
            assert submitted(room, line.student, line.assignment) == files[line.source][0]
    slots = [(line.student, line.assignment) for line in plan.lines if line.fate == "taken" and line.notebook]
    assert len(slots) == len(set(slots))
    _, again = taken(room, tmp_path / "in.zip")
    assert not [line for line in again.lines if line.fate == "taken"]


def test_reading_stops_at_no_single_file(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").symlink_to("/etc/passwd")
    (tmp_path / "in" / "b.ipynb").write_bytes(b"{}")
    (tmp_path / "spool").mkdir()
    items = list(Reader(tmp_path / "spool").walk(tmp_path / "in"))
    assert [bool(item.refused) for item in items] == [True, False] and json.loads(items[1].read()) == {}


def test_an_archive_a_student_leaves_neither_its_ending_nor_the_assignment_in_the_id(room, tmp_path):
    inner = [packed(tmp_path / f"{n}.zip", {"90_tiny.ipynb": notebook(f"scale = {n}")}).read_bytes() for n in range(2)]
    source = packed(tmp_path / "in.zip", {"HW4/ann-90_tiny.zip": inner[0], "HW4/李四.zip": inner[1]})
    assert sorted(taken(room, source)[0]) == ["ann", "李四"]


@pytest.mark.parametrize(("gaps", "said"), [((0, 2, 4), 1), ((0, 2, 4, 9999), 1), ((0, 600, 1200), 0), ((0, 2), 0)])
def test_times_that_are_the_downloads_are_said_to_be_that(room, tmp_path, gaps, said):
    """Moodle and Canvas write the time of the download into their archives: nobody is late because of it."""
    name = "{}_12345{}_678901_90_tiny.ipynb"
    times = [datetime.datetime(*DAY) + datetime.timedelta(seconds=gap) for gap in gaps]
    files = {name.format("abcd"[n], n): (notebook(f"scale = {n}"), t.timetuple()[:6]) for n, t in enumerate(times)}
    _, plan = taken(room, packed(tmp_path / "in.zip", files))
    assert len(plan.notes) == said and all("2026-03-01" in note.en and "2026-03-01" in note.zh for note in plan.notes)


def test_late_by_the_platforms_mark_says_by_which_time_lateness_goes_and_where_that_stands(room, tmp_path):
    files = {f"{who}_12345_{n}_90_tiny.ipynb": notebook(f"scale = {n}") for n, who in enumerate(("ann", "bo_LATE"))}
    _, plan = taken(room, packed(tmp_path / "in.zip", files))
    notes = {line.student: line.notes for line in plan.lines}
    assert notes["ann"] == ()
    (note,) = notes["bo"]
    place = f"submitted/bo/{NAME}/timestamp.txt"
    assert place in note.en and "file's time" in note.en and place in note.zh and "文件的时间" in note.zh
    assert (room.root / place).is_file()


def test_work_that_is_downloaded_again_keeps_the_time_at_which_it_was_handed_in(room, tmp_path):
    """A second download of everything bears a later time; that nobody becomes late by it."""
    file = "Ann_123456_assignsubmission_file/90_tiny.ipynb"
    for day, fate, stands in ((3, "taken", 3), (5, "unchanged", 3), (1, "taken", 1), (2, "unchanged", 1)):
        source = packed(tmp_path / f"{day}.zip", {file: notebook()}, (2026, 3, day, 10, 0, 0))
        assert list(fates(taken(room, source)[1]).values()) == [fate]
        stamp = room.path("submitted", NAME, "Ann").with_name("timestamp.txt").read_text()
        assert stamp.startswith(f"2026-03-0{stands} 10:00:00")
