"""A folder with random weights in the shape of the default model, which is as fast as the real one."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

# Qwen1.5-0.5B-Chat.
HIDDEN, LAYERS, HEADS, INTERMEDIATE, VOCABULARY = 1024, 24, 16, 2816, 151_936
CONFIG = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "intermediate_size": INTERMEDIATE,
    "vocab_size": VOCABULARY,
    "hidden_act": "silu",
    "max_position_embeddings": 32_768,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1_000_000.0,
    "tie_word_embeddings": True,
    "dtype": "bfloat16",
}
SPREAD = 0.02  # standard deviation, as models are initialized
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")


def write_default_shape(folder: Path, tokenizer: Path) -> None:
    """Write the configuration and the weights into `folder`; take the tokenizer of another Qwen's folder."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    for name in TOKENIZER_FILES:
        shutil.copy(tokenizer / name, folder / name)
    save_file(_tensors(), folder / "model.safetensors", metadata={"format": "pt"})


def _tensors() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(7)

    def weight(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator).mul_(SPREAD).to(torch.bfloat16)

    ones = torch.ones(HIDDEN, dtype=torch.bfloat16)
    tensors = {"model.embed_tokens.weight": weight(VOCABULARY, HIDDEN), "model.norm.weight": ones.clone()}
    for number in range(LAYERS):
        layer = f"model.layers.{number}"
        for name in ("q_proj", "k_proj", "v_proj"):
            tensors[f"{layer}.self_attn.{name}.weight"] = weight(HIDDEN, HIDDEN)
            tensors[f"{layer}.self_attn.{name}.bias"] = weight(HIDDEN)
        tensors[f"{layer}.self_attn.o_proj.weight"] = weight(HIDDEN, HIDDEN)
        tensors[f"{layer}.mlp.gate_proj.weight"] = weight(INTERMEDIATE, HIDDEN)
        tensors[f"{layer}.mlp.up_proj.weight"] = weight(INTERMEDIATE, HIDDEN)
        tensors[f"{layer}.mlp.down_proj.weight"] = weight(HIDDEN, INTERMEDIATE)
        for name in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{layer}.{name}.weight"] = ones.clone()
    return tensors
