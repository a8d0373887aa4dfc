"""Linear layers with weights of 8 bits."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from inference.kernels.loops import Floats
from inference.kernels.matmul import LANES, Bytes, multiply, quantize

PIECE = 4096  # rows of weights that are converted to float32 at a time


class Int8Product:
    """The product of a linear layer, or of several layers with the same input, concatenated.

    Weights are int8 with a scale per output; inputs are rounded to int16.
    """

    @torch.no_grad()
    def __init__(self, weights: Sequence[torch.Tensor], biases: Sequence[torch.Tensor] = ()) -> None:
        weight = torch.cat(tuple(weights)) if len(weights) > 1 else weights[0]
        outputs, inputs = weight.shape
        # numpy allocates huge pages, which are faster to read
        self._weight = np.empty((outputs, -(-inputs // LANES) * LANES), np.int8)
        self._scales = np.empty(outputs, np.float32)
        for begin in range(0, outputs, PIECE):
            piece = slice(begin, begin + PIECE)
            quantize(weight[piece].float().numpy(), self._weight[piece], self._scales[piece])
        self._bias = torch.cat(tuple(biases)).float().numpy() if biases else np.zeros_like(self._scales)

    def __call__(self, rows: Floats) -> Floats:
        """Multiply rows of shape [count, inputs]."""
        return _multiplied(rows, self._weight, self._scales, self._bias)

    def some(self, rows: Floats, outputs: Sequence[int]) -> Floats:
        """Multiply rows by the weights of these outputs only."""
        chosen = list(outputs)
        return _multiplied(rows, self._weight[chosen], self._scales[chosen], self._bias[chosen])


def _multiplied(rows: Floats, weight: Bytes, scales: Floats, bias: Floats) -> Floats:
    result = np.empty((len(rows), len(weight)), np.float32)
    multiply(rows, weight, scales, bias, result)
    return result


class Int8Linear(nn.Module):
    """`nn.Linear` backed by `Int8Product`."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self._product = Int8Product([linear.weight], [] if linear.bias is None else [linear.bias])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Multiply rows of float32, of shape [..., inputs]."""
        rows = x.reshape(-1, x.shape[-1]).contiguous().numpy()
        return torch.from_numpy(self._product(rows)).view(*x.shape[:-1], -1)
