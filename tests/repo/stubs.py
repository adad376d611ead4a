"""What is made from the table of ops for people and editors: ``python -m tests.repo.stubs`` writes it.

``lib/tidu/__init__.pyi``  the functions and constants of the namespace, which are entered into it as it is imported
``lib/tidu/_methods.pyi``  the methods that upper floors attach to ``Tensor``
``lib/OPS.md``             every function in both languages, with the forms it has
"""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tidu
from tidu import _dtypes, _tensor
from tidu._registry import FUNCTIONS, OPS
from tidu.ops import layers

LIB = Path(__file__).parents[2] / "lib"
HEADER = '"""{} Made from the table of ops: ``make generate``, never by hand."""\n\n'
SHADOWED = ("int", "float", "bool", "dtype", "device")  # names of the types here, and of dtypes or members in tidu
IMPORTS = """\
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

"""


def hint(annotation: Any) -> str:
    """An annotation as a stub needs it; what returns now one tensor, now several, is anything to a type checker."""
    if annotation is inspect.Parameter.empty:
        return "Any"
    text = str(annotation).replace("_dtypes.", "").replace("Tensors", "tuple[Tensor, ...]")
    if "Tensor | tuple" in text:
        return "Any"
    return re.sub(rf"\b({'|'.join(SHADOWED)})\b", r"_\1", text)


def definition(name: str, function: Callable[..., Any], indent: str = "") -> str:
    """``def name(...) -> ...: ...``, with the first line of the documentation."""
    signature = inspect.signature(function)
    shown, keyword = [], False
    for p in signature.parameters.values():
        if p.kind is p.KEYWORD_ONLY and not keyword:
            shown.append("*")
        keyword |= p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is p.empty else " = ..."
        kind = hint(p.annotation)
        if stars == "*" and kind == "_int":  # one by one, or as a tuple
            kind = "_int | Sequence[_int]"
        annotation = "" if indent and not shown else f": {kind}"  # self
        shown.append(f"{stars}{p.name}{annotation}{default}")
    if indent:
        shown[0] = "self"
    returned = hint(signature.return_annotation)
    if name.startswith("__"):  # operators
        shown = [re.sub(": .*", ": Any", p) for p in shown if not p.startswith(("*", "out"))]
        returned = "Tensor" if returned == "Any" else returned
    line = f"{indent}def {name}({', '.join(shown)}) -> {returned}:"
    override = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
    first = "" if name.endswith("_") else (inspect.getdoc(function) or "").split("\n")[0].replace("\\", "\\\\")
    return f'{line}{override}\n{indent}    """{first}"""\n' if first else f"{line} ...{override}\n"


def namespace() -> str:
    """``tidu/__init__.pyi``."""
    lines, functions = [], []
    for name, value in sorted({**vars(tidu), **layers.MEMBERS}.items()):
        if name in FUNCTIONS:
            functions.append(definition(name, value))
        elif name.startswith("_") or inspect.ismodule(value):
            continue
        elif inspect.isclass(value) or inspect.isfunction(value):
            lines.append(f"from {value.__module__} import {value.__name__} as {name}")
        else:
            kind = {_dtypes.dtype: "_dtype", float: "_float", type(None): "None"}.get(type(value), "Any")
            functions.append(f"{name}: {kind}\n")
    lines = [line for line in lines if " tidu" in line]
    lines += [f"from tidu.{module} import {name} as {name}" for name, module in sorted(tidu._THEIRS.items())]
    modules = {n for n, m in vars(tidu).items() if inspect.ismodule(m) and n[0] != "_" and m.__name__ == f"tidu.{n}"}
    modules = modules - {"ops"} | set(tidu._LATER)
    known = "".join(f"from tidu import {n} as {n}\n" for n in sorted(modules))
    types = "from tidu._dtypes import dtype as _dtype\nfrom tidu._device import device as _device\n"
    body = IMPORTS + known + types + "\n".join(lines) + "\n\n__version__: str\n" + "".join(functions)
    return HEADER.format("The namespace of tidu.") + body


