"""The settings of the API, read from the environment once."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

# A shorter key could be guessed.
MIN_KEY_CHARS = 16
NAME = re.compile(r"[A-Za-z0-9][\w.@-]{0,39}")
# What a header can carry as it is, without the comma between keys.
KEY = re.compile(r"[!-+\--~]+")
# In a file; a key may have a # in it.
COMMENT = re.compile(r"(^|\s)#.*")


def _keys(value: Any) -> Any:
    """Read `name=key` pairs with commas, spaces or ends of lines between them, or the file that is named."""
    if not isinstance(value, str):
        return value
    if "=" not in value:
        path = Path(value).expanduser()
        try:
            value = "\n".join(COMMENT.sub("", line) for line in path.read_text("utf-8-sig").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            # Not named: it may be a key without a name.
            text = f"it is not written name=key,name=key, and the file that it names cannot be read: {reason}"
            raise ValueError(text) from error
    pairs = [item.partition("=")[::2] for item in value.replace(",", " ").split()]
    if not pairs:
        raise ValueError("there is no key in it; leave it empty if the API shall have none")
    for place, (name, key) in enumerate(pairs, 1):
        # No names in these: one may be a key without a name.
        if not NAME.fullmatch(name) or not key:
            raise ValueError("a key is written name=key; a name has 1 to 40 letters, digits, _, ., @ and -")
        if not KEY.fullmatch(key):
            raise ValueError(
                f"key {place} has characters that no header can carry; use A-Z a-z 0-9 and signs"
            )
        if len(key) < MIN_KEY_CHARS:
            raise ValueError(f"key {place} has {len(key)} characters; {MIN_KEY_CHARS} are the least")
    keys = dict(pairs)
    if len(keys) < len(pairs) or len(set(keys.values())) < len(keys):
        raise ValueError("two keys have the same name, or two names the same key")
    return keys


class ApiConfig(BaseSettings):
    """Settings of the API; each can be set by its upper-case name.

    Raises:
        pydantic.ValidationError: a value is not allowed; keys are not shown.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    # Keys by their names: name=key,name=key, or the path of a file with one on each line.
    api_keys: Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_keys)] = Field(default_factory=dict)
