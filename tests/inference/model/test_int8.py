"""Tests of `inference.model.int8`, compared with the original layers."""

import numpy as np
import pytest
import torch
from torch import nn

from inference.kernels.matmul import MAX_INT8, MAX_INT16
from inference.model.int8 import ROWS_AT_ONCE, Int8Linear, Int8Product

INPUTS, OUTPUTS = 96, 40


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Seed torch, so that each run has the same numbers."""
    torch.manual_seed(5)


def rounded(linear: nn.Linear) -> nn.Linear:
    """Return a copy of the layer whose weights are rounded as int8 weights are."""
    weight = linear.weight.detach()
    scale = weight.abs().amax(dim=1, keepdim=True) / float(MAX_INT8)
    copied = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    copied.load_state_dict({**linear.state_dict(), "weight": (weight / scale).round() * scale})
    return copied


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1,), (7,), (1, 3), (2, 64)])
def test_rows_are_rounded_to_16_bits(shape: tuple[int, ...], bias: bool) -> None:
    """The result differs from the exact product by at most half a quantization step of each input."""
    linear = nn.Linear(INPUTS, OUTPUTS, bias=bias)
    x = torch.randn(*shape, INPUTS)
    x[..., 3] *= 100  # activations of language models have such outliers
    expected = rounded(linear)(x)
    found = Int8Linear(linear)(x)
    assert found.shape == expected.shape == (*shape, OUTPUTS)
    half_steps = x.abs().amax(dim=-1, keepdim=True) / MAX_INT16 / 2
    assert bool(((found - expected).abs() <= half_steps * linear.weight.abs().sum(dim=1) + 1e-4).all())


def test_layers_with_the_same_input_are_one_product() -> None:
    """The outputs of several layers are concatenated."""
    first, second = nn.Linear(INPUTS, 5), nn.Linear(INPUTS, 7)
    x = torch.randn(2, INPUTS)
    found = Int8Product([first.weight, second.weight], [first.bias, second.bias])(x.numpy())
    expected = torch.cat([Int8Linear(layer)(x) for layer in (first, second)], dim=1)
    assert np.allclose(found, expected.numpy())


def test_many_outputs_are_rounded_in_pieces() -> None:
    """The result is right for more outputs than are converted at a time."""
    linear = nn.Linear(8, 2 * ROWS_AT_ONCE + 1)
    x = torch.randn(2, 8)
    assert torch.allclose(Int8Linear(linear)(x), rounded(linear)(x), rtol=1e-4, atol=1e-4)


def test_some_outputs_are_those_of_all() -> None:
    """`for_outputs` returns the same values as the whole product."""
    product = Int8Product([torch.randn(OUTPUTS, INPUTS)], [torch.randn(OUTPUTS)])
    rows = torch.randn(2, INPUTS).numpy()
    assert np.array_equal(product.for_outputs(rows, [7, 0]), product(rows)[:, [7, 0]])


def test_a_weight_of_nan_is_not_hidden() -> None:
    """NaN or infinity in the weights of an output makes that output NaN, and no other."""
    linear = nn.Linear(INPUTS, OUTPUTS)
    linear.weight.data[4, 7] = float("nan")
    linear.weight.data[9, 0] = float("inf")
    found = Int8Linear(linear)(torch.randn(3, INPUTS))
    assert found.isnan().nonzero()[:, 1].unique().tolist() == [4, 9]


def test_weights_of_zero_give_the_bias() -> None:
    """An output whose weights are all zero is equal to its bias."""
    linear = nn.Linear(INPUTS, OUTPUTS)
    linear.weight.data[4] = 0
    assert torch.equal(Int8Linear(linear)(torch.randn(3, INPUTS))[:, 4], linear.bias[4].expand(3))
