"""Pictures of computation graphs, as PyTorch's users know them from torchviz. / 画计算图。

>>> x = torch.tensor([1.0, 2.0], requires_grad=True)
>>> make_dot((x * x).sum(), params={"x": x})           # inline in a notebook
>>> make_dot(...).render("graph", format="png")        # or a file

No system package is needed: where Graphviz's ``dot`` is not on PATH, ``pygraphviz`` draws, and where that is not
installed either, a graph that is only displayed is laid out by ``tidu.viz.layers``.
"""

from tidu.viz._dot import make_dot
from tidu.viz._render import ComputationGraph
from tidu.viz._step import Steps, step
from tidu.viz._summary import Summary, summary

__all__ = ["ComputationGraph", "Steps", "Summary", "make_dot", "step", "summary"]
