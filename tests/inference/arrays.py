"""Arrays for tests of the loops that numba compiles."""

import numpy as np

from inference.kernels.loops import Floats

INPUTS = 90  # of a row: no multiple of a vector


def floats(random: np.random.Generator, *shape: int) -> Floats:
    """Draw numbers of that shape."""
    return random.standard_normal(shape, dtype=np.float32)
