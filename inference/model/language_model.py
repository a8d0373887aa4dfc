"""The model and its tokenizer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import AutoConfig
from transformers.utils import logging as transformers_logging

from container.limits import whole_cores
from inference.model.batch import SequenceSlice
from inference.model.checkpoint import Checkpoint
from inference.model.kv_cache import KVCache
from inference.model.llama import LlamaNetwork, head_size_of, is_llama
from inference.model.memory import release_freed
from inference.model.tokenizer import TextStream, Tokenizer
from inference.types import Message

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.int8}


def choose_dtype(name: str) -> str:
    """Resolve `auto`: bf16 on a graphics card; int8 on a processor, where it reads the least memory."""
    if name != "auto":
        return name
    return "bf16" if torch.cuda.is_available() else "int8"


def uses_graphics_card(dtype: str) -> bool:
    """Return whether a model with weights of this type is held by a graphics card."""
    return dtype != "int8" and torch.cuda.is_available()


class Model:
    """A causal language model and its tokenizer; only one thread at a time may run `forward()`."""

    def __init__(self, folder: Path, name: str, dtype: str = "auto", threads: int = 0) -> None:
        """Load safetensors weights and the tokenizer from `folder`; no code from it runs."""
        transformers_logging.disable_progress_bar()
        # A container may run fewer threads at once than torch counts processors of its machine.
        torch.set_num_threads(threads or min(torch.get_num_threads(), whole_cores()))
        self.name = name
        self.dtype = choose_dtype(dtype)
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        self.max_tokens = int(config.max_position_embeddings)
        self._shape = _cache_shape(config)
        with ThreadPoolExecutor(1) as executor:
            tokenizer = executor.submit(Tokenizer, folder, config)
            self._network = _network(folder, config, self.dtype)
            self.pass_tokens = self._network.pass_tokens
            release_freed()
            self.tokenizer = tokenizer.result()
        self.end_ids = self.tokenizer.end_ids
        self._warm_up()

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        """Tokenize a conversation, up to where the reply begins."""
        return self.tokenizer.encode_chat(messages)

    def encode(self, text: str) -> list[int]:
        """Tokenize a text without the chat template."""
        return self.tokenizer.encode(text)

    def text_stream(self) -> TextStream:
        """Return a new decoder for one reply."""
        return self.tokenizer.text_stream()

    def new_cache(self, capacity: int = 0) -> KVCache:
        """Return the cache of a sequence without tokens, with room for `capacity` tokens."""
        cache = KVCache(*self._shape, self._network.cache_dtype, self._network.device)
        cache.resize(capacity)
        return cache

    def cache_bytes(self, tokens: int) -> int:
        """Return the most bytes that the cache of a sequence of so many tokens takes."""
        return self.new_cache().peak_bytes(tokens)

    @torch.inference_mode()
    def forward(self, batch: Sequence[SequenceSlice]) -> list[torch.Tensor | None]:
        """Run the tokens of all sequences in one pass, and append those that are kept to their caches.

        Returns:
            For each sequence the logits of its `logits_for`: float32 of shape [vocabulary] or [ids], or None.
        """
        for sequence in batch:
            sequence.cache.reserve(len(sequence.tokens))
        hidden = self._network(batch)
        for sequence in batch:
            if sequence.is_kept:
                sequence.cache.commit(sequence.tokens)
        logits: list[torch.Tensor | None] = [None] * len(batch)
        everything = [index for index, sequence in enumerate(batch) if sequence.logits_for == "all"]
        if everything:
            for index, row in zip(everything, self._network.logits(hidden[everything]), strict=True):
                logits[index] = row
        for index, sequence in enumerate(batch):
            if sequence.logits_for and sequence.logits_for != "all":
                (logits[index],) = self._network.logits(hidden[index : index + 1], sequence.logits_for)
        return logits

    def _warm_up(self) -> None:
        """Run a prefill and a decode pass, so that numba compiles their loops before the first request."""
        cache = self.new_cache()
        for tokens in ([0, 0], [0]):
            self.forward([SequenceSlice(tokens, cache, "all")])


class Network(Protocol):
    """A network without its tokenizer; it chooses the array type of its hidden states."""

    pass_tokens: int  # maximum number of tokens in one pass
    cache_dtype: torch.dtype  # type of keys and values
    device: torch.device

    def __call__(self, batch: Sequence[SequenceSlice]) -> Any:
        """Return the hidden states of each sequence's last token, [sequences, size]."""

    def logits(self, hidden: Any, ids: Sequence[int] | None = None) -> torch.Tensor:
        """Return the next token's logits, [sequences, vocabulary], or those of some ids only."""


def _network(folder: Path, config: Any, dtype: str) -> Network:
    if dtype == "int8" and is_llama(config):
        return LlamaNetwork(config, Checkpoint(folder))
    # Imported here, because importing the models of transformers takes seconds.
    from inference.model.transformers_network import TransformersNetwork

    return TransformersNetwork(folder, DTYPES[dtype])


def _cache_shape(config: Any) -> tuple[int, int, int]:
    """Return the number of layers, the number of key and value heads, and the size of a head."""
    return config.num_hidden_layers, config.num_key_value_heads, head_size_of(config)
