"""Who calls, and under which names a call stands in the log."""

import pytest
from starlette.requests import Request

from ui.api.access import Access
from ui.api.callers import Calling, calling, request_id_of
from ui.api.config import ApiConfig
from ui.guard.config import GuardConfig
from ui.roles import Role, set_role

KEY = "ann-has-a-long-key"
ID = "16f029d043944176923da62f9eb4ebcb"
SPAN = "00f067aa0ba902b7"


def request(role: Role = Role.VISITOR, **headers: str) -> Request:
    """Return a request of somebody at 192.0.2.1."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "headers": pairs, "client": ("192.0.2.1", 1), "state": {}}
    set_role(scope, role)
    return Request(scope)


def called(asked: Request, user: str | None = None, keys: str = "", source: str = "api") -> Calling:
    """Return who sends a request to an app on loopback."""
    config = ApiConfig.model_validate({"api_keys": keys} if keys else {})
    return calling(asked, Access(config, GuardConfig(gradio_server_name="127.0.0.1")), user, source)


@pytest.mark.parametrize("given", [ID, ID.upper(), "16f029d0-4394-4176-923d-a62f9eb4ebcb"])
def test_an_id_of_the_caller_is_that_of_the_records(given: str) -> None:
    """A trace id, or a UUID as it is usually written, is honoured and returned."""
    who = called(request(x_request_id=given))
    assert who.request_id == ID
    assert who.headers == {"x-request-id": ID, "cache-control": "no-store"}


@pytest.mark.parametrize("given", ["", "1", ID[1:], ID + "0", "g" * 32, f"{ID}\n", "é" * 32])
def test_another_id_is_drawn_once(given: str) -> None:
    """What is no id is replaced, by the same one for all that is said about a request."""
    asked = request(x_request_id=given)
    who = called(asked)
    assert len(who.request_id) == 32
    assert who.request_id not in (given, called(request()).request_id)
    assert request_id_of(asked) == called(asked).request_id == who.request_id


def test_fields_say_the_way_in() -> None:
    """Records have the source, the key's name and the trace; without key and trace, the source alone."""
    trace = f"00-{ID}-{SPAN}-01"
    who = called(request(authorization=f"Bearer {KEY}", traceparent=trace), keys=f"ann={KEY}", source="mcp")
    assert who.fields == {"source": "mcp", "key_name": "ann", "traceparent": trace}
    assert called(request()).fields == {"source": "api"}


@pytest.mark.parametrize(
    "trace",
    [
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"ff-{ID}-{SPAN}-01",
        f"00-{ID.upper()}-{SPAN}-01",
        f"00-{ID}-{SPAN}-01-more",
        "x",
    ],
)
def test_a_trace_that_is_none_is_left_out(trace: str) -> None:
    """Only what the standard allows comes into the log."""
    assert called(request(traceparent=trace)).fields == {"source": "api"}


def test_a_user_is_a_session_of_one_key() -> None:
    """What is remembered belongs to a user of a key; a name of any length is bounded, and nobody has none."""
    assert called(request()).caller.session is None
    assert called(request(), "").caller.session is None
    assert called(request(), "sam").caller.session == "api::sam"
    asked = request(authorization=f"Bearer {KEY}")
    assert called(asked, "s" * 1000, keys=f"ann={KEY}").caller.session == f"api:ann:{'s' * 256}"


def test_an_address_has_limits_and_the_operator_none() -> None:
    """The places of a call are counted by its address, those of the operator by nobody."""
    assert called(request()).caller.client == "192.0.2.1"
    assert called(request(Role.OPERATOR)).caller.client is None
