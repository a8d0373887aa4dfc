"""Who calls, and under which names the call stands in the log."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from inference.types import Caller
from ui.api.access import Access
from ui.roles import Role, role_of

# A request id is 32 hex digits, with the dashes of a UUID or without; another one is answered by ours.
REQUEST_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# https://www.w3.org/TR/trace-context/#traceparent-header-field-values
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
MAX_USER_CHARS = 256


@dataclass(frozen=True, slots=True)
class Calling:
    """A request of the API that may be answered."""

    request_id: str
    # The address, which has limits, and the session, to which what the model remembers belongs.
    caller: Caller
    # Fields of all records of the call.
    fields: Mapping[str, object]

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each answer."""
        return {"x-request-id": self.request_id, "cache-control": "no-store"}


def calling(request: Request, access: Access, user: str | None = None, source: str = "api") -> Calling:
    """Return who calls.

    `user` is what the caller says of who asks: the model remembers a conversation for it, within one key.

    Raises:
        ApiError: the caller may not use the API.
    """
    key = access.key_name(request)
    fields: dict[str, object] = {"source": source}
    if key is not None:
        fields["key_name"] = key
    if TRACEPARENT.fullmatch(traceparent := request.headers.get("traceparent", "")):
        fields["traceparent"] = traceparent
    session = f"api:{key or ''}:{user[:MAX_USER_CHARS]}" if user else None
    return Calling(request_id_of(request), Caller(_client(request), session), fields)


def request_id_of(request: Request) -> str:
    """Return the id of a request: that of its caller, or one that is drawn once."""
    if not hasattr(request.state, "request_id"):
        given = request.headers.get("x-request-id", "").lower()
        is_good = REQUEST_ID.fullmatch(given) is not None
        request.state.request_id = given.replace("-", "") if is_good else uuid.uuid4().hex
    return str(request.state.request_id)


def _client(request: Request) -> str | None:
    """Return the address whose places a call takes; the operator's are not counted."""
    if request.client is None or role_of(request.scope) is Role.OPERATOR:
        return None
    return request.client.host