def methods() -> str:
    """``tidu/_methods.pyi``."""
    tree = ast.parse((LIB / "tidu" / "_tensor.py").read_text(encoding="utf-8"))
    own = next(s for s in tree.body if isinstance(s, ast.ClassDef) and s.name == "Tensor").body
    written = {s.name for s in own if isinstance(s, ast.FunctionDef)}
    written |= {t.id for s in own if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}
    written |= {s.target.id for s in own if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}
    defined = []
    for name, member in sorted(vars(_tensor.Tensor).items()):
        if name in written or (name.startswith("_") and not name.startswith("__")):
            continue
        if isinstance(member, property):
            assert member.fget is not None
            defined.append("    @property\n" + definition(name, member.fget, "    "))
        elif inspect.isfunction(member):
            defined.append(definition(name, member, "    "))
    needed = (
        "from tidu._dtypes import dtype as _dtype\nfrom tidu._hooks import RemovableHandle\n"
        "from tidu._tensor import Tensor\nfrom tidu._device import device as _device\n"
        "from tidu.ops.generator import Generator\n\n"
    )
    doc = "What ``Tensor`` has from the floors above it."
    return HEADER.format(doc) + IMPORTS + needed + "class Methods:\n" + "".join(defined)


def family(function: Callable[..., Any], op: Any) -> str:
    """The file of ``tidu/ops`` that a function is from."""
    formulas = [f.function for f in op.formulas if f is not None] if op is not None else []
    for made in (inspect.unwrap(function), *((op.kernel,) if op is not None else ()), *formulas):
        home = getattr(made, "__globals__", {}).get("__name__", "")  # not what it says of itself: pickles go by that
        if home.startswith("tidu.ops."):
            return home.rpartition(".")[2]
    if op is None or not op.elementwise:
        raise LookupError(f"which file is {function.__name__} from?")
    return "pointwise"  # a function of NumPy without a gradient, in one of that file's lists


def table() -> str:
    """``OPS.md``."""
    families: dict[str, list[str]] = defaultdict(list)
    seen: dict[int, str] = {}
    for name, function in sorted(FUNCTIONS.items()):
        if name.endswith("_") and name[:-1] in FUNCTIONS:  # a form of that function
            continue
        if id(function) in seen or (name != function.__name__ and FUNCTIONS.get(function.__name__) is function):
            continue
        seen[id(function)] = name
        also = sorted(n for n, f in FUNCTIONS.items() if f is function and n != name)
        op = OPS.get(name) or next((o for o in OPS.values() if o.public is function), None)
        doc = (inspect.getdoc(function) or "").split("\n")[0]
        chinese, _, english = doc.partition(" / ")
        names = ", ".join(f"`{n}`" for n in (name, *also))
        parameters = inspect.signature(function).parameters
        forms = [
            "方法 method" if hasattr(tidu.Tensor, name) else "",
            ", ".join(f"`{n}_`" for n in (name, *also) if hasattr(tidu.Tensor, n + "_") or n + "_" in FUNCTIONS),
            "`out=`" if "out" in parameters else "",
        ]
        recorded = op is not None and op.differentiable and op.grad_name.endswith("Backward0")
        cells = (names, chinese, english, " · ".join(f for f in forms if f), f"`{op.grad_name}`" if recorded else "")
        families[family(function, op)].append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |\n")
    count = sum(map(len, families.values()))
    text = (
        "# tidu 的函数 / The functions of tidu\n\n"
        "<!-- Made from the table of ops: `make generate`, never by hand. -->\n\n"
        f"`tidu` 里的 {count} 个函数，按源文件分组。「节点」是它在计算图里的名字。\n\n"
        f"The {count} functions in `tidu`, by source file. The node is its name in the computation graph.\n"
    )
    for title, rows in sorted(families.items()):
        text += f"\n## [{title}](tidu/ops/{title}.py)\n\n"
        text += "| 函数 function | 作用 | what it gives | 形式 forms | 节点 node |\n|---|---|---|---|---|\n"
        text += "".join(rows)
    return text


def made() -> dict[Path, str]:
    """What each generated file should hold."""
    return {LIB / "tidu/__init__.pyi": namespace(), LIB / "tidu/_methods.pyi": methods(), LIB / "OPS.md": table()}


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(LIB.parent)}: {text.count(chr(10))} lines")
