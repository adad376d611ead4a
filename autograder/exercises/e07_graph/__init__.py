"""Notebook 07, the graph and the backward pass: what each exercise is checked on, and the mistakes it can name."""

from autograder.exercises.e07_graph.backward import backward
from autograder.exercises.e07_graph.backward_order import backward_order
from autograder.exercises.e07_graph.descend import descend
from autograder.exercises.e07_graph.in_pieces import in_pieces
from autograder.exercises.e07_graph.run_in_stretches import run_in_stretches
from autograder.exercises.e07_graph.scale_gradient import scale_gradient

#: In the notebook's order.
EXERCISES = (backward_order, backward, in_pieces, scale_gradient, run_in_stretches, descend)
