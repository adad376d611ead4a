"""Every file in what was handed in: a folder, a zip or tar archive, archives within it, or one notebook.

Nothing is unpacked to where an archive says.  What may be wanted is copied, within bounds, under numbers into a folder
of its own; what cannot be had is told of and stops nothing else.
"""

from __future__ import annotations

import datetime
import lzma
import os
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from autograder.classroom.times import since_1970
from autograder.classroom.told import tell
from autograder.grading import intake
from autograder.judging import reading
from autograder.judging.catalogue import Message

MAX_DEPTH = 4
#: Bytes that one student's archive, and everything together, may come to.
MAX_INNER, MAX_WHOLE = 512 << 20, 16 << 30
MAX_FILES = 200_000
#: How much a file may be larger than it was packed, once it is larger than MAX_TEXT.
MAX_RATIO = 200
_SMALL = 1 << 20
_JUNK = {"__macosx", ".ipynb_checkpoints", ".ds_store", "thumbs.db", "desktop.ini", "__pycache__", ".git"}
_ZIP, _TAR = (".zip",), (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_UNKNOWN = (".7z", ".rar")


class Unpackable(ValueError):
    """An archive that cannot be read; ``why`` says it in both languages."""

    def __init__(self, why: Message) -> None:
        super().__init__(why.en)
        self.why = why


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    OSError,
)


@dataclass(frozen=True)
class Item:
    """One file that was handed in. 收到的一个文件。

    path      where it is; an archive within is a folder
    file      its copy, where it may be wanted; none of what no notebook, module or note is
    time      when it was written
    packed    whether an archive says so: a folder's times change when it is copied
    skipped   why nobody wants it
    refused   why it cannot be had
    """

    path: PurePosixPath
    file: Path | None = None
    time: datetime.datetime | None = None
    skipped: Message | None = None
    refused: Message | None = None
    packed: bool = False

    def read(self) -> bytes:
        """What is in it; empty where it has no copy. 文件的内容。"""
        return self.file.read_bytes() if self.file else b""


