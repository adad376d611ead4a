"""Notebook 13, training a classifier: what each exercise is checked on, and the mistakes it can name."""

from autograder.exercises.e13_classifier.checkpoint import checkpoint
from autograder.exercises.e13_classifier.confusion_matrix import confusion_matrix
from autograder.exercises.e13_classifier.evaluate import evaluate
from autograder.exercises.e13_classifier.resume import resume
from autograder.exercises.e13_classifier.train_epoch import train_epoch

#: In the notebook's order.
EXERCISES = (train_epoch, evaluate, confusion_matrix, checkpoint, resume)
