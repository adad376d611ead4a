"""A server for the tests of a module, empty for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.datasets.files import Server, serving


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(_server: Server) -> Server:
    url = _server.url
    _server.__init__()  # type: ignore[misc]
    _server.url = url
    return _server
