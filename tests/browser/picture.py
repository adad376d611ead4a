"""The READMEs' picture: ``python -m tests.browser.picture`` photographs notebook 04 into ``course/images/``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from autograder.authoring.build import banks
from tests.browser.lab import Notebook, find_browser, flags, jupyter_lab
from tests.browser.test_notebooks import choose
from tests.repo.tree import ROOT

NAME, EXERCISE, MISTAKE = "04_views", "expand_view", "keeps_its_stride"
FILES = {"en": "notebook.png", "zh": "notebook.zh.png"}


def photograph(notebook: Notebook, lang: str) -> None:
    choose(notebook, lang)
    answer = notebook.code(f"def {EXERCISE}(")
    notebook.type_into(answer, banks(ROOT, NAME)[EXERCISE].mistakes[MISTAKE])
    notebook.run(answer)
    check = notebook.code(f'check("{EXERCISE}")')
    notebook.run(check)
    check.evaluate("element => element.scrollIntoView({block: 'end'})")
    notebook.page.wait_for_timeout(500)
    notebook.panel.screenshot(path=ROOT / "course" / "images" / FILES[lang])


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        folder, home = Path(temporary, "course"), Path(temporary, "home")
        shutil.copytree(ROOT / "course", folder)
        home.mkdir()
        (ROOT / "course" / "images").mkdir(exist_ok=True)
        with jupyter_lab(folder, home) as address:
            browser = driver.chromium.launch(executable_path=find_browser(), args=flags())
            page = browser.new_page(viewport={"width": 1240, "height": 1330})
            notebook = Notebook(page, address.format(path=f"{NAME}/{NAME}.ipynb"))
            notebook.run_all()
            for lang in FILES:
                photograph(notebook, lang)
            browser.close()


if __name__ == "__main__":
    main()
