"""Small files in the real formats, written from their descriptions, and a server that hands them out.

The server knows ranges, as those that publish the datasets do, and can break off, ignore ranges, or be of no use.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

RNG = np.random.default_rng(0)


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def idx(array: np.ndarray) -> bytes:
    """An array of uint8 as an IDX file."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def mnist(train: int = 12, test: int = 5) -> dict[str, bytes]:
    """The four files of MNIST, packed, with a few images."""
    found = {}
    for part, count in (("train", train), ("t10k", test)):
        images = RNG.integers(0, 256, (count, 28, 28), np.uint8)
        labels = RNG.integers(0, 10, count, np.uint8)
        found[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(idx(images))
        found[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(idx(labels))
    return found


def text(value: str) -> bytes:
    """How Python 2 pickled its strings, which are bytes: the op BINSTRING or its short form."""
    raw = value.encode("latin1")
    return b"U" + bytes([len(raw)]) + raw if len(raw) < 256 else b"T" + struct.pack("<I", len(raw)) + raw


def batch_of_python_2(images: np.ndarray, labels: list[int], key: str = "labels") -> bytes:
    """A batch of CIFAR as the archive has it: a pickle of protocol 2 by Python 2, keys and pixels as its strings."""
    shape = b"K" + bytes([len(images)]) + b"M" + struct.pack("<H", images[0].size) + b"\x86"
    dtype = (
        b"cnumpy\ndtype\n" + text("u1") + b"K\0K\1\x87R(K\3" + text("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    )
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85" + text("b") + b"\x87R"
    array += b"(K\1" + shape + dtype + b"\x89" + text(images.tobytes().decode("latin1")) + b"tb"
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\2}(" + text("data") + array + text(key) + listed + text("batch_label") + text("a batch") + b"u."


def cifar(each: int = 3) -> dict[str, bytes]:
    """The batches of CIFAR-10, with a few images each, and its names."""
    found = {}
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        images = RNG.integers(0, 256, (each, 3072), np.uint8)
        found[name] = batch_of_python_2(images, RNG.integers(0, 10, each).tolist())
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    found["batches.meta"] = b"\x80\2}" + text("label_names") + b"](" + b"".join(map(text, names)) + b"es."
    assert pickle.loads(found["batches.meta"], encoding="latin1") == {"label_names": names}
    return found


def archive(folder: str, files: dict[str, bytes]) -> bytes:
    """A .tar.gz with the files in a folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


class Server:
    """What is handed out, and what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []  # names with the ranges that came with them
        self.break_after: int | None = None  # bytes, after which an answer ends too early
        self.knows_ranges = True
        self.url = ""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, wanted = self.path.rpartition("/")[2], self.headers.get("Range")
            server.asked.append((name, wanted))
            content = server.files.get(name)
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.knows_ranges else 0
            if start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start:][: server.break_after])

        def log_message(self, *arguments: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}/"
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def names(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
