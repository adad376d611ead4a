"""Notebook 04, views and memory: what each exercise is checked on, and the mistakes it can name.

A view is told by its geometry, as plain tuples: its shape, its strides and its offset, both counted in elements.
"""

from autograder.exercises.e04_views.contiguous_strides import contiguous_strides
from autograder.exercises.e04_views.expand_view import expand_view
from autograder.exercises.e04_views.is_contiguous import is_contiguous
from autograder.exercises.e04_views.merge_runs import merge_runs
from autograder.exercises.e04_views.overlaps import overlaps
from autograder.exercises.e04_views.permute_view import permute_view
from autograder.exercises.e04_views.view_stride import view_stride

#: In the notebook's order.
EXERCISES = (
    contiguous_strides, permute_view, expand_view, is_contiguous, merge_runs, view_stride, overlaps,
)  # fmt: skip
