"""The container of PyTorch's files: a zip archive of uncompressed records. PyTorch 文件的容器：不压缩的 zip。

Written byte for byte as PyTorch does, so that a record's place can be computed without reading the archive: names under
one folder, each record's data at a multiple of 64 bytes, its checksum behind it. Read with every number checked against
the file, since whoever made a file may mean harm.
Source: APPNOTE.TXT of PKWARE (the zip format), caffe2/serialize/inline_container.cc in PyTorch (what it asks of one).
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

LOCAL, CENTRAL, END, END64, PLACE64, BEHIND = (
    b"PK" + m for m in (b"\3\4", b"\1\2", b"\5\6", b"\6\6", b"\6\7", b"\7\x08")
)
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_PLACE64 = struct.Struct("<4sIQI")
MANY = 0xFFFFFFFF  # in place of a number that takes 64 bits, which stands in the extra field
UTF8, SIZES_BEHIND, ENCRYPTED = 0x800, 8, 1

VERSION = b"3\n"  # of the format that we write
NEWEST = 10  # that PyTorch reads
CHUNK = 1 << 24
EXPANDED = 1 << 26  # what a compressed record may become, however small it is
RATIO = 100  # beyond that, how many times its size


class Writer:
    """A new archive, written from its first byte to its last: ``file`` need not be seekable."""

    def __init__(self, file: Any, stem: str, checksums: bool = True, alignment: int = 64) -> None:
        self.file, self.stem, self.checksums, self.alignment = file, stem, checksums, alignment
        self.place = 0
        self.entries: list[bytes] = []
        self.seen = 0  # a checksum over all records, which makes the archive's id

    def record(self, name: str, data: Any, final: bool = True) -> None:
        """Add a record: bytes, or anything that has them. One that is not final, others will write: no checksum."""
        data = memoryview(data).cast("B")
        size, start = len(data), self.place
        crc = zlib.crc32(data) if self.checksums and final else 0
        encoded = f"{self.stem}/{name}".encode()
        far = size >= MANY or start >= MANY
        ahead, zip64 = (self._wide(size, n, start) for n in (0, size))
        flags = UTF8 | (SIZES_BEHIND if size else 0)
        header = start + _LOCAL.size + len(encoded) + len(zip64) + 4
        padding = -header % self.alignment
        extra = ahead + b"FB" + struct.pack("<H", padding) + b"Z" * padding
        self._write(_LOCAL.pack(LOCAL, 0, flags, 0, 0, 0, 0, 0, 0, len(encoded), len(extra)) + encoded + extra)
        self._write(data)
        if size:
            self._write(struct.pack("<4sI2Q" if far else "<4s3I", BEHIND, crc, size, size))
        shown = min(size, MANY)
        central = (CENTRAL, 0, 0, flags, 0, 0, 0, crc, shown, shown, len(encoded), len(zip64), 0, 0, 0, 0)
        self.entries.append(_CENTRAL.pack(*central, min(start, MANY)) + encoded + zip64)
        self.seen = zlib.crc32(struct.pack("<Q", crc) + name.encode(), self.seen)

    def close(self) -> None:
        """Write the version, the archive's id and the directory."""
        self.record("version", VERSION)
        self.record(".data/serialization_id", f"{self.place:020d}{self.seen:020d}".encode())
        start, count, directory = self.place, len(self.entries), b"".join(self.entries)
        self._write(directory)
        end = self.place
        self._write(_END64.pack(END64, _END64.size - 12, 0x031E, 45, 0, 0, count, count, len(directory), start))
        self._write(_PLACE64.pack(PLACE64, 0, end, 1))
        few = min(count, 0xFFFF)
        self._write(_END.pack(END, 0, 0, few, few, min(len(directory), MANY), min(start, MANY), 0))

    @staticmethod
    def _wide(size: int, packed: int, start: int) -> bytes:
        """The extra field of numbers that take 64 bits: in a header, PyTorch has no packed size yet."""
        numbers = [*((size, packed) if size >= MANY else ()), *((start,) if start >= MANY else ())]
        return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""

    def _write(self, data: Any) -> None:
        self.file.write(data)
        self.place += len(data)


class Entry(NamedTuple):
    """What the directory says of a record."""

    name: bytes
    place: int  # of its header
    packed: int  # bytes in the file
    size: int  # bytes of the record
    crc: int
    method: int
    told: int  # where the directory tells the checksum


