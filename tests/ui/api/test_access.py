"""Who may use the API."""

from pathlib import Path
from typing import Any

import openai
import pytest
from starlette.requests import Request

from tests.ui.api.served_api import ask, served_api
from ui.api.access import Access
from ui.api.config import ApiConfig
from ui.api.errors import ApiError
from ui.guard.config import GuardConfig
from ui.roles import set_forwarded

ANN, BOB = "ann-has-a-long-key", "bob-has-another-key"
KEYS = f"ann={ANN},bob={BOB}"


def access(keys: str = "", **guard: object) -> Access:
    """Return who may use the API of an app with some settings."""
    config = ApiConfig.model_validate({"api_keys": keys} if keys else {})
    return Access(config, GuardConfig.model_validate({"gradio_server_name": "127.0.0.1", **guard}))


def asked(header: str | None, *, is_forwarded: bool = False) -> Request:
    """Return a request with an `Authorization` header, or without one."""
    given = [] if header is None else [(b"authorization", header.encode("utf-8", "surrogateescape"))]
    scope = {"type": "http", "headers": given}
    if is_forwarded:
        set_forwarded(scope)
    return Request(scope)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_key_has_a_name(scheme: str) -> None:
    """Whoever has a key is known by its name."""
    assert access(KEYS).key_name(asked(f"{scheme} {BOB}")) == "bob"
    assert access(KEYS).key_name(asked(f"{scheme}  {ANN} ")) == "ann"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "missing_api_key"),
        ("", "missing_api_key"),
        ("Bearer", "missing_api_key"),
        ("Bearer  ", "missing_api_key"),
        (f"Basic {ANN}", "missing_api_key"),
        (ANN, "missing_api_key"),
        ("Bearer no", "invalid_api_key"),
        (f"Bearer {ANN}x", "invalid_api_key"),
        (f"Bearer {ANN[:-1]}", "invalid_api_key"),
        ("Bearer ann", "invalid_api_key"),
        ("Bearer \udc80é", "invalid_api_key"),
    ],
)
def test_whoever_has_no_key_is_refused(header: str | None, code: str) -> None:
    """Without a key, or with another one, the answer is 401 and says which of both."""
    with pytest.raises(ApiError) as raised:
        access(KEYS).key_name(asked(header))
    assert (raised.value.status, raised.value.code) == (401, code)
    assert ANN not in str(raised.value)


@pytest.mark.parametrize("header", [None, f"Bearer {ANN}"])
def test_without_keys_this_machine_needs_none(header: str | None) -> None:
    """An app on loopback that has no keys takes whatever comes, as other local servers do."""
    assert access().key_name(asked(header)) is None


@pytest.mark.parametrize(
    "guard",
    [
        {"gradio_server_name": "0.0.0.0"},
        {"space_id": "me/qwen"},
        {"trusted_proxies": "127.0.0.1"},
        {"allowed_hosts": "chat.example.org"},
        {"gradio_root_path": "/qwen"},
    ],
)
def test_without_keys_a_public_address_is_closed(guard: dict[str, Any]) -> None:
    """An app that others reach has no API before it has keys."""
    closed = access(**guard)
    with pytest.raises(ApiError, match="API_KEYS") as raised:
        closed.key_name(asked(f"Bearer {ANN}"))
    assert (raised.value.status, raised.value.code, closed.is_open) == (403, "api_off", False)
    assert access(KEYS, **guard).key_name(asked(f"Bearer {ANN}")) == "ann"


def test_without_keys_what_a_proxy_passes_on_is_refused() -> None:
    """Its sender may be anywhere, also where nothing was said of a proxy."""
    with pytest.raises(ApiError, match="API_KEYS") as raised:
        access().key_name(asked(None, is_forwarded=True))
    assert (raised.value.status, raised.value.code) == (403, "api_off")
    assert access(KEYS).key_name(asked(f"Bearer {ANN}", is_forwarded=True)) == "ann"


def test_the_start_says_how_the_api_is_open() -> None:
    """One sentence names the keys, or tells that the API is open, or off and how to open it."""
    assert access(KEYS).described == "API: /v1, keys / 密钥: ann, bob"
    assert "open on this machine" in access().described
    assert "set API_KEYS" in access(gradio_server_name="0.0.0.0").described


def test_calls_are_answered_with_a_key_alone() -> None:
    """OpenAI's client with a key is answered, and its record has the key's name; another one raises."""
    with served_api(keys=KEYS) as api:
        ask(api.client(ANN))
        (record,) = api.observer.records
        assert record.fields["key_name"] == "ann"
        assert ANN not in str(record.fields)
        assert [model.id for model in api.client(BOB).models.list()] == ["fake"]
        with pytest.raises(openai.AuthenticationError, match="the key is not known") as raised:
            ask(api.client("another-long-key-here"))
        assert (raised.value.code, raised.value.type) == ("invalid_api_key", "authentication_error")
        with pytest.raises(openai.AuthenticationError):
            api.client("another-long-key-here").models.list()
        # Nothing of the body is told to those who may not call.
        wrong = api.http.post("/v1/chat/completions", json={"messages": 7})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "missing_api_key")
        for path in ("/healthz", "/readyz"):
            assert api.http.get(path).status_code == 200
        assert len(api.observer.records) == 1


def test_users_of_two_keys_are_not_the_same() -> None:
    """The same `user` behind another key has no part in what the model remembers."""
    with served_api(keys=KEYS) as api:
        for key in (ANN, BOB):
            ask(api.client(key), user="sam")
        sessions = [record.fields["session_id"] for record in api.observer.records]
        cached = [record.fields["cached_tokens"] for record in api.observer.records]
    assert (sessions, cached) == (["api:ann:sam", "api:bob:sam"], [0, 0])


def test_keys_may_stand_in_a_file(tmp_path: Path) -> None:
    """A file of keys does what a list of them does."""
    file = tmp_path / "keys"
    file.write_text(f"# ours\nann={ANN}  # her\n\nbob={BOB}\n", "utf-8")
    assert access(str(file)).key_name(asked(f"Bearer {BOB}")) == "bob"
