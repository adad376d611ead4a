"""The colours of cards and pictures, in one place: they are read on a light page and on a dark one.

Nothing here asks which theme it is on. A surface is a hue laid thinly over whatever the page is, with the page's own
ink on it; a line or a word of a hue is that hue mixed with the page's ink, so darker on light paper and lighter on
dark. The hues are told apart by every kind of colour vision (after Okabe and Ito), and nothing is said by colour alone.
"""

from __future__ import annotations

#: What tells one thing from another: views of a memory, forward and reverse, too small and too large.
BLUE, ORANGE, GREEN, PURPLE, GOLD = "#0072b2", "#d55e00", "#009e73", "#a64d9a", "#9a7200"
HUES = (BLUE, ORANGE, GREEN, PURPLE, GOLD)
#: How thickly a hue is laid over the page for "some", and in four steps from a little to all of it.
TINT = 0.22
STEPS = (0.12, 0.22, 0.32, 0.42)
#: How much of a hue is left in a word or a line of it; the rest is ink.
WORD, LINE = 0.46, 0.75

#: The page's ink, whoever shows the page: JupyterLab and Notebook 7, VS Code, or a plain one.
INK = "var(--jp-content-font-color1,var(--vscode-foreground,inherit))"
#: Smaller words are the same ink, a little thinner.
QUIET = 0.84
FONT = (
    "system-ui,-apple-system,'Segoe UI','PingFang SC','Hiragino Sans GB','Microsoft YaHei','Noto Sans CJK SC',"
    "'Noto Sans SC','Source Han Sans SC','WenQuanYi Micro Hei',sans-serif"
)


def tint(hue: str, strength: float = TINT) -> str:
    """底色 / A surface of a hue, for ink to stand on."""
    red, green, blue = (int(hue[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{strength:g})"


def word(hue: str) -> str:
    """字色 / A hue for words, readable on either paper."""
    return f"color-mix(in srgb,{hue} {WORD:.0%},currentColor)"


def line(hue: str) -> str:
    """线色 / A hue for lines and arrows."""
    return f"color-mix(in srgb,{hue} {LINE:.0%},currentColor)"


def signed(level: int) -> str:
    """正负的底色 / The surface of a signed step from -4 to 4; none for zero, the page's ink for what is no number."""
    if level == 0:
        return "transparent"
    if abs(level) > len(STEPS):
        return "color-mix(in srgb,currentColor 16%,transparent)"
    return tint(ORANGE if level > 0 else BLUE, STEPS[abs(level) - 1])
