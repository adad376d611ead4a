"""What a notebook calls: ``from autograder.student import check, hint, lang, pictures, progress``.

Needs NumPy alone; the pictures that plot need matplotlib once they are drawn.
"""

from autograder.student import pictures
from autograder.student.checking import check, hint, lang, progress

__all__ = ["check", "hint", "lang", "pictures", "progress"]
