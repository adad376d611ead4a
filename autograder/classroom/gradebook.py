"""nbgrader's gradebook: what grading stores there, and the quick way to import nbgrader."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import re
import sys
import types
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograder.classroom import settings
from autograder.classroom.folder import Classroom, ClassroomError

if TYPE_CHECKING:
    from nbgrader.api import Gradebook


@contextlib.contextmanager
def quick_nbgrader() -> Iterator[None]:
    """What imports nbgrader or nbformat inside this does so 1.5 s sooner. 在其中导入 nbgrader 可省 1.5 秒。

    jsonschema compiles a grammar for internationalised URLs when it can import one; no notebook schema uses it.
    """
    name = "rfc3987_syntax"
    if name in sys.modules or "jsonschema" in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def _api() -> Any:
    """nbgrader's gradebook alone: nbgrader itself loads its server extensions first, which takes 1 s.

    Who wants the whole of it later gets it, with this gradebook in it.
    """
    found = importlib.util.find_spec("nbgrader") if "nbgrader" not in sys.modules else None
    if "nbgrader.api" not in sys.modules and found is not None:
        bare = sys.modules["nbgrader"] = types.ModuleType("nbgrader")
        bare.__path__ = list(found.submodule_search_locations or ())
        try:
            with quick_nbgrader():
                importlib.import_module("nbgrader.api")
        finally:
            del sys.modules["nbgrader"]
    return sys.modules.get("nbgrader.api") or importlib.import_module("nbgrader.api")


def import_nbformat() -> None:
    """Import nbformat the quick way, before something imports it the slow way. 以快的方式先导入 nbformat。"""
    with quick_nbgrader():
        importlib.import_module("nbformat")


def prepare_nbgrader() -> None:
    """Make up for two habits of nbgrader's. 弥补 nbgrader 的两个习惯。

    It starts ``alembic`` by its name, which fails where the environment was not activated; and for every submission
    that it adds, SQLAlchemy warns of an order of assignments that does no harm.
    """
    warnings.filterwarnings("ignore", "Object of type <Submitted", module="nbgrader")
    folder = os.path.dirname(sys.executable)
    path = os.environ.get("PATH", os.defpath)
    if folder not in path.split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + path


def open_gradebook(url: str) -> Gradebook:
    """The gradebook at ``url``, which a class's configuration names, to be used as a context manager. 打开成绩册。

    Raises :class:`~autograder.classroom.folder.ClassroomError` when it cannot be opened.
    """
    prepare_nbgrader()
    api = _api()
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return api.Gradebook(url)
    except (SQLAlchemyError, ImportError) as error:
        raise ClassroomError(failure(url, "opened", error)) from None


def failure(url: str, what: str, error: Exception) -> str:
    """What the database said, as one line without a password. 数据库报的错，一行，不含密码。"""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    hidden = re.sub(r"://[^@/]*@", "://", url)  # a password has no business on a screen
    return f"the gradebook {hidden} cannot be {what}: {said}"


@contextlib.contextmanager
def in_one_line(url: str) -> Iterator[None]:
    """Turn what the database says when it is locked, full or gone into a ``ClassroomError``. 数据库出错时只说一行。"""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        said = failure(url, "used", error)
        raise ClassroomError(
            f"{said}; what was stored before is safe: grade again, and it goes on from there",
            f"{said}；已存的都在，再评一次会接着做",
        ) from None


class Penalties:
    """What the late-submission plugin of a class's configuration takes off. 班级配置中的迟交扣分插件。"""

    def __init__(self, room: Classroom) -> None:
        self.room = room

    def load(self) -> None:
        """Find the plugin, where one is configured: nbgrader's own takes nothing off. 载入配置的插件。

        Raises :class:`~autograder.classroom.folder.ClassroomError` when there is none of that name.
        """
        if {"AssignLatePenalties", "LateSubmissionPlugin"} & self.room.config.keys():
            self._assigning  # noqa: B018  (made and kept)

    @functools.cached_property
    def _assigning(self) -> Any:
        with quick_nbgrader():
            from nbgrader.preprocessors import AssignLatePenalties
            from traitlets import TraitError

        root = self.room.root
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))  # where nbgrader's commands find an instructor's plugin
        try:
            assigning = AssignLatePenalties(config=self.room.config)
            assigning.init_plugin()
        except (TraitError, ImportError) as error:
            where = root / settings.FILE
            raise ClassroomError(
                f"the late-submission plugin of {where}: {error}", f"{where} 的迟交扣分插件：{error}"
            ) from None
        assigning.log.setLevel("ERROR")
        return assigning

    def of(self, student: str, score: float, seconds_late: float) -> float | None:
        """What a student with a score who is so many seconds late loses, of what there is. 迟交扣多少分。"""
        if seconds_late <= 0:  # the plugin of who configured none takes nothing off
            return None
        penalty = self._assigning.plugin_inst.late_submission_penalty(student, score, seconds_late)
        if penalty is None:
            return None
        return float(self._assigning._check_late_penalty(types.SimpleNamespace(score=score), penalty))
