"""The settings of the API."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from monitoring.config import explain
from ui.api.config import ApiConfig

KEY, OTHER = "k" * 16, "o" * 16


def names(value: str) -> list[str]:
    """Return the names of the keys of a setting."""
    return list(ApiConfig.model_validate({"api_keys": value}).api_keys)


@pytest.mark.parametrize("between", [",", ", ", " ", "\n", "\r\n"])
def test_keys_are_pairs(between: str) -> None:
    """Names and keys come with commas, spaces or ends of lines between them."""
    assert names(f"ann={KEY}{between}bob@home.org={OTHER}") == ["ann", "bob@home.org"]


def test_a_key_may_hold_equals_signs() -> None:
    """The name ends at the first one: keys in base64 end with them."""
    config = ApiConfig.model_validate({"api_keys": f"ann={KEY}=="})
    assert config.api_keys["ann"].get_secret_value() == f"{KEY}=="


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (f"ann={KEY},{OTHER}", "a key is written name=key"),
        (f"ann={OTHER},{KEY}", "a key is written name=key"),
        (f"{KEY}==", "key 1 has 1 characters"),
        (f"={KEY}", "a key is written name=key"),
        (f"a b={KEY}", "a key is written name=key"),
        (f"{'n' * 41}={KEY}", "a key is written name=key"),
        (f"ann={KEY[1:]}", "key 1 has 15 characters; 16 are the least"),
        (f"ann={KEY},ann={OTHER}", "two keys have the same name"),
        (f"ann={KEY},bob={KEY}", "two names the same key"),
        ("ann=密钥密钥密钥密钥密钥密钥密钥密钥", "key 1 has characters that no header can carry"),
    ],
)
def test_wrong_keys_end_the_start(value: str, told: str) -> None:
    """A mistake is told by what is wrong, and shows no key."""
    with pytest.raises(ValidationError) as raised:
        names(value)
    shown = explain(raised.value)
    assert shown.startswith("API_KEYS")
    assert told in shown
    assert KEY not in shown
    assert KEY[1:] not in shown
    assert OTHER not in shown


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A value without an equals sign names a file, which must be readable as text."""
    with pytest.raises(ValidationError, match="cannot be read: No such file") as raised:
        names(KEY)  # a key without a name is shown no more than others
    assert KEY not in explain(raised.value)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ValidationError, match="cannot be read: it is no text"):
        names(str(tmp_path / "binary"))


@pytest.mark.parametrize("content", ["", "\n\n", "# ann={KEY}\n", "\ufeff# none yet"])
def test_a_file_without_keys_ends_the_start(tmp_path: Path, content: str) -> None:
    """A secret that was not put in place does not open the API to everybody."""
    (tmp_path / "keys").write_text(content.format(KEY=KEY), "utf-8")
    with pytest.raises(ValidationError, match="there is no key in it"):
        names(str(tmp_path / "keys"))


def test_a_key_may_hold_a_number_sign(tmp_path: Path) -> None:
    """In a file, what follows a space and a number sign is a comment, and the rest of a word is not."""
    (tmp_path / "keys").write_text(f"\ufeffann={KEY}#{OTHER}  # ann={OTHER}\n#bob={OTHER}\n", "utf-8")
    config = ApiConfig.model_validate({"api_keys": str(tmp_path / "keys")})
    assert {name: key.get_secret_value() for name, key in config.api_keys.items()} == {
        "ann": f"{KEY}#{OTHER}"
    }


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """API_KEYS is read as it is, and an empty one means none."""
    monkeypatch.setenv("API_KEYS", f"ann={KEY}")
    assert list(ApiConfig().api_keys) == ["ann"]
    monkeypatch.setenv("API_KEYS", "")
    assert ApiConfig().api_keys == {}
