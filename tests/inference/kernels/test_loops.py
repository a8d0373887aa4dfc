"""Tests of `inference.kernels.loops`, compared with numpy and torch."""

import numpy as np
import pytest
import torch
from torch.nn.functional import rms_norm, scaled_dot_product_attention, silu

from inference.kernels.loops import attend, gate, normalize, rotate
from tests.inference.arrays import INPUTS, floats


def test_rows_are_normalized(random: np.random.Generator) -> None:
    """The result is that of `rms_norm` in torch."""
    rows, weight = floats(random, 3, INPUTS) * 50, floats(random, INPUTS)
    expected = rms_norm(torch.from_numpy(rows), (INPUTS,), torch.from_numpy(weight), 1e-6).numpy()
    result = np.empty((3, INPUTS), np.float32)
    normalize(rows, weight, 1e-6, result)
    assert np.allclose(result, expected, rtol=1e-5, atol=1e-5)


def test_heads_turn_by_their_position(random: np.random.Generator) -> None:
    """Pairs of elements are rotated like complex numbers; heads beyond `count` stay as they were."""
    heads, angles = floats(random, 3, 4, 8), floats(random, 3, 4)
    plane = heads[:, :2, :4] + 1j * heads[:, :2, 4:]
    turned = plane * np.exp(1j * angles)[:, None]
    expected = np.concatenate([np.concatenate([turned.real, turned.imag], axis=2), heads[:, 2:]], axis=1)
    rotate(heads, 2, np.cos(angles), np.sin(angles))
    assert np.allclose(heads, expected, atol=1e-5)


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("before", [0, 1, 37])
def test_a_token_sees_all_before_it(count: int, before: int, random: np.random.Generator) -> None:
    """The result is that of torch, with three query heads per key head; unused memory is not read."""
    queries, shared, size = 6, 2, 16
    heads, store = floats(random, count, queries + 2 * shared, size), floats(random, 2, shared, 64, size)
    result = np.empty((count, queries * size), np.float32)
    end = before + count
    expected_store = store[:, :, :end].copy()
    expected_store[0, :, before:] = heads[:, queries : queries + shared].swapaxes(0, 1)
    expected_store[1, :, before:] = heads[:, queries + shared :].swapaxes(0, 1)
    store[:, :, before:] = np.nan  # left there by a failed pass
    attend(heads, store, before, 0.2, result)
    query, keys, values = (
        torch.from_numpy(each)[None] for each in (heads[:, :queries].swapaxes(0, 1), *expected_store)
    )
    mask = torch.ones(count, end, dtype=torch.bool).tril(before)
    expected = scaled_dot_product_attention(query, keys, values, mask, scale=0.2, enable_gqa=True)
    assert np.allclose(result, expected[0].transpose(0, 1).flatten(1).numpy(), atol=1e-5)
    assert np.array_equal(store[:, :, :end], expected_store)


def test_scores_that_are_far_apart_are_compared(random: np.random.Generator) -> None:
    """If one score is much larger than all others, the result is its value."""
    heads, store = np.zeros((1, 3, 8), np.float32), floats(random, 2, 1, 32, 8)
    heads[0, 0, 0], store[0, 0, :9, 0], store[0, 0, 4, 0] = 1, -500, 500
    result = np.empty((1, 8), np.float32)
    attend(heads, store, 9, 1.0, result)
    assert np.allclose(result, store[1, 0, 4], atol=1e-6)


def test_gates_open_and_close(random: np.random.Generator) -> None:
    """The result is that of `silu` in torch, also for large and small numbers."""
    gates, values = floats(random, 3, INPUTS) * 10, floats(random, 3, INPUTS)
    gates[1, :6] = [-500, -90, -1e-6, 0, 90, 500]
    result = np.empty_like(gates)
    gate(np.concatenate([gates, values], axis=1), result)
    expected = (silu(torch.from_numpy(gates)) * torch.from_numpy(values)).numpy()
    assert np.allclose(result, expected, rtol=1e-5, atol=1e-5)


def test_nan_is_propagated(random: np.random.Generator) -> None:
    """NaN in the input gives NaN in the result of attention and gates."""
    heads, rows = np.full((1, 3, 8), np.nan, np.float32), np.full((1, 16), np.nan, np.float32)
    attended, gated = np.empty((1, 8), np.float32), np.empty((1, 8), np.float32)
    attend(heads, floats(random, 2, 1, 32, 8), 5, 1.0, attended)
    gate(rows, gated)
    assert np.isnan(attended).all()
    assert np.isnan(gated).all()
