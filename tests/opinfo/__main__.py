"""``make opinfo``: tidu beside PyTorch on the inputs that PyTorch tests its operators with.

python -m tests.opinfo                      all operators, ten samples for each dtype
python -m tests.opinfo '^(add|linalg.det)$' -v
"""

from __future__ import annotations

import argparse
import sys

from tests.opinfo.measure import measure_all, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.opinfo", description=__doc__.splitlines()[0])
    parser.add_argument("pattern", nargs="?", default="", help="a regular expression for the names of operators")
    parser.add_argument("--samples", type=int, default=10, help="for each dtype (10)")
    parser.add_argument("--errors", type=int, default=10, help="inputs that PyTorch refuses, for each operator (10)")
    parser.add_argument("--jobs", type=int, default=None, help="processes (as many as there are cores)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every difference")
    given = parser.parse_args()
    reports = []
    for report in measure_all(given.pattern, given.samples, given.errors, given.jobs):
        reports.append(report)
        if report.present and not report.ok:
            agree = f"{report.agree + report.errors_agree} of {report.samples + report.errors} agree"
            print(
                f"{report.name}: {agree}" + (f"; lacks {', '.join(report.lacks)}" if report.lacks else ""), flush=True
            )
            for label, found in list(report.differs.items())[: None if given.verbose else 1]:
                print(f"    {label}\n        " + "\n        ".join(found[: None if given.verbose else 2]))
    print(table(reports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
