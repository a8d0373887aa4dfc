"""The addresses at which the operator signs in and out."""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ui.guard.buckets import TokenBuckets
from ui.guard.limits import Refused
from ui.guard.operators import Operators
from ui.guard.refusal import refusal
from ui.guard.sign_in.huggingface import HuggingFace, SignInError

FAILURES_PER_MINUTE = 5  # wrong passwords of one client
ALL_FAILURES_PER_MINUTE = 3_000  # wrong passwords of all clients together
EVERYBODY = "everybody"
MAX_PASSWORD_CHARS = 1_000


class SignIn:
    """Check passwords, a bounded number of times a minute, and hand out the operator's cookie."""

    def __init__(
        self,
        operators: Operators,
        hugging_face: HuggingFace,
        on_sign_out: Callable[[Request], None] = lambda request: None,
    ) -> None:
        """Build the endpoints; `on_sign_out` is called with the request of whoever signs out."""
        self._operators = operators
        self._hugging_face = hugging_face
        self._on_sign_out = on_sign_out
        self._failures = TokenBuckets(FAILURES_PER_MINUTE, FAILURES_PER_MINUTE)
        self._all_failures = TokenBuckets(ALL_FAILURES_PER_MINUTE, ALL_FAILURES_PER_MINUTE)

    def routes(self) -> list[BaseRoute]:
        """Return the routes, for the server."""
        return [
            Route("/sign-in", self.with_password, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
            Route("/login/huggingface", self.to_hugging_face),
            Route("/login/callback", self.from_hugging_face),
        ]

    async def with_password(self, request: Request) -> Response:
        """Sign in with the password of a JSON object `{"password": ...}`."""
        if not self._operators.has_password:
            return refusal(Refused(404, f"operator_{self._operators.access.value}"), request)
        client = str(request.scope["client"][0])
        wait = max(self._failures.wait(client), self._all_failures.wait(EVERYBODY))
        if wait:
            return refusal(Refused(429, "password_often", wait), request)
        if not self._operators.knows_password(await _password(request)):
            self._failures.take(client)
            self._all_failures.take(EVERYBODY)
            return refusal(Refused(403, "password_wrong"), request)
        return _signed_in(204, self._operators.cookie(request.scope))

    async def sign_out(self, request: Request) -> Response:
        """Take the cookie away."""
        self._on_sign_out(request)
        self._operators.end(request.scope)
        return _signed_in(204, self._operators.no_cookie(request.scope))

    async def to_hugging_face(self, request: Request) -> Response:
        """Lead somebody to Hugging Face, to sign in there."""
        if not self._operators.has_hugging_face:
            return refusal(Refused(404, f"operator_{self._operators.access.value}"), request)
        return self._hugging_face.leave(request)

    async def from_hugging_face(self, request: Request) -> Response:
        """Sign in whoever comes back from Hugging Face, if it is one of the operators."""
        if not self._operators.has_hugging_face:
            return refusal(Refused(404, f"operator_{self._operators.access.value}"), request)
        try:
            name = await self._hugging_face.name_of(request)
        except SignInError as error:
            return refusal(Refused(403, "sign_in_failed", reason=error), request)
        if not self._operators.knows_user(name):
            return refusal(Refused(403, "not_an_operator", name=name), request)
        response = _signed_in(303, self._operators.cookie(request.scope))
        response.headers["location"] = self._hugging_face.page(request)
        return response


def _signed_in(status: int, cookie: str) -> Response:
    return Response(status_code=status, headers={"set-cookie": cookie, "cache-control": "no-store"})


async def _password(request: Request) -> str:
    """Return the password of a request; an empty one, which is nobody's, if the body has none."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return ""
    password = body.get("password") if isinstance(body, dict) else None
    return password[:MAX_PASSWORD_CHARS] if isinstance(password, str) else ""