@dataclass
class Reader:
    """Reads what was handed in, once. 读取交来的文件。

    spool   an empty folder for the copies
    zone    the time zone of times that come without one
    """

    spool: Path
    zone: datetime.tzinfo | None = None
    _count: int = 0
    _left: list[int] = field(default_factory=lambda: [MAX_WHOLE])

    def walk(self, source: Path) -> Iterator[Item]:
        """Every file in ``source``, each as one item. 逐一列出全部文件。

        Raises ``OSError`` and :class:`Unpackable` when ``source`` itself cannot be read.
        """
        if source.is_dir():
            yield from self._folder(source)
        elif _kind(source.name) == "notebook":
            with open(source, "rb") as stream:
                yield self._copy(PurePosixPath(_text(os.fsencode(source.name))), stream, None, None)
        else:
            with open(source, "rb") as stream:
                yield from self._archive(PurePosixPath(), stream, 0)

    def _folder(self, root: Path) -> Iterator[Item]:
        for place, folders, files in os.walk(root):
            folders.sort()
            linked = [name for name in folders if os.path.islink(os.path.join(place, name))]
            for name in sorted([*files, *linked]):
                here = Path(place, name)
                path = PurePosixPath(_text(os.fsencode(here.relative_to(root))))
                found = here.lstat()
                if junk := _is_junk(path):
                    yield junk
                elif not stat.S_ISREG(found.st_mode):
                    yield Item(path, refused=tell("link"))
                else:
                    time = since_1970(found.st_mtime)
                    try:
                        with open(here, "rb", opener=_unfollowed) as stream:
                            for item in self._member(path, stream, time, None, 0):
                                yield item if item.path != path else replace(item, packed=False)
                    except OSError as error:
                        yield Item(path, refused=tell("broken", why=_said(error)))

    def _member(
        self, path: PurePosixPath, stream: IO[bytes], time: datetime.datetime | None, packed: int | None, depth: int
    ) -> Iterator[Item]:
        kind = _kind(path.name)
        if kind == "archive":
            if depth >= MAX_DEPTH:
                yield Item(path, refused=tell("too deep", depth=MAX_DEPTH))
                return
            copy = self._copy(path, stream, time, packed)
            if copy.file is None:
                yield copy
                return
            self._left.append(min(MAX_INNER, self._left[-1]))
            try:
                with open(copy.file, "rb") as inner:
                    yield from self._archive(path, inner, depth + 1)
            except _BROKEN as error:
                yield Item(path, refused=tell("broken", why=_said(error)))
            finally:
                copy.file.unlink()
                self._left.pop()
        elif kind == "unknown":
            yield Item(path, refused=tell("unknown archive"))
        elif kind:
            yield self._copy(path, stream, time, packed)
        else:
            yield Item(path, time=time)

    def _copy(self, path: PurePosixPath, stream: IO[bytes], time: datetime.datetime | None, packed: int | None) -> Item:
        limit = {"notebook": intake.MAX_BYTES, "module": 4 * reading.MAX_MODULE, "archive": MAX_INNER}.get(
            _kind(path.name), _SMALL
        )
        if packed is not None:
            limit = min(limit, max(intake.MAX_TEXT, packed * MAX_RATIO))
        self._count += 1
        target, size = self.spool / f"{self._count}", 0
        bound = min(limit, self._left[-1])
        try:
            with open(target, "xb") as copy:
                while block := stream.read(min(1 << 20, bound - size + 1)):
                    size += len(block)
                    if size > bound:
                        break
                    copy.write(block)
        except _BROKEN as error:
            target.unlink(missing_ok=True)
            return Item(path, time=time, refused=tell("broken", why=_said(error)))
        # what an archive within comes to counts for those that it is in as well
        self._left = [left - min(size, bound) for left in self._left]
        if size > bound:
            target.unlink()
            return Item(path, time=time, refused=tell("too much", limit=bound >> 20))
        return Item(path, target, time, packed=time is not None)

    def _archive(self, at: PurePosixPath, stream: IO[bytes], depth: int) -> Iterator[Item]:
        start = stream.read(6)
        stream.seek(0)
        if zipfile.is_zipfile(stream):
            stream.seek(0)
            try:
                zipped = zipfile.ZipFile(stream)
            except _BROKEN as error:
                raise Unpackable(_said(error)) from None
            with zipped:
                yield from self._zip(at, zipped, depth)
        elif start[:4] == b"PK\x03\x04":
            raise Unpackable(tell("cut short"))
        else:
            stream.seek(0)
            try:
                tar = tarfile.open(fileobj=stream, mode="r:*")
            except tarfile.TarError:
                raise Unpackable(tell("no archive")) from None
            with tar:
                yield from self._tar(at, tar, depth)

    def _zip(self, at: PurePosixPath, zipped: zipfile.ZipFile, depth: int) -> Iterator[Item]:
        entries = zipped.infolist()
        names = zip_names(entries)
        if len(entries) > MAX_FILES:
            raise Unpackable(tell("too many", limit=MAX_FILES))
        for entry, name in zip(entries, names, strict=True):
            path, mode = _inside(at, name), entry.external_attr >> 16
            if path is None:
                yield Item(at / _printable(name), refused=tell("outside"))
            elif name.endswith("/") or entry.is_dir():
                continue
            elif junk := _is_junk(path):
                yield junk
            elif stat.S_ISLNK(mode):
                yield Item(path, refused=tell("link"))
            elif entry.flag_bits & 1:
                yield Item(path, refused=tell("encrypted"))
            else:
                time = self._zip_time(entry)
                try:
                    stream = zipped.open(entry)
                except _BROKEN as error:
                    yield Item(path, time=time, refused=tell("broken", why=_said(error)))
                    continue
                with stream:
                    yield from self._member(path, stream, time, entry.compress_size, depth)

    def _zip_time(self, entry: zipfile.ZipInfo) -> datetime.datetime | None:
        extra = entry.extra
        while len(extra) >= 4:
            tag, size = struct.unpack_from("<HH", extra)
            if tag == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:  # seconds since 1970, in UTC
                return since_1970(struct.unpack_from("<i", extra, 5)[0])
            extra = extra[4 + size :]
        try:
            time = datetime.datetime(*entry.date_time)
        except ValueError:
            return None
        if time.year <= 1980:
            return None  # what is written where there is no time
        return time.replace(tzinfo=self.zone) if self.zone else time.astimezone()

    def _tar(self, at: PurePosixPath, tar: tarfile.TarFile, depth: int) -> Iterator[Item]:
        count = 0
        try:
            for entry in tar:
                name = _text(entry.name.encode("utf-8", "surrogateescape"))
                path, count = _inside(at, name), count + 1
                if count > MAX_FILES:
                    raise Unpackable(tell("too many", limit=MAX_FILES))
                if path is None:
                    yield Item(at / _printable(name), refused=tell("outside"))
                elif entry.isdir():
                    continue
                elif junk := _is_junk(path):
                    yield junk
                elif not entry.isreg():
                    yield Item(path, refused=tell("link"))
                elif (stream := tar.extractfile(entry)) is not None:
                    time = since_1970(entry.mtime)
                    yield from self._member(path, stream, time, None, depth)
        except _BROKEN as error:
            rest = at if at.parts else PurePosixPath("…")
            yield Item(rest, refused=tell("rest broken", why=_said(error)))


