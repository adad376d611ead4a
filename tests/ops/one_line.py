"""One-line expressions and PyTorch's answers to them: the text of the result, or the class of the error, and warnings.

``one_line.json`` groups them by what was wrong once. ``python -m tests.ops.one_line`` asks PyTorch for every answer
anew; to add an expression, write it there with an empty answer first. In one, ``t`` is the module, ``T`` its
``tensor``, ``z`` and ``o`` its ``zeros`` and ``ones``.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("one_line.json")
Groups = dict[str, dict[str, str]]


def load() -> Groups:
    return json.loads(PATH.read_text(encoding="utf-8"))


def answer(t: Any, expression: str) -> str:
    names = {"t": t, "T": t.tensor, "z": t.zeros, "o": t.ones, "inf": math.inf, "nan": math.nan}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            said = " ".join(str(eval(expression, names)).split())
        except Exception as error:
            said = type(error).__name__
    return said + "".join(f" ({w.category.__name__})" for w in caught)


def main() -> None:
    import torch

    torch.set_warn_always(True)
    groups = {name: {e: answer(torch, e) for e in group} for name, group in load().items()}
    PATH.write_text(json.dumps(groups, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{sum(map(len, groups.values()))} expressions")


if __name__ == "__main__":
    main()
