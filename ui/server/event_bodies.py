"""Let only well-formed events reach Gradio, which answers others with a traceback on the terminal."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import gradio as gr
from pydantic import BaseModel, Field, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.guard.limits import Refused, receiving

MAX_DEPTH = 20  # of lists and objects in each other; Gradio's own events have three

_PREFIX = "/gradio_api/"
# Gradio keeps sessions and events by these names, so they are bounded; its own clients use 36 characters.
_Name = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]


class _Event(BaseModel):
    """What a program or the page sends to run a function; other fields are left out."""

    data: list[Any] = Field(max_length=100)
    fn_index: int | None = Field(None, ge=0)
    session_hash: _Name | None = None
    event_data: Any = None
    trigger_id: int | None = Field(None, ge=0)


class _Cancellation(BaseModel):
    """What ends an event."""

    session_hash: _Name
    fn_index: int = Field(ge=0)
    event_id: _Name


class _Reset(BaseModel):
    """What Gradio's older clients send after an event."""

    event_id: _Name


class EventBodies:
    """Check the body of each event of a page, and pass on only the fields that are known."""

    def __init__(self, app: ASGIApp, page: gr.Blocks) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on.

        Raises:
            Refused: it is a wrong event.
        """
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(_PREFIX):
            scope, receive = await self._checked(scope, receive)
        await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        """Return a request with a body that was written anew."""
        action, _, name = scope["path"].removeprefix(_PREFIX).partition("/")
        body = _parsed(await _read(receive))
        match action:
            case "cancel":
                fields = _fields(_Cancellation, body)
            case "reset":
                fields = _fields(_Reset, body)
            case _:
                fields = _fields(_Event, body)
                self._check_function(name if action == "call" else "", fields)
        content = json.dumps(fields).encode()
        return {**scope, "headers": _headers(scope, len(content))}, receiving(content, receive)

    def _check_function(self, api_name: str, fields: Mapping[str, Any]) -> None:
        """Refuse an event without a function, or with too few values for it."""
        functions = self._page.fns
        if api_name:
            found = next((fn for fn in functions.values() if fn.api_name == api_name), None)
        else:
            found = functions.get(fields.get("fn_index", -1))
        if found is None or found.fn is None:
            raise Refused(404, "no_such_function")
        needed = len(found.inputs)
        if len(fields["data"]) < needed:
            raise Refused(400, "event_short", needed=needed, got=len(fields["data"]))


async def _read(receive: Receive) -> bytes:
    """Return the body of a request, which the guard has bounded."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _parsed(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "event_wrong", reason="it is no JSON") from error
    if not isinstance(parsed, dict):
        raise Refused(400, "event_wrong", reason="it is no JSON object")
    if _is_deeper(parsed, MAX_DEPTH):
        raise Refused(400, "event_wrong", reason=f"it has more than {MAX_DEPTH} levels")
    return parsed


def _fields(kind: type[BaseModel], body: object) -> dict[str, Any]:
    """Return the fields that were given."""
    try:
        return kind.model_validate(body).model_dump(exclude_unset=True)
    except ValidationError as error:
        where = error.errors(include_input=False)[0]["loc"]
        raise Refused(400, "event_wrong", reason=".".join(map(str, where))) from error


def _is_deeper(value: object, levels: int) -> bool:
    """Tell whether there are more than so many levels of lists and objects."""
    inner: Sequence[object] = ()
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, list):
        inner = value
    else:
        return False
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)


def _headers(scope: Scope, length: int) -> list[tuple[bytes, bytes]]:
    """Return the headers with the length of another body."""
    kept = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
    return [*kept, (b"content-length", str(length).encode())]
