"""Products of float rows with weights of bytes, in vectors of whole numbers that numba compiles.

A vector has 16 or 32 numbers of 16 bits, and the products of two neighbours go into one sum of 32 bits: on
x86 that is one instruction (`vpmaddwd`, `vpdpwssd`) for what takes floats two. LLVM finds the instructions of
the processor at hand.

All is in one file, since numba looks only there for what has changed since it compiled.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba.core import cgutils, types
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

from inference.kernels.loops import ZERO, Floats, compiled, inlined

Bytes = npt.NDArray[np.int8]

WIDE = get_host_cpu_features().get("avx512bw", False)  # vectors of 512 bits, and 32 registers for them
LANES = 32 if WIDE else 16  # numbers of a vector
SUMS = LANES // 2
ROWS = 4  # of a block of sums
OUTPUTS = 4 if WIDE else 2  # of it: registers must be left for what the sums are made of
TILE_BYTES = 32768  # of weights that stay in a near cache while the input's rows pass by
LINE = 64  # bytes that come from memory at once
AHEAD = 1024  # prefetch distance in bytes
WEIGHT_MAX = 127  # of a signed byte
WORD_MAX = 32767  # of 16 bits with a sign
SUM_MAX = 2**31 - 1
TINY = np.float32(1e-30)

# its type says nothing of the function that it makes
_intrinsic: Callable[[Any], Any] = numba_intrinsic(prefer_literal=True)


@compiled
def quantize(weight: Floats, result: Bytes, scales: Floats) -> None:
    """Round each row of weights to multiples of a 127th of its largest; write them and the steps' sizes.

    Beyond the weights' inputs `result` is filled with zeros, up to whole vectors.
    """
    for i in numba.prange(len(weight)):
        scales[i] = _round(weight[i], WEIGHT_MAX, result[i])


def _block_of(rows: int, outputs: int) -> Any:
    """Make the loop that multiplies so many rows with the weights of so many outputs.

    Beyond the last of either it takes the last one again.
    """

    @inlined
    def block(words: Any, r: int, weight: Bytes, i: int, result: Floats, from_memory: bool) -> None:
        sums = _no_sums(rows, outputs)
        for k in range(0, weight.shape[1], LANES):
            if from_memory:
                for line in range(0, LANES * outputs, LINE):
                    _fetch(weight, i + outputs, AHEAD + k * outputs + line)
            sums = _add_products(sums, _load(words, r, k, rows), _load(weight, i, k, outputs))
        _write_totals(sums, result, r, i, outputs)

    return block


_single, _pair, _block = _block_of(1, 1), _block_of(2, 4), _block_of(ROWS, OUTPUTS)


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
    for r in range(len(rows)):
        steps[r] = _round(rows[r], largest, words[r])
    tile = max(1, TILE_BYTES // (ROWS * inputs)) * ROWS
    for number in numba.prange((outputs + tile - 1) // tile):
        begin, end = number * tile, min(outputs, number * tile + tile)
        for r in range(0, len(rows), ROWS):
            if len(rows) == 1:
                for i in range(begin, end):
                    _single(words, r, weight, i, result, True)
            elif len(rows) - r <= 2:
                for i in range(begin, end, 4):
                    _pair(words, r, weight, i, result, r == 0)
            else:
                for i in range(begin, end, OUTPUTS):
                    _block(words, r, weight, i, result, r == 0)
        for r in range(len(rows)):
            for i in range(begin, end):
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
def _no_sums(_: Any, rows: Any, outputs: Any) -> Any:
    """Return vectors of zeros, for each row one for each output."""
    sums = types.UniTuple(_SUMS, rows.literal_value * outputs.literal_value)
    return sums(rows, outputs), lambda context, *_: ir.Constant(context.get_value_type(sums), None)


@_intrinsic
def _load(_: Any, array: Any, row: Any, k: Any, count: Any) -> Any:
    """Return the vectors that begin at `array[row, k]` and below it; bytes become numbers of 16 bits."""
    number = count.literal_value

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.IntType(array.dtype.bitwidth), LANES)
        places = [_place(context, builder, array, args[0], args[1], n, args[2], 0) for n in range(number)]
        loaded = [builder.load(builder.bitcast(place, vector.as_pointer()), align=1) for place in places]
        return cgutils.pack_array(builder, [builder.sext(each, _WORDS.machine_type) for each in loaded])

    return types.UniTuple(_WORDS, number)(array, types.intp, types.intp, count), code


@_intrinsic
def _fetch(_: Any, array: Any, row: Any, k: Any) -> Any:
    """Have what is at `array[row, k]` brought from memory; it may be beyond the end."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        view = context.make_array(array)(context, builder, args[0])
        width = cgutils.unpack_tuple(builder, view.shape)[1]
        place = builder.gep(view.data, [builder.add(builder.mul(args[1], width), args[2])])
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", (place.type,), ir.FunctionType(ir.VoidType(), [place.type, *[_NUMBER] * 3])
        )
        builder.call(prefetch, [place, _NUMBER(0), _NUMBER(3), _NUMBER(1)])  # to read, to keep, data
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), code


