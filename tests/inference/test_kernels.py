"""The loops that numba compiles, beside what numpy and torch say."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import rms_norm, scaled_dot_product_attention

from inference.kernels import OUTPUTS, TILE, Floats, attend_one, multiply, new_array, normalize, rotate

INPUTS = 90  # no multiple of a vector


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers in each run."""
    return np.random.default_rng(5)


def floats(random: np.random.Generator, *shape: int) -> Floats:
    """Draw numbers of that shape."""
    return random.standard_normal(shape, dtype=np.float32)


def product(rows: Floats, weight: Any, scales: Floats, bias: Floats) -> Floats:
    """Let the loops multiply."""
    result = np.full((len(rows), len(weight)), np.nan, np.float32)
    multiply(rows, weight, scales, bias, result)
    return result


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("outputs", [1, 2, OUTPUTS, TILE - 1, TILE, 2 * TILE + 1])
def test_products_are_those_of_numpy(count: int, outputs: int, random: np.random.Generator) -> None:
    """Whatever is left over at the end of rows, of weights and of vectors."""
    rows, scales, bias = floats(random, count, INPUTS), floats(random, outputs), floats(random, outputs)
    weight = random.integers(-127, 128, (outputs, INPUTS), dtype=np.int8)
    expected = rows @ (weight * scales[:, None]).T + bias
    assert np.allclose(product(rows, weight, scales, bias), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("count", [1, 6])
def test_what_is_no_number_stays_none(count: int, random: np.random.Generator) -> None:
    """NaN in a row comes out as NaN, in that row alone."""
    rows = floats(random, count, INPUTS)
    rows[count - 1, 7] = np.nan
    found = product(rows, np.ones((50, INPUTS), np.int8), np.ones(50, np.float32), np.zeros(50, np.float32))
    assert np.isnan(found).all(axis=1).tolist() == [*[False] * (count - 1), True]
    assert not np.isnan(found[: count - 1]).any()


def test_a_row_is_the_same_in_any_batch(random: np.random.Generator) -> None:
    """Beside others, wherever it stands, the same row gives the same to the last bit."""
    row = floats(random, INPUTS)
    weight = random.integers(-127, 128, (50, INPUTS), dtype=np.int8)
    ones, zeros = np.ones(50, np.float32), np.zeros(50, np.float32)
    beside = [
        product(np.stack([*floats(random, n, INPUTS), row]), weight, ones, zeros)[n] for n in range(1, 9)
    ]
    assert all(np.array_equal(each, beside[0]) for each in beside)


def test_rows_are_normalized(random: np.random.Generator) -> None:
    """As torch does it."""
    rows, weight = floats(random, 3, INPUTS) * 50, floats(random, INPUTS)
    expected = rms_norm(torch.from_numpy(rows), (INPUTS,), torch.from_numpy(weight), 1e-6).numpy()
    result = new_array(3, INPUTS)
    normalize(rows, weight, 1e-6, result)
    assert np.allclose(result, expected, rtol=1e-5, atol=1e-5)


def test_heads_turn_by_their_position(random: np.random.Generator) -> None:
    """As pairs of coordinates in the plane; those behind the number that is asked for stay."""
    heads, angles = floats(random, 3, 4, 8), floats(random, 3, 4)
    plane = heads[:, :2, :4] + 1j * heads[:, :2, 4:]
    turned = plane * np.exp(1j * angles)[:, None]
    expected = np.concatenate([np.concatenate([turned.real, turned.imag], axis=2), heads[:, 2:]], axis=1)
    rotate(heads, 2, np.cos(angles), np.sin(angles))
    assert np.allclose(heads, expected, atol=1e-5)


@pytest.mark.parametrize("before", [0, 1, 37])
def test_a_token_sees_all_before_it(before: int, random: np.random.Generator) -> None:
    """As torch's attention, where three queries share a key; what is beyond the sequence does not count."""
    queries, shared, size = 6, 2, 16
    heads, store = floats(random, queries + 2 * shared, size), floats(random, 2, shared, 64, size)
    result = np.empty(queries * size, np.float32)
    expected_keys, expected_values = store[0, :, : before + 1].copy(), store[1, :, : before + 1].copy()
    expected_keys[:, before], expected_values[:, before] = heads[queries : queries + shared], heads[-shared:]
    store[:, :, before:] = np.nan  # what a failed pass left there
    attend_one(heads, store, before, 0.2, result)
    query, keys, values = (
        torch.from_numpy(each)[None] for each in (heads[:queries, None], expected_keys, expected_values)
    )
    expected = scaled_dot_product_attention(query, keys, values, scale=0.2, enable_gqa=True)
    assert np.allclose(result, expected.flatten().numpy(), atol=1e-5)
    assert np.array_equal(store[0, :, : before + 1], expected_keys)
    assert np.array_equal(store[1, :, : before + 1], expected_values)
