"""Grading one notebook: hostile bytes in, a score that cannot be forged out."""
