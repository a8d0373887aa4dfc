"""The model and its tokenizer; the only file that imports transformers."""

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers.decoders import DecodeStream
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    DynamicCache,
    GgufConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from inference.types import Message

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def choose_dtype(name: str) -> str:
    """Resolve `auto`: bf16 where the processor multiplies it natively, else fp32."""
    if name != "auto":
        return name
    able = torch.cpu.get_capabilities()
    return "bf16" if able.get("avx512_bf16") or able.get("amx_bf16") else "fp32"


def convert_gguf(file: Path, folder: Path) -> None:
    """Write a GGUF file's model and tokenizer into `folder` as dense bf16 safetensors.

    bf16 is what Qwen's own weights are published in, and halves the file.
    """
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


class Model:
    """A causal language model and its tokenizer, one prompt at a time; not safe across threads."""

    def __init__(
        self, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str, dtype: str
    ) -> None:
        self.name = name
        self.dtype = dtype
        self.end_ids = _end_ids(network, tokenizer)
        self.max_tokens = int(network.config.max_position_embeddings)
        self._network = network
        self._tokenizer = tokenizer
        self._special_texts = sorted(
            {str(token) for token in tokenizer.added_tokens_decoder.values()}, key=len, reverse=True
        )

    @classmethod
    def load(cls, folder: Path, name: str, dtype: str = "auto", threads: int = 0) -> "Model":
        """Load safetensors weights and the tokenizer from `folder`; no code from it runs."""
        transformers_logging.disable_progress_bar()
        if threads:
            torch.set_num_threads(threads)
        dtype = choose_dtype(dtype)
        network = AutoModelForCausalLM.from_pretrained(
            folder, dtype=DTYPES[dtype], use_safetensors=True, trust_remote_code=False, local_files_only=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        return cls(network.eval(), tokenizer, name, dtype)

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        """Render a conversation with the model's chat template, up to where the reply begins.

        Marks such as `<|im_end|>` inside a message are plain text: they cannot end a turn.
        """
        rendered = self._tokenizer.apply_chat_template(
            [{"role": m.role, "content": self._defuse(m.content)} for m in messages],
            add_generation_prompt=True,
            return_dict=False,
        )
        return list(rendered)

    def encode(self, text: str) -> list[int]:
        """Tokenize a bare text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def text_stream(self) -> "TextStream":
        """Return a fresh decoder for one reply."""
        return TextStream(self._tokenizer)

    @torch.inference_mode()
    def forward(
        self, token_ids: Sequence[int], cache: DynamicCache | None = None
    ) -> tuple[torch.Tensor, DynamicCache]:
        """Run the tokens after what `cache` holds.

        Returns:
            The logits after the last token, float32 of shape [vocabulary], and the grown cache.
        """
        output = self._network(
            input_ids=torch.tensor([list(token_ids)]), past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        return output.logits[0, -1].float(), output.past_key_values

    def _defuse(self, text: str) -> str:
        for special in self._special_texts:
            text = text.replace(special, f"{special[0]}\u200b{special[1:]}")
        return text


class TextStream:
    """Turn token ids into text, one at a time; holds back half of a character."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)

    def step(self, token_id: int) -> str:
        """Return the text that this token completes, possibly none."""
        return self._stream.step(self._tokenizer, token_id) or ""


def _end_ids(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Collect the tokens that end a reply: the model's and the tokenizer's may differ."""
    configured = network.generation_config.eos_token_id if network.generation_config else None
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in (*ids, tokenizer.eos_token_id) if i is not None)
