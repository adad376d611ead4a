"""The nodes of the graph, for those who walk it. 计算图的节点。"""

from tidu._graph import AccumulateGrad, Node, RemovableHandle

__all__ = ["AccumulateGrad", "Node", "RemovableHandle"]
