"""What the KV cache holds is what the model would compute anew, with a real, small model."""

from collections.abc import Sequence

import pytest
import torch

from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from inference.types import Message

pytestmark = pytest.mark.model

QUESTIONS = ("What is the capital of France?", "你好", "Count from one to five, please, and then back again.")
TOLERANCE = 2e-3  # of a logit, in fp32: another shape of a product rounds otherwise


def logits_of(model: Model, tokens: Sequence[int], *pieces: int) -> torch.Tensor:
    """Read tokens in pieces, the last one to the end; return the logits after them."""
    cache = model.new_cache()
    begin = 0
    for count in pieces:
        model.forward([SequenceSlice(tokens[begin : begin + count], cache, None)])
        begin += count
    (logits,) = model.forward([SequenceSlice(tokens[begin:], cache, "all")])
    assert logits is not None
    assert cache.tokens == list(tokens)
    return logits


@pytest.mark.parametrize("pieces", [(1,), (7,), (1, 1, 1), (5, 9), (16, 3)])
def test_pieces_are_the_whole(small_model: Model, pieces: tuple[int, ...]) -> None:
    """A prompt that is read in pieces gives the same logits as one that is read at once."""
    prompt = small_model.encode_chat([Message("user", QUESTIONS[0])])
    whole, piecewise = logits_of(small_model, prompt), logits_of(small_model, prompt, *pieces)
    assert torch.allclose(whole, piecewise, atol=TOLERANCE)


def test_together_is_as_alone(small_model: Model) -> None:
    """Prompts of several lengths and a reply's next token, in one pass, disturb each other in nothing."""
    prompts = [small_model.encode_chat([Message("user", question)]) for question in QUESTIONS]
    caches = [small_model.new_cache() for _ in prompts]
    small_model.forward([SequenceSlice(prompts[0][:-1], caches[0], None)])
    together = small_model.forward(
        [
            SequenceSlice(prompts[0][-1:], caches[0], "all"),
            SequenceSlice(prompts[1], caches[1], "all"),
            SequenceSlice(prompts[2], caches[2], [5, 77, 300]),
        ]
    )
    alone = [logits_of(small_model, prompt) for prompt in prompts]
    for found, expected in zip(together, [*alone[:2], alone[2][[5, 77, 300]]], strict=True):
        assert found is not None
        assert torch.allclose(found, expected, atol=TOLERANCE)


def test_ends_beside_each_other_are_as_alone(small_model: Model) -> None:
    """Several ends of one beginning, in one pass and over one cache, see nothing of each other."""
    first = small_model.encode_chat([Message("user", QUESTIONS[0])])
    ends = [small_model.encode(text) for text in ("Is it?", "Was it good, or was it bad?", "No.")]
    cache = small_model.new_cache()
    small_model.forward([SequenceSlice(first, cache, None)])
    together = small_model.forward([SequenceSlice(end, cache, "all", is_kept=False) for end in ends])
    assert cache.tokens == first
    for end, found in zip(ends, together, strict=True):
        assert found is not None
        assert torch.allclose(found, logits_of(small_model, [*first, *end]), atol=TOLERANCE)


def test_a_copy_goes_on_as_the_original_would(small_model: Model) -> None:
    """An edit: the copied beginning with another end gives what that prompt gives anew."""
    first = small_model.encode_chat([Message("user", QUESTIONS[0])])
    edited = [*first[:12], *small_model.encode_chat([Message("user", QUESTIONS[2])])[12:]]
    cache = small_model.new_cache()
    small_model.forward([SequenceSlice(first, cache, None)])
    (found,) = small_model.forward([SequenceSlice(edited[12:], cache.copy(12, 12), "all")])
    (again,) = small_model.forward([SequenceSlice(first[-1:], cache.copy(len(first) - 1, len(first)), "all")])
    assert found is not None
    assert again is not None
    assert torch.allclose(found, logits_of(small_model, edited), atol=TOLERANCE)
    assert torch.allclose(again, logits_of(small_model, first), atol=TOLERANCE)
