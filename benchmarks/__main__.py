"""Run the workloads, print a table, write JSON. Nothing here is a test: a slow machine fails nobody."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.calls import CALLS
from benchmarks.depth import AT_MOST, depths
from benchmarks.digits import ACCURACY, DIGITS, EPOCHS, SECONDS, trained
from benchmarks.large import LARGE
from benchmarks.loading import LOADING
from benchmarks.nets import NETS, STATUS, peak
from benchmarks.timing import Measurement
from benchmarks.workloads import WORKLOADS, imports

MEMORY = 0.5  # of PyTorch's, at most
IMPORT = 1.4  # times as long as NumPy's, at most
HEAD = f"{'workload':<22}{'tidu':>14}{'PyTorch':>14}{'ratio':>9}{'best':>9}{'target':>8}   what"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workload", nargs="*", help="W1 to W9: those that start so (all)")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds a workload (15)")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where to (build/bench.json)")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("--rounds must be at least 2: a spread needs two values")

    chosen = tuple(options.workload) or ("W",)
    libraries: dict[str, Any] = {"tidu": importlib.import_module("tidu")}
    if importlib.util.find_spec("torch"):
        libraries["torch"] = importlib.import_module("torch")
    machine = describe(libraries)
    print("  ".join(f"{key} {value}" for key, value in machine.items()))
    if "torch" not in libraries:
        print("PyTorch is not installed (pip install torch==2.13.0): times without a ratio.")
    print("Medians of interleaved rounds; ratio is PyTorch's time over tidu's, above 1 tidu is the faster;")
    print("best is the same of the quickest rounds.\n")
    print(HEAD)

    rows = []
    if "W1 import".startswith(chosen):
        rows += run_imports("torch" in libraries, max(5, options.rounds // 2))
    for workload in (*WORKLOADS, *CALLS, *LARGE, *NETS, *DIGITS, *LOADING):
        if workload.name.startswith(chosen):
            try:
                measured = workload.run(libraries, options.rounds)
            except AttributeError as missing:
                print(f"{workload.name:<22}not there yet: {missing}")
                rows.append({"name": workload.name, "missing": str(missing)})
                continue
            rows.append(row(workload.name, measured, workload.target, workload.unit, workload.scale, workload.what))
    if "W8 depth".startswith(chosen):
        rows += run_depths(libraries["tidu"], max(2, options.rounds // 3))
    if "W5 memory".startswith(chosen) and STATUS.exists():
        rows.append(run_memory("torch" in libraries))
    if "W4 reads digits".startswith(chosen):
        rows.append(run_training())
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")
    print(f"\nwritten to {options.json}")


def describe(libraries: dict[str, Any]) -> dict[str, Any]:
    machine: dict[str, Any] = {"python": platform.python_version(), "numpy": np.__version__, "cores": os.cpu_count()}
    machine["threads"] = libraries["tidu"].get_num_threads()
    if "torch" in libraries:
        machine |= {"torch": libraries["torch"].__version__, "its threads": libraries["torch"].get_num_threads()}
    return machine


def run_imports(with_torch: bool, rounds: int) -> list[dict[str, Any]]:
    measured = imports(["numpy", "tidu", *(["torch"] if with_torch else [])], rounds)
    found = row("W1 import", measured, 8.0, "ms", 1e3, "import in a fresh process")
    over = measured.ratio("tidu", "numpy")
    missed = "!" if over > IMPORT else " "
    what = "import tidu over import numpy"
    print(f"{'   over import numpy':<50}{f'{over:.2f}x':>9}{'':>9}{f'<= {IMPORT:g}':>8} {missed} {what}")
    return [found, {"name": "W1 import over numpy", "ratio": over, "at_most": IMPORT}]


def run_depths(tidu: Any, rounds: int) -> list[dict[str, Any]]:
    rows = []
    for graph, small, large in depths(tidu, rounds):
        name, ratio = f"W8 depth {graph}", large / small
        missed = "!" if ratio > AT_MOST else " "
        what = "a node of 100,000 in backward, over one of 1,000"
        times = f"{f'{large * 1e6:.2f} us':>14}{f'{small * 1e6:.2f} us':>14}"
        print(f"{name:<22}{times}{f'{ratio:.2f}x':>9}{'':>9}{f'<= {AT_MOST:g}':>8} {missed} {what}")
        rows.append({"name": name, "unit": "us", "tidu": large * 1e6, "ratio": ratio, "at_most": AT_MOST})
    return rows


def run_memory(with_torch: bool) -> dict[str, Any]:
    ours = peak("tidu")
    record: dict[str, Any] = {"name": "W5 memory", "unit": "MB", "tidu": ours, "at_most": MEMORY}
    if with_torch:
        record["torch"] = theirs = peak("torch")
        record["ratio"] = ratio = ours / theirs
        missed = "!" if ratio > MEMORY else " "
        what = "at most, beyond the import, while W5 trains"
        sides = f"{f'{ours:.0f} MB':>14}{f'{theirs:.0f} MB':>14}"
        print(f"{'W5 memory':<22}{sides}{f'{ratio:.2f}x':>9}{'':>9}{f'<= {MEMORY:g}':>8} {missed} {what}")
    return record


def run_training() -> dict[str, Any]:
    accuracy, seconds = trained(seed=0)
    missed = "!" if accuracy < ACCURACY or seconds > SECONDS else " "
    what = f"accuracy after {EPOCHS} epochs, images by Pillow; >= {ACCURACY:.1%}"
    sides = f"{f'{seconds:.1f} s':>14}{f'{accuracy:.1%}':>32}"
    print(f"{'W4 reads digits':<22}{sides}{f'<= {SECONDS:g}':>8} {missed} {what}")
    bounds = {"at_most": SECONDS, "at_least": ACCURACY}
    return {"name": "W4 reads digits", "unit": "s", "tidu": seconds, "accuracy": accuracy, **bounds}


def row(name: str, measured: Measurement, target: float, unit: str, scale: float, what: str) -> dict[str, Any]:
    """Print a line of the table, and return it for the record."""
    record: dict[str, Any] = {"name": name, "unit": unit, "target": target, "tidu": measured.median("tidu") * scale}
    record["spread"] = {side: round(measured.spread(side), 3) for side in measured.seconds}
    theirs, ratio, best = "", "", ""
    if "torch" in measured.seconds:
        record |= {"torch": measured.median("torch") * scale, "ratio": measured.ratio("torch", "tidu")}
        record["best"] = measured.best("torch", "tidu")
        theirs = f"{record['torch']:.2f} {unit}"
        ratio, best = f"{record['ratio']:.2f}x", f"{record['best']:.2f}x"
    missed = "!" if ratio and record["ratio"] < target else " "
    ours = f"{record['tidu']:.2f} {unit}"
    print(f"{name:<22}{ours:>14}{theirs:>14}{ratio:>9}{best:>9}{f'>= {target:g}':>8} {missed} {what}")
    return record


if __name__ == "__main__":
    main()
