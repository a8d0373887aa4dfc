"""Who is the operator."""

import time
from http.cookies import SimpleCookie
from typing import Any

import pytest
from pydantic import SecretStr

from ui.guard.config import GuardConfig
from ui.guard.operators import Access, Operators
from ui.roles import OPERATOR_COOKIE, Role

PASSWORD = "correct horse"
CONFIG = GuardConfig(operator_password=SecretStr(PASSWORD))


def operators(**settings: Any) -> Operators:
    """Return the operators of an app with some settings."""
    return Operators(GuardConfig(**settings), b"key")


def scope_of(host: str = "127.0.0.1:7860", cookie: str = "", scheme: str = "http") -> dict[str, Any]:
    """Return the scope of a request."""
    headers = [(b"host", host.encode()), *([(b"cookie", cookie.encode())] if cookie else [])]
    return {"type": "http", "scheme": scheme, "headers": headers}


def value_of(set_cookie: str) -> str:
    """Return what a browser sends back for a `Set-Cookie` header."""
    return f"{OPERATOR_COOKIE}={SimpleCookie(set_cookie)[OPERATOR_COOKIE].value}"


def test_without_a_password_everybody_on_this_machine_is_the_operator() -> None:
    """An app on loopback is for whoever sits before it."""
    assert operators().access is Access.EVERYBODY
    for host in ("127.0.0.1:7860", "localhost", "[::1]:7860"):
        assert operators().role(scope_of(host), through_proxy=False) is Role.OPERATOR


def test_without_a_password_nobody_who_comes_through_a_proxy_is_the_operator() -> None:
    """A tunnel or a proxy on this machine brings strangers to loopback; it tells so, or uses its own name."""
    assert operators().role(scope_of(), through_proxy=True) is Role.VISITOR
    assert operators().role(scope_of("qwen.example"), through_proxy=False) is Role.VISITOR


@pytest.mark.parametrize(
    "settings",
    [
        {"gradio_server_name": "0.0.0.0"},
        {"gradio_server_name": "::"},
        {"gradio_server_name": "192.168.1.5"},
        {"gradio_server_name": "my-machine"},
        {"space_id": "me/qwen"},
        {"allowed_hosts": "qwen.example"},
        {"trusted_proxies": "127.0.0.1"},
        {"gradio_root_path": "/qwen"},
    ],
)
def test_where_strangers_come_nobody_is_the_operator_without_a_password(settings: dict[str, str]) -> None:
    """On any other address, on a Space or behind a proxy, the operator's part is off."""
    found = operators(**settings)
    assert found.access is Access.OFF
    assert found.role(scope_of(), through_proxy=False) is Role.VISITOR
    cookie = value_of(operators(operator_password=PASSWORD).cookie(scope_of()))
    assert found.role(scope_of(cookie=cookie), through_proxy=False) is Role.VISITOR


def test_with_a_password_the_signed_cookie_makes_the_operator() -> None:
    """Who has signed in is the operator, on loopback, too; who has not is a visitor there."""
    found = operators(operator_password=PASSWORD)
    assert found.access is Access.SIGN_IN
    assert found.role(scope_of(), through_proxy=False) is Role.VISITOR
    cookie = value_of(found.cookie(scope_of()))
    assert found.role(scope_of(cookie=cookie), through_proxy=True) is Role.OPERATOR
    assert found.role(scope_of(cookie=f"lang=zh; {cookie}; a=b"), through_proxy=False) is Role.OPERATOR


@pytest.mark.parametrize(
    "cookie",
    [
        f"{OPERATOR_COOKIE}=",
        f"{OPERATOR_COOKIE}=operator",
        f"{OPERATOR_COOKIE}=a.b.c",
        "operator",
        "=",
        f'{OPERATOR_COOKIE}="',
        "\x00",
        "é" * 99,
    ],
)
def test_other_cookies_make_no_operator(cookie: str) -> None:
    """Made-up cookies, whatever they hold, are those of a visitor."""
    found = operators(operator_password=PASSWORD)
    assert found.role(scope_of(cookie=cookie), through_proxy=False) is Role.VISITOR


