"""Notebook 07, the graph and the backward pass: what each exercise is checked on, and the mistakes it can name."""

from autograder.exercises.e07_graph.backward import backward
from autograder.exercises.e07_graph.backward_order import backward_order

#: In the notebook's order.
EXERCISES = (backward_order, backward)
