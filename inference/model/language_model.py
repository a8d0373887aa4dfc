"""The model and its tokenizer."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from tokenizers.decoders import DecodeStream
from transformers import AutoConfig, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from inference.model.batch import SequenceSlice
from inference.model.checkpoint import Checkpoint
from inference.model.kv_cache import KVCache
from inference.model.llama import LlamaNetwork, head_size_of, is_of_the_family
from inference.model.memory import release_freed
from inference.types import Message

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.int8}


def choose_dtype(name: str) -> str:
    """Resolve `auto`: bf16 on a graphics card, on a processor int8, which reads the least memory a token."""
    if name != "auto":
        return name
    return "bf16" if torch.cuda.is_available() else "int8"


class Model:
    """A causal language model and its tokenizer, several sequences at a time; not safe across threads."""

    def __init__(self, folder: Path, name: str, dtype: str = "auto", threads: int = 0) -> None:
        """Load safetensors weights and the tokenizer from `folder`; no code from it runs."""
        transformers_logging.disable_progress_bar()
        if threads:
            torch.set_num_threads(threads)
        self.name = name
        self.dtype = choose_dtype(dtype)
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        self.max_tokens = int(config.max_position_embeddings)
        self._shape = _cache_shape(config)
        with ThreadPoolExecutor(1) as beside:
            tokenizer = beside.submit(
                AutoTokenizer.from_pretrained, folder, trust_remote_code=False, local_files_only=True
            )
            self._network = _network(folder, config, self.dtype)
            self.pass_tokens = self._network.pass_tokens
            release_freed()
            self._tokenizer = tokenizer.result()
        self.end_ids = _end_ids(folder, config, self._tokenizer)
        self._special_texts = sorted(
            {str(token) for token in self._tokenizer.added_tokens_decoder.values()}, key=len, reverse=True
        )
        self._warm_up()

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

    def new_cache(self) -> KVCache:
        """Return the cache of a sequence without tokens."""
        return KVCache(*self._shape, self._network.computed, self._network.device)

    @torch.inference_mode()
    def forward(self, parts: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        """Run the tokens of all parts in one pass, each after what its cache holds; it then holds them too.

        Returns:
            For each slice the logits of its `logits_for`: float32 of shape [vocabulary] or [ids], or None.
        """
        for part in parts:
            part.cache.reserve(len(part.tokens))
        hidden = self._network(parts)
        for part in parts:
            part.cache.commit(part.tokens)
        found: list[torch.Tensor | None] = [None] * len(parts)
        everything = [place for place, part in enumerate(parts) if part.logits_for == "all"]
        if everything:
            for place, row in zip(everything, self._network.logits(hidden[everything]), strict=True):
                found[place] = row
        for place, part in enumerate(parts):
            if part.logits_for and part.logits_for != "all":
                (found[place],) = self._network.logits(hidden[place : place + 1], part.logits_for)
        return found

    def _warm_up(self) -> None:
        """Run a pass of two tokens and one of a single one: else the first reply waits for their loops."""
        cache = self.new_cache()
        for tokens in ([0, 0], [0]):
            self.forward([SequenceSlice(tokens, cache, "all")])

    def _defuse(self, text: str) -> str:
        for special in self._special_texts:
            text = text.replace(special, f"{special[0]}\u200b{special[1:]}")
        return text


def _network(folder: Path, config: Any, dtype: str) -> Any:
    if dtype == "int8" and is_of_the_family(config):
        return LlamaNetwork(config, Checkpoint(folder))
    from inference.model.transformers_network import (
        TransformersNetwork,  # here: transformers' models take seconds
    )

    return TransformersNetwork(folder, DTYPES[dtype])


def _cache_shape(config: Any) -> tuple[int, int, int]:
    """Return what a cache must hold: layers, heads of keys and values, their size."""
    return config.num_hidden_layers, config.num_key_value_heads, head_size_of(config)


class TextStream:
    """Turn token ids into text, one at a time; holds back half of a character."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)

    def step(self, token_id: int) -> str:
        """Return the text that this token completes, possibly none."""
        return self._stream.step(self._tokenizer, token_id) or ""


def _end_ids(folder: Path, config: Any, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Collect the tokens that end a reply: the model's and the tokenizer's may differ."""
    file = folder / "generation_config.json"
    generation = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    configured = generation.get("eos_token_id", getattr(config, "eos_token_id", None))
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in (*ids, tokenizer.eos_token_id) if i is not None)
