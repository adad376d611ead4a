"""Tensors by name for other programs: safetensors and npz."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tidu
from tests.serialization.things import DTYPES, WIDE
from tidu.serialization import npz, safetensors

try:
    import torch
except ImportError:
    torch = None


def tensors(*without: str) -> dict[str, Any]:
    pytest.importorskip("ml_dtypes", reason="bfloat16 needs it; it is in the course extra")
    made = {
        name: tidu.arange(6).reshape(2, 3).to(getattr(tidu, name)) for name in (*DTYPES, *WIDE) if name not in without
    }
    made |= {
        "empty": tidu.empty(0, 3),
        "number": tidu.tensor(3.5),
        "fc.weight": tidu.nn.Parameter(tidu.ones(2)),
        "梯": tidu.ones(1),
    }
    return made


def same(got: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return got.keys() == wanted.keys() and all(
        got[n].dtype is t.dtype and got[n].shape == t.shape and got[n].tolist() == t.tolist() for n, t in wanted.items()
    )


# ---- safetensors


def test_safetensors(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    made, path = tensors("complex128"), tmp_path / "x.safetensors"
    safetensors.save_file(made, path, metadata={"made": "here"})
    for got in (
        safetensors.load_file(path),
        tidu.load(path),
        tidu.load(path, map_location="cpu"),
        safetensors.load(safetensors.save(made)),
    ):
        assert same(got, made)
        got["float32"].add_(1)  # it is memory of its own
    if torch is not None:
        import safetensors.torch as theirs

        there = theirs.load_file(path)
        assert {n: (str(t.dtype), t.tolist()) for n, t in there.items()} == {
            n: (str(t.dtype), t.tolist()) for n, t in made.items()
        }
        theirs.save_file(there, tmp_path / "y.safetensors")
        assert same(safetensors.load_file(tmp_path / "y.safetensors"), made)


def test_what_safetensors_refuses(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    x, path = tidu.ones(2, 3), tmp_path / "x.safetensors"
    safetensors.save_file({"a": x[0], "b": x[1]}, path)  # beside each other
    for wrong, error, words in (
        ({"a": x.t()}, ValueError, "non contiguous tensor: `a`"),
        ({"a": x, "b": x[0]}, RuntimeError, "share memory"),
        ({"a": 1}, ValueError, "Key `a` is invalid"),
        ([x], ValueError, "Expected a dict"),
    ):
        with pytest.raises(error, match=words):
            safetensors.save_file(wrong, path)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="dict map_location is not supported"):
        tidu.load(path, map_location={})
    with pytest.raises(FileNotFoundError):
        safetensors.load_file(tmp_path / "none")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Exception, match="Error while deserializing header"):
        safetensors.load_file(path)


def test_safetensors_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "x.safetensors").write_bytes(b"")
    for use in (lambda: safetensors.save({}), lambda: tidu.load(tmp_path / "x.safetensors")):
        with pytest.raises(RuntimeError, match="pip install safetensors"):
            use()


# ---- npz


@pytest.mark.parametrize("compressed", [False, True])
def test_npz(tmp_path: Path, compressed: bool) -> None:
    made, path = tensors(), tmp_path / "x.npz"
    made |= {"file": tidu.ones(1), "turned": tidu.arange(6).reshape(2, 3).t(), "spread": tidu.ones(1).expand(3)}
    npz.save_file(made, path, compressed)
    got = npz.load_file(path)
    assert same(got, made) and list(got) == list(made)
    got["float32"].add_(1)
    plain = np.load(path, allow_pickle=False)  # what another program sees
    assert plain["bfloat16"].dtype == np.float32 and plain["bfloat16"].tolist() == made["bfloat16"].tolist()
    np.savez(tmp_path / "y.npz", a=np.arange(3, dtype=">f4"), b=np.ones((2, 2)).T)
    there = npz.load_file(tmp_path / "y.npz")
    assert there["a"].tolist() == [0, 1, 2] and there["a"].dtype is tidu.float32 and there["b"].shape == (2, 2)


def test_what_npz_refuses(tmp_path: Path) -> None:
    for wrong in ([tidu.ones(1)], {"a": 1}, {1: tidu.ones(1)}, {npz.NARROWED: tidu.ones(1)}):
        with pytest.raises(TypeError, match=r"save_file\(\): argument 'tensors'"):
            npz.save_file(wrong, io.BytesIO())  # type: ignore[arg-type]
    path = tmp_path / "x.npz"
    np.savez(path, a=np.array([{}], object))
    with pytest.raises(
        RuntimeError, match=r"x\.npz' cannot be read as an \.npz archive: Object arrays cannot be loaded"
    ):
        npz.load_file(path)
    np.savez(path, a=np.array(["text"]))
    with pytest.raises(TypeError, match="array 'a': can't convert"):
        npz.load_file(path)
    npz.save_file({"a": tidu.arange(1000)}, path)
    raw = path.read_bytes()
    for broken in (b"", b"hello", raw[:100], raw[:-1], raw[:4000] + b"x" + raw[4001:]):
        with pytest.raises(RuntimeError, match="cannot be read"):
            npz.load_file(io.BytesIO(broken))
    np.save(tmp_path / "y.npy", np.ones(3))
    with pytest.raises(RuntimeError, match="no zip archive"):
        npz.load_file(tmp_path / "y.npy")
