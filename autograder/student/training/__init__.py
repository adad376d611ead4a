"""What stands beside a net that trains: ``from autograder.student import training``.

bar                 a progress bar around a loader, with running means
LearningCurve       a curve that draws itself while a net trains; ``compare`` draws several
confusion_matrix    how often which class was taken for which
misclassified       the images that a net got wrong

They work with tensors of tidu and of PyTorch and with arrays, in notebooks and in terminals, and need NumPy, and tqdm
for a bar in a terminal.
"""

from autograder.student.training.confusion import confusion_matrix
from autograder.student.training.curve import LearningCurve, compare
from autograder.student.training.misses import misclassified
from autograder.student.training.running import Bar, bar

__all__ = ["Bar", "LearningCurve", "bar", "compare", "confusion_matrix", "misclassified"]
