"""The nodes of the graph, for those who walk it. 计算图的节点。"""

from tidu._graph import AccumulateGrad, Node
from tidu._hooks import RemovableHandle

__all__ = ["AccumulateGrad", "Node", "RemovableHandle"]
