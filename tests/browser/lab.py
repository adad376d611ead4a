"""JupyterLab on the loopback interface, and a hand on its page: open, run, type, look."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
SECONDS = 60
#: Where pictures for people to look at go; there are dozens, so most are taken where ``TIDU_SCREENSHOTS`` is set alone.
SCREENSHOTS = Path(os.environ.get("TIDU_SCREENSHOTS", ROOT / "build" / "screenshots"))
#: What ``make lab`` adds to Jupyter's configuration.
CONFIGURATION = ROOT / "autograder" / "student" / "lab"


def find_browser() -> str | None:
    """A Chromium on this machine; CHROMIUM names one elsewhere."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def flags() -> list[str]:
    return [*FLAGS, "--no-sandbox"] if IS_ROOT else list(FLAGS)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def jupyter_lab(folder: Path, home: Path) -> Iterator[str]:
    """Serve a folder as ``make lab`` would to somebody whose home is new; yields its address, token included."""
    port, token = _free_port(), secrets.token_hex(16)
    kept = ("PATH", "PYTHONPATH", "LANG", "SYSTEMROOT", "TMPDIR")
    keep = {name: os.environ[name] for name in kept if name in os.environ}
    jupyter = {f"JUPYTER_{kind}_DIR": str(home / "jupyter" / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    jupyter["JUPYTER_CONFIG_PATH"] = str(CONFIGURATION)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *(["--allow-root"] if IS_ROOT else []),
    ]  # fmt: skip
    # Without an answer to its question about news, JupyterLab puts the question over the page.
    answered = home / "jupyter/config/lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    answered.parent.mkdir(parents=True)
    answered.write_text('{"fetchNews": "false"}')
    log = home / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=folder, env={**keep, **jupyter, "HOME": str(home)}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={token}", server, log)
        yield f"http://127.0.0.1:{port}/lab/tree/{{path}}?reset&token={token}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with {server.returncode}:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"JupyterLab does not answer after {SECONDS} s:\n{log.read_text()[-3000:]}")


def shot(of: Page | Locator, name: str, **options: Any) -> None:
    """A picture for people to look at, where ``TIDU_SCREENSHOTS`` names a folder: each costs up to a second."""
    if "TIDU_SCREENSHOTS" in os.environ:
        of.screenshot(path=SCREENSHOTS / f"{name}.png", **options)


def address_in(place: str, address: str) -> str:
    """Where "lab" or "notebook7" opens what JupyterLab opens at ``address``."""
    return address if place == "lab" else address.replace("/lab/tree/", "/notebooks/").replace("?reset&", "?")


class Notebook:
    """A notebook on a page of JupyterLab or Notebook 7, handled as a student handles it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.set_default_timeout(SECONDS * 1000)
        page.goto(address)
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        # Cells appear bit by bit, and what is run before the kernel has come is lost. In JupyterLab the status bar
        # says how many cells there will be.
        page.wait_for_function(
            """() => {
                const cells = document.querySelectorAll('.jp-Notebook .jp-Cell').length;
                const status = document.querySelector('#jp-main-statusbar');
                const counted = !status || new RegExp(`Cell [0-9]+/${cells}(?![0-9])`).test(status.textContent);
                const before = window.cellsBefore;
                window.cellsBefore = cells;
                const kernel = document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status;
                return kernel === 'idle' && counted && cells > 1 && cells === before;
            }""",
            polling=500,
        )

    def run_all(self) -> None:
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self.wait()

    def wait(self) -> None:
        """Until every code cell that was started has its number."""
        self.page.wait_for_function(
            """() => {
                const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent);
                return prompts.some(p => /\\d/.test(p)) && !prompts.some(p => p.includes('*'));
            }""",
            polling=200,  # not at each frame, which would have the page drawn sixty times a second
            timeout=4 * SECONDS * 1000,  # a whole notebook measures and trains, on a machine that others use
        )
        self.page.wait_for_timeout(500)  # the last outputs are on their way to the page

    def code(self, text: str) -> Locator:
        """The first code cell whose source has this text; it stays the same cell when its text changes."""
        cells = self.panel.locator(".jp-CodeCell")
        for number, cell in enumerate(cells.all()):
            if text in self.source(cell):
                return cells.nth(number)
        raise LookupError(f"no code cell says {text!r}")

    def source(self, cell: Locator) -> str:
        # Not its inner text, which is empty for what the browser has not drawn yet.
        lines = cell.locator(".cm-line").evaluate_all("lines => lines.map(line => line.textContent)")
        return "\n".join(lines)

    def prose(self, lang: str) -> Locator:
        """The passages in one language; a cell holds one in each."""
        return self.panel.locator(f".jp-RenderedMarkdown [lang={lang}]")

    def contents(self) -> list[str]:
        """The headings that the contents panel lists, as far as one sees them."""
        rows = "[...document.querySelectorAll('.jp-tocItem-content')].filter(row => row.getClientRects().length)"
        if not self.page.evaluate(f"{rows}.length"):
            self.page.keyboard.press("Escape")
            self.page.keyboard.press("ControlOrMeta+Shift+k")
            self.page.wait_for_function(f"{rows}.length > 0")
        self.page.wait_for_timeout(500)
        return self.page.evaluate(f"{rows}.map(row => row.textContent)")

    def type_into(self, cell: Locator, source: str) -> None:
        editor = cell.locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)

    def run(self, cell: Locator) -> None:
        before = cell.locator(".jp-InputPrompt").text_content()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+Enter")
        # A page under load is slow to say that the cell has begun; that it has ended is another number.
        self.page.wait_for_function(
            "([cell, before]) => cell.querySelector('.jp-InputPrompt').textContent !== before",
            arg=[cell.element_handle(), before],
            polling=100,
        )
        self.wait()
