"""nbgrader's gradebook: what grading stores there, and the quick way to import nbgrader."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import logging
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from autograder.classroom import settings
from autograder.classroom.folder import Classroom, ClassroomError
from autograder.judging.catalogue import Message

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

    To write its version into a new gradebook, it starts ``alembic`` by its name, which takes seconds, and fails where
    the environment was not activated; and for every submission that it adds, SQLAlchemy warns of an order of
    assignments that does no harm.
    """
    warnings.filterwarnings("ignore", "Object of type <Submitted", module="nbgrader")
    if "nbgrader.api" in sys.modules:
        setattr(sys.modules["nbgrader.api"], "get_alembic_version", _newest_version)


@functools.cache
def _newest_version() -> str:
    """What ``alembic heads`` prints: the version of a gradebook that nbgrader makes now."""
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Have nbgrader raise what goes wrong and not print its traceback too. 让 nbgrader 只抛异常，不另外打印。"""
    log = logging.getLogger("tornado.application")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


@contextlib.contextmanager
def open_gradebook(url: str) -> Iterator[Gradebook]:
    """The gradebook at ``url``, which a class's configuration names. 打开成绩册。

    Raises :class:`~autograder.classroom.folder.ClassroomError`, in one line, when it cannot be opened, and when it
    is locked, full or gone while it is used.
    """
    api = _api()
    prepare_nbgrader()
    with in_one_line(url, api.InvalidEntry) as is_open, quiet(), api.Gradebook(url) as book:
        is_open()
        yield book


@contextlib.contextmanager
def in_one_line(url: str, *others: type[Exception]) -> Iterator[Callable[[], None]]:
    """Turn what a database says into one line; what is yielded is called once it is open. 数据库出错时只说一行。

    others   what else is an error of the database's
    """
    from sqlalchemy.exc import SQLAlchemyError

    doing = [("打不开", "opened")]
    databases: tuple[type[Exception], ...] = (SQLAlchemyError, *others)
    try:
        yield lambda: doing.append(("用不了", "used"))
    except databases as error:
        raise _failure(url, doing[-1], error) from None
    except ImportError as error:
        if len(doing) > 1:
            raise
        raise _failure(url, doing[-1], error) from None


#: What databases say, what it means, and what helps.
_SAYINGS = (
    (
        "locked",
        ("别的程序锁住了数据库", "关掉用着它的程序再运行一次"),
        "close what uses it, then run it again",
    ),
    ("is full|no space|could not extend", ("磁盘已满", "腾出空间再运行一次"), "make room, then run it again"),
    ("read-?only|permission denied", ("它是只读的", "改成可写再运行一次"), "make it writable, then run it again"),
    (
        "not a database|malformed|corrupt",
        ("它不是数据库，或已损坏", "把它移开，放回备份，或用 autograder release 重新建立"),
        "move it away, then put a backup there, or have autograder release make a new one",
    ),
    ("unable to open", ("它不是文件，或不能读写", "看看这个位置"), "look at what is there"),
    (
        r"no such (column|table)|(column|relation) \S+ does not exist",
        ("它来自较早的 nbgrader", "在班级目录里运行：nbgrader db upgrade"),
        "it is of an older nbgrader: run nbgrader db upgrade in the class folder",
    ),
    (
        "connect|server closed|terminat|shutting down|starting up",
        ("数据库服务器连不上", "等它恢复再运行一次"),
        "run it again when the server is back",
    ),
)


def means(said: str) -> Message:
    """What a database said, what it means and what helps. 数据库的话是什么意思，怎么办。"""
    found = (saying[1:] for saying in _SAYINGS if re.search(saying[0], said, re.IGNORECASE))
    (zh, helps), advice = next(found, ((said, ""), ""))
    return Message("；".join(filter(None, (zh, helps))), "; ".join(filter(None, (said, advice))))


def _failure(url: str, doing: tuple[str, str], error: Exception) -> ClassroomError:
    """One line on what the database said, and that nothing is lost."""
    said = (str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__])[0]
    said = re.sub(r"^\(\w+(\.\w+)*\) ", "", said)
    hidden = re.sub(r"://[^@/]*@", "://", url)  # a password has no business on a screen
    why = means(said)
    safe = ("已存的都在", "what was stored before is safe") if doing[1] == "used" else ("", "")
    return ClassroomError(
        f"the gradebook {hidden} cannot be {doing[1]}: {'; '.join(filter(None, (why.en, safe[1])))}",
        f"成绩册 {hidden} {doing[0]}：{'；'.join(filter(None, (why.zh, safe[0])))}",
    )


class Penalties:
    """What the late-submission plugin of a class's configuration takes off. 班级配置中的迟交扣分插件。"""

    def __init__(self, room: Classroom) -> None:
        """Find the plugin, where one is configured: nbgrader's own takes nothing off, and is slow to load.

        Raises :class:`~autograder.classroom.folder.ClassroomError` when there is none of that name.
        """
        configured = {"AssignLatePenalties", "LateSubmissionPlugin"} & room.config.keys()
        self._assigning = _late_plugin(room) if configured else None

    def of(self, student: str, score: float, seconds_late: float) -> float | None:
        """What a student with a score who is so many seconds late loses, of what there is. 迟交扣多少分。"""
        if self._assigning is None or seconds_late <= 0:
            return None
        penalty = self._assigning.plugin_inst.late_submission_penalty(student, score, seconds_late)
        if penalty is None:
            return None
        return float(self._assigning._check_late_penalty(types.SimpleNamespace(score=score), penalty))


def _late_plugin(room: Classroom) -> Any:
    with quick_nbgrader():
        from nbgrader.preprocessors import AssignLatePenalties
        from traitlets import TraitError

    if str(room.root) not in sys.path:
        sys.path.insert(0, str(room.root))  # where nbgrader's commands find an instructor's plugin
    try:
        assigning = AssignLatePenalties(config=room.config)
        assigning.init_plugin()
    except (TraitError, ImportError) as error:
        where = room.root / settings.FILE
        raise ClassroomError(
            f"the late-submission plugin of {where}: {error}", f"{where} 的迟交扣分插件：{error}"
        ) from None
    assigning.log.setLevel("ERROR")
    return assigning
