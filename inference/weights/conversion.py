"""Turn a GGUF file into a folder that a model is loaded from."""

from pathlib import Path


def convert_gguf(file: Path, folder: Path) -> None:
    """Write a GGUF file's model and tokenizer into `folder` as dense bf16 safetensors.

    bf16 is what Qwen's own weights are published in, and halves the file.
    """
    # here: only a first start needs them, and they take seconds
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(
        file.parent,
        gguf_file=file.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