def _kind(name: str) -> str:
    """What a file may be wanted as; empty for what nobody asks for."""
    lower = name.lower()
    if lower.endswith((*_ZIP, *_TAR)):
        return "archive"
    if lower.endswith(_UNKNOWN):
        return "unknown"
    return {".ipynb": "notebook", ".py": "module", ".txt": "text", ".yml": "text"}.get(PurePosixPath(lower).suffix, "")


def without_ending(name: str) -> str:
    """A name without what only says that it is an archive's. 去掉压缩包的扩展名。"""
    ending = next((end for end in (*_TAR, *_ZIP, *_UNKNOWN) if name.lower().endswith(end)), "")
    return name[: len(name) - len(ending)]


def _is_junk(path: PurePosixPath) -> Item | None:
    for part in path.parts:
        if part.lower() in _JUNK or part.startswith(("._", "~$")):
            return Item(path, skipped=tell("junk"))
    return None


def zip_names(entries: Iterable[zipfile.ZipInfo]) -> list[str]:
    """Names of the files in a zip archive: marked as UTF-8, or UTF-8 all the same, or GBK. 压缩包中的文件名。

    Two bytes of GBK can be a letter of UTF-8: where an archive has names that are GBK for certain, those are too.
    """
    raw: list[tuple[str, bytes | None]] = []
    for entry in entries:
        try:
            raw.append((entry.filename, None if entry.flag_bits & 0x800 else entry.orig_filename.encode("cp437")))
        except UnicodeEncodeError:
            raw.append((entry.filename, None))
    chinese = any(not _is_utf8(data) for _, data in raw if data is not None)
    return [name if data is None else _text(data, chinese) for name, data in raw]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(data: bytes, chinese: bool = False) -> str:
    text = data.decode("utf-8") if _is_utf8(data) else None
    if text is None or (chinese and not text.isascii() and not re.search("[\u2e80-\uffff]", text)):
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            text = data.decode("cp437") if text is None else text
    return text


def _inside(at: PurePosixPath, name: str) -> PurePosixPath | None:
    """Where a member lies, with names that can be shown; None for one that points out of the archive."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or name.startswith("/") or ".." in parts or re.match("[A-Za-z]:", name):
        return None
    return at.joinpath(*map(_printable, parts))


def _printable(name: str) -> str:
    """A name of which each character can be shown, and no line is longer than a screen."""
    shown = "".join(c if c.isprintable() or c == "\u3000" else "\ufffd" for c in name.replace("\\", "/"))
    return shown.strip("/").replace("/", "∕") or "?"


def _said(error: Exception) -> Message:
    if isinstance(error, Unpackable):
        return error.why
    if isinstance(error, NotImplementedError):
        return tell("compression")
    if isinstance(error, OSError) and error.strerror:
        return Message(error.strerror, error.strerror)
    return tell("cut short" if isinstance(error, EOFError) else "damaged")


def _unfollowed(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
