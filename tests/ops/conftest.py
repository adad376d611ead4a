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
        samples, compared, mismatches = (sum(column) for column in [*zip(*counts, strict=True)][1:])
        terminalreporter.write_line(
            f"conformance: {len(counts)} ops, {samples} samples, {compared} comparisons, {mismatches} mismatches"
        )
