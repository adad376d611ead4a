"""Notebook 01, creating tensors: what each exercise is checked on, and the mistakes it can name.

Data is told as a person types it: numbers, and lists and tuples of them, nested. A dtype is told by its name.
"""

from autograder.exercises.e01_creation.arange_list import arange_list
from autograder.exercises.e01_creation.dtype_of import dtype_of
from autograder.exercises.e01_creation.linspace_list import linspace_list
from autograder.exercises.e01_creation.one_hot import one_hot
from autograder.exercises.e01_creation.randperm_from import randperm_from
from autograder.exercises.e01_creation.shape_of import shape_of

#: In the notebook's order.
EXERCISES = (
    shape_of, dtype_of, arange_list, linspace_list, one_hot, randperm_from,
)  # fmt: skip
