"""The two ways through a model, beside transformers' own."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.any_network import AnyNetwork
from inference.attention import causal_mask
from inference.decoder import Decoder, is_of_the_family
from inference.model import Model
from inference.part import Part
from inference.types import Message
from inference.weights import Weights
from tests.conftest import SMALL_MODEL

pytestmark = pytest.mark.model

PROMPT = [Message("user", "What is the capital of France?")]


def loaded(folder: Path) -> Any:
    """Return the network as transformers has it, in fp32."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).requires_grad_(False)


def check(folder: Path, model: Model, kind: type[Decoder] | type[AnyNetwork]) -> None:
    """Compare hidden states after a prompt that is read in two pieces with those of transformers."""
    prompt = torch.tensor(model.encode_chat(PROMPT))
    network = loaded(folder)
    with torch.inference_mode():
        expected = network.base_model(prompt[None], use_cache=False).last_hidden_state[0]
        ours = kind(network, lambda linear: linear, torch.float32)
        cache, found = model.new_cache(), []
        for begin, end in ((0, 9), (9, len(prompt))):
            tokens = prompt[begin:end]
            cache.reserve(len(tokens))
            parts, masks = [Part(tokens.tolist(), cache, None)], [causal_mask(begin, end - begin)]
            found.append(ours(tokens, torch.arange(begin, end), parts, masks))
            cache.commit(tokens.tolist())
    assert torch.allclose(torch.cat(found), expected, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("kind", [Decoder, AnyNetwork])
def test_hidden_states_are_those_of_transformers(
    small_model: Model, small_cache: Path, kind: type[Decoder] | type[AnyNetwork]
) -> None:
    """Either way, a Llama model computes what it was made for."""
    check(small_cache / SMALL_MODEL, small_model, kind)


def test_so_does_qwen(embedded_weights: Weights) -> None:
    """With its biases."""
    model = Model.load(embedded_weights.folder, embedded_weights.name, "fp32")
    check(embedded_weights.folder, model, Decoder)


def test_only_known_layers_are_run_in_few_steps(small_cache: Path) -> None:
    """Another kind of model, another activation or a window goes through transformers."""
    network = loaded(small_cache / SMALL_MODEL)
    assert is_of_the_family(network)
    for name, value in (
        ("model_type", "gemma"),
        ("hidden_act", "gelu"),
        ("layer_types", ["sliding_attention"]),
    ):
        before = getattr(network.config, name, None)
        setattr(network.config, name, value)
        assert not is_of_the_family(network)
        setattr(network.config, name, before)
