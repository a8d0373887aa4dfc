"""The two ways through a model, beside transformers' own."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from inference.kernels.loops import Floats
from inference.kernels.matmul import MAX_INT8, Bytes
from inference.model.batch import SequenceSlice
from inference.model.checkpoint import Checkpoint
from inference.model.language_model import Model
from inference.model.llama import LlamaNetwork, is_llama
from inference.model.transformers_network import TransformersNetwork
from inference.types import Message
from inference.weights.builder import Weights
from tests.conftest import SMALL_MODEL

pytestmark = pytest.mark.model

PROMPT = [Message("user", "What is the capital of France?")]


@pytest.fixture(autouse=True)
def exact_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows keep all their bits, or tiny differences on the way would become steps of their rounding."""

    def multiply(rows: Floats, weight: Bytes, scales: Floats, bias: Floats, result: Floats) -> None:
        result[:] = rows @ weight[:, : rows.shape[1]].T.astype(rows.dtype) * scales + bias

    monkeypatch.setattr("inference.model.int8.multiply", multiply)


def loaded(folder: Path) -> Any:
    """Return the network as transformers has it, in fp32."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).requires_grad_(False)


def round_weights(network: Any) -> None:
    """Round the products' weights as bytes are."""
    for part in network.base_model.modules():
        if isinstance(part, torch.nn.Linear):
            scales = part.weight.abs().amax(dim=1, keepdim=True) / float(MAX_INT8)
            part.weight.copy_((part.weight / scales).round() * scales)


def check(ours: LlamaNetwork | TransformersNetwork, network: Any, model: Model) -> None:
    """Read a prompt in three pieces, one of them a single token; compare with transformers after each."""
    prompt = model.encode_chat(PROMPT)
    expected = network.base_model(torch.tensor([prompt]), use_cache=False).last_hidden_state[0]
    cache = model.new_cache()
    for begin, end in ((0, 9), (9, 10), (10, len(prompt))):
        tokens = prompt[begin:end]
        cache.reserve(len(tokens))
        (found,) = ours([SequenceSlice(tokens, cache, None)])
        cache.commit(tokens)
        assert torch.allclose(torch.as_tensor(found), expected[end - 1], atol=1e-3, rtol=1e-3)


@torch.inference_mode()
def test_any_network_computes_what_it_was_made_for(small_model: Model, small_cache: Path) -> None:
    """With this project's attention in transformers' layers."""
    folder = small_cache / SMALL_MODEL
    check(TransformersNetwork(folder, torch.float32), loaded(folder), small_model)


@torch.inference_mode()
@pytest.mark.parametrize("kind", [LlamaNetwork, TransformersNetwork])
def test_a_llama_with_bytes_is_one_with_rounded_weights(
    small_model: Model, small_cache: Path, kind: type[LlamaNetwork] | type[TransformersNetwork]
) -> None:
    """Either way, it computes what transformers does with weights that are rounded as bytes are."""
    folder = small_cache / SMALL_MODEL
    network = loaded(folder)
    round_weights(network)
    ours = decoder(folder) if kind is LlamaNetwork else TransformersNetwork(folder, torch.int8)
    check(ours, network, small_model)


@torch.inference_mode()
def test_so_is_qwen(embedded_weights: Weights) -> None:
    """With its biases."""
    model = Model(embedded_weights.folder, embedded_weights.name, "int8")
    network = loaded(embedded_weights.folder)
    round_weights(network)
    check(decoder(embedded_weights.folder), network, model)


def test_only_known_layers_are_run_in_few_steps(small_cache: Path) -> None:
    """Another kind of model, activation or position, a window, or packed weights go through transformers."""
    config = AutoConfig.from_pretrained(small_cache / SMALL_MODEL)
    assert is_llama(config)
    for name, value in (
        ("model_type", "gemma"),
        ("hidden_act", "gelu"),
        ("layer_types", ["sliding_attention"]),
        ("rope_parameters", {"rope_type": "llama3"}),
        ("quantization_config", {"quant_method": "gptq"}),
    ):
        before = getattr(config, name, None)
        setattr(config, name, value)
        assert not is_llama(config)
        setattr(config, name, before)
    assert is_llama(config)


@torch.inference_mode()
def test_some_logits_are_those_of_all(small_cache: Path) -> None:
    """A label's logit is the same, asked for alone or with the whole vocabulary."""
    folder, ids = small_cache / SMALL_MODEL, [5, 3, 1000]
    network = loaded(folder)
    hidden = torch.randn(2, network.config.hidden_size, generator=torch.Generator().manual_seed(1))
    lean, other = decoder(folder), TransformersNetwork(folder, torch.float32)
    assert torch.allclose(lean.logits(hidden.numpy(), ids), lean.logits(hidden.numpy())[:, ids], atol=1e-4)
    assert torch.allclose(other.logits(hidden, ids), other.logits(hidden)[:, ids], atol=1e-4)
    assert torch.allclose(other.logits(hidden), network.lm_head(hidden), atol=1e-4)


def decoder(folder: Path) -> LlamaNetwork:
    """Return the lean network with weights of 8 bits."""
    return LlamaNetwork(AutoConfig.from_pretrained(folder), Checkpoint(folder))
