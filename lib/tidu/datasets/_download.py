"""Files of datasets from the net: checked, resumed where a download broke off, never half there. 下载数据集文件。

A download grows in ``NAME.part``, from which the next one goes on. It gets its name when it is whole and its checksum
is the published one; a whole file with another checksum is kept aside as ``NAME.corrupt``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any

from tidu.serialization._files import writing

TIMEOUT = 30  # seconds without an answer, after which the next address is asked
CHUNK = 1 << 16


def whole(path: Path, md5: str | None = None) -> bool:
    """Whether a file is there and, where its checksum is known, is what was published."""
    return path.is_file() and (md5 is None or checksum(path) == md5)


def checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def fetch(urls: Sequence[str], folder: Path, name: str, md5: str) -> Path:
    """The file ``name`` in ``folder``, downloaded, where it is not there, from the first of ``urls`` that has it."""
    path = folder / name
    if whole(path, md5):
        return path
    if path.exists():
        put_aside(path)
    try:
        import pooch
        import tqdm
    except ImportError as missing:
        raise ImportError(
            f"tidu.datasets downloads with pooch and tqdm, and {missing.name} is not installed: "
            f"pip install pooch tqdm. {_by_hand(urls, folder, name, md5)}"
        ) from None
    folder.mkdir(parents=True, exist_ok=True)
    failures = []
    for url in urls:
        try:
            pooch.retrieve(
                url, f"md5:{md5}", name, folder, downloader=_resuming(folder / f"{name}.part", md5, tqdm.tqdm)
            )
            return path
        except (OSError, ValueError) as failure:  # what requests raises is an OSError
            failures.append(f"  {url}: {failure}")
    raise RuntimeError(f"Error downloading {name}:\n" + "\n".join(failures) + f"\n{_by_hand(urls, folder, name, md5)}")


def write_whole(path: Path, source: IO[bytes] | BufferedIOBase) -> None:
    """Copy ``source`` to a file that is there once it is whole, and not before."""
    with writing(path) as file:
        shutil.copyfileobj(source, file)


def _by_hand(urls: Sequence[str], folder: Path, name: str, md5: str) -> str:
    return (
        f"Without a connection, put {name} (MD5 {md5}) into {folder.absolute()} by hand and call this again with "
        f"download=True; elsewhere it is at {' or '.join(urls)}. tidu.datasets.Digits needs no download."
    )


def put_aside(path: Path) -> None:
    """Keep a file that is not what it should be, under another name, and say so."""
    warnings.warn(f"{path} is not what was published; it is kept as {_aside(path)}", stacklevel=4)


def _aside(path: Path) -> Path:
    """Rename a file that is not what it should be, so that somebody can look at it."""
    aside = path.with_name(f"{path.name.removesuffix('.part')}.corrupt")
    os.replace(path, aside)
    return aside


def _resuming(part: Path, md5: str, bar: Any) -> Callable[[str, Any, Any], None]:
    """A downloader for pooch that goes on where ``part`` ends."""

    def download(url: str, output_file: Any, pooch: Any) -> None:
        import requests

        resumed = part.exists()
        while True:
            before = part.stat().st_size if part.exists() else 0
            try:
                _go_on(requests, url, part, before, bar)
                break
            except requests.RequestException:
                # Where something arrived before it broke off, more will.
                if not part.exists() or part.stat().st_size <= before:
                    raise
        if whole(part, md5):
            os.replace(part, output_file)
            return
        aside = _aside(part)
        if not resumed:
            raise ValueError(f"what arrived is not what was published; it is kept as {aside}")
        download(url, output_file, pooch)  # what it went on from may have been another file's

    return download


def _go_on(requests: Any, url: str, part: Path, start: int, bar: Any) -> None:
    headers = {"Range": f"bytes={start}-"} if start else {}
    # Bytes as they are: a file that is compressed by itself must not be unpacked on the way.
    headers["Accept-Encoding"] = "identity"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if start and answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing is missing; whether it is right, its checksum says
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            start = 0  # a server that sends the whole file
        length = int(answer.headers.get("Content-Length", 0))
        name = part.name.removesuffix(".part")
        with (
            part.open("ab" if start else "wb") as file,
            bar(total=start + length or None, initial=start, unit="B", unit_scale=True, desc=name) as progress,
        ):
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                progress.update(len(chunk))
