"""Generated files are as they would be generated now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repo import stubs

MADE = stubs.made()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_it_is_fresh(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == MADE[path], f"{path.name} is old: make generate"


def test_every_function_is_in_the_stub_and_in_the_table() -> None:
    table, stub = MADE[stubs.LIB / "OPS.md"], MADE[stubs.LIB / "tidu/__init__.pyi"]
    for name in stubs.FUNCTIONS:
        assert f"\ndef {name}(" in stub
        assert f"`{name}`" in table, f"{name} is in no row"
