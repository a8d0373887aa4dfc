"""Linear layers with int8 weights."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from inference.kernels.loops import Floats
from inference.kernels.matmul import INT16_LANES, Bytes, multiply, quantize

ROWS_AT_ONCE = 4096  # rows of weights that are converted to float32 at a time


class Int8Product:
    """The matrix product of one linear layer, or of several layers with the same input, concatenated.

    Weights are int8 with one scale per output; inputs are quantized to int16, with one scale per row.
    """

    @torch.no_grad()
    def __init__(self, weights: Sequence[torch.Tensor], biases: Sequence[torch.Tensor] = ()) -> None:
        weight = torch.cat(tuple(weights)) if len(weights) > 1 else weights[0]
        outputs, inputs = weight.shape
        # A numpy array, because numpy allocates huge pages, which are faster to read.
        self._weight = np.empty((outputs, -(-inputs // INT16_LANES) * INT16_LANES), np.int8)
        self._scales = np.empty(outputs, np.float32)
        for begin in range(0, outputs, ROWS_AT_ONCE):
            rows = slice(begin, begin + ROWS_AT_ONCE)
            quantize(weight[rows].float().numpy(), self._weight[rows], self._scales[rows])
        self._bias = torch.cat(tuple(biases)).float().numpy() if biases else np.zeros_like(self._scales)

    def __call__(self, rows: Floats) -> Floats:
        """Multiply rows of shape [count, inputs]."""
        return _product(rows, self._weight, self._scales, self._bias)

    def for_outputs(self, rows: Floats, outputs: Sequence[int]) -> Floats:
        """Multiply rows by the weights of these outputs only."""
        chosen = list(outputs)
        return _product(rows, self._weight[chosen], self._scales[chosen], self._bias[chosen])


def _product(rows: Floats, weight: Bytes, scales: Floats, bias: Floats) -> Floats:
    result = np.empty((len(rows), len(weight)), np.float32)
    multiply(rows, weight, scales, bias, result)
    return result


class Int8Linear(nn.Module):
    """`nn.Linear` backed by `Int8Product`."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self._product = Int8Product([linear.weight], [] if linear.bias is None else [linear.bias])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Multiply float32 rows of shape [..., inputs]."""
        rows = x.reshape(-1, x.shape[-1]).contiguous().numpy()
        return torch.from_numpy(self._product(rows)).view(*x.shape[:-1], -1)
