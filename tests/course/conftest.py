from __future__ import annotations

from pathlib import Path

import pytest

from autograder.student import history, settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """Every test has settings of its own, and reads English unless it says otherwise."""
    home = tmp_path / "config"
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TIDU_LANG", "en")
    monkeypatch.setattr(settings, "START", None)  # outside any course, whose folder it would be kept in
    monkeypatch.setattr(history, "_unwritten", [])
    return home
