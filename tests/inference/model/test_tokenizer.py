"""Tests of `inference.model.tokenizer` with tokenizers that somebody made to do harm."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from tokenizers import Tokenizer as Backend
from tokenizers import decoders
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerFast

from inference.errors import InputError, ModelError
from inference.model.tokenizer import TextStream, Tokenizer
from inference.types import Message

PLAIN = "{% for message in messages %}{{ message['content'] }} {% endfor %}"


def make_folder(folder: Path, template: str = PLAIN, added: str = "<end>") -> Path:
    """Write a tokenizer of few words, with a chat template and an added token."""
    backend = Backend(WordLevel({"hi": 0, "there": 1, "?": 2}, unk_token="?"))
    content = json.loads(backend.to_str())
    token = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    content["added_tokens"] = [{"id": 3, "content": added, **token}]
    (folder / "tokenizer.json").write_text(json.dumps(content))
    configuration = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template}
    (folder / "tokenizer_config.json").write_text(json.dumps(configuration))
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    return folder


def load(folder: Path) -> Tokenizer:
    """Load the tokenizer of a folder."""
    return Tokenizer(folder, SimpleNamespace(eos_token_id=3))


def test_harmless_tokenizer_works(tmp_path: Path) -> None:
    """The tokenizer that the other tests spoil can be loaded and used as it is."""
    tokenizer = load(make_folder(tmp_path))
    assert tokenizer.encode_chat([Message("user", "hi")])
    assert tokenizer.end_ids == {3}


@pytest.mark.parametrize(
    "configuration",
    [
        {"added_tokens_decoder": {"3": {"content": "", "special": True}}},
        {"extra_special_tokens": [""]},
        {"extra_special_tokens": {"x_token": ""}, "pad_token": ""},
    ],
)
def test_added_token_without_text_does_no_harm(tmp_path: Path, configuration: dict[str, object]) -> None:
    """An empty added token, which stands in every text, breaks no conversation."""
    file = make_folder(tmp_path, added="") / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **configuration}))
    assert load(tmp_path).encode_chat([Message("user", "hi there")])


def test_a_special_token_in_a_label_is_plain_text(tmp_path: Path) -> None:
    """A label that is written like the end of a turn is not that token."""
    tokenizer = load(make_folder(tmp_path, added="<|end|>"))
    assert 3 not in tokenizer.encode("hi <|end|>")


def test_template_without_end_is_refused(tmp_path: Path) -> None:
    """A template that would keep the app from its start is found within seconds."""
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    with pytest.raises(ModelError, match="its chat template takes more than"):
        load(make_folder(tmp_path, loops))


def test_tokenizer_without_template_is_refused(tmp_path: Path) -> None:
    """A model that was not made for conversations has no template, which the library says."""
    folder = make_folder(tmp_path)
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
    with pytest.raises(ValueError, match="chat_template is not set"):
        load(folder)


def test_a_conversation_that_the_template_refuses_is_refused_by_name(tmp_path: Path) -> None:
    """A template that raises its own error, as some do for a system prompt, says why."""
    refusing = PLAIN.replace(
        "{{ m", "{% if message['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}{{ m"
    )
    tokenizer = load(make_folder(tmp_path, template=refusing))
    with pytest.raises(InputError, match="refuses this conversation: no system") as raised:
        tokenizer.encode_chat([Message("system", "hi")])
    assert raised.value.code == "conversation_refused"


def stream_of(backend: Backend) -> TextStream:
    """Return a decoder of a reply with such a tokenizer."""
    return TextStream(PreTrainedTokenizerFast(tokenizer_object=backend))  # type: ignore[no-untyped-call]


def test_bytes_of_tokens_that_are_made_of_bytes() -> None:
    """A token of a byte-level tokenizer stands for its bytes, also where they are a part of a character."""
    alphabet = sorted(ByteLevel.alphabet())
    backend = Backend(WordLevel({token: number for number, token in enumerate([*alphabet, "Ġhi"])}))
    backend.decoder = decoders.ByteLevel()
    stream = stream_of(backend)
    assert {stream.token_bytes(number) for number in range(256)} == {bytes([byte]) for byte in range(256)}
    assert stream.token_bytes(256) == b" hi"


def test_bytes_of_tokens_with_names_of_bytes() -> None:
    """A token that SentencePiece names after a byte stands for that byte."""
    backend = Backend(WordLevel({"<0xE5>": 0, "<0x41>": 1, "hi": 2}))
    backend.decoder = decoders.ByteFallback()
    stream = stream_of(backend)
    assert [stream.token_bytes(number) for number in range(3)] == [b"\xe5", b"A", b"hi"]