@_intrinsic
def _add_products(_: Any, sums: Any, rows: Any, outputs: Any) -> Any:
    """Return sums to which the products of each row with each output are added, two neighbours to one sum."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        before, xs, ws = (cgutils.unpack_tuple(builder, arg) for arg in args)
        wide = ir.VectorType(_NUMBER, LANES)
        added = []
        for sums, (x, w) in zip(before, product(xs, ws), strict=True):
            products = builder.mul(builder.sext(x, wide), builder.sext(w, wide))
            added.append(builder.add(sums, builder.add(*_neighbours(builder, products))))
        return cgutils.pack_array(builder, added)

    return sums(sums, rows, outputs), code


@_intrinsic
def _write_totals(_: Any, sums: Any, result: Any, row: Any, output: Any, outputs: Any) -> Any:
    """Write the total of each vector of sums, as a float, from `result[row, output]` on."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        floats = ir.VectorType(ir.FloatType(), SUMS)
        vectors = [builder.sitofp(each, floats) for each in cgutils.unpack_tuple(builder, args[0])]
        while len(vectors) > 1:
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [builder.fadd(*_neighbours(builder, *pair)) for pair in pairs]
        totals = vectors[0]
        while totals.type.count > len(sums):
            totals = builder.fadd(*_neighbours(builder, totals))
        for number in range(len(sums)):
            n, m = divmod(number, outputs.literal_value)
            place = _place(context, builder, result, args[1], args[2], n, args[3], m)
            builder.store(builder.extract_element(totals, _NUMBER(number)), place)
        return context.get_dummy_value()

    return types.void(sums, result, types.intp, types.intp, outputs), code


def _place(
    context: Any, builder: Any, array: Any, value: Any, row: Any, down: int, column: Any, right: int
) -> Any:
    """Return the address of an element so far from another, and not beyond the array's last row or column."""
    view = context.make_array(array)(context, builder, value)
    height, width = cgutils.unpack_tuple(builder, view.shape)
    row, column = (
        _at_most(builder, builder.add(place, place.type(more)), builder.sub(size, size.type(1)))
        for place, more, size in ((row, down, height), (column, right, width))
    )
    return builder.gep(view.data, [builder.add(builder.mul(row, width), column)])


def _at_most(builder: Any, number: Any, most: Any) -> Any:
    return builder.select(builder.icmp_signed("<", number, most), number, most)


def _neighbours(builder: Any, vector: Any, behind: Any = None) -> list[Any]:
    """Return each second element of a vector, and those between: of two vectors, one behind the other."""
    size = vector.type.count * (1 if behind is None else 2)
    behind = ir.Constant(vector.type, ir.Undefined) if behind is None else behind
    masks = [[_NUMBER(place) for place in range(first, size, 2)] for first in (0, 1)]
    half = ir.VectorType(_NUMBER, size // 2)
    return [builder.shuffle_vector(vector, behind, ir.Constant(half, mask)) for mask in masks]
