"""Tests of `inference.model.tokenizer` with tokenizers that somebody made to do harm."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from tokenizers import Tokenizer as Backend
from tokenizers.models import WordLevel

from inference.errors import ModelError
from inference.model.tokenizer import Tokenizer
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
