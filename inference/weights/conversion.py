"""Convert a GGUF file into a folder of safetensors files."""

from pathlib import Path


def convert_gguf(file: Path, folder: Path) -> None:
    """Write a GGUF file's model and tokenizer into `folder` as dense bf16 safetensors.

    Qwen publishes its own weights in bf16, and it needs half the space of float32.
    """
    # Imported here, because only the first start needs these modules, and importing them takes seconds.
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
