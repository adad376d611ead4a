"""How much of each family of operations is compared with PyTorch: ``python -m tests.ops.table [family ...]``.

A family is a file of samples, ``cases_NAME.py``; of each sample everything is compared that ``test_conformance`` does,
with PyTorch itself where it is installed, else with what was recorded of it. ``--each`` lists the operations, too.
"""

from __future__ import annotations

import sys

from tests.ops import golden
from tests.ops.cases import CASES
from tests.ops.observe import Comparison, observe
from tests.ops.test_conformance import LIVE, torch, under_test

HEAD = f"{'':34} {'ops':>5} {'samples':>8} {'comparisons':>12} {'mismatches':>11}"


def row(name: str, ops: int, samples: int, compared: int, wrong: int) -> str:
    return f"{name:34} {ops:5} {samples:8} {compared:12} {wrong:11}"


def measured(op: str) -> tuple[int, int, int]:
    """Samples, comparisons and mismatches of an op."""
    compared = wrong = 0
    for sample in CASES[op].samples:
        want = observe(torch, sample) if LIVE else golden.load()[sample.id]
        found = Comparison(sample, 0.0 if LIVE else golden.SLACK)(want, observe(under_test, sample))
        compared, wrong = compared + found.compared, wrong + len(found.mismatches)
    return len(CASES[op].samples), compared, wrong


def main(asked: list[str]) -> int:
    each = "--each" in asked
    families: dict[str, list[str]] = {}
    for name, op in CASES.items():
        if not set(asked) - {"--each"} or op.family in asked:
            families.setdefault(op.family, []).append(name)
    print(HEAD)
    total = [0, 0, 0, 0]
    for family, ops in sorted(families.items()):
        counts = {op: measured(op) for op in ops}
        if each:
            for op, found in counts.items():
                print(row(f"  {op}", 1, *found))
        sums = [len(ops), *(sum(column) for column in zip(*counts.values(), strict=True))]
        total = [a + b for a, b in zip(total, sums, strict=True)]
        print(row(family, *sums), flush=True)
    print(row("all", *total))
    return 1 if total[3] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
