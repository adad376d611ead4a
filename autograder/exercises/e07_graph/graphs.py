"""Programs whose graphs the exercises of notebook 07 are checked on, as lines such as ``c = a * b``."""

from __future__ import annotations

from autograder.judging.draw import Draw, need

#: ``#`` is a number that is drawn, ``?`` one of ``+ - *``. The last line makes the root.
PLAIN = {
    "one step": ("a = #", "b = #", "c = a ? b"),
    "chain": ("a = #", "b = #", "c = #", "d = a ? b", "e = d * c"),
    "tree": ("a = #", "b = #", "c = #", "d = a ? b", "e = #", "f = c ? e", "g = d * f"),
}
REUSED = {
    "twice": ("a = #", "b = #", "c = a ? b", "d = c ? c"),
    "leaf twice": ("a = #", "b = a ? a"),
    "diamond": ("a = #", "b = #", "c = a ? b", "d = c ? a", "e = c ? b", "f = d ? e"),
    "short cut first": ("a = #", "b = #", "c = a ? b", "d = c ? b", "e = c ? d"),
    "short cut last": ("a = #", "b = #", "c = a ? b", "d = c ? b", "e = d ? c"),
    "two lengths": ("a = #", "b = #", "c = a ? b", "d = c ? a", "e = b ? d", "f = c ? e"),
}
NUMBERS = {
    "number last": ("a = #", "b = #", "c = a ? b", "d = c * #"),
    "number first": ("a = #", "b = #", "c = a ? b", "d = # * c"),
    "several numbers": ("a = #", "b = # ? a", "c = a ? #", "d = b ? c", "e = d * #"),
}
#: How often the last line runs.
LONG = {"deep": 5000, "deep on numbers": 1100, "doubling": 60, "squaring": 50}
#: A thousand levels are too many for a recursion, and quickly built: most deep graphs are no deeper.
DEEP_ENOUGH = 1100


def program(graph: str, beside: str, draw: Draw, zero: bool = False) -> tuple[tuple[str, ...], int]:
    """The lines of a program, and how often the last one runs."""
    if graph == "alone":
        lines: tuple[str, ...] = ("a = #",)
        need(beside == "no")
    elif graph == "deep":
        lines = ("a = #", "b = #", draw.one_of(["b = b + a", "b = b - a", "b = a - b", "b = a + b"]))
    elif graph == "deep on numbers":
        lines = ("a = #", "b = a ? #", draw.one_of(["b = b + #", "b = b - #", "b = # - b"]))
    elif graph == "doubling":
        lines = ("a = #", "b = #", "c = a ? b", "c = c + c")
    elif graph == "squaring":
        lines = ("a = 1", "b = # * a", "c = a * a", "c = c * c")
    elif graph == "random":
        lines = _random(draw)
    else:
        lines = {**PLAIN, **REUSED, **NUMBERS}[graph]
    if beside == "yes":
        need(LONG.get(graph, 1) < 5000)
        lines = (*lines[:-1], f"z = {lines[-1].split()[2]} - a", "y = #", lines[-1])
    left = [_number(draw) for _ in range(sum(line.count("#") for line in lines))]
    if zero:
        need(graph not in LONG)
        left[draw.integer(0, len(left) - 1)] = "0"
    filled = []
    for line in lines:
        while "#" in line:
            line = line.replace("#", left.pop(), 1)
        while "?" in line:
            line = line.replace("?", draw.one_of(["+", "-", "*", "*"]), 1)
        filled.append(line)
    times = LONG.get(graph, 1)
    return tuple(filled), times if draw.integer(1, 12) == 1 else min(times, DEEP_ENOUGH)


def _number(draw: Draw) -> str:
    """One of so few digits that no sum or product of a small program is rounded."""
    return str(draw.one_of([-3, -2, 2, 3, 4]) if draw.readable else draw.one_of([-1, 1]) * draw.integer(5, 31) / 4)


def _random(draw: Draw) -> tuple[str, ...]:
    """Three leaves and six steps, three of them products, each of which takes the step before and any other."""
    names = "abcdefghi"
    lines = [f"{name} = #" for name in names[:3]]
    products = draw.order(6)[:3]
    for at in range(3, 9):
        pair = [names[at - 1], names[draw.integer(0, at - 1)]]
        left, right = pair if draw.integer(0, 1) else pair[::-1]
        lines.append(f"{names[at]} = {left} {'*' if at - 3 in products else draw.one_of(['+', '-'])} {right}")
    return tuple(lines)
