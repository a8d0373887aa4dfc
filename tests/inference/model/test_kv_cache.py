"""Tests of `inference.model.kv_cache`."""

import pytest
import torch

from inference.model.kv_cache import CAPACITY_STEP, KVCache, rounded_up

LAYERS, HEADS, SIZE = 3, 2, 4


def written(cache: KVCache, tokens: list[int], *, commit: bool = True) -> None:
    """Write keys and values from which the token and the layer can be read back."""
    cache.reserve(len(tokens))
    for layer in range(LAYERS):
        keys = torch.tensor(tokens, dtype=torch.float32)[None, None, :, None].expand(1, HEADS, -1, SIZE)
        cache.write(layer, keys + layer / 10, -keys - layer / 10)
    if commit:
        cache.commit(tokens)


def read(cache: KVCache, layer: int) -> list[float]:
    """Return one number per token of a layer; check that its keys and values belong together."""
    cache.reserve(1)
    nothing = torch.zeros(1, HEADS, 1, SIZE)
    keys, values = cache.write(layer, nothing, nothing)
    assert torch.equal(keys, -values)
    assert keys.shape == (1, HEADS, len(cache.tokens) + 1, SIZE)
    return [round(number, 1) for number in keys[0, 0, :-1, 0].tolist()]


def empty() -> KVCache:
    """Return the cache of a sequence without tokens."""
    return KVCache(LAYERS, HEADS, SIZE, torch.float32)


@pytest.mark.parametrize("pieces", [[5], [1, 4], [CAPACITY_STEP, 1], [CAPACITY_STEP - 1, 2, CAPACITY_STEP]])
def test_a_sequence_grows_in_pieces(pieces: list[int]) -> None:
    """Each layer keeps the values of each token, even if the cache has grown several times."""
    cache = empty()
    begin = 0
    for count in pieces:
        written(cache, list(range(begin, begin + count)))
        begin += count
    assert cache.tokens == list(range(begin))
    for layer in range(LAYERS):
        assert read(cache, layer) == [round(token + layer / 10, 1) for token in range(begin)]


def test_a_pass_that_failed_leaves_nothing() -> None:
    """Keys and values that were not committed are overwritten."""
    cache = empty()
    written(cache, [1, 2])
    written(cache, [8, 9], commit=False)
    written(cache, [3])
    assert (cache.tokens, read(cache, 0)) == ([1, 2, 3], [1, 2, 3])


def test_a_copy_goes_its_own_way() -> None:
    """A copy holds the first tokens; later tokens of either one do not appear in the other."""
    cache = empty()
    written(cache, [1, 2, 3])
    copied = cache.copy(2, 2)
    written(copied, [7])
    written(cache, [4])
    assert (copied.tokens, read(copied, 1)) == ([1, 2, 7], [1.1, 2.1, 7.1])
    assert (cache.tokens, read(cache, 1)) == ([1, 2, 3, 4], [1.1, 2.1, 3.1, 4.1])


@pytest.mark.parametrize("capacity", [40, 2 * CAPACITY_STEP, 3])
def test_a_change_of_the_capacity_keeps_the_tokens(capacity: int) -> None:
    """A larger or smaller capacity is in whole steps, and all layers keep their values."""
    cache = empty()
    cache.resize(CAPACITY_STEP + 1)
    written(cache, [1, 2, 3])
    cache.resize(capacity)
    assert cache.capacity == rounded_up(capacity)
    assert (cache.tokens, read(cache, 0), read(cache, 2)) == ([1, 2, 3], [1, 2, 3], [1.2, 2.2, 3.2])


def test_a_copy_has_the_capacity_that_is_asked_for() -> None:
    """So that a request never has to grow it."""
    cache = empty()
    written(cache, [1, 2, 3])
    assert cache.copy(2, 100).capacity == rounded_up(100)


def test_the_peak_includes_a_layer_on_its_way() -> None:
    """While the capacity changes, one layer is there twice."""
    cache = empty()
    cache.resize(100)
    assert cache.peak_bytes(100) == cache.nbytes * (LAYERS + 1) // LAYERS


def test_memory_is_taken_in_blocks() -> None:
    """The size is that of the capacity, which is zero before the first token."""
    cache = empty()
    assert cache.nbytes == 0
    written(cache, [1])
    block = LAYERS * 2 * HEADS * CAPACITY_STEP * SIZE * 4
    assert cache.nbytes == block
    written(cache, list(range(CAPACITY_STEP)))
    assert cache.nbytes == 2 * block
    assert cache.copy(CAPACITY_STEP, CAPACITY_STEP).nbytes == block
