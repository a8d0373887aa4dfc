"""Linear layers with weights of 8 bits, beside those that they stand for."""

import numpy as np
import pytest
import torch
from torch import nn

from inference.kernels.matmul import MAX_INT8, MAX_INT16
from inference.model.int8 import ROWS_AT_ONCE, Int8Linear, Int8Product

INPUTS, OUTPUTS = 96, 40


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same numbers in each run."""
    torch.manual_seed(5)


def rounded(linear: nn.Linear) -> nn.Linear:
    """Return the layer with weights that are rounded as bytes are."""
    weight = linear.weight.detach()
    scale = weight.abs().amax(dim=1, keepdim=True) / float(MAX_INT8)
    copied = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    copied.load_state_dict({**linear.state_dict(), "weight": (weight / scale).round() * scale})
    return copied


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1,), (7,), (1, 3), (2, 64)])
def test_rows_are_rounded_to_16_bits(shape: tuple[int, ...], bias: bool) -> None:
    """Beside exact products with the same weights, no input differs by more than half a step of its row."""
    linear = nn.Linear(INPUTS, OUTPUTS, bias=bias)
    x = torch.randn(*shape, INPUTS)
    x[..., 3] *= 100  # as language models have them
    expected = rounded(linear)(x)
    found = Int8Linear(linear)(x)
    assert found.shape == expected.shape == (*shape, OUTPUTS)
    half_steps = x.abs().amax(dim=-1, keepdim=True) / MAX_INT16 / 2
    assert bool(((found - expected).abs() <= half_steps * linear.weight.abs().sum(dim=1) + 1e-4).all())


def test_layers_that_read_the_same_are_one_product() -> None:
    """Their outputs stand one behind the other."""
    first, second = nn.Linear(INPUTS, 5), nn.Linear(INPUTS, 7)
    x = torch.randn(2, INPUTS)
    found = Int8Product([first.weight, second.weight], [first.bias, second.bias])(x.numpy())
    expected = torch.cat([Int8Linear(layer)(x) for layer in (first, second)], dim=1)
    assert np.allclose(found, expected.numpy())


def test_many_outputs_are_rounded_in_pieces() -> None:
    """Also where there are more outputs than one piece has."""
    linear = nn.Linear(8, 2 * ROWS_AT_ONCE + 1)
    x = torch.randn(2, 8)
    assert torch.allclose(Int8Linear(linear)(x), rounded(linear)(x), rtol=1e-4, atol=1e-4)


def test_some_outputs_are_those_of_all() -> None:
    """A few outputs can be had without the others."""
    product = Int8Product([torch.randn(OUTPUTS, INPUTS)], [torch.randn(OUTPUTS)])
    rows = torch.randn(2, INPUTS).numpy()
    assert np.array_equal(product.for_outputs(rows, [7, 0]), product(rows)[:, [7, 0]])


def test_a_weight_that_is_no_number_is_not_hidden() -> None:
    """NaN, or infinity, in broken weights comes out as NaN, in its output alone."""
    linear = nn.Linear(INPUTS, OUTPUTS)
    linear.weight.data[4, 7] = float("nan")
    linear.weight.data[9, 0] = float("inf")
    found = Int8Linear(linear)(torch.randn(3, INPUTS))
    assert found.isnan().nonzero()[:, 1].unique().tolist() == [4, 9]


def test_a_weight_without_a_number_is_zero() -> None:
    """An output whose weights are all zero gives its bias."""
    linear = nn.Linear(INPUTS, OUTPUTS)
    linear.weight.data[4] = 0
    assert torch.equal(Int8Linear(linear)(torch.randn(3, INPUTS))[:, 4], linear.bias[4].expand(3))
