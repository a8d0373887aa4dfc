"""Arrays for tests of the loops that numba compiles."""

import numpy as np

from inference.kernels.loops import Floats

INPUTS = 90  # columns of a row; not a multiple of the vector size


def floats(random: np.random.Generator, *shape: int) -> Floats:
    """Return random numbers in an array of this shape."""
    return random.standard_normal(shape, dtype=np.float32)
