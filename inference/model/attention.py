"""Attention over a packed batch: each token attends to its own sequence only."""

from collections.abc import Sequence

import torch
from torch.nn.functional import scaled_dot_product_attention

from inference.model.batch import SequenceSlice

Masks = Sequence[torch.Tensor | None]


def attend(
    layer: int,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    batch: Sequence[SequenceSlice],
    masks: Masks,
    scaling: float | None = None,
) -> torch.Tensor:
    """Attend within each sequence, and write its new keys and values into its cache.

    `query`, `key` and `value` are [1, heads, tokens, head_size], with the tokens of all sequences
    concatenated; the result is [1, tokens, heads, head_size]. `masks` come from `causal_masks()`.
    """
    outputs = []
    begin = 0
    for sequence, mask in zip(batch, masks, strict=True):
        end = begin + len(sequence.tokens)
        keys, values = sequence.cache.write(layer, key[:, :, begin:end], value[:, :, begin:end])
        outputs.append(_attend(query[:, :, begin:end], keys, values, mask, scaling))
        begin = end
    return torch.cat(outputs, dim=1) if len(outputs) > 1 else outputs[0]


def causal_masks(batch: Sequence[SequenceSlice], device: torch.device | None = None) -> Masks:
    """Return a mask [tokens, keys] for each sequence; None where each token attends to all keys."""
    return [_causal_mask(len(each.cache.tokens), len(each.tokens), device) for each in batch]


def _causal_mask(cached: int, count: int, device: torch.device | None) -> torch.Tensor | None:
    if count == 1:
        return None
    return torch.ones(count, cached + count, dtype=torch.bool, device=device).tril(cached)


def _attend(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
) -> torch.Tensor:
    """Attend with grouped query heads; return [1, tokens, heads, head_size]."""
    _, heads, count, size = query.shape
    group = heads // keys.shape[1]
    # Query heads that share a key head become more rows of that head, so that keys need not be repeated.
    rows = query.reshape(1, heads // group, group * count, size)
    if mask is not None:
        mask = mask.repeat(group, 1)
    attended = scaled_dot_product_attention(rows, keys, values, attn_mask=mask, scale=scaling)
    return attended.reshape(1, heads, count, size).transpose(1, 2)
