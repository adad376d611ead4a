"""All samples of all ops: importing a family's module declares its samples."""

from __future__ import annotations

from tests.ops import cases_create, cases_index, cases_linalg, cases_other, cases_pointwise, cases_reduce, cases_view  # noqa: F401
from tests.ops.sample import CASES, Sample

SAMPLES: dict[str, Sample] = {s.id: s for op in CASES.values() for s in op.samples}
