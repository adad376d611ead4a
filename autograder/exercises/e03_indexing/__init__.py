"""Notebook 03, indexing: what each exercise is checked on, and the mistakes it can name."""

from autograder.exercises.e03_indexing.flat_place import flat_place
from autograder.exercises.e03_indexing.gather_dim import gather_dim
from autograder.exercises.e03_indexing.indexed_shape import indexed_shape
from autograder.exercises.e03_indexing.scatter_add_dim import scatter_add_dim
from autograder.exercises.e03_indexing.slice_view import slice_view
from autograder.exercises.e03_indexing.true_places import true_places

#: In the notebook's order.
EXERCISES = (flat_place, slice_view, indexed_shape, true_places, gather_dim, scatter_add_dim)
