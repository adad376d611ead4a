"""What a node of a large graph costs in a backward pass, over what one of a small graph costs.

Both grow with the number of nodes alone if no pass looks at the graph twice, and the way through it is not sorted anew.
Graphs are built outside the clock. Processor time, the best of interleaved rounds: what a pass takes and not who else
is at work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

SMALL, LARGE = 1_000, 100_000
AT_MOST = 1.2


def chain(step: Callable[[Any], Any]) -> Callable[[Any, int], Any]:
    def build(x: Any, count: int) -> Any:
        for _ in range(count):
            x = step(x)
        return x.sum()

    return build


def wide(x: Any, count: int) -> Any:
    """32 strands, each of whose nodes reads another strand too."""
    strands = [x * k for k in range(32)]
    for i in range(count // 2):
        strands[i % 32] = strands[i % 32] + strands[(7 * i + 1) % 32].sin()
    total = strands[0]
    for strand in strands[1:]:
        total = total + strand
    return total.sum()


GRAPHS: dict[str, Callable[[Any, int], Any]] = {
    "sin": chain(lambda x: x.sin()),
    "mul": chain(lambda x: x * 1.0001),
    "add": chain(lambda x: x + 1),
    "wide": wide,
}


def per_node(torch: Any, build: Callable[[Any, int], Any], count: int) -> float:
    """Seconds of a backward pass, over the number of nodes; small graphs are walked until as much is done."""
    taken, passes = 0.0, LARGE // count
    for _ in range(passes):
        loss = build(torch.ones(3, requires_grad=True), count)
        start = time.process_time()
        loss.backward()
        taken += time.process_time() - start
    return taken / passes / count


def depths(torch: Any, rounds: int) -> Iterator[tuple[str, float, float]]:
    """By graph: seconds a node of the small one and of the large one."""
    for name, build in GRAPHS.items():
        pairs = [[per_node(torch, build, count) for count in (SMALL, LARGE)] for _ in range(rounds)]
        small, large = map(min, zip(*pairs, strict=True))
        yield name, small, large
