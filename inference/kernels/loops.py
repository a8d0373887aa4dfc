"""Inner loops of the int8 network except matrix products; numba compiles them for the processor at hand.

Arrays are float32 in row-major order. No row's result depends on another row.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from inference.kernels.compile_cache import keeps_compiled

Floats = npt.NDArray[np.float32]

MAX_THREADS = numba.get_num_threads()
ZERO = np.float32(0)
ONE = np.float32(1)
# `_exp` computes e**x for |x| up to this value; float32 overflows beyond 88.
MAX_EXPONENT = np.float32(80)
SQUARINGS = 6
FRACTION = np.float32(1 / 2**SQUARINGS)
# The coefficients 1/n of the Taylor series in Horner form.
RECIPROCALS = tuple(np.float32(1 / n) for n in range(6, 0, -1))

# Sums may be reordered, which vectorization needs; NaN is still propagated.
_FASTMATH = {"reassoc", "nsz", "contract"}
_KEPT = keeps_compiled()
compiled: Callable[[Any], Any] = numba.njit(parallel=True, nogil=True, cache=_KEPT, fastmath=_FASTMATH)
inlined: Callable[[Any], Any] = numba.njit(nogil=True, cache=_KEPT, fastmath=_FASTMATH)


def use_threads(count: int) -> None:
    """Run this thread's loops on `count` processors, or on all if there are fewer."""
    numba.set_num_threads(min(count, MAX_THREADS))


@compiled
def normalize(rows: Floats, weight: Floats, epsilon: float, result: Floats) -> None:
    """Write each row divided by its root mean square, times `weight`, into `result`.

    The formula is from Zhang and Sennrich 2019, arXiv:1910.07467.
    """
    for r in numba.prange(len(rows)):
        squares = ZERO
        for value in rows[r]:
            squares += value * value
        factor = ONE / np.sqrt(squares / np.float32(len(weight)) + np.float32(epsilon))
        for k in range(len(weight)):
            result[r, k] = rows[r, k] * factor * weight[k]


@compiled
def rotate(heads: Floats, count: int, cos: Floats, sin: Floats) -> None:
    """Apply rotary position embeddings in place to the first `count` heads of each token.

    `heads` is [tokens, heads, size]; `cos` and `sin` are [tokens, size / 2]. Element k of a head is rotated
    together with element k + size / 2. The formula is from Su et al. 2021, arXiv:2104.09864.
    """
    half = heads.shape[2] // 2
    for r in numba.prange(len(heads)):
        for h in range(count):
            for k in range(half):
                first, second = heads[r, h, k], heads[r, h, half + k]
                heads[r, h, k] = first * cos[r, k] - second * sin[r, k]
                heads[r, h, half + k] = second * cos[r, k] + first * sin[r, k]


@compiled
def attend(heads: Floats, store: Floats, cached: int, scaling: float, result: Floats) -> None:
    """Write the attention of a sequence's new tokens into `result`, and their keys and values into `store`.

    `heads` is [tokens, query heads + key heads + value heads, size], `result` [tokens, query heads * size].
    `store` is [2 (keys, values), key heads, capacity, size] and holds `cached` earlier tokens. Each token
    attends to all earlier tokens and to itself. Query heads share key heads in groups (Ainslie et al. 2023,
    arXiv:2305.13245).
    """
    _, kv_heads, _, size = store.shape
    queries = heads.shape[1] - 2 * kv_heads
    for r in range(len(heads)):
        for h in range(kv_heads):
            store[0, h, cached + r] = heads[r, queries + h]
            store[1, h, cached + r] = heads[r, queries + kv_heads + h]
    for index in numba.prange(len(heads) * queries):
        r, q = index // queries, index % queries
        h = q * kv_heads // queries
        query, keys, values = heads[r, q], store[0, h], store[1, h]
        scores = np.empty(cached + r + 1, np.float32)
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
        weighted = np.zeros(size, np.float32)
        for t in range(len(scores)):
            for k in range(size):
                weighted[k] += scores[t] * values[t, k]
        result[r, q * size : (q + 1) * size] = weighted / total


@compiled
def gate(rows: Floats, result: Floats) -> None:
    """Write `silu(first half) * second half` of each row into `result` (Shazeer 2020, arXiv:2002.05202)."""
    size = rows.shape[1] // 2
    for r in numba.prange(len(rows)):
        for k in range(size):
            result[r, k] = rows[r, k] / (ONE + _exp(-rows[r, k])) * rows[r, size + k]


@inlined
def _exp(x: np.float32) -> np.float32:
    """Return e**x for x clamped to -80..80; unlike `np.exp`, LLVM can vectorize it.

    This is the Taylor series at x / 64, squared six times; its relative error is below 1e-4 for x >= -30.
    """
    small = min(max(x, -MAX_EXPONENT), MAX_EXPONENT) * FRACTION
    power = ONE
    for reciprocal in RECIPROCALS:
        power = ONE + small * reciprocal * power
    for _ in range(SQUARINGS):
        power *= power
    return power
