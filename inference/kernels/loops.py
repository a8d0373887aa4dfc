"""The inner loops of the decoder, but for products; numba compiles them for the processor at hand.

Arrays are of float32, row by row. What a row gives depends on no other row.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MAX_THREADS = numba.get_num_threads()
ZERO = np.float32(0)
ONE = np.float32(1)
MOST = np.float32(80)
SQUARINGS = 6
PART = np.float32(1 / 2**SQUARINGS)
DIVISORS = tuple(np.float32(1 / n) for n in range(6, 0, -1))

# Sums may be taken in any order, as vectors need it; NaN stays NaN.
_MATHS = {"reassoc", "nsz", "contract"}
compiled: Callable[[Any], Any] = numba.njit(parallel=True, nogil=True, cache=True, fastmath=_MATHS)
inlined: Callable[[Any], Any] = numba.njit(nogil=True, cache=True, fastmath=_MATHS)


def use_threads(count: int) -> None:
    """Let the loops that this thread runs use so many processors, or all there are."""
    numba.set_num_threads(min(count, MAX_THREADS))


@compiled
def normalize(rows: Floats, weight: Floats, epsilon: float, result: Floats) -> None:
    """Write the rows into `result`, divided by their root mean square.

    This is Zhang and Sennrich 2019, arXiv:1910.07467.
    """
    for r in numba.prange(len(rows)):
        squares = ZERO
        for value in rows[r]:
            squares += value * value
        factor = ONE / np.sqrt(squares / np.float32(len(weight)) + np.float32(epsilon))
        for k in range(len(weight)):
            result[r, k] = rows[r, k] * factor * weight[k]


@compiled
def rotate(heads: Floats, number: int, cos: Floats, sin: Floats) -> None:
    """Turn the first `number` of each token's `heads`, [count, heads, size], in place by its position.

    This is Su et al. 2021, arXiv:2104.09864.

    `cos` and `sin` are [count, size / 2]: one half of a head turns against the other.
    """
    half = heads.shape[2] // 2
    for r in numba.prange(len(heads)):
        for h in range(number):
            for k in range(half):
                first, second = heads[r, h, k], heads[r, h, half + k]
                heads[r, h, k] = first * cos[r, k] - second * sin[r, k]
                heads[r, h, half + k] = second * cos[r, k] + first * sin[r, k]


@compiled
def attend(heads: Floats, store: Floats, before: int, scaling: float, result: Floats) -> None:
    """Write the attention of a sequence's next tokens into `result`, and their keys and values into `store`.

    `heads` is [count, queries + keys + values, size], `result` [count, queries * size]; `store` is [2, keys,
    room, size] and has those of the `before` tokens before them. A token sees these, those that are between,
    and itself. Several queries look at the same keys (Ainslie et al. 2023, arXiv:2305.13245).
    """
    _, shared, _, size = store.shape
    queries = heads.shape[1] - 2 * shared
    for r in range(len(heads)):
        for h in range(shared):
            store[0, h, before + r] = heads[r, queries + h]
            store[1, h, before + r] = heads[r, queries + shared + h]
    for place in numba.prange(len(heads) * queries):
        r, q = place // queries, place % queries
        h = q * shared // queries
        query, keys, values = heads[r, q], store[0, h], store[1, h]
        scores = np.empty(before + r + 1, np.float32)
        for t in range(len(scores)):
            score = ZERO
            for k in range(size):
                score += query[k] * keys[t, k]
            scores[t] = score * np.float32(scaling)
        highest = scores.max()
        total = ZERO
        for t in range(len(scores)):
            scores[t] = _exp(scores[t] - highest)
            total += scores[t]
        found = np.zeros(size, np.float32)
        for t in range(len(scores)):
            for k in range(size):
                found[k] += scores[t] * values[t, k]
        result[r, q * size : (q + 1) * size] = found / total


@compiled
def gate(rows: Floats, result: Floats) -> None:
    """Write `silu(first half) * second half` of each row into `result` (Shazeer 2020, arXiv:2002.05202)."""
    size = rows.shape[1] // 2
    for r in numba.prange(len(rows)):
        for k in range(size):
            result[r, k] = rows[r, k] / (ONE + _exp(-rows[r, k])) * rows[r, size + k]


@inlined
def _exp(x: np.float32) -> np.float32:
    """Return e to the power of `x`, of at most 80 and as good as 0 below -80; in vectors, as np.exp is not.

    It is the Taylor series for a 64th of `x`, squared six times: within 1e-4 of the value from -30 on.
    """
    part = min(max(x, -MOST), MOST) * PART
    power = ONE
    for divisor in DIVISORS:
        power = ONE + part * divisor * power
    for _ in range(SQUARINGS):
        power *= power
    return power
