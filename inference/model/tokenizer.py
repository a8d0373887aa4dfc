"""Turn conversations into tokens, and tokens into text."""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError
from tokenizers.decoders import DecodeStream
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from inference.errors import InputError
from inference.model.template_check import check_template
from inference.types import Message

# What decoders make of bytes that are no whole character.
REPLACEMENT = "\ufffd"
# A byte, as SentencePiece writes it.
BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")


class Tokenizer:
    """The tokenizer of a model, with its chat template and the tokens that end a reply."""

    def __init__(self, folder: Path, config: Any) -> None:
        """Load the tokenizer from `folder`, without running code from there; `config` is the model's.

        Raises:
            ModelError: the chat template goes beyond its bounds.
        """
        self.pretrained: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
        special = {str(token) for token in self.pretrained.added_tokens_decoder.values()}
        # A token without text cannot be typed.
        self._special_texts = sorted(special - {""}, key=len, reverse=True)
        check_template(str(self.pretrained.get_chat_template()), self.pretrained.special_tokens_map)
        self.end_ids = _end_ids(folder, config, self.pretrained)

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        """Render a conversation with the model's chat template, up to where the reply begins.

        Special tokens such as `<|im_end|>` inside a message are plain text: they cannot end a turn.

        Raises:
            InputError: the template refuses such a conversation; some know no system prompt.
        """
        try:
            rendered = self.pretrained.apply_chat_template(
                [{"role": m.role, "content": self._split_special(m.content)} for m in messages],
                add_generation_prompt=True,
                return_dict=False,
            )
        except TemplateError as error:
            text = f"the model's chat template refuses this conversation: {error}"
            raise InputError("conversation_refused", text) from error
        return list(rendered)

    def encode(self, text: str) -> list[int]:
        """Tokenize a text without the chat template; special tokens in it are plain text."""
        return list(self.pretrained.encode(self._split_special(text), add_special_tokens=False))

    def text_stream(self) -> "TextStream":
        """Return a new decoder for one reply."""
        return TextStream(self.pretrained)

    def _split_special(self, text: str) -> str:
        """Insert a zero-width space into each special token of a text, so that it is plain text."""
        for special in self._special_texts:
            text = text.replace(special, f"{special[0]}\u200b{special[1:]}")
        return text


class TextStream:
    """Turn token ids into text one by one; an incomplete character is held back until it is complete."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)

    def step(self, token_id: int) -> str:
        """Return the text that this token completes; it may be empty."""
        return self._stream.step(self._tokenizer, token_id) or ""

    def token_bytes(self, token_id: int) -> bytes:
        """Return what a token stands for; it may be a part of a character."""
        text = str(self._tokenizer.decode([token_id], skip_special_tokens=False))
        if REPLACEMENT not in text:
            return text.encode()
        name = self._tokenizer.id_to_token(token_id) or ""
        if byte := BYTE_TOKEN.fullmatch(name):
            return bytes([int(byte[1], 16)])
        alphabet = _byte_alphabet()
        return bytes(alphabet[each] for each in name if each in alphabet)


@cache
def _byte_alphabet() -> dict[str, int]:
    """Return the byte for which each character stands in the names of tokens that are made of bytes.

    Those that can be seen stand for themselves, the others, in their order, are written from U+0100 on: as in
    GPT-2's tokenizer, and all that follow it.
    """
    visible = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    hidden = (byte for byte in range(256) if byte not in visible)
    return {chr(byte): byte for byte in visible} | {
        chr(256 + place): byte for place, byte in enumerate(hidden)
    }


def _end_ids(folder: Path, config: Any, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Collect the tokens that end a reply; the model and the tokenizer may name different ones."""
    file = folder / "generation_config.json"
    generation = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    configured = generation.get("eos_token_id", getattr(config, "eos_token_id", None))
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in (*ids, tokenizer.eos_token_id) if i is not None)
