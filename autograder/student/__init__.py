"""What a notebook calls: ``from autograder.student import check, hint, lang, pictures, predict, progress``.

Needs NumPy alone; the pictures that plot need matplotlib once they are drawn.
"""

from autograder.student import pictures
from autograder.student.checking import check
from autograder.student.hinting import hint
from autograder.student.language import lang
from autograder.student.predicting import predict
from autograder.student.standing import progress

__all__ = ["check", "hint", "lang", "pictures", "predict", "progress"]
