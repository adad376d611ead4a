"""When something was handed in: read from what platforms and people write, written as nbgrader reads it."""

from __future__ import annotations

import datetime
import re
import warnings
import zoneinfo

from autograder.classroom.folder import ClassroomError

#: In which work may have been handed in: every zone can show these, and no file is from before.
YEARS = range(1971, 2200)
_NAMED = re.compile(r"(.*\S)\s+([A-Za-z_]+/[A-Za-z_/+-]+[0-9]*)$", re.DOTALL)


def read_time(text: str, zone: datetime.tzinfo | None = datetime.UTC) -> datetime.datetime | None:
    """A time with its offset, in UTC; None when it is none. 读出带时区的时间，换成 UTC。

    zone   of a time that names none; the default is what nbgrader means by it

    nbgrader takes "+0800" for 800 seconds and does not see "+08:00"; here both are eight hours.
    """
    from dateutil import parser

    text = text.strip()[:100]
    named = _NAMED.match(text)
    if not re.search(r"\d{4}", text):
        return None  # what it lacks the parser would take from today
    try:
        if named:
            zone, text = zoneinfo.ZoneInfo(named[2]), named[1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a zone that is not known, such as CST, which is several
            found = parser.parse(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone) if zone else found.astimezone()
        found = found.astimezone(datetime.UTC)
        return found if found.year in YEARS else None
    except (ValueError, OverflowError, TypeError, AttributeError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def since_1970(seconds: float) -> datetime.datetime | None:
    """The time that many seconds after 1970 began; None when nothing was handed in then. 由秒数得到时间。"""
    try:
        found = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if seconds > 0 and found.year in YEARS else None


def write_time(time: datetime.datetime) -> str:
    """The line of a ``timestamp.txt`` that nbgrader reads as this time. 写成 nbgrader 能读对的形式。"""
    return f"{time.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"


def zone_called(name: str) -> datetime.tzinfo:
    """The time zone of this name, such as Asia/Shanghai. 按名字取时区。

    Raises :class:`~autograder.classroom.folder.ClassroomError` when there is none.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ClassroomError(
            f"--timezone {name!r} is not known; expected a name such as Asia/Shanghai",
            f"--timezone 不认识 {name!r}；要的是 Asia/Shanghai 这样的名字",
        ) from None
