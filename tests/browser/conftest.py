"""What these tests share: one browser, and one JupyterLab. Both end with the package, for a browser keeps an event loop
running in which no other could run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.repo.tree import ROOT


class Served(NamedTuple):
    folder: Path
    address: str


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from tests.browser.lab import find_browser, flags

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_browser(), args=flags())
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """JupyterLab over a copy of the course: what a student types stays out of the checkout."""
    from tests.browser.lab import jupyter_lab

    folder = tmp_path_factory.mktemp("student") / "course"
    shutil.copytree(ROOT / "course", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with jupyter_lab(folder, tmp_path_factory.mktemp("home")) as address:
        yield Served(folder, address)
