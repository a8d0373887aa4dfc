"""How a linear layer runs with weights of 8 bits; the only private operators of torch are here."""

import warnings
from collections.abc import Callable

import torch
from torch import nn

ENGINE = "fbgemm"
WEIGHT_MAX = 127  # of a signed byte
ROW_MAX = 63  # 7 bits: two products of a byte and a weight still fit the 16 bits that AVX2 adds them in
ROW_ZERO = 64
TINY = torch.finfo(torch.float32).tiny


def int8_is_possible() -> bool:
    """Whether torch can multiply bytes on this processor: on x86, where it is built with FBGEMM."""
    return ENGINE in torch.backends.quantized.supported_engines


class Int8Linear(nn.Module):
    """A linear layer whose weights are bytes, with a scale for each output, and that loses little else.

    Each row of the input is multiplied as two rows of 7 bits: its numbers in 63 steps of its largest one, and
    what that rounding left over, in as many steps; together some 13 bits. While few rows are multiplied, the
    second one is free, since reading the weights takes the time. Rows do not touch each other: what stands in
    a batch beside one changes nothing, as a scale of the whole batch would.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach().float()
        scales = (weight.abs().amax(dim=1) / WEIGHT_MAX).clamp_min(TINY)
        steps = (weight / scales[:, None]).round_().to(torch.int8)
        zeros = torch.zeros(len(scales), dtype=torch.long)
        quantized = torch._make_per_channel_quantized_tensor(steps, scales.double(), zeros, 0)
        torch.backends.quantized.engine = ENGINE
        self._packed = torch.ops.quantized.linear_prepack(quantized, None)
        self.bias = None if linear.bias is None else linear.bias.detach().float()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Multiply rows of float32, of shape [..., inputs]."""
        rows = x.reshape(-1, x.shape[-1])
        count = len(rows)
        largest = rows.abs().amax(dim=1, keepdim=True).clamp_min_(TINY)
        steps = rows * (ROW_MAX / largest)
        whole = steps.round()
        left = steps.sub_(whole).mul_(2 * ROW_MAX)
        product = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            torch.cat((whole, left)), 1.0, ROW_ZERO, self._packed
        )
        product = torch.add(product[:count], product[count:], alpha=1 / (2 * ROW_MAX))
        scale = largest.div_(ROW_MAX)
        result = product.mul_(scale) if self.bias is None else torch.addcmul(self.bias, product, scale)
        return result.view(*x.shape[:-1], -1)


def product_of(dtype: str) -> Callable[[nn.Linear], nn.Module]:
    """Return what makes of a linear layer one that runs with weights of `dtype`."""
    if dtype != "int8":
        return lambda linear: linear
    # torch means to drop these types one day: it is pinned
    warnings.filterwarnings("ignore", message="torch.quantize_per_tensor")
    return Int8Linear
