"""Which events of a page reach Gradio."""

import json

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from ui.guard.limits import Refused
from ui.server.event_bodies import MAX_DEPTH, EventBodies

JOIN, CALL, CANCEL = "/gradio_api/queue/join", "/gradio_api/call/greet", "/gradio_api/cancel"
EVENT = {"data": ["hi"], "fn_index": 0, "session_hash": "abc"}


async def echo(request: Request) -> Response:
    """Answer with the body that came, of the length that its header tells."""
    body = await request.body()
    assert request.headers["content-length"] == str(len(body))
    return Response(body)


def a_page() -> gr.Blocks:
    """Return a page with a function of one text, and one that only the browser runs."""
    page = gr.Blocks()
    with page:  # `with ... as page` would lose the type
        box = gr.Textbox()
        box.submit(lambda text: text, box, box, api_name="greet")
        box.change(None, box, box, js="text => text")
    return page


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A client of an app that says what reached it."""
    app = Starlette(routes=[Route("/{path:path}", echo, methods=["POST", "GET"])])
    return TestClient(EventBodies(app, a_page()))


def refused(client: TestClient, path: str, content: object) -> Refused:
    """Return why a body is refused."""
    with pytest.raises(Refused) as caught:
        client.post(path, content=content if isinstance(content, bytes) else json.dumps(content))
    return caught.value


@pytest.mark.parametrize("data", [["hi"], [None], [5], [{"a": [1]}], ["\ud83d"], ["more", "than", "needed"]])
def test_an_event_is_passed_on(client: TestClient, data: list[object]) -> None:
    """The values of an event arrive as they came, whatever they are."""
    event = {**EVENT, "data": data, "event_data": {"index": 1}, "trigger_id": 3}
    assert client.post(JOIN, content=json.dumps(event)).json() == event


def test_other_fields_are_left_out(client: TestClient) -> None:
    """What only Gradio's own parts set does not come from outside."""
    event = {**EVENT, "batched": True, "event_id": "x", "oauth_token": ["\ud83d"], "simple_format": True}
    assert client.post(JOIN, content=json.dumps(event)).json() == EVENT


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"session_hash": ""}, "session_hash"),
        ({"session_hash": 5}, "session_hash"),
        ({"session_hash": "x" * 101}, "session_hash"),
        ({"session_hash": "\ud83d"}, "session_hash"),
        ({"session_hash": "a\nb"}, "session_hash"),
        ({"fn_index": "first"}, "fn_index"),
        ({"fn_index": -1}, "fn_index"),
        ({"data": "hi"}, "data"),
        ({"data": [0] * 101}, "data"),
        ({"trigger_id": {}}, "trigger_id"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, change: dict[str, object], wrong: str) -> None:
    """The refusal says which field it is."""
    found = refused(client, JOIN, {**EVENT, **change})
    assert (found.status, found.code, found.values) == (400, "event_wrong", {"reason": wrong})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 60_000, b"[]", b"null", b'{"data":' + b"9" * 5000]
)
def test_what_is_no_object_is_refused(client: TestClient, body: bytes) -> None:
    """Neither broken JSON nor other values are events."""
    assert refused(client, JOIN, body).status == 400


def test_values_may_not_be_nested_without_end(client: TestClient) -> None:
    """Deeper values than any event has are refused; Gradio would fail with them."""
    deep: object = "hi"
    for _ in range(MAX_DEPTH):
        deep = [deep]
    assert refused(client, JOIN, {**EVENT, "data": [deep]}).code == "event_wrong"


@pytest.mark.parametrize("index", [1, 2, 10**9])
def test_a_function_that_is_none_is_refused(client: TestClient, index: int) -> None:
    """Neither a number without a function nor one of the browser's alone is run."""
    assert refused(client, JOIN, {**EVENT, "fn_index": index}).status == 404
    assert refused(client, JOIN, {"data": ["hi"], "session_hash": "a"}).status == 404


def test_a_named_function_is_found(client: TestClient) -> None:
    """A program calls functions by their names."""
    assert client.post(CALL, content='{"data": ["hi"]}').json() == {"data": ["hi"]}
    assert refused(client, "/gradio_api/call/nothing", {"data": ["hi"]}).status == 404


def test_too_few_values_are_refused(client: TestClient) -> None:
    """The refusal says how many there should be."""
    found = refused(client, CALL, {"data": []})
    assert (found.status, found.values) == (400, {"needed": 1, "got": 0})


@pytest.mark.parametrize("body", [{}, {"session_hash": "a", "fn_index": 0, "event_id": "\ud83d"}])
def test_a_wrong_cancellation_is_refused(client: TestClient, body: dict[str, object]) -> None:
    """What ends an event is checked as well."""
    assert refused(client, CANCEL, body).status == 400
    assert refused(client, "/gradio_api/reset", body).status == 400
    right = {"session_hash": "a", "fn_index": 0, "event_id": "b"}
    assert client.post(CANCEL, content=json.dumps(right)).json() == right


def test_everything_else_is_left_alone(client: TestClient) -> None:
    """Other paths and methods are none of its business."""
    assert client.post("/dashboard/silence", content="[1]").json() == [1]
    assert client.request("GET", JOIN, content="[1]").json() == [1]
