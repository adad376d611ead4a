"""Pipes that take memory along. 能带走内存的管道。

A message is one packet on a Unix socket, and the descriptors of the shared memory that it speaks of lie in it. The
kernel keeps both until a receiver takes them: the sender may have ended by then, and a message that nobody takes is
gone with the pipe. A packet is sent and taken whole or not at all, whenever somebody is killed.
Source: unix(7), SCM_RIGHTS
"""

from __future__ import annotations

import array
import errno
import io
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, reduction
from typing import Any

import numpy as np

from tidu import _segments
from tidu._sharing import incoming, outgoing

PACKET = 1 << 14  # bytes: what is longer lies in shared memory, and the packet says where
MOST = 250  # descriptors in a packet; Linux lets 253 pass
BUFFER = 1 << 20  # bytes that a socket may hold, where the system allows so many
PATIENCE = 60.0  # seconds to wait where the user's sockets already hold as many descriptors as the system allows

_SHORT, _LONG, _BAG = 0, 1, 2  # a packet's first byte: these bits
_PLACE = struct.Struct("=QQ")


_Connection: Any = connection.Connection  # of whose inside the type checker knows nothing


class Connection(_Connection):
    """An end of a pipe, with the methods of Python's. 管道的一端。"""

    def __init__(self, handle: int, readable: bool = True, writable: bool = True) -> None:
        super().__init__(handle, readable, writable)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, handle)
        self._socket.setblocking(True)

    def _close(self, *_: Any) -> None:
        self._socket.close()

    def send(self, obj: Any) -> None:
        """Send any object that can be pickled; of tensors, where their memory is. 发送对象。"""
        self._check_closed()
        self._check_writable()
        with collecting() as segments:
            data = reduction.ForkingPickler.dumps(obj)
        self._send_packet(data, segments)

    def recv(self) -> Any:
        """The next object; waits for it. ``EOFError`` where no more can come. 接收对象。"""
        self._check_closed()
        self._check_readable()
        return opened(self._recv_bytes())

    def recv_within(self, seconds: float) -> io.BytesIO | None:
        """The next message, for ``opened``, None where none comes in time; several processes may wait for one."""
        end = time.monotonic() + seconds
        while self._poll(max(end - time.monotonic(), 0)):
            try:
                return self._recv_bytes(flags=socket.MSG_DONTWAIT)
            except BlockingIOError:  # another was quicker
                continue
        return None

    def _send_bytes(self, buf: Any) -> None:
        segments, outgoing.segments = outgoing.segments, None
        self._send_packet(buf, segments or ())

    def _send_packet(self, data: Any, segments: Iterable[Any]) -> None:
        kind = _SHORT
        if len(data) > PACKET:
            memory = _segments.allocate(len(data))
            memory[...] = np.frombuffer(data, np.uint8)
            segment = _segments.segment_of(memory)
            kind, data = _LONG, _PLACE.pack(memory.ctypes.data - segment.address, len(data))
            segments = [*segments, segment]
        fds = [s.fd for s in segments]
        if len(fds) <= MOST:
            _send(self._socket, bytes((kind,)), data, fds)
            return
        bag, filled = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with bag, filled:
            for i in range(0, len(fds), MOST):
                _send(filled, b"\0", b"", fds[i : i + MOST])
            _send(self._socket, bytes((kind | _BAG,)), data, [bag.fileno()])

    def _recv_bytes(self, maxsize: int | None = None, flags: int = 0) -> Any:
        packet, fds = _recv(self._socket, flags)
        if not packet:
            raise EOFError
        kind, data = packet[0], memoryview(packet)[1:]
        if kind & _BAG:
            with socket.socket(fileno=fds.pop()) as bag:
                while (more := _recv(bag))[0]:
                    fds += more[1]
        segments = _mapped(fds)
        if kind & _LONG:
            data = _segments.part(segments.pop(), *_PLACE.unpack(data)).data
        incoming.segments = segments
        if maxsize is not None and len(data) > maxsize:
            return None
        message = io.BytesIO()
        message.write(data)
        return message


def _send(to: socket.socket, kind: bytes, data: Any, fds: list[int]) -> None:
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    end, pause = time.monotonic() + PATIENCE, 0.001
    while True:
        try:
            to.sendmsg((kind, data), beside)
            return
        except OSError as e:
            if e.errno != errno.ETOOMANYREFS:
                raise
            if time.monotonic() > end:
                raise OSError(e.errno, "too many tensors on their way that nobody receives: `ulimit -n`") from None
        time.sleep(pause)
        pause = min(2 * pause, 0.1)


def _recv(of: socket.socket, flags: int = 0) -> tuple[bytes, list[int]]:
    size = array.array("i").itemsize
    packet, beside, found, _ = of.recvmsg(1 + PACKET, socket.CMSG_SPACE(MOST * size), flags | socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, data in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data[: len(data) // size * size])
    if found & socket.MSG_CTRUNC:
        for fd in fds:
            socket.close(fd)
        raise OSError(errno.EMFILE, "too many open files to receive tensors: `ulimit -n` allows more")
    return packet, fds.tolist()


def _mapped(fds: list[int]) -> list[Any]:
    segments = []
    while fds:
        try:
            segments.append(_segments.received(fds.pop(0)))
        except BaseException:
            for fd in fds:
                socket.close(fd)
            raise
    return segments


@contextmanager
def collecting() -> Iterator[dict[Any, int]]:
    """Pickled inside, tensors leave the descriptors of their memory in the dict, to be sent with the pickle."""
    before, outgoing.segments = outgoing.segments, {}
    try:
        yield outgoing.segments
    finally:
        outgoing.segments = before


def opened(message: io.BytesIO) -> Any:
    """The object that a message brought to this thread."""
    try:
        return reduction.ForkingPickler.loads(message.getbuffer())
    finally:
        incoming.segments = ()


def Pipe(duplex: bool = True) -> tuple[Connection, Connection]:
    """管道 / Two connected ends; without ``duplex`` the first only receives, and the second only sends."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    first, second = (end.detach() for end in ends)
    return Connection(first, writable=duplex), Connection(second, readable=duplex)


def _reduce(end: Connection) -> tuple[Any, ...]:
    return _rebuild, (reduction.DupFd(end.fileno()), end.readable, end.writable)


def _rebuild(duplicate: Any, readable: bool, writable: bool) -> Connection:
    return Connection(duplicate.detach(), readable, writable)


reduction.register(Connection, _reduce)
