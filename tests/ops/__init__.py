"""Conformance of the operations, all of which are in the table once these are loaded."""

import tidu.distributions
import tidu.linalg
import tidu.ops.layers
import tidu.special
