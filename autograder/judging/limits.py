"""How long an answer may take, in seconds: the same at home and in grading."""

from __future__ import annotations

#: One call of an answer.
CALL = 5.0
#: All calls of one exercise.
EXERCISE = 20.0
