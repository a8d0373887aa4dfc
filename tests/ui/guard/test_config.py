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


@pytest.mark.parametrize("name", ["http://x.example/", "x.example:8080", "x.example/path", "a b@c", "*.*"])
def test_what_is_no_host_name_is_refused_by_name(name: str) -> None:
    """ALLOWED_HOSTS with a scheme, a port or a path would allow nothing, so it ends the start."""
    with pytest.raises(ValidationError) as error:
        GuardConfig(allowed_hosts=name)
    assert "is no name of a host" in explain(error.value)


def test_a_wrong_network_is_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message about TRUSTED_PROXIES names the wrong address, and what would be right."""
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1,nonsense")
    with pytest.raises(ValidationError) as error:
        GuardConfig()
    (line,) = explain(error.value).splitlines()
    assert line.startswith("TRUSTED_PROXIES='127.0.0.1,nonsense': 'nonsense' does not appear to be")


@pytest.mark.parametrize(
    ("name", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("example.org", False),
    ],
)
def test_loopback_is_this_machine_alone(name: str, is_local: bool) -> None:
    """Only addresses that no other machine reaches count as local."""
    assert GuardConfig(gradio_server_name=name).is_local is is_local


@pytest.mark.parametrize(
    "settings",
    [
        {"trusted_proxies": "127.0.0.1"},
        {"allowed_hosts": "chat.example.org"},
        {"gradio_root_path": "/qwen"},
        {"space_id": "me/qwen"},
    ],
)
def test_an_app_behind_a_proxy_is_not_local(settings: dict[str, Any]) -> None:
    """Whatever tells of a proxy tells that others than this machine reach the app."""
    assert not GuardConfig(gradio_server_name="127.0.0.1", **settings).is_local