class Reader:
    """An archive in ``file``, from where that stands to its end. ``RuntimeError`` for one that is damaged or unsafe.

    ``where``  what messages call the file
    """

    def __init__(self, file: Any, where: str) -> None:
        self.file, self.where = file, where
        self.base = file.tell()
        file.seek(0, 2)
        self.length = file.tell() - self.base
        self.entries: dict[str, Entry] = {}
        self.stem = ""
        self.starts: list[int] = []  # of all records' headers
        for entry in self._directory():
            self.starts.append(entry.place)
            self._add(entry)
        self.starts.sort()
        if not self.entries:
            raise self._damaged("it has no records")

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def size(self, name: str) -> int:
        """Bytes of a record."""
        return self._entry(name).size

    def read(self, name: str) -> bytearray:
        """A whole record."""
        data = bytearray(self._entry(name).size)
        self.fill(name, data)
        return data

    def fill(self, name: str, out: Any) -> None:
        """Read a record into memory of exactly its size, and compare its checksum."""
        entry, target = self._entry(name), memoryview(out).cast("B")
        self.file.seek(self.base + self._data(entry))
        crc = self._inflate(entry, target) if entry.method else self._copy(target)
        if entry.crc and crc != entry.crc:  # 0 is what PyTorch writes where it computes none
            raise self._damaged(f"the checksum of record '{name}' is {crc:#010x} and not {entry.crc:#010x}")

    def offset(self, name: str) -> int:
        """Where a record's data begin, from the start of the archive; it must be uncompressed."""
        entry = self._entry(name)
        if entry.method:
            raise RuntimeError(f"{self.where}: record '{name}' is compressed: it cannot be mapped, load without mmap")
        return self._data(entry)

    def unchecked(self, name: str) -> Iterator[int]:
        """The places of a record's checksum, behind its data and in the directory: to be 0 where data will change."""
        entry = self._entry(name)
        yield self.base + entry.told
        behind = self._data(entry) + entry.size
        if self._bytes(behind, 4) == BEHIND:
            yield self.base + behind + 4

    # ---- the directory

    def _directory(self) -> Iterator[Entry]:
        count, size, start = self._end()
        if not 0 <= start <= start + size <= self.length or count * _CENTRAL.size > size:
            raise self._damaged(f"its directory of {count} records and {size} bytes at {start} does not fit")
        self.stop = start
        raw = self._bytes(start, size)
        at = 0
        for _ in range(count):
            if at + _CENTRAL.size > size or raw[at : at + 4] != CENTRAL:
                raise self._damaged("its directory is cut off or garbled")
            head, told = _CENTRAL.unpack_from(raw, at), start + at + 16
            flags, method, crc, packed, full, named, extra, comment, place = (*head[3:5], *head[7:13], head[16])
            at += _CENTRAL.size
            name, more = raw[at : at + named], raw[at + named : at + named + extra]
            at += named + extra + comment
            if at > size:
                raise self._damaged("its directory is cut off or garbled")
            full, packed, place = self._wide(more, full, packed, place)
            if flags & ENCRYPTED or method not in (0, 8):
                raise self._damaged(f"record {name!r} is encrypted or packed in a way that PyTorch does not know")
            if method == 0 and full != packed:
                raise self._damaged(f"record {name!r} has {full} bytes in {packed}, uncompressed")
            if place + _LOCAL.size + packed > start:
                raise self._damaged(f"record {name!r} of {packed} bytes at {place} does not fit")
            if method and full > max(EXPANDED, RATIO * packed):
                raise RuntimeError(
                    f"{self.where}: record {name!r} would grow from {packed} bytes to {full}: more than {RATIO}-fold"
                )
            yield Entry(name, place, packed, full, crc, method, told)

    def _end(self) -> tuple[int, int, int]:
        """Number of records, bytes of the directory, and its place."""
        tail = self._bytes(max(0, self.length - (1 << 16) - _END.size), None)
        found = tail.rfind(END)
        while found >= 0:  # the last one that a comment of the length that it says follows
            if found + _END.size <= len(tail) and found + _END.size + _END.unpack_from(tail, found)[7] == len(tail):
                break
            found = tail.rfind(END, 0, found)
        if found < 0:
            raise self._damaged("failed finding central directory: it seems to be cut off")
        _, disk, other, _, count, size, start, _ = _END.unpack_from(tail, found)
        place = self.length - len(tail) + found - _PLACE64.size
        if place >= 0 and (near := self._bytes(place, _PLACE64.size)).startswith(PLACE64):
            end = _PLACE64.unpack(near)[2]
            if end + _END64.size > place or not (raw := self._bytes(end, _END64.size)).startswith(END64):
                raise self._damaged("failed finding central directory: its end record is garbled")
            *_, disk, other, _, count, size, start = _END64.unpack(raw)
        if disk or other:
            raise self._damaged("it is one of several volumes")
        return count, size, start

    def _wide(self, extra: bytes, *numbers: int) -> list[int]:
        """The numbers, those that take 64 bits from the extra field."""
        wide: list[int] = []
        at = 0
        while at + 4 <= len(extra):
            kind, size = struct.unpack_from("<2H", extra, at)
            if kind == 1 and at + 4 + size <= len(extra):
                wide = list(struct.unpack_from(f"<{size // 8}Q", extra, at + 4))
            at += 4 + size
        given = list(numbers)
        for i, number in enumerate(given):
            if number == MANY and wide:
                given[i] = wide.pop(0)
        return given

    def _add(self, entry: Entry) -> None:
        try:
            path = entry.name.decode()
        except UnicodeDecodeError:
            raise self._damaged(f"the name {entry.name!r} is not text") from None
        stem, slash, name = path.partition("/")
        if not slash:
            raise self._damaged(f"file in archive is not in a subdirectory: {path}")
        if not stem or ".." in path.split("/") or "\\" in path or "\0" in path or name.startswith("/"):
            raise self._damaged(f"the name {path!r} leads out of the archive")
        self.stem = self.stem or stem
        if stem != self.stem:
            return  # not PyTorch's: it reads what is beside the first record
        if name in self.entries:
            raise self._damaged(f"there are two records '{name}'")
        self.entries[name] = entry

    # ---- records

    def _entry(self, name: str) -> Entry:
        if name not in self.entries:
            raise self._damaged(f"failed locating file {name}: file not found")
        return self.entries[name]

    def _data(self, entry: Entry) -> int:
        """Where the data begin: behind the header, before the next record."""
        head = self._bytes(entry.place, _LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(LOCAL):
            raise self._damaged(f"record {entry.name!r} has no header at {entry.place}")
        *_, named, extra = _LOCAL.unpack(head)
        start = entry.place + _LOCAL.size + named + extra
        after = bisect_right(self.starts, entry.place)
        stop = self.starts[after] if after < len(self.starts) else self.stop
        if self.starts[max(after - 2, 0) : after].count(entry.place) > 1 or start + entry.packed > stop:
            raise self._damaged(f"record {entry.name!r} overlaps another")
        if self._bytes(entry.place + _LOCAL.size, named) != entry.name:
            raise self._damaged(f"record {entry.name!r} has another name in its header")
        return start

    def _copy(self, target: memoryview) -> int:
        crc, done = 0, 0
        while done < len(target):
            part = target[done : done + CHUNK]
            got = self._into(part)
            if not got:
                raise self._damaged(f"it ends {len(target) - done} bytes before a record does")
            crc = zlib.crc32(part[:got], crc)
            done += got
        return crc

    def _into(self, part: memoryview) -> int:
        if hasattr(self.file, "readinto"):
            return int(self.file.readinto(part) or 0)
        data = self.file.read(len(part))
        part[: len(data)] = data
        return len(data)

    def _inflate(self, entry: Entry, target: memoryview) -> int:
        engine, left, done = zlib.decompressobj(-15), entry.packed, 0
        try:
            while done < len(target):
                packed = engine.unconsumed_tail
                if not packed:
                    packed = self.file.read(min(left, CHUNK))
                    left -= len(packed)
                data = engine.decompress(packed, min(CHUNK, len(target) - done))
                if not data and not packed:
                    raise self._damaged(f"record {entry.name!r} holds {done} bytes and not {len(target)}")
                target[done : done + len(data)] = data
                done += len(data)
        except zlib.error as error:
            raise self._damaged(f"record {entry.name!r} cannot be expanded ({error})") from None
        return zlib.crc32(target)

    def _bytes(self, place: int, size: int | None) -> bytes:
        self.file.seek(self.base + place)
        return bytes(self.file.read() if size is None else self.file.read(size))

    def _damaged(self, why: str) -> RuntimeError:
        return RuntimeError(
            f"PytorchStreamReader failed reading zip archive: {why} ({self.where}). There is a high likelihood that "
            "your checkpoint file is corrupted. This can happen if the checkpoint was not saved properly, was "
            "transferred incorrectly, or the file was modified after saving."
        )
