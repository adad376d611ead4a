"""Notebook 08, Jacobian-vector products: what each exercise is checked on, and the mistakes it can name."""

from autograder.exercises.e08_jvp.jacobian_by_rows import jacobian_by_rows
from autograder.exercises.e08_jvp.jvp_dual import jvp_dual
from autograder.exercises.e08_jvp.unbroadcast import unbroadcast
from autograder.exercises.e08_jvp.vjp_matmul import vjp_matmul
from autograder.exercises.e08_jvp.vjp_mul import vjp_mul
from autograder.exercises.e08_jvp.vjp_softmax import vjp_softmax
from autograder.exercises.e08_jvp.vjp_sum import vjp_sum

#: In the notebook's order.
EXERCISES = (unbroadcast, vjp_mul, vjp_sum, vjp_matmul, vjp_softmax, jacobian_by_rows, jvp_dual)
