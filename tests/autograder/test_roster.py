"""Whose work is whose: the class list, in every form that platforms give it in, kept from one delivery to the next."""

from __future__ import annotations

import pytest

from autograder.classroom.roster import read_roster
from tests.autograder.test_collect import a_class, notebook, packed, submitted, taken

room = pytest.fixture(a_class, name="room")

HEADS = {
    "plain": "id,name,email,lms id\n20260001,Alice Zhang,az@x.edu,12345\n20260002,张三,zs@x.edu,12346\n",
    "Chinese": "学号,姓名,电子邮件地址,平台编号\n20260001,Alice Zhang,az@x.edu,12345\n20260002,张三,zs@x.edu,12346\n",
    "Canvas": "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
    '"Zhang, Alice",12345,20260001,az,1\n张三,12346,20260002,zs,1\n',
    "Moodle": "Identifier;Full name;ID number;Email address\n"
    "Participant 12345;Alice Zhang;20260001;az@x.edu\nParticipant 12346;张三;20260002;zs@x.edu\n",
    "two columns": "First name\tLast name\tStudent ID\nAlice\tZhang\t20260001\n\t张三\t20260002\n",
}


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_roster_maps_names_to_ids(room, tmp_path, heads, encoding):
    file = tmp_path / "roster.csv"
    file.write_bytes(HEADS[heads].encode(encoding))
    roster = read_roster(file)
    assert [(p.id, p.name) for p in roster.people] == [("20260001", "Alice Zhang"), ("20260002", "张三")]
    for name in ("Alice Zhang", "zhangalice", "ALICE ZHANG", "20260001", "20260001 Alice", "Zhang, Alice"):
        assert [p.id for p in roster.find(name)] == ["20260001"], name
    assert [p.id for p in roster.find("张三-20260002")] == ["20260002"] and roster.find("李四") == []
    if encoding == "gbk" and heads == "Canvas":
        files = {"zhangalice_12345_1_90_tiny.ipynb": notebook(), "张三.ipynb": notebook("scale = 2")}
        found, plan = taken(room, packed(tmp_path / "in.zip", files), roster=roster)
        assert sorted(found) == ["20260001", "20260002"] and plan.missing == []
        from autograder.classroom.gradebook import open_gradebook

        with open_gradebook(room.database) as book:
            assert book.find_student("20260001").first_name == "Alice"
            assert book.find_student("20260002").last_name == "张三"


def test_a_roster_that_is_forgotten_the_next_time_makes_nobody_another_student(room, tmp_path):
    (tmp_path / "roster.csv").write_text(
        "studentid,name,email,login\n1001,Ann Li,al@x.org,ann7\nLi Wei,Bo Wu,,\n", "utf-8"
    )
    one = packed(tmp_path / "1.zip", {"Ann Li_5_assignsubmission_file_/90_tiny.ipynb": notebook()})
    taken(room, one, roster=read_roster(tmp_path / "roster.csv"))
    more = {"Ann Li_5_assignsubmission_file_/90_tiny.ipynb": notebook("scale = 2")}
    more["Bo Wu_6_assignsubmission_file_/90_tiny.ipynb"] = notebook("scale = 3")
    found, plan = taken(room, packed(tmp_path / "2.zip", more, (2030, 1, 1, 0, 0, 0)))
    assert sorted(found) == ["1001", "Li_Wei"] and b"scale = 2" in submitted(room, "1001") and plan.missing == []
    file = packed(tmp_path / "3.zip", {"z.ipynb": notebook("scale = 4")}, (2031, 1, 1, 0, 0, 0))
    for who in ("1001", "ann7", "al@x.org", "Ann Li"):
        assert list(taken(room, file, student=who, dry=True)[0]) == ["1001"], who
    found, _ = taken(room, file, student="1010", dry=True)
    assert any("not on the roster" in note.en for note in found["1010"].notes)
    (tmp_path / "roster.csv").write_text("id,name\nA1,Ann Li\n", encoding="utf-8")
    assert list(taken(room, one, roster=read_roster(tmp_path / "roster.csv"), dry=True)[0]) == ["A1"]
    (room.root / "collected.json").write_text('{"ids": {"=1001": "1001"}, "roster": [{"id": 3, "nonsense": 4}]}')
    assert list(taken(room, file, student="ann7", dry=True)[0]) == ["ann7"]


def test_who_was_collected_before_there_was_a_roster_is_said_to_be_two_students_now(room, tmp_path):
    (tmp_path / "roster.csv").write_text("id,name\n1001,Ann Li\nbo,bo\n", encoding="utf-8")
    source = packed(tmp_path / "1.zip", {f"{who}/90_tiny.ipynb": notebook() for who in ("Ann Li", "bo")})
    assert sorted(taken(room, source)[0]) == ["Ann_Li", "bo"]
    _, plan = taken(room, source, roster=read_roster(tmp_path / "roster.csv"), dry=True)
    notes = {line.student: [note.text("both") for note in line.notes] for line in plan.lines}
    assert len(notes["1001"]) == 1 and notes["1001"][0].count("Ann_Li") == 2 and not notes["bo"]


def test_a_roster_with_namesakes_refuses_rather_than_guesses(room, tmp_path):
    (tmp_path / "roster.csv").write_text("id,name\n1001,Ann Li\n1002,Ann Li\n1003,Bo Wu\n", encoding="utf-8")
    files = {"Ann Li/90_tiny.ipynb": notebook(), "1002 Ann Li/90_tiny.ipynb": notebook("scale = 2")}
    files["Cy/90_tiny.ipynb"] = notebook("scale = 3")
    roster = read_roster(tmp_path / "roster.csv")
    found, plan = taken(room, packed(tmp_path / "in.zip", files), roster=roster, dry=True)
    assert sorted(found) == ["1002", "Cy"] and [line.source for line in plan.left_out] == ["Ann Li/90_tiny.ipynb"]
    assert plan.missing == ["1001", "1003"] and any("roster" in note.en for note in found["Cy"].notes)


def test_a_number_and_a_name_that_are_written_as_one_are_found_on_the_roster(room, tmp_path):
    """As Chinese classes name their work; a file that is no notebook is somebody's too, and left out."""
    roster = tmp_path / "名单.csv"
    rows = ["学号;姓名", "20260001;张三", "20260002;李四", "20260003;王五", "20260004;孙七"]
    roster.write_bytes("\r\n".join(rows).encode("utf-8-sig"))
    source = packed(
        tmp_path / "作业.zip",
        {
            "第四次作业/20260001张三/90_tiny.ipynb": notebook(),
            "第四次作业/李四20260002_90_tiny.ipynb": notebook(),
            "第四次作业/20260003_王五_实验报告.docx": b"PK",
            "第四次作业/20260004-孙七.rar": b"Rar!",
        },
    )
    found, plan = taken(room, source, roster=read_roster(roster))
    assert sorted(found) == ["20260001", "20260002"]
    assert sorted(line.student for line in plan.left_out) == ["20260003", "20260004"] == plan.missing
