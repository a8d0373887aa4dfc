"""Products of float rows with weights of bytes, in vectors of whole numbers that numba compiles.

A vector is 16 numbers of 16 bits, and two of its products go into each of 8 sums of 32: on x86 that is one
instruction (`vpmaddwd`) for what takes floats two. LLVM finds the instructions of the processor at hand.

All is in one file, since numba looks only there for what has changed since it compiled.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

from inference.kernels import ZERO, Floats, compiled, inlined

Bytes = npt.NDArray[np.int8]

LANES, SUMS = 16, 8  # numbers and sums of a vector
LONG, SHORT = 4, 2  # sides of a block of sums: eight at a time leave registers for what they are made of
TILE_BYTES = 16384  # of weights that stay in the nearest cache while the input's rows pass by
AHEAD = 2048  # bytes between what is multiplied and what is fetched from memory meanwhile
WEIGHT_MAX = 127  # of a signed byte
WORD_MAX = 32767  # of 16 bits with a sign
SUM_MAX = 2**31 - 1
TINY = np.float32(1e-30)

_intrinsic: Callable[[Any], Any] = numba_intrinsic  # its type says nothing of the function that it makes


@compiled
def quantize(weight: Floats, result: Bytes, scales: Floats) -> None:
    """Round each row of weights to multiples of a 127th of its largest; write them and the steps' sizes.

    Beyond the weights' inputs `result` is filled with zeros, up to whole vectors.
    """
    for i in numba.prange(len(weight)):
        scales[i] = _round(weight[i], WEIGHT_MAX, result[i])


@compiled
def multiply(rows: Floats, weight: Bytes, scales: Floats, bias: Floats, result: Floats) -> None:
    """Write `rows @ (weight * scales).T + bias` into `result`, [count, outputs].

    `weight` is [outputs, inputs in whole vectors], with a scale for each output. Rows are rounded to 16 bits,
    each by itself, or to less where the sums of very long ones would not fit. A single row takes as long as
    reading the weights; several go in blocks, so that what is read is used more than once.
    """
    outputs, inputs = weight.shape
    words = np.empty((len(rows), inputs), np.int16)
    steps = np.empty(len(rows), np.float32)
    largest = min(WORD_MAX, SUM_MAX // (WEIGHT_MAX * (inputs // SUMS)))
    if len(rows) == 1:
        steps[0] = _round(rows[0], largest, words[0])
        for i in numba.prange(outputs):
            sums = _no_sums()
            for k in range(0, inputs, LANES):
                _fetch(weight, i, AHEAD + k)
                sums = _add_products(sums, _load(words, 0, k), _load(weight, i, k))
            result[0, i] = _total(sums) * steps[0] * scales[i] + bias[i]
    else:
        for r in numba.prange(len(rows)):
            steps[r] = _round(rows[r], largest, words[r])
        tile = max(1, TILE_BYTES // (LONG * inputs)) * LONG
        for begin in numba.prange((outputs + tile - 1) // tile):
            end = min(outputs, begin * tile + tile)
            for r in range(0, len(rows), LONG):
                if len(rows) - r > SHORT:
                    for i in range(begin * tile, end, SHORT):
                        _block(words, weight, r, i, result, weight, i, 0 if r else SHORT)
                else:
                    for i in range(begin * tile, end, LONG):
                        _block(weight, words, i, r, result.T, weight, i, 0 if r else LONG)
            for r in range(len(rows)):
                for i in range(begin * tile, end):
                    result[r, i] = result[r, i] * steps[r] * scales[i] + bias[i]


@inlined
def _round(numbers: Floats, largest: int, result: npt.NDArray[Any]) -> np.float32:
    """Write multiples of a step, the largest of which is `largest`, and zeros behind them; return the step.

    Where a number is NaN or infinite, the step is NaN: whatever is multiplied with it then tells.
    """
    highest, nothing = TINY, ZERO
    for number in numbers:
        highest = max(highest, abs(number))
        nothing += number * ZERO
    step = highest / np.float32(largest)
    for k in range(len(numbers)):
        result[k] = np.int32(np.rint(numbers[k] / step))
    result[len(numbers) :] = 0
    return step + nothing


@inlined
def _block(four: Any, two: Any, i: int, j: int, result: Any, weight: Bytes, row: int, ahead: int) -> None:
    """Write the products of 4 rows of one with 2 of the other; beyond the last of either, do that one again.

    One of both is `weight`: of so many of its rows, from `row` on, what comes later is fetched meanwhile.
    """
    last = len(four) - 1
    i1, i2, i3, j1 = min(i + 1, last), min(i + 2, last), min(i + 3, last), min(j + 1, len(two) - 1)
    s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = _no_sums()
    for k in range(0, weight.shape[1], LANES):
        if ahead:
            _fetch(weight, row, AHEAD + k * ahead)
        y0, y1 = _load(two, j, k), _load(two, j1, k)
        x0, x1, x2, x3 = _load(four, i, k), _load(four, i1, k), _load(four, i2, k), _load(four, i3, k)
        s00, s01 = _add_products(s00, x0, y0), _add_products(s01, x0, y1)
        s10, s11 = _add_products(s10, x1, y0), _add_products(s11, x1, y1)
        s20, s21 = _add_products(s20, x2, y0), _add_products(s21, x2, y1)
        s30, s31 = _add_products(s30, x3, y0), _add_products(s31, x3, y1)
    result[i, j], result[i, j1] = _total(s00), _total(s01)
    result[i1, j], result[i1, j1] = _total(s10), _total(s11)
    result[i2, j], result[i2, j1] = _total(s20), _total(s21)
    result[i3, j], result[i3, j1] = _total(s30), _total(s31)


class _Vector(types.Type):
    """So many whole numbers of so many bits, as numba's code handles them: in a register."""

    def __init__(self, bits: int, count: int) -> None:
        super().__init__(f"Vector({bits}, {count})")
        self.machine_type = ir.VectorType(ir.IntType(bits), count)


