"""The settings of the server and its guard."""

from typing import Any

import pytest
from pydantic import ValidationError

from monitoring.config import explain
from ui.guard.config import GuardConfig


@pytest.mark.parametrize("text", ["a.example,b.example", " a.example  b.example ", "a.example, b.example,"])
def test_lists_are_separated_by_commas_or_spaces(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A list in the environment needs no JSON."""
    monkeypatch.setenv("ALLOWED_HOSTS", text)
    assert GuardConfig().allowed_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ""),
        ("/", ""),
        ("qwen", "/qwen"),
        ("/qwen/", "/qwen"),
        ("https://host.example/qwen/", "/qwen"),
        ("https://host.example", ""),
    ],
)
def test_a_root_path_may_be_written_in_several_ways(path: str, expected: str) -> None:
    """GRADIO_ROOT_PATH is a path or a whole address, with or without slashes around it."""
    assert GuardConfig(gradio_root_path=path).gradio_root_path == expected


@pytest.mark.parametrize(
    "settings",
    [
        {"gradio_server_port": 0},
        {"gradio_server_port": 70_000},
        {"trusted_proxies": "somewhere"},
        {"operator_password": "short"},
        {"operator_hours": 0},
        {"messages_per_minute": 0},
        {"max_streams": -1},
    ],
)
def test_wrong_values_are_refused(settings: dict[str, Any]) -> None:
    """A setting outside of what is allowed ends the start."""
    with pytest.raises(ValidationError):
        GuardConfig(**settings)


def test_a_refused_password_is_not_repeated() -> None:
    """The message about a password that is too short says what is wrong, and not which it was."""
    with pytest.raises(ValidationError) as error:
        GuardConfig(operator_password="short7!")
    text = explain(error.value)
    assert text.startswith("OPERATOR_PASSWORD")
    assert "8 characters" in text
    assert "short7!" not in text + str(error.value)
