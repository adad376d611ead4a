"""The conformance total, printed after the run whatever the number of workers."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "conformance" and getattr(report, "when", None) == "call"
    ]
    if counts:
        ops = len({op for op, _, _ in counts})
        compared, mismatches = sum(c for _, c, _ in counts), sum(m for _, _, m in counts)
        terminalreporter.write_line(
            f"conformance: {ops} ops, {len(counts)} samples, {compared} comparisons, {mismatches} mismatches"
        )
