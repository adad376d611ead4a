"""The arguments and options of the commands: what each is called, and its help in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# ---- of several commands

ClassOption = Annotated[
    Path | None,
    typer.Option(
        "--class",
        "-C",
        help="班级目录；不写就是当前目录，或它上面的班级目录。"
        " / The class folder; by default this folder or the class it is in.",
    ),
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        help="课程仓库；不写就是当前目录，或安装本命令的那份。"
        " / The course's repository; by default this folder, or the one that this command was installed from."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="只输出 JSON。 / Print JSON and nothing else.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="作业名，如 04_views；不写就是全部。 / Assignments, such as 04_views; all when none is named.",
        show_default=False,
    ),
]
Assignment = Annotated[str, typer.Argument(help="作业名，如 04_views。 / The assignment, such as 04_views.")]
Students = Annotated[
    list[str] | None,
    typer.Option("--student", "-s", help="只评这名学生，可写多次。 / Only this student; repeatable."),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="同时评几份。 / Submissions graded at a time.", show_default=False),
]

# ---- of one

Lang = Annotated[
    str | None,
    typer.Option(
        help="命令行用中文（zh）还是英文（en），写在哪里都行；不写就看 TIDU_LANG、LC_ALL、LANG。"
        " / Chinese (zh) or English (en), anywhere on the line; by default what TIDU_LANG, LC_ALL or LANG say."
    ),
]
NewClass = Annotated[Path, typer.Argument(help="要建立的班级目录。 / Folder to make the class in.", show_default=False)]
Seed = Annotated[
    int | None,
    typer.Option(
        help="隐藏用例的私有种子；不写就随机取。 / Private seed of the hidden cases; drawn when not given.",
        show_default=False,
    ),
]
Source = Annotated[
    Path,
    typer.Argument(
        help="交上来的目录、压缩包或一个笔记本。 / A folder, an archive, or one notebook that was handed in."
    ),
]
Roster = Annotated[
    Path | None,
    typer.Option(
        help="名册 CSV（学号、姓名、邮箱、平台编号），由此得出学号并填写成绩册中的姓名，班级会记住它。"
        " / The class as CSV (id, name, e-mail, number of the platform): gives ids, and names for the gradebook; it is "
        "kept.",
        show_default=False,
    ),
]
Pattern = Annotated[
    str,
    typer.Option(
        help="在文件路径中查找的正则表达式，含 (?P<student>…)，还可以有 attempt、time。"
        " / Regular expression searched for in each path, with (?P<student>…), perhaps attempt and time.",
        show_default=False,
    ),
]
OneStudent = Annotated[
    str,
    typer.Option("--student", "-s", help="全是这名学生的。 / Everything is from this student.", show_default=False),
]
Zone = Annotated[
    str,
    typer.Option(
        "--timezone",
        help="没写时区的时间按这个时区，如 Asia/Shanghai；不写就按本机。"
        " / Zone of times that name none, such as Asia/Shanghai; this computer's when not given.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只列出打算，什么也不写。 / Print the plan and write nothing.")]
Force = Annotated[bool, typer.Option("--force", help="没有变化的也重新评。 / Grade again what has not changed.")]
Tier = Annotated[
    str | None,
    typer.Option(help="必须用这一级隔离，见 doctor。 / Isolation tier to insist on; see doctor.", show_default=False),
]
Unconfined = Annotated[
    bool,
    typer.Option(
        "--allow-unconfined",
        help="没有隔离也评分：提交能读写你的文件。 / Grade even where submissions can read and change your files.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="在 Dask 集群上评：写调度器的地址，或写 local，在本机临时建一个。"
        " / Grade on a Dask cluster: its scheduler's address tcp://HOST:PORT, or local for one made on this machine.",
        show_default=False,
    ),
]
Exercises = Annotated[
    list[str] | None,
    typer.Option(
        "--exercise",
        "-e",
        help="只重评这道练习，其余不动，可写多次；不写就是全部。"
        " / Only this exercise, the others staying as they are; repeatable; all by default.",
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="写到哪个文件；不写就是班级里的 report.html。 / File to write; report.html in the class by default.",
        show_default=False,
    ),
]
GradesFile = Annotated[
    Path | None,
    typer.Option(
        "--to",
        help="写到哪个文件；不写就是班级里的 grades.csv。 / File to write; grades.csv in the class by default.",
        show_default=False,
    ),
]
Platform = Annotated[
    str | None,
    typer.Option(
        "--for",
        help="写成学习平台能导入的列：moodle、canvas 或 blackboard。"
        " / The columns that a learning platform imports: moodle, canvas or blackboard.",
        show_default=False,
    ),
]
PerExercise = Annotated[bool, typer.Option("--per-exercise", help="每道题一列。 / With a column for each exercise.")]
DemoClass = Annotated[Path, typer.Option("--out", help="演示班级的目录。 / Folder for the class of the demonstration.")]
NewChapter = Annotated[
    str, typer.Argument(help="两位数字加主题，如 15_topic。 / Two digits and a topic, such as 15_topic.")
]
Chapter = Annotated[str, typer.Argument(help="哪一章，如 04_views。 / The chapter, such as 04_views.")]
Chapters = Annotated[
    list[str] | None,
    typer.Argument(
        help="哪几章，如 04_views；不写就是全部。 / Chapters, such as 04_views; all when none is named.",
        show_default=False,
    ),
]
NewExercise = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="练习和函数的名字，如 place_of。 / Name of exercise and function, such as place_of."
    ),
]
OnlyCheck = Annotated[
    bool,
    typer.Option("--check", help="只说哪些过时了，什么也不写。 / Write nothing; say what is stale."),
]
Confirm = Annotated[
    bool,
    typer.Option("--confirm", help="记下：两种语言都有人读过了。 / Record that a person has read both sides."),
]
