"""Small files that PyTorch wrote, for where it is not installed: ``python -m tests.serialization.record``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.serialization.things import THINGS, look

FILES = Path(__file__).with_name("files")
KEPT = ("views", "dtypes", "unsigned", "shapes", "plain", "marked", "adam")
LEGACY = ("views", "plain")  # PyTorch cannot read its own old format with uint16


def names() -> list[tuple[str, str, bool]]:
    """File, thing in it, and whether it is in the new format."""
    return [(f"{k}.pt", k, True) for k in KEPT] + [(f"{k}.old.pt", k, False) for k in LEGACY]


def main(t: Any) -> None:
    seen = {}
    for file, key, new in names():
        made = THINGS[key](t)
        t.save(made, FILES / file, _use_new_zipfile_serialization=new)
        seen[key] = look(made)
    text = json.dumps(seen, ensure_ascii=False, indent=None)
    (FILES / "seen.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    import torch

    main(torch)
