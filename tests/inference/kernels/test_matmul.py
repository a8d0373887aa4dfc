"""Tests of `inference.kernels.matmul`, compared with numpy."""

from typing import Any

import numpy as np
import pytest

from inference.kernels.loops import Floats
from inference.kernels.matmul import (
    BLOCK_ROWS,
    INT16_LANES,
    INT32_LANES,
    MAX_INT8,
    MAX_INT16,
    TILE_BYTES,
    multiply,
    quantize,
)
from tests.inference.arrays import INPUTS, floats

TILE = TILE_BYTES // (BLOCK_ROWS * 96) * BLOCK_ROWS  # outputs of one tile


def product(rows: Floats, weight: Any, scales: Floats, bias: Floats) -> Floats:
    """Return the product, after padding the weights to whole vectors."""
    result = np.full((len(rows), len(weight)), np.nan, np.float32)
    multiply(rows, np.pad(weight, ((0, 0), (0, -weight.shape[1] % INT16_LANES))), scales, bias, result)
    return result


def rounded(rows: Floats, largest: int = MAX_INT16) -> Floats:
    """Return the rows rounded to multiples of a step; the largest number of a row is `largest` steps."""
    steps = np.abs(rows).max(axis=1, keepdims=True) / np.float32(largest)
    counts = np.rint(rows / steps)
    assert np.abs(counts).max() == largest
    result: Floats = counts * steps
    return result


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("outputs", [1, BLOCK_ROWS, TILE - 1, TILE, 2 * TILE + 1])
def test_products_are_those_of_numpy(count: int, outputs: int, random: np.random.Generator) -> None:
    """The product is right for any number of rows and outputs, also if they do not fill whole blocks."""
    rows, scales, bias = floats(random, count, INPUTS), floats(random, outputs), floats(random, outputs)
    weight = random.integers(-127, 128, (outputs, INPUTS), dtype=np.int8)
    expected = rounded(rows) @ (weight * scales[:, None]).T + bias
    assert np.allclose(product(rows, weight, scales, bias), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("inputs", [4864, 30000])
def test_sums_of_long_rows_do_not_overflow(count: int, inputs: int) -> None:
    """With the largest possible weights, long rows are rounded to fewer steps, so that no sum overflows."""
    rows, weight = np.ones((count, inputs), np.float32), np.full((BLOCK_ROWS, inputs), -127, np.int8)
    ones, zeros = np.ones(BLOCK_ROWS, np.float32), np.zeros(BLOCK_ROWS, np.float32)
    assert np.allclose(product(rows, weight, ones, zeros), -127.0 * inputs, rtol=1e-6)


def test_long_rows_have_as_many_steps_as_fit(random: np.random.Generator) -> None:
    """An int32 sum of 626 products with 127 allows at most 27,011 steps."""
    inputs = 625 * INT32_LANES  # the last vector adds one more product to each sum
    rows, weight = floats(random, 2, inputs), random.integers(-127, 128, (9, inputs), dtype=np.int8)
    ones, zeros = np.ones(9, np.float32), np.zeros(9, np.float32)
    expected = rounded(rows, 27_011) @ weight.T.astype(np.float32)
    assert np.allclose(product(rows, weight, ones, zeros), expected, rtol=1e-4, atol=1e-2)


def test_bytes_are_multiples_of_their_rows_step(random: np.random.Generator) -> None:
    """The largest weight of a row is 127 steps; the padding is zero."""
    weight = floats(random, 5, INPUTS)
    result, scales = np.full((5, 96), 99, np.int8), np.empty(5, np.float32)
    quantize(weight, result, scales)
    assert np.array_equal(np.abs(result).max(axis=1), [MAX_INT8] * 5)
    assert np.abs(result[:, :INPUTS] * scales[:, None] - weight).max() <= scales.max() * 0.501
    assert not result[:, INPUTS:].any()


@pytest.mark.parametrize("count", [1, 6])
def test_nan_stays_in_its_row(count: int, random: np.random.Generator) -> None:
    """NaN in a row makes the results of that row NaN, and no other."""
    rows = floats(random, count, INPUTS)
    rows[count - 1, 7] = np.nan
    found = product(rows, np.ones((50, INPUTS), np.int8), np.ones(50, np.float32), np.zeros(50, np.float32))
    assert np.isnan(found).all(axis=1).tolist() == [*[False] * (count - 1), True]
    assert not np.isnan(found[: count - 1]).any()


def test_a_row_is_the_same_in_any_batch(random: np.random.Generator) -> None:
    """A row gives exactly the same result in a batch of any size."""
    row = floats(random, INPUTS)
    weight = random.integers(-127, 128, (50, INPUTS), dtype=np.int8)
    ones, zeros = np.ones(50, np.float32), np.zeros(50, np.float32)
    beside = [
        product(np.stack([*floats(random, n, INPUTS), row]), weight, ones, zeros)[n] for n in range(1, 9)
    ]
    assert all(np.array_equal(each, beside[0]) for each in beside)
