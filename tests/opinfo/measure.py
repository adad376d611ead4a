"""How far tidu agrees with PyTorch on PyTorch's own inputs: one operator, or all of them side by side."""

from __future__ import annotations

import importlib
import os
import re
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import torch

from tests.apart import apart
from tests.opinfo.carry import Operator, operators
from tests.ops.observe import Comparison, named, observe
from tests.ops.sample import Sample

SECONDS = 60  # for one sample on both libraries
# No difference: how memory that is no view is laid out, what a node is called, whether ``out=`` counts a version, forms
# of ``out=`` that PyTorch's own tests do not try (our samples try them), and forms that PyTorch lacks.
UNTOLD = re.compile(
    r"^([^:]*\.(nodes|stride|bumped|bumps)\b|other forms\.out= (strided|int|graph)|forms:"
    r"|other forms\.out= empty: want None"
    r"|other forms\.method: want (None|TypeError: .* unexpected keyword argument 'out'))"
    r"|storage that is not resizable|setStorage: sizes"
)


class TooSlow(BaseException):
    """A sample took more than ``SECONDS``."""


@dataclass
class Report:
    """What became of the samples of one operator."""

    name: str
    present: bool
    agree: int = 0
    samples: int = 0
    errors_agree: int = 0
    errors: int = 0
    lacks: list[str] = field(default_factory=list)
    differs: dict[str, list[str]] = field(default_factory=dict)
    stayed: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        return self.present and not self.differs and not self.lacks


def under_test() -> Any:
    return importlib.import_module(os.environ.get("TIDU_MODULE", "tidu"))


def differences(t: Any, sample: Sample) -> list[str]:
    """What differs between PyTorch and ``t`` on this sample."""

    def stop(*_: Any) -> None:
        raise TooSlow(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        wanted = observe(torch, sample)
        found = Comparison(sample)(wanted, observe(t, sample)).mismatches
    except TooSlow as error:
        return [str(error)]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    shares = "shares" in str(wanted["result"])
    if sample.raises is not None:
        found = [m for m in found if m.startswith("result")]
    return [m for m in found if shares and m.startswith("result.out.stride") or not UNTOLD.search(m)]


def lacking(t: Any, info: Any) -> list[str]:
    """The second names that PyTorch has and ``t`` has not."""
    names = [name for alias in info.aliases for name in (alias.name, f"Tensor.{alias.name}", f"Tensor.{alias.name}_")]
    names = [name.removeprefix("torch.") for name in names]  # as two of them are spelled
    return [name for name in names if named(torch, name) is not None and named(t, name) is None]


def measure(operator: Operator, per_dtype: int, errors: int) -> Report:
    t = under_test()
    torch.set_num_threads(1)
    name = operator.name
    present = named(t, name) is not None or hasattr(t.Tensor, name)
    report = Report(operator.id, present, stayed=operator.stayed)
    if not present:
        return report
    report.lacks = lacking(t, operator.info)
    for sample in operator.samples(per_dtype):
        found = differences(t, sample)
        report.samples += 1
        report.agree += not found
        if found:
            report.differs[sample.id] = found
    for sample in operator.errors(errors):
        found = differences(t, sample)
        report.errors += 1
        report.errors_agree += not found
        if found:
            report.differs[sample.id] = found
    return report


def measure_apart(operator: Operator, per_dtype: int, errors: int) -> Report:
    """``measure`` in a process of its own: on some inputs PyTorch itself aborts."""
    try:
        return apart(measure, operator, per_dtype, errors)
    except ChildProcessError as error:
        return Report(operator.id, True, differs={f"{operator.id}:all": [str(error)]})


def measure_all(pattern: str, per_dtype: int, errors: int, workers: int | None = None) -> Iterator[Report]:
    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        yield from pool.map(lambda one: measure_apart(one, per_dtype, errors), operators(pattern))


def table(reports: Iterable[Report]) -> str:
    """The totals, in words."""
    reports = list(reports)
    there = [r for r in reports if r.present]

    def share(have: int, of: int) -> str:
        return f"{have} of {of} ({100 * have / max(of, 1):.1f}%)"

    lines = [
        f"operators present: {share(len(there), len(reports))}",
        f"of those without any difference: {share(sum(r.ok for r in there), len(there))}",
        f"samples that agree: {share(sum(r.agree for r in there), sum(r.samples for r in there))}",
        f"error samples that agree: {share(sum(r.errors_agree for r in there), sum(r.errors for r in there))}",
        f"second names lacking: {', '.join(sorted({n for r in there for n in r.lacks})) or 'none'}",
        f"operators missing: {', '.join(sorted(r.name for r in reports if not r.present)) or 'none'}",
    ]
    return "\n".join(lines)
