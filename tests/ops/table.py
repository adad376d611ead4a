"""How much of each family of operations is compared with PyTorch: ``python -m tests.ops.table [family ...]``.

A family is a file of samples, ``cases_NAME.py``; of each sample everything is compared that ``test_conformance`` does,
with PyTorch itself where it is installed, else with what was recorded of it. ``--each`` lists the operations, too.

``--orders`` counts derivatives: of first, second and third order, in forward mode, and how often the two mixed ways to
a Hessian give what reverse mode twice does.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.ops import golden, higher
from tests.ops.cases import CASES
from tests.ops.observe import Comparison, observe
from tests.ops.test_conformance import LIVE, torch, under_test

COLUMNS = ("samples", "comparisons")
ORDERS = ("samples", "first", "second", "third", "forward", "Hessians")


def row(name: str, ops: Any, *cells: Any) -> str:
    return f"{name:34} {ops:>5} " + " ".join([f"{c:>12}" for c in cells])


def observed(sample: Any) -> tuple[Any, Any, float]:
    want = observe(torch, sample) if LIVE else golden.load()[sample.id]
    return want, observe(under_test, sample), 0.0 if LIVE else golden.SLACK


def measured(op: str) -> list[int]:
    """Samples, comparisons and mismatches of an op."""
    compared = wrong = 0
    for sample in CASES[op].samples:
        want, got, slack = observed(sample)
        found = Comparison(sample, slack)(want, got)
        compared, wrong = compared + found.compared, wrong + len(found.mismatches)
    return [len(CASES[op].samples), compared, wrong]


def derived(op: str) -> list[int]:
    """Samples with derivatives, comparisons of each kind (``ORDERS``), and mismatches of all."""
    counts = [0] * (len(ORDERS) + 1)
    for sample in filter(higher.asked, CASES[op].samples):
        found = orders(sample)
        counts[0] += 1
        for k, name in enumerate(ORDERS[1:], 1):
            counts[k] += sum(c.compared for c in found.get(name, ()))
        counts[-1] += sum(len(c.mismatches) for cs in found.values() for c in cs)
    return counts


def orders(sample: Any) -> dict[str, list[Comparison]]:
    """The comparisons of a sample's derivatives."""
    want, got, slack = observed(sample)
    parts = [{**r.get("backward", {})} for r in (want, got)]
    second = [p.pop("second order", {}) for p in parts]
    if "raises" in parts[0]:  # what has no first derivative, or none in PyTorch, has no second to compare
        second = [{}, {}]
    forward = [r.get("forward mode", {}) for r in (want, got)]
    found = {
        "first": [Comparison(sample, slack)(*parts)],
        "second": [Comparison(sample, slack)(*({"second order": s} for s in second))],
        "forward": [Comparison(sample, slack)(*({"forward mode": f} for f in forward))],
        "Hessians": [*higher.hessians(under_test, sample, torch if LIVE else None).values()],
    }
    written = higher.written(under_test, sample)
    if written is not None:
        found["Hessians"] += higher.hessians(under_test, written, torch if LIVE else None).values()
    if LIVE:
        found["third"] = [higher.thirds(under_test, torch, sample)]
    return found


def main(asked: list[str]) -> int:
    flags = {"--each", "--orders"}
    columns, count = (ORDERS, derived) if "--orders" in asked else (COLUMNS, measured)
    families: dict[str, list[str]] = {}
    for name, op in CASES.items():
        if not set(asked) - flags or op.family in asked:
            families.setdefault(op.family, []).append(name)
    print(row("", "ops", *columns, "mismatches"))
    total = [0] * (len(columns) + 2)
    for family, ops in sorted(families.items()):
        counts = {op: count(op) for op in ops}
        if "--each" in asked:
            for op, found in counts.items():
                print(row(f"  {op}", 1, *found))
        sums = [len(ops), *(sum(column) for column in zip(*counts.values(), strict=True))]
        total = [a + b for a, b in zip(total, sums, strict=True)]
        print(row(family, *sums), flush=True)
    print(row("all", *total))
    return 1 if total[-1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
