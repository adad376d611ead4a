"""Interleaved timing: the machine's moods fall on both sides alike.

In every round each contestant runs once, one right after the other; a ratio is taken within its round, and what is
reported is the median over the rounds. The collector of garbage stays on, for it is on when people work.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Work = Callable[[], object]

# A pool of threads goes on spinning for a while after its work. Each contestant starts when the other's has gone to
# sleep, and after a call that wakes its own: else the two libraries' pools would be timed against each other.
REST = 0.05


@dataclass
class Measurement:
    """Seconds of each contestant in each round, for one unit of work."""

    seconds: dict[str, list[float]]

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def ratio(self, over: str, under: str) -> float:
        """How many times as long ``over`` takes as ``under``."""
        return statistics.median(a / b for a, b in zip(self.seconds[over], self.seconds[under], strict=True))

    def best(self, over: str, under: str) -> float:
        """The same of the quickest round of each: what a machine that is busy with other things still tells."""
        return min(self.seconds[over]) / min(self.seconds[under])

    def spread(self, name: str) -> float:
        """Half the interquartile range over the median: how far to trust the last digit."""
        low, _, high = statistics.quantiles(self.seconds[name], n=4)
        return (high - low) / 2 / self.median(name)


def clock(work: Work, loops: int) -> float:
    start = time.perf_counter()
    for _ in range(loops):
        work()
    return time.perf_counter() - start


def loops_for(work: Work, seconds: float) -> int:
    """How often to run a piece of work for it to take about so long; it is warm then, too."""
    loops, taken = 1, clock(work, 1)
    while taken < seconds / 4:
        loops *= 2
        taken = clock(work, loops)
    return max(1, math.ceil(loops * seconds / taken))


def measure(contestants: Mapping[str, Work], *, units: int = 1, rounds: int = 15, seconds: float = 0.1) -> Measurement:
    """Time pieces of work against each other; ``units`` is how many units of work one call does."""
    loops = {name: loops_for(work, seconds) for name, work in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, work in contestants.items():
            time.sleep(REST)
            work()
            times[name].append(clock(work, loops[name]) / loops[name] / units)
    return Measurement(times)