@register_model(_Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: _Vector) -> None:
        super().__init__(manager, vector, vector.machine_type)


_WORDS, _SUMS = _Vector(16, LANES), _Vector(32, SUMS)
_NUMBER = ir.IntType(32)


@_intrinsic
def _no_sums(_: Any) -> Any:
    """Return a vector of zeros."""
    return _SUMS(), lambda context, builder, signature, args: ir.Constant(_SUMS.machine_type, None)


@_intrinsic
def _load(_: Any, array: Any, row: Any, k: Any) -> Any:
    """Return the vector that begins at `array[row, k]`; bytes become numbers of 16 bits."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bits = signature.args[0].dtype.bitwidth
        place = _place(context, builder, signature, args)
        vector = ir.VectorType(ir.IntType(bits), LANES)
        loaded = builder.load(builder.bitcast(place, vector.as_pointer()), align=1)
        return builder.sext(loaded, _WORDS.machine_type)

    return _WORDS(array, types.intp, types.intp), code


@_intrinsic
def _fetch(_: Any, array: Any, row: Any, k: Any) -> Any:
    """Have what is at `array[row, k]` brought from memory; it may be beyond the end."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _place(context, builder, signature, args)
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", (place.type,), ir.FunctionType(ir.VoidType(), [place.type, *[_NUMBER] * 3])
        )
        builder.call(prefetch, [place, _NUMBER(0), _NUMBER(3), _NUMBER(1)])  # to read, to keep, data
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), code


@_intrinsic
def _add_products(_: Any, sums: Any, x: Any, w: Any) -> Any:
    """Return sums to which products of two vectors are added, those of two neighbours to each."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums, x, w = args
        wide = ir.VectorType(_NUMBER, LANES)
        products = builder.mul(builder.sext(x, wide), builder.sext(w, wide))
        even, odd = (_chosen(builder, products, range(first, LANES, 2)) for first in (0, 1))
        return builder.add(sums, builder.add(even, odd))

    return _SUMS(_SUMS, _WORDS, _WORDS), code


@_intrinsic
def _total(_: Any, sums: Any) -> Any:
    """Return the sum of sums, as a float."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        total = builder.sitofp(args[0], ir.VectorType(ir.FloatType(), SUMS))
        half = SUMS // 2
        while half:
            low, high = (_chosen(builder, total, range(first, first + half)) for first in (0, half))
            total = builder.fadd(low, high)
            half //= 2
        return builder.extract_element(total, _NUMBER(0))

    return types.float32(_SUMS), code


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Return the address of an element of a contiguous array of two dimensions."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    width = cgutils.unpack_tuple(builder, array.shape)[1]
    return builder.gep(array.data, [builder.add(builder.mul(args[1], width), args[2])])


def _chosen(builder: Any, vector: Any, places: range) -> Any:
    """Return a vector of those elements."""
    mask = ir.Constant(ir.VectorType(_NUMBER, len(places)), [_NUMBER(place) for place in places])
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask)
