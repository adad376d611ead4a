"""The same in a kernel of its own, as JupyterLab starts it: a loop is stopped, the line is told, the kernel lives."""

from __future__ import annotations

import nbformat
from nbclient import NotebookClient

CELLS = [
    "from autograder.judging import limits\nlimits.CALL = 0.5\nfrom autograder.student import check\nkept = [1, 2, 3]",
    "1 / 0\ndef contiguous_strides(shape):\n    return torch.empty(shape).stride()",
    "def contiguous_strides(shape):\n    while True:\n        try:\n            while True: pass\n"
    "        except BaseException: pass",
    'stopped = check("contiguous_strides").result\nprint(stopped.status, kept)',
    "%%time\n\ndef contiguous_strides(shape):\n    !true\n    return shape[70]",
    'print(check("contiguous_strides").result.status)',
    "\n%matplotlib inline\n\ndef contiguous_strides(shape):\n    return shape[70]",
    'result = check("contiguous_strides").result\nprint(result.status, result.failure["where"])',
]


def test_a_check_in_a_kernel():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=60, allow_errors=True).execute()
    printed = ["".join(o.get("text", "") for o in cell.outputs if o.get("name") == "stdout") for cell in notebook.cells]
    assert printed[3] == "timeout [1, 2, 3]\n"
    assert printed[5] == "refused\n"
    where = {"function": "contiguous_strides", "line": 5, "text": "return shape[70]", "cell": 7}
    assert printed[7] == f"error {where}\n"
