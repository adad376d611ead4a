"""Downloads: whole or not there, resumed, refused where they are not what was published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datasets.files import Server, md5, names
from tidu.datasets._download import fetch

CONTENT = bytes(range(256)) * 1000


def test_a_file_is_fetched_once(server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    server.files["a.gz"] = CONTENT
    for _ in range(2):
        path = fetch([server.url + "a.gz"], tmp_path / "new", "a.gz", md5(CONTENT))
        assert path.read_bytes() == CONTENT
    assert server.asked == [("a.gz", None)] and names(tmp_path) == ["new/a.gz"]
    assert "a.gz: 100%" in capfd.readouterr().err


def test_it_goes_on_where_it_broke_off(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"] = CONTENT
    (tmp_path / "a.gz.part").write_bytes(CONTENT[:1000])
    assert fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT)).read_bytes() == CONTENT
    assert server.asked == [("a.gz", "bytes=1000-")] and names(tmp_path) == ["a.gz"]


def test_it_goes_on_by_itself_as_long_as_something_arrives(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"], server.break_after = CONTENT, 1 << 16
    assert fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT)).read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, "bytes=65536-", "bytes=131072-", "bytes=196608-"]


def test_what_arrived_is_kept_for_the_next_time(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"], server.break_after = CONTENT, 0
    (tmp_path / "a.gz.part").write_bytes(CONTENT[:1000])
    with pytest.raises(RuntimeError, match="Error downloading"):
        fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT))
    assert names(tmp_path) == ["a.gz.part"] and (tmp_path / "a.gz.part").stat().st_size == 1000


def test_a_server_that_knows_no_ranges_sends_it_all(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"], server.knows_ranges = CONTENT, False
    (tmp_path / "a.gz.part").write_bytes(b"x" * 1000)
    assert fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT)).read_bytes() == CONTENT


def test_a_part_that_is_all_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"] = CONTENT
    (tmp_path / "a.gz.part").write_bytes(CONTENT)
    assert fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT)).read_bytes() == CONTENT
    assert names(tmp_path) == ["a.gz"]


def test_a_part_of_another_file_is_kept_aside(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"] = CONTENT
    (tmp_path / "a.gz.part").write_bytes(b"x" * 1000)
    assert fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT)).read_bytes() == CONTENT
    assert names(tmp_path) == ["a.gz", "a.gz.corrupt"]


def test_what_was_not_published_is_refused_and_kept_aside(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"] = CONTENT
    with pytest.raises(RuntimeError, match=r"not what was published; it is kept as .*a\.gz\.corrupt"):
        fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT + b"!"))
    assert names(tmp_path) == ["a.gz.corrupt"] and (tmp_path / "a.gz.corrupt").read_bytes() == CONTENT


def test_a_file_that_went_bad_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.files["a.gz"] = CONTENT
    (tmp_path / "a.gz").write_bytes(b"bad")
    with pytest.warns(UserWarning, match="not what was published; it is kept as"):
        fetch([server.url + "a.gz"], tmp_path, "a.gz", md5(CONTENT))
    assert (tmp_path / "a.gz.corrupt").read_bytes() == b"bad" and (tmp_path / "a.gz").read_bytes() == CONTENT


def test_the_next_address_is_asked(server: Server, tmp_path: Path) -> None:
    server.files["b.gz"] = CONTENT
    path = fetch([server.url + "gone.gz", server.url + "b.gz"], tmp_path, "a.gz", md5(CONTENT))
    assert path.read_bytes() == CONTENT and names(tmp_path) == ["a.gz"]


def test_without_a_connection_it_says_what_to_do(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/a.gz"
    with pytest.raises(RuntimeError) as told:
        fetch([nobody], tmp_path / "raw", "a.gz", md5(CONTENT))
    for word in ("Error downloading a.gz", nobody, md5(CONTENT), str(tmp_path / "raw"), "by hand", "Digits"):
        assert word in str(told.value)
    assert names(tmp_path) == []


def test_without_pooch_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pooch", None)
    with pytest.raises(ImportError, match="pip install pooch tqdm"):
        fetch(["http://127.0.0.1:9/a.gz"], tmp_path, "a.gz", md5(CONTENT))
