"""The names by which PyTorch takes arguments: ``python -m tests.ops.keywords`` records them in ``keywords.json``.

PyTorch's builtin functions have no signature to ask for, but its stubs list every overload. Each is tried on the
samples: a row of the record is a form, an op, names for all positional arguments, and a sample that PyTorch computes
when it is called with these.
"""

from __future__ import annotations

import ast
import json
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.ops.cases import SAMPLES
from tests.ops.sample import Sample

PATH = Path(__file__).with_name("keywords.json")
Row = tuple[str, str, list[str], str]


def rows() -> list[Row]:
    return [tuple(row) for row in json.loads(PATH.read_text())]


def called(t: Any, form: str, sample: Sample, names: list[str] | None = None) -> Any:
    """A sample's call as a function or a method, its positional arguments given by name where names are given."""
    args, kwargs, _ = sample.build(t)
    owner, args = (t, args) if form == "function" else (args[0], args[1:])
    function = getattr(owner, sample.op)
    if names is None:
        return function(*args, **kwargs)
    named = dict(zip(names, args, strict=True))
    if named.keys() & kwargs.keys():
        raise TypeError("a name twice")
    return function(**named, **kwargs)


def overloads(body: list[ast.stmt]) -> dict[str, list[list[str]]]:
    """The positional parameters of every overload of every function."""
    found: dict[str, list[list[str]]] = defaultdict(list)
    for statement in body:
        if isinstance(statement, ast.FunctionDef):
            found[statement.name].append([a.arg for a in (*statement.args.posonlyargs, *statement.args.args)])
    return found


def of_pytorch() -> list[Row]:
    import torch

    stubs = Path(torch.__file__).parent / "_C"
    module = ast.parse((stubs / "__init__.pyi").read_text(encoding="utf-8")).body
    tensor = next(s for s in module if isinstance(s, ast.ClassDef) and s.name == "TensorBase")
    functions = overloads(ast.parse((stubs / "_VariableFunctions.pyi").read_text(encoding="utf-8")).body)
    methods = {name: [names[1:] for names in lists] for name, lists in overloads(tensor.body).items()}
    found: dict[tuple[str, str, tuple[str, ...]], str] = {}
    for key, sample in SAMPLES.items():
        if sample.call is not None or sample.raises is not None:
            continue
        for form, table in (("function", functions), ("method", methods)):
            for names in table.get(sample.op, ()):
                names = names[: len(sample.args) - (form == "method")]
                row = (form, sample.op, tuple(names))
                if not names or "self" in names or row in found:  # a number before a tensor is "self": nobody says so
                    continue
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        called(torch, form, sample, names)
                except (TypeError, ValueError, RuntimeError, AttributeError):
                    continue
                found[row] = key
    return [(form, op, list(names), key) for (form, op, names), key in found.items()]


if __name__ == "__main__":
    table = of_pytorch()
    PATH.write_text("[\n" + ",\n".join(json.dumps(row) for row in table) + "\n]\n")
    print(f"{len(table)} ways to name the arguments of {len({row[1] for row in table})} functions: {PATH.name}")