def test_a_cookie_of_another_process_is_none() -> None:
    """The key is made at each start: a restart ends all sign-ins."""
    cookie = value_of(Operators(CONFIG, b"other").cookie(scope_of()))
    found = operators(operator_password=PASSWORD)
    assert found.role(scope_of(cookie=cookie), through_proxy=False) is Role.VISITOR


def test_a_changed_cookie_is_none() -> None:
    """A cookie of which one character is another one was not made here."""
    found = operators(operator_password=PASSWORD)
    cookie = value_of(found.cookie(scope_of()))
    for place in (len(OPERATOR_COOKIE) + 1, len(cookie) // 2, len(cookie) - 2):
        changed = cookie[:place] + ("A" if cookie[place] != "A" else "B") + cookie[place + 1 :]
        assert found.role(scope_of(cookie=changed), through_proxy=False) is Role.VISITOR


def test_an_old_cookie_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server itself ends a sign-in after OPERATOR_HOURS, whatever the browser does."""
    found = operators(operator_password=PASSWORD, operator_hours=1)
    cookie = value_of(found.cookie(scope_of()))
    assert found.role(scope_of(cookie=cookie), through_proxy=False) is Role.OPERATOR
    an_hour_later = time.time() + 3602
    monkeypatch.setattr("time.time", lambda: an_hour_later)
    assert found.role(scope_of(cookie=cookie), through_proxy=False) is Role.VISITOR


def test_the_cookie_is_for_this_app_and_for_no_script() -> None:
    """Scripts cannot read it, other sites' pages do not send it, and it is encrypted where the page is."""
    found = operators(operator_password=PASSWORD, gradio_root_path="/qwen", trusted_proxies="127.0.0.1")
    attributes = found.cookie(scope_of()).split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/qwen"} <= set(attributes)
    assert "Secure" not in attributes
    assert "Secure" in found.cookie(scope_of(scheme="https")).split("; ")
    assert "Max-Age=0" in found.no_cookie(scope_of()).split("; ")


def test_in_a_spaces_frame_the_cookie_is_sent() -> None:
    """The page of a Space stands in a frame of another site, where only such a cookie is kept and sent."""
    found = operators(operator_password=PASSWORD, space_id="me/qwen")
    attributes = found.cookie(scope_of("me-qwen.hf.space", scheme="https")).split("; ")
    assert {"HttpOnly", "SameSite=None", "Secure", "Partitioned"} <= set(attributes)
    assert "SameSite=Strict" in found.cookie(scope_of("192.168.1.5")).split("; ")


def test_passwords_are_compared_whole() -> None:
    """Only the very password is right; beginnings, other letter cases and odd characters are not."""
    found = operators(operator_password="pässwörd 密码")
    assert found.knows_password("pässwörd 密码")
    for wrong in ("", "pässwörd", "PÄSSWÖRD 密码", "pässwörd 密码 ", "\ud800", "x" * 1000):
        assert not found.knows_password(wrong)
    assert not operators().knows_password("")


def test_names_on_hugging_face_are_compared_whole() -> None:
    """The names of OPERATOR_USERS are the operators, in any letter case; nobody else is."""
    found = operators(space_id="me/qwen", operator_users="Alice, bob")
    assert found.access is Access.SIGN_IN
    assert found.knows_user("alice")
    assert found.knows_user("Bob")
    for wrong in ("", "ali", "alice2", "Alice, bob"):
        assert not found.knows_user(wrong)


def test_names_alone_are_no_way_to_sign_in_off_a_space() -> None:
    """Without a Space there is no sign-in with Hugging Face, so names make nobody the operator there."""
    found = operators(operator_users="alice", gradio_server_name="0.0.0.0")
    assert found.access is Access.OFF
