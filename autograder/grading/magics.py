"""IPython's own syntax in a cell that plain Python runs: magics, shell commands and help lose their effect."""

from __future__ import annotations


def without_magics(source: str) -> str:
    """``source`` with every magic, shell and help line turned into ``pass``, line numbers kept.

    去掉单元格里的魔法命令、shell 命令和帮助行，行号不变。A cell magic (``%%bash``) takes the whole cell with it, except
    the ones that run Python in the notebook.
    """
    lines = source.split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and first.split()[0] not in ("%%time", "%%timeit", "%%capture", "%%prun"):
        return "\n" * (len(lines) - 1)
    kept = []
    for line in lines:
        text = line.strip()
        helped = text.endswith("?") and not text.startswith("#") and text.rstrip("?").replace(".", "").isidentifier()
        if text.startswith(("%", "!", "?")) or helped:
            line = line[: len(line) - len(line.lstrip())] + "pass"
        kept.append(line)
    return "\n".join(kept)
