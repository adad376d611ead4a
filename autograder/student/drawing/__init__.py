"""A digit that the reader draws and the net reads: ``from autograder.student import drawing``.

board      the pad to draw on, beside it what the net sees and what it says; the page computes it all, without a kernel
pixels     what a drawing is to the net: 8×8 numbers from 0 to 16
drawings   a saved drawing of each digit, and "7 without a bar"
"""

from autograder.student.drawing.board import board, drawings, probabilities
from autograder.student.drawing.strokes import pixels

__all__ = ["board", "drawings", "pixels", "probabilities"]
