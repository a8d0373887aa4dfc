"""Matrix product of float32 rows with int8 weights, in SIMD vectors of integers that numba compiles.

A vector has 16 or 32 lanes of int16, and the products of two neighbouring lanes are added into one int32
lane: on x86 this is one instruction (`vpmaddwd`, `vpdpwssd`), where floats need two. LLVM chooses the
instructions of the processor at hand.

Everything stays in one file, because numba's cache notices only changes of the file that holds the function.
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

# With AVX-512 there are 32 vector registers of 512 bits, else 16 of 256 bits.
HAS_AVX512 = get_host_cpu_features().get("avx512bw", False)
INT16_LANES = 32 if HAS_AVX512 else 16
INT32_LANES = INT16_LANES // 2
# A block sums up this many rows times this many outputs at once. Registers must be left for the inputs.
BLOCK_ROWS = 4
BLOCK_OUTPUTS = 4 if HAS_AVX512 else 2
# The last one or two rows of a batch are multiplied with this many outputs at once.
PAIR_OUTPUTS = 4
# Weights of one tile, in bytes: they stay in the L1 or L2 cache while all rows are multiplied with them.
TILE_BYTES = 32768
CACHE_LINE_BYTES = 64
PREFETCH_BYTES = 1024
MAX_INT8 = 127
MAX_INT16 = 32767
MAX_INT32 = 2**31 - 1
# The largest magnitude of a row counts as at least this, so that a row of zeros is not divided by zero.
MIN_MAGNITUDE = np.float32(1e-30)

# numba's own type of this decorator does not describe the function that it returns.
_intrinsic: Callable[[Any], Any] = numba_intrinsic(prefer_literal=True)


@compiled
def quantize(weight: Floats, result: Bytes, scales: Floats) -> None:
    """Quantize each row of `weight` to int8 with one scale per row; write both.

    The scale is the largest magnitude of the row divided by 127. `result` may have more columns than
    `weight`, to fill whole vectors; these are set to zero.
    """
    for i in numba.prange(len(weight)):
        scales[i] = _quantize_row(weight[i], MAX_INT8, result[i])


def _make_block(rows: int, outputs: int) -> Any:
    """Return a compiled loop that multiplies `rows` rows with the weights of `outputs` outputs.

    Beyond the last row or output it computes the last one again, which gives the same result.
    """

    @inlined
    def block(inputs: Any, r: int, weight: Bytes, i: int, result: Floats, prefetches: bool) -> None:
        sums = _zero_sums(rows, outputs)
        for k in range(0, weight.shape[1], INT16_LANES):
            if prefetches:
                for line in range(0, INT16_LANES * outputs, CACHE_LINE_BYTES):
                    _prefetch(weight, i + outputs, PREFETCH_BYTES + k * outputs + line)
            sums = _add_products(sums, _load(inputs, r, k, rows), _load(weight, i, k, outputs))
        _write_totals(sums, result, r, i, outputs)

    return block


_single = _make_block(1, 1)
_pair = _make_block(2, PAIR_OUTPUTS)
_block = _make_block(BLOCK_ROWS, BLOCK_OUTPUTS)


@compiled
def multiply(rows: Floats, weight: Bytes, scales: Floats, bias: Floats, result: Floats) -> None:
    """Write `rows @ (weight * scales).T + bias` into `result`, [count, outputs].

    `weight` is [outputs, inputs padded to whole vectors], with one scale per output. Each row is quantized to
    int16 with its own scale, or to fewer bits if the row is so long that int32 sums could overflow. A single
    row takes as long as reading the weights; several rows are multiplied in blocks, so that each weight that
    was read is used more than once.
    """
    outputs, inputs = weight.shape
    quantized = np.empty((len(rows), inputs), np.int16)
    row_scales = np.empty(len(rows), np.float32)
    largest = min(MAX_INT16, MAX_INT32 // (MAX_INT8 * (inputs // INT32_LANES)))
    for r in range(len(rows)):
        row_scales[r] = _quantize_row(rows[r], largest, quantized[r])
    tile = max(1, TILE_BYTES // (BLOCK_ROWS * inputs)) * BLOCK_ROWS
    for number in numba.prange((outputs + tile - 1) // tile):
        begin, end = number * tile, min(outputs, number * tile + tile)
        for r in range(0, len(rows), BLOCK_ROWS):
            if len(rows) == 1:
                for i in range(begin, end):
                    _single(quantized, r, weight, i, result, True)
            elif len(rows) - r <= 2:
                for i in range(begin, end, PAIR_OUTPUTS):
                    _pair(quantized, r, weight, i, result, r == 0)
            else:
                for i in range(begin, end, BLOCK_OUTPUTS):
                    _block(quantized, r, weight, i, result, r == 0)
        for r in range(len(rows)):
            for i in range(begin, end):
                result[r, i] = result[r, i] * row_scales[r] * scales[i] + bias[i]


@inlined
def _quantize_row(row: Floats, largest: int, result: npt.NDArray[Any]) -> np.float32:
    """Write a row as integers of at most `largest` in magnitude, padded with zeros; return their scale.

    If the row holds NaN or infinity, the scale is NaN, so that everything computed from the row is NaN, too.
    """
    highest, zero_or_nan = MIN_MAGNITUDE, ZERO
    for number in row:
        highest = max(highest, abs(number))
        zero_or_nan += number * ZERO
    scale = highest / np.float32(largest)
    for k in range(len(row)):
        result[k] = np.int32(np.rint(row[k] / scale))
    result[len(row) :] = 0
    return scale + zero_or_nan


class _Vector(types.Type):
    """The numba type of a SIMD vector: `count` integers of `bits` bits."""

    def __init__(self, bits: int, count: int) -> None:
        super().__init__(f"Vector({bits}, {count})")
        self.machine_type = ir.VectorType(ir.IntType(bits), count)


@register_model(_Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: _Vector) -> None:
        super().__init__(manager, vector, vector.machine_type)


_INT16_VECTOR, _INT32_VECTOR = _Vector(16, INT16_LANES), _Vector(32, INT32_LANES)
_INT32 = ir.IntType(32)


@_intrinsic
def _zero_sums(_: Any, rows: Any, outputs: Any) -> Any:
    """Return a vector of zeros for each pair of a row and an output, row by row."""
    sums = types.UniTuple(_INT32_VECTOR, rows.literal_value * outputs.literal_value)
    return sums(rows, outputs), lambda context, *_: ir.Constant(context.get_value_type(sums), None)


@_intrinsic
def _load(_: Any, array: Any, row: Any, k: Any, count: Any) -> Any:
    """Load the vectors that begin at column `k` of `count` rows from `row` on; int8 is widened to int16."""
    height = count.literal_value

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value, row, column, _ = args
        vector = ir.VectorType(ir.IntType(array.dtype.bitwidth), INT16_LANES)
        wide = _INT16_VECTOR.machine_type
        addresses = [_address(context, builder, array, value, row, n, column, 0) for n in range(height)]
        loaded = [builder.load(builder.bitcast(each, vector.as_pointer()), align=1) for each in addresses]
        return cgutils.pack_array(builder, [builder.sext(each, wide) for each in loaded])

    return types.UniTuple(_INT16_VECTOR, height)(array, types.intp, types.intp, count), code


@_intrinsic
def _prefetch(_: Any, array: Any, row: Any, k: Any) -> Any:
    """Prefetch the cache line of `array[row, k]`; the address may be beyond the end of the array."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        view = context.make_array(array)(context, builder, args[0])
        width = cgutils.unpack_tuple(builder, view.shape)[1]
        address = builder.gep(view.data, [builder.add(builder.mul(args[1], width), args[2])])
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", (address.type,), ir.FunctionType(ir.VoidType(), [address.type, *[_INT32] * 3])
        )
        # The arguments mean: for reading (0), keep in all caches (3), data and not instructions (1).
        builder.call(prefetch, [address, _INT32(0), _INT32(3), _INT32(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), code


@_intrinsic
def _add_products(_: Any, sums: Any, rows: Any, outputs: Any) -> Any:
    """Add the products of each row with each output to the sums, two neighbouring products to one int32."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        before, xs, ws = (cgutils.unpack_tuple(builder, arg) for arg in args)
        wide = ir.VectorType(_INT32, INT16_LANES)
        added = []
        for sums, (x, w) in zip(before, product(xs, ws), strict=True):
            products = builder.mul(builder.sext(x, wide), builder.sext(w, wide))
            added.append(builder.add(sums, builder.add(*_even_odd(builder, products))))
        return cgutils.pack_array(builder, added)

    return sums(sums, rows, outputs), code


@_intrinsic
def _write_totals(_: Any, sums: Any, result: Any, row: Any, output: Any, outputs: Any) -> Any:
    """Write the total of each vector of sums, as float32, into the block at `result[row, output]`."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        floats = ir.VectorType(ir.FloatType(), INT32_LANES)
        vectors = [builder.sitofp(each, floats) for each in cgutils.unpack_tuple(builder, args[0])]
        while len(vectors) > 1:
            pairs = zip(vectors[::2], vectors[1::2], strict=True)
            vectors = [builder.fadd(*_even_odd(builder, *pair)) for pair in pairs]
        totals = vectors[0]
        while totals.type.count > len(sums):
            totals = builder.fadd(*_even_odd(builder, totals))
        for number in range(len(sums)):
            n, m = divmod(number, outputs.literal_value)
            address = _address(context, builder, result, args[1], args[2], n, args[3], m)
            builder.store(builder.extract_element(totals, _INT32(number)), address)
        return context.get_dummy_value()

    return types.void(sums, result, types.intp, types.intp, outputs), code


def _address(
    context: Any, builder: Any, array: Any, value: Any, row: Any, down: int, column: Any, right: int
) -> Any:
    """Return the address of `array[row + down, column + right]`, clamped to the last row and column."""
    view = context.make_array(array)(context, builder, value)
    height, width = cgutils.unpack_tuple(builder, view.shape)
    row, column = (
        _minimum(builder, builder.add(index, index.type(offset)), builder.sub(size, size.type(1)))
        for index, offset, size in ((row, down, height), (column, right, width))
    )
    return builder.gep(view.data, [builder.add(builder.mul(row, width), column)])


def _minimum(builder: Any, one: Any, other: Any) -> Any:
    return builder.select(builder.icmp_signed("<", one, other), one, other)


def _even_odd(builder: Any, vector: Any, second: Any = None) -> list[Any]:
    """Return the elements at even and at odd indices of a vector, or of two concatenated vectors."""
    size = vector.type.count * (1 if second is None else 2)
    second = ir.Constant(vector.type, ir.Undefined) if second is None else second
    masks = [[_INT32(index) for index in range(first, size, 2)] for first in (0, 1)]
    half = ir.VectorType(_INT32, size // 2)
    return [builder.shuffle_vector(vector, second, ir.Constant(half, mask)) for mask in masks]
