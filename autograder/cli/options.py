"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="作业名，如 04_views；不写就是全部。 / Assignments, such as 04_views; all when none is named.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="只输出 JSON。 / Print JSON and nothing else.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="同时评几份。 / Submissions graded at a time.", show_default=False),
]

Scheduler = Annotated[
    str | None,
    typer.Option(
        help="在 Dask 集群上评：调度器的地址 tcp://…，或用 local 在本机临时建一个。"
        " / Grade on a Dask cluster: its scheduler's address tcp://…, or local for one made on this machine.",
        show_default=False,
    ),
]
