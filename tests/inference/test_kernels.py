"""Linear layers with weights of 8 bits, beside those that they stand for."""

import pytest
import torch
from torch import nn

from inference.kernels import WEIGHT_MAX, Int8Linear, int8_is_possible, product_of

pytestmark = pytest.mark.skipif(not int8_is_possible(), reason="torch has no int8 kernels on this processor")

INPUTS, OUTPUTS = 96, 40


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same numbers in each run."""
    torch.manual_seed(5)


def rounded(linear: nn.Linear) -> nn.Linear:
    """Return the layer with weights that are rounded as bytes are: what remains is the input's precision."""
    weight = linear.weight.detach()
    scale = weight.abs().amax(dim=1, keepdim=True) / WEIGHT_MAX
    copied = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
    copied.load_state_dict({**linear.state_dict(), "weight": (weight / scale).round() * scale})
    return copied


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1,), (7,), (1, 3), (2, 64)])
def test_inputs_keep_their_precision(shape: tuple[int, ...], bias: bool) -> None:
    """Beside exact products with the same weights, the error is below a thousandth, outliers or not."""
    linear = nn.Linear(INPUTS, OUTPUTS, bias=bias)
    x = torch.randn(*shape, INPUTS)
    x[..., 3] *= 100  # as language models have them
    expected = rounded(linear)(x)
    found = Int8Linear(linear)(x)
    assert found.shape == expected.shape == (*shape, OUTPUTS)
    assert (found - expected).abs().max() < 1e-3 * expected.abs().max()


def test_a_row_is_the_same_alone_and_in_a_batch() -> None:
    """Whatever stands beside it, to the last bit."""
    layer = Int8Linear(nn.Linear(INPUTS, OUTPUTS))
    rows = torch.randn(9, INPUTS) * torch.logspace(-6, 6, 9)[:, None]
    together = layer(rows)
    for row, found in zip(rows, together, strict=True):
        assert torch.equal(layer(row[None])[0], found)


def test_nothing_is_the_bias() -> None:
    """A row of zeros has no largest number, and is no error."""
    linear = nn.Linear(INPUTS, OUTPUTS)
    assert torch.allclose(Int8Linear(linear)(torch.zeros(2, INPUTS)), linear.bias.expand(2, -1))


def test_a_weight_without_a_number_is_zero() -> None:
    """An output whose weights are all zero gives its bias."""
    linear = nn.Linear(INPUTS, OUTPUTS)
    linear.weight.data[4] = 0
    assert torch.equal(Int8Linear(linear)(torch.randn(3, INPUTS))[:, 4], linear.bias[4].expand(3))


def test_what_is_no_number_stays_none() -> None:
    """NaN in a row comes out as NaN, in that row alone."""
    rows = torch.randn(3, INPUTS)
    rows[1, 7] = float("nan")
    found = Int8Linear(nn.Linear(INPUTS, OUTPUTS))(rows)
    assert found.isnan().all(dim=1).tolist() == [False, True, False]
    assert found[[0, 2]].isfinite().all()


@pytest.mark.parametrize(("dtype", "kind"), [("fp32", nn.Linear), ("bf16", nn.Linear), ("int8", Int8Linear)])
def test_the_weights_type_chooses_the_layer(dtype: str, kind: type[nn.Module]) -> None:
    """Only int8 has a layer of its own; else the layer is what it was."""
    linear = nn.Linear(8, 4)
    made = product_of(dtype)(linear)
    assert type(made) is kind
    assert (made is linear) == (dtype != "int8")
