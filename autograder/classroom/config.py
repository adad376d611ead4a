"""What a class's ``nbgrader_config.py`` calls: nbgrader's own commands then grade through this package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from autograder.classroom.folder import Classroom
from autograder.classroom.gradebook import prepare_nbgrader

_PLUGINS = "autograder.classroom.plugins"
_TEMPLATES = Path(__file__).parent / "pages" / "nbgrader"


def configure(c: Any, root: str | Path, *, tier: str | None = None) -> None:
    """Make nbgrader's commands in the class folder ``root`` use this autograder.

    让班级目录 ``root`` 中的 nbgrader 命令使用本评分器。

    c      nbgrader's configuration object
    tier   an isolation tier to insist on; by default the strongest that works
    """
    prepare_nbgrader()
    room = Classroom(root)
    c.CourseDirectory.root = str(room.root)
    # what nbgrader's gradebook takes where nothing is said; its commands take "", which PostgreSQL knows no course by
    c.CourseDirectory.course_id = "default_course"
    c.GenerateAssignment.exporter_class = f"{_PLUGINS}.ReleaseExporter"
    c.Autograde.exporter_class = f"{_PLUGINS}.IntakeExporter"
    # reading does what sanitizing does: everything but the answers comes from the released notebook
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [
        f"{_PLUGINS}.Examine",
        f"{_PLUGINS}.SaveGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]
    c.Autograde.pre_convert_hook = f"{_PLUGINS}.expect_the_assignment"
    c.ExportApp.plugin_class = f"{_PLUGINS}.CsvExport"
    # what formgrader and feedback would set themselves, after ours
    c.HTMLExporter.extra_template_basedirs = [str(_TEMPLATES), str(_nbgraders_templates())]
    c.Examine.seed = room.seed
    if tier is not None:
        c.Examine.tier = tier


def _nbgraders_templates() -> Path:
    found = importlib.util.find_spec("nbgrader")
    assert found is not None and found.origin is not None
    return Path(found.origin).parent / "server_extensions" / "formgrader" / "templates"
