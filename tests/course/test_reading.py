"""How a cell is read: IPython's syntax is undone as IPython does it, line for line, and names have Python's scopes."""

from __future__ import annotations

import ast
import builtins
import importlib
import random
import symtable
import textwrap

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.judging import reading
from autograder.judging.names import statements
from tests.effort import rounds


@pytest.mark.parametrize(
    ("cell", "source"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if x:\n    !ls\n", "if x:\n    pass\n"),
        ("np.dot?\n?np\nx = 'why?'", "pass\npass\nx = 'why?'"),
        ("%%bash\nls", "\n"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%capture\n%%time\nx = 1", "\n\nx = 1"),
        ("%%timeit\nx = 1", "\n"),
        ("%%time?\nx = 1", "pass\nx = 1"),
        ("x = 5 % 3", "x = 5 % 3"),
        ("x = 5 \\\n  % 3", "x = 5 \\\n  % 3"),
        ("x = (5\n % 3)", "x = (5\n % 3)"),
        ("%time x = f(3)\n%time", "x = f(3)\npass"),
        ("a = %timeit -o f()\na.b, c[0] = !ls \\\n -l\nx", "a = None\na.b, c[0] = None\n\nx"),
        ("!echo don't \\\n ( more\nx = 1", "pass\n\nx = 1"),
        ("s = '''\n%no\n!no\nno?\n'''\n%yes", "s = '''\n%no\n!no\nno?\n'''\npass"),
        ('s = "it\'s" # why?\n# %no', 's = "it\'s" # why?\n# %no'),
        ("    x = 1\n    y = 2", "x = 1\ny = 2"),
        (">>> def f():\n...     return 1\n>>> f()", "def f():\n    return 1\nf()"),
        ("In [3]: x = 1\n   ...: y = 2", "x = 1\ny = 2"),
        ("def f():\n    %time g()\n    return 1", "def f():\n    g()\n    return 1"),
        ("x = 1\n%%time\ny", "x = 1\nraise SyntaxError('a cell magic stands on the first line of a cell')\ny"),
        ("", ""),
        ("\n%%time\n", "\n\n"),
    ],
)
def test_magics_lose_their_effect_and_lines_keep_their_numbers(cell, source):
    assert reading.read(cell).source == source


def test_what_is_lost_is_noted():
    found = reading.read("%matplotlib inline\nx = !ls\n%time y = 1\n%run a.py\nf?")
    assert (found.lost, found.binding) == ({1, 2, 4, 5}, {4})
    assert reading.read("%%writefile own.py\nx = 1").module == ("own", "x = 1")
    assert reading.read("%%writefile ../own.py\nx = 1").module is None


PIECES = [
    "x = 1", "y = [1,\n  2]", "if x:\n    y = 3", "def f(a):\n    return a % 2", "%timeit -n1 x", "!ls", "!!ls -l",
    "?x", "x?", "x.real??", "*x*?", "z = %pwd", "w = !echo 'a'", "s = '%no'", "s = '''\n!no\n%no?\n'''", "# %no",
    "for i in x:\n    !ls", "%load_ext a", "x = 7 % 2", "d = {'a': 1,\n     'b': 2}", "@d\nclass C:\n    q = 1",
    "def g():\n    %time x\n    return x", "print('!')", "", "  ", "x = y != 3", "t = f'{x!r:>{3}}'", "%%time x",
    "!echo \"don't\"", "x = 1; y = 2", "lam = lambda: 3",
]  # fmt: skip


def stripped(tree):
    """The syntax tree without what IPython's commands became, for they mean nothing in grading."""

    class Clean(ast.NodeTransformer):
        def visit_Expr(self, node):
            return ast.Pass() if "get_ipython" in ast.unparse(node) else node

        def visit_Assign(self, node):
            if "get_ipython" in ast.unparse(node.value):
                node.value = ast.Constant(None)
            return node

    return ast.dump(Clean().visit(tree))


@pytest.mark.parametrize("seed", range(rounds(300, 5000)))
def test_cells_mean_what_they_mean_in_ipython(seed):
    rng = random.Random(seed)
    cell = "\n".join(rng.choices(PIECES, k=rng.randint(1, 6)))
    if rng.random() < 0.2:
        cell = textwrap.indent(cell, "    ")
    if rng.random() < 0.2:
        cell = "\n\n" + cell
    mine = reading.read(cell.replace("%time x", "%timeit x"))
    assert mine.source.count("\n") == cell.count("\n")
    theirs = TransformerManager().transform_cell(cell.replace("%time x", "%timeit x"))
    try:
        expected = ast.parse(theirs)
    except SyntaxError:
        return  # what IPython refuses does not run at home
    if "run_cell_magic" in theirs or "run_line_magic('%" in theirs:
        return
    assert stripped(ast.parse(mine.source)) == stripped(expected)


def test_most_of_those_cells_are_compared():
    rng = random.Random(0)
    cells = ["\n".join(rng.choices(PIECES, k=rng.randint(1, 6))) for _ in range(300)]
    assert sum(reading.parsed(cell) is not None for cell in cells) > 200


class Unannotated(ast.NodeTransformer):
    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value else node


def looked_up(table):
    names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and s.is_global()}
    return names.union(*(looked_up(child) for child in table.get_children()))


@pytest.mark.parametrize(
    "module", "dataclasses functools typing inspect ast enum random statistics argparse json.decoder".split()
)
def test_names_have_the_scopes_that_python_gives_them(module):
    """The global names that the standard library looks up, against Python's own symbol tables."""
    source = importlib.import_module(module).__spec__.loader.get_source(module)
    plain = ast.unparse(ast.fix_missing_locations(Unannotated().visit(ast.parse(source))))
    mine = {use.name for statement in statements(plain) for use in statement.uses}
    top = symtable.symtable(plain, module, "exec")
    theirs = looked_up(top) | {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    private = {name for name in mine ^ theirs if name.startswith("__")}
    assert (mine ^ theirs) - private == set() and len(mine - set(vars(builtins))) > 10


@pytest.mark.parametrize(
    ("cell", "line", "kept"),
    [
        ("a = 1\nb = 2\nc = 3", 2, "a = 1"),
        ("a = 1\n@d\ndef f():\n    pass", 3, "a = 1"),
        ("a = 1", None, "a = 1"),
        ("a = (", 1, ""),
        ("%time a\nb = (1,\n 2)\nc", 3, "%time a"),
    ],
)
def test_a_cell_up_to_where_it_stopped(cell, line, kept):
    assert reading.until(cell, line) == kept
