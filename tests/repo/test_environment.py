"""environment.yml and pyproject.toml ask for the same packages, and the pins stand once."""

from __future__ import annotations

import re
import tomllib

import yaml

from tests.repo.tree import ROOT

# PyPI's names where conda-forge has others. pygraphviz is the way to draw without the program dot, which conda has.
CONDA = {"graphviz": "python-graphviz", "pygraphviz": "graphviz", "cupy-cuda12x": "cupy"}
ASKED_FOR = {"jupyterlab", "numpy", "nbgrader", "graphviz", "matplotlib", "pytest"}


def split(requirement: str) -> tuple[str, str]:
    """("numpy", ">=2.0"): a requirement's name and its versions."""
    name, versions = re.fullmatch(r"([A-Za-z0-9_.-]+?)\s*((?:[<>=!~].*)?)", requirement.strip()).groups()
    return name.lower(), versions.replace(" ", "")


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def conda() -> tuple[dict[str, str], dict[str, str]]:
    """What environment.yml takes from conda-forge, and what from PyPI."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    return (
        dict(split(entry) for entry in listed if isinstance(entry, str)),
        dict(split(entry) for entry in pip if not entry.startswith("-")),
    )


def test_environment_yml_has_what_pyproject_asks_for():
    extras = project()["optional-dependencies"]
    wanted = dict(map(split, project()["dependencies"] + extras["course"] + extras["dev"]))
    wanted = {CONDA.get(name, name): "" if name == "pygraphviz" else versions for name, versions in wanted.items()}
    from_conda, from_pypi = conda()
    assert not from_conda.keys() & from_pypi.keys()
    found = from_conda | from_pypi
    assert found.pop("python") == project()["requires-python"]
    assert found.pop("pip") == ""
    assert found == wanted


def test_environment_yml_names_what_people_were_told_to_install():
    assert not ASKED_FOR - conda()[0].keys()


def test_environment_yml_names_cupy_as_the_gpu_option():
    (gpu,) = project()["optional-dependencies"]["gpu"]
    name, versions = split(gpu)
    assert f"# - {CONDA[name]}{versions}\n" in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_the_library_needs_numpy_alone_and_any_of_its_versions():
    (numpy,) = project()["dependencies"]
    assert re.fullmatch(r"numpy>=[\d.]+", numpy)


def test_what_grading_stands_on_is_pinned():
    course = dict(map(split, project()["optional-dependencies"]["course"]))
    stands_on = {"nbgrader", "nbclient", "nbconvert", "jupyterlab", "notebook", "ipykernel", "ipython", "sqlalchemy"}
    assert stands_on == {name for name, versions in course.items() if versions.startswith("==")}
