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
    parts: Sequence[SequenceSlice],
    masks: Masks,
    scaling: float | None = None,
) -> torch.Tensor:
    """Attend within each part, and keep its keys and values in its cache.

    `query`, `key` and `value` have the shape [1, heads, tokens, head_size], the tokens of all parts one part
    after the other; the result is [1, tokens, heads, head_size]. Masks are those of `causal_masks()`.
    """
    ends = []
    begin = 0
    for part, mask in zip(parts, masks, strict=True):
        end = begin + len(part.tokens)
        keys, values = part.cache.write(layer, key[:, :, begin:end], value[:, :, begin:end])
        ends.append(_attend(query[:, :, begin:end], keys, values, mask, scaling))
        begin = end
    return torch.cat(ends, dim=1) if len(ends) > 1 else ends[0]


def causal_masks(parts: Sequence[SequenceSlice], device: torch.device | None = None) -> Masks:
    """Return a mask [tokens, keys] for each slice; None where each token attends to all keys."""
    return [_causal_mask(len(part.cache.tokens), len(part.tokens), device) for part in parts]


def _causal_mask(before: int, count: int, device: torch.device | None) -> torch.Tensor | None:
    if count == 1:
        return None
    return torch.ones(count, before + count, dtype=torch.bool, device=device).tril(before)


def _attend(
    query: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None,
) -> torch.Tensor:
    """Attend with grouped query heads; return [1, tokens, heads, head_size]."""
    _, heads, count, size = query.shape
    shared = keys.shape[1]
    rows = query.reshape(1, shared, heads // shared * count, size)  # the heads that share keys: more rows
    if mask is not None:
        mask = mask.repeat(heads // shared, 1)
    found = scaled_dot_product_attention(rows, keys, values, attn_mask=mask, scale=scaling)
    return found.reshape(1, heads, count, size).transpose(1, 2)
