"""The student's own functions train a net: ``from autograder.student import own``.

mine = own.answers()           # what an earlier notebook holds, each answer checked
with mine.plugged_in() as used:
    train(...)                 # the engine differentiates by them
used                           # whose rules ran, how often, and how fast
"""

from autograder.student.own.plugging import Answers, answers
from autograder.student.own.substitutes import or_ours
from autograder.student.own.used import Used

__all__ = ["Answers", "Used", "answers", "or_ours"]
