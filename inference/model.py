"""The model and its tokenizer; the only file that imports transformers."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import torch
from tokenizers.decoders import DecodeStream
from torch.nn.functional import linear
from transformers import (
    AttentionInterface,
    AutoModelForCausalLM,
    AutoTokenizer,
    GgufConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from inference import any_network
from inference.any_network import AnyNetwork
from inference.attention import causal_mask
from inference.decoder import Decoder, is_of_the_family
from inference.kernels import int8_is_possible, product_of
from inference.kv_cache import KVCache
from inference.memory import release_freed
from inference.part import Part
from inference.types import Message

PASS_TOKENS = 64  # of one pass
AttentionInterface.register(any_network.NAME, any_network.packed_attention)
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.float32}  # in which is computed


def choose_dtype(name: str) -> str:
    """Resolve `auto`: int8 where torch has kernels for it, else bf16 where the processor has, else fp32."""
    if name != "auto":
        return name
    if int8_is_possible():
        return "int8"
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
    """A causal language model and its tokenizer, several sequences at a time; not safe across threads."""

    def __init__(
        self, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str, dtype: str
    ) -> None:
        self.name = name
        self.dtype = dtype
        self.end_ids = _end_ids(network, tokenizer)
        self.pass_tokens = PASS_TOKENS
        self.max_tokens = int(network.config.max_position_embeddings)
        network.requires_grad_(False)
        self._computed = DTYPES[dtype]
        self._shape = _cache_shape(network)
        head = network.get_output_embeddings()
        self._output_weight = head.weight
        if dtype == "int8":
            _copy_what_stays(network, self._computed)
        product = product_of(dtype)
        kind = Decoder if is_of_the_family(network) else AnyNetwork
        self._network = kind(network, product, self._computed)
        self._head = product(head)
        release_freed()
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
        stored = torch.bfloat16 if dtype == "int8" else DTYPES[dtype]
        network = AutoModelForCausalLM.from_pretrained(
            folder, dtype=stored, use_safetensors=True, trust_remote_code=False, local_files_only=True
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

    def new_cache(self) -> KVCache:
        """Return the cache of a sequence without tokens."""
        return KVCache(*self._shape, self._computed)

    @torch.inference_mode()
    def forward(self, parts: Sequence[Part]) -> list[torch.Tensor | None]:
        """Run the tokens of all parts in one pass, each after what its cache holds; it then holds them too.

        Returns:
            For each part what it wants: float32 of shape [vocabulary], or one logit for each id, or None.
        """
        for part in parts:
            part.cache.reserve(len(part.tokens))
        pairs = [(len(part.cache.tokens), len(part.tokens)) for part in parts]
        tokens = torch.tensor([token for part in parts for token in part.tokens])
        positions = torch.cat([torch.arange(begin, begin + count) for begin, count in pairs])
        hidden = self._network(tokens, positions, parts, [causal_mask(*pair) for pair in pairs])
        for part in parts:
            part.cache.commit(part.tokens)
        ends = accumulate(len(part.tokens) for part in parts)
        return self._logits(hidden[[end - 1 for end in ends]], parts)

    def _logits(self, hidden: torch.Tensor, parts: Sequence[Part]) -> list[torch.Tensor | None]:
        """Work out what each part wants of its last token, with no more of the output layer than that."""
        found: list[torch.Tensor | None] = [
            linear(row, self._output_weight[list(part.wants)].to(row.dtype)).float()
            if part.wants and part.wants != "all"
            else None
            for row, part in zip(hidden, parts, strict=True)
        ]
        everything = [place for place, part in enumerate(parts) if part.wants == "all"]
        if everything:
            for place, row in zip(everything, self._head(hidden[everything]).float(), strict=True):
                found[place] = row
        return found

    def _defuse(self, text: str) -> str:
        for special in self._special_texts:
            text = text.replace(special, f"{special[0]}\u200b{special[1:]}")
        return text


def _cache_shape(network: PreTrainedModel) -> tuple[int, int, int]:
    """Return what a cache must hold: layers, heads of keys and values, their size."""
    config = network.config
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return config.num_hidden_layers, config.num_key_value_heads, head_size


def _copy_what_stays(network: PreTrainedModel, computed: torch.dtype) -> None:
    """Copy what is no product, so that nothing keeps the file of the weights mapped; norms as is computed."""
    for parameter in network.parameters():
        if parameter.dim() == 1:
            parameter.data = parameter.data.to(computed)
    for embedding in {network.get_input_embeddings().weight, network.get_output_embeddings().weight}:
        embedding.data = embedding.data.clone()


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
