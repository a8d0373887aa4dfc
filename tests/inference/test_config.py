"""Tests of `inference.config`."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inference.config import EngineConfig


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove every setting from the environment."""
    for name in EngineConfig.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    """Without any setting the model is chosen automatically, and all limits hold a value."""
    config = EngineConfig()
    assert (config.model, config.dtype, config.threads) == ("auto", "auto", 0)
    assert config.max_new_tokens <= config.context_tokens // 2


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("MODEL", "owner/tiny", "owner/tiny"),
        ("DTYPE", "bf16", "bf16"),
        ("THREADS", "2", 2),
        ("HUB_TIMEOUT", "0.5", 0.5),
        ("TEMPERATURE", "0", 0.0),
        ("MAX_WAITING", "0", 0),
        ("MAX_PER_CLIENT", "1", 1),
        ("KV_MEMORY_MB", "512", 512),
        ("KV_CACHE_MB", "0", 0),
        ("max_batch", "7", 7),
    ],
)
def test_environment_sets_a_field(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    """A variable of the environment sets the field of its name."""
    monkeypatch.setenv(name, text)
    assert getattr(EngineConfig(), name.lower()) == value


def test_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable leaves the default."""
    monkeypatch.setenv("MODEL", "")
    monkeypatch.setenv("THREADS", "")
    assert (EngineConfig().model, EngineConfig().threads) == ("auto", 0)


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("DTYPE", "int4", "'auto', 'fp32', 'bf16' or 'int8'"),
        ("THREADS", "-1", "greater than or equal to 0"),
        ("MAX_BATCH", "0", "greater than or equal to 1"),
        ("MAX_PER_CLIENT", "0", "greater than or equal to 1"),
        ("KV_MEMORY_MB", "0", "greater than or equal to 1"),
        ("MAX_BATCH", "many", "valid integer"),
        ("CONTEXT_TOKENS", "100", "greater than or equal to 512"),
        ("TEMPERATURE", "2.1", "less than or equal to 2"),
        ("TEMPERATURE", "nan", "finite|greater than or equal to 0|less than or equal to 2"),
        ("HUB_TIMEOUT", "0", "greater than 0"),
        ("HUB_TIMEOUT", "inf", "less than or equal to 60"),
        ("MAX_INPUT_CHARS", "20001", "less than or equal to 20000"),
    ],
)
def test_bad_value_names_itself(monkeypatch: pytest.MonkeyPatch, name: str, text: str, allowed: str) -> None:
    """The error of a wrong value has the setting's name, the value, and the allowed values."""
    monkeypatch.setenv(name, text)
    with pytest.raises(ValidationError, match=allowed) as caught:
        EngineConfig()
    assert name.lower() in str(caught.value)
    assert text in str(caught.value)


@given(st.integers(512, 32_768), st.integers(1, 16_384))
def test_prompt_has_half_of_the_context(context: int, reply: int) -> None:
    """A reply of up to half the context is allowed, a longer one names both settings."""
    if reply <= context // 2:
        assert EngineConfig(context_tokens=context, max_new_tokens=reply).max_new_tokens == reply
    else:
        with pytest.raises(ValidationError, match=f"MAX_NEW_TOKENS={reply} .*CONTEXT_TOKENS={context}"):
            EngineConfig(context_tokens=context, max_new_tokens=reply)


def test_settings_do_not_change() -> None:
    """Settings are frozen once they are read."""
    config = EngineConfig()
    with pytest.raises(ValidationError, match="frozen"):
        config.threads = 3  # type: ignore[misc]  # assigning to a frozen setting is what is tested


def test_cache_resolves_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` in MODEL_CACHE is the user's home."""
    monkeypatch.setenv("HOME", "/somewhere")
    assert EngineConfig(model_cache=Path("~/weights")).cache == Path("/somewhere/weights")
