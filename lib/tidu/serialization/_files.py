"""Files to read and to write: by path, or something open. 读写文件。

What is written by path is there whole or not at all.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tidu._args import type_name

_EFFECTIVE = os.access in os.supports_effective_ids


def is_path(f: Any) -> bool:
    """Whether ``f`` names a file."""
    return isinstance(f, (str, os.PathLike))


def called(f: Any) -> str:
    """What messages call a file."""
    name = os.fspath(f) if is_path(f) else getattr(f, "name", None)
    return repr(name) if isinstance(name, (str, bytes)) else f"the given {type(f).__name__}"


@contextmanager
def reading(f: Any) -> Iterator[Any]:
    """``f`` open for reading bytes."""
    if is_path(f):
        with open(f, "rb") as file:
            yield file
        return
    try:
        f.seek(f.tell())
    except (io.UnsupportedOperation, AttributeError) as error:
        if not any(word in str(error) for word in ("seek", "tell")):
            raise
        raise type(error)(
            f"{error}. You can only torch.load from a file that is seekable. Please pre-load the data into a buffer "
            "like io.BytesIO and try to load from it instead."
        ) from None
    if isinstance(f, io.TextIOBase):
        raise TypeError(f"load(): argument 'f' is a file of text, {called(f)}: open it with mode 'rb'")
    yield f


@contextmanager
def writing(f: Any) -> Iterator[Any]:
    """``f`` open for writing bytes. A path gets its new content when all of it is written; until then it keeps the old
    one, and for good if writing fails."""
    if is_path(f):
        with _replacing(os.fsdecode(f)) as file:
            yield file
        return
    yield f
    getattr(f, "flush", lambda: None)()


def check_writable(f: Any) -> None:
    """``AttributeError`` for what is neither a path nor can be written to."""
    if is_path(f):
        return
    if not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute: save(): argument 'f' is "
            f"{type_name(f)}"
        )
    if not callable(f.write):
        raise TypeError(f"Buffer of {str(type(f)).strip('<>')} has no callable attribute 'write'")


@contextmanager
def _replacing(path: str) -> Iterator[Any]:
    """A file beside that of ``path``, which takes its place, permissions and owner in the end. What is no ordinary file
    (a device, a pipe) or cannot be replaced is written directly."""
    try:
        old = os.stat(path)
    except FileNotFoundError:
        old = None
    target = os.path.realpath(path)
    beside = None
    if old is None or (stat.S_ISREG(old.st_mode) and not target.startswith(("/dev/", "/proc/"))):
        if old is not None and not os.access(target, os.W_OK, effective_ids=_EFFECTIVE):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        beside = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.part")
    file = _beside(beside, old) if beside else None
    if file is None or beside is None:
        with open(path, "wb") as file:
            yield file
        return
    try:
        with file:
            yield file
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def _beside(path: str, old: os.stat_result | None) -> Any:
    """A new file with the permissions and owner of ``old``; None where that is not allowed, but writing ``old`` is."""
    try:
        file = open(path, "xb")
    except PermissionError:
        if old is None:
            raise
        return None
    if old is None:
        return file
    try:
        if (old.st_uid, old.st_gid) != (os.fstat(file.fileno()).st_uid, os.fstat(file.fileno()).st_gid):
            os.chown(path, old.st_uid, old.st_gid)
        os.chmod(path, stat.S_IMODE(old.st_mode))
    except PermissionError:
        file.close()
        os.unlink(path)
        return None
    return file
