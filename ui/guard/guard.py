"""The middleware before every route, Gradio's own included: it refuses what is not allowed."""

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from typing import Protocol

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.guard.buckets import TokenBuckets
from ui.guard.clients import Proxies, client_of
from ui.guard.config import GuardConfig
from ui.guard.headers import SecurityHeaders
from ui.guard.heads import check_head
from ui.guard.hosts import AllowedHosts, named, same_origin
from ui.guard.limits import ReaderGone, Refused, impatient, read_whole, too_large
from ui.guard.lingering import Incoming
from ui.guard.operators import Operators
from ui.guard.places import Places
from ui.guard.refusal import refusal
from ui.guard.rules import Rule, rules_of
from ui.roles import Role, set_forwarded, set_role

PAGE = "/"


class Readers(Protocol):
    """Is told which results are being read."""

    def opened(self, key: str) -> None:
        """Note that somebody reads the results of a session or an event."""

    def closed(self, key: str) -> None:
        """Note that one reader has left."""


class Guard:
    """Let only allowed requests through, and tell the routes who sends them."""

    def __init__(
        self,
        app: ASGIApp,
        config: GuardConfig,
        operators: Operators,
        readers: Readers | None = None,
        absent: Collection[str] = (),
    ) -> None:
        """`absent` are paths that have a rule, but not in this app: what they need is not installed."""
        self._app = app
        self._config = config
        self._operators = operators
        self._readers = readers
        self._absent = absent
        self._hosts = AllowedHosts(config)
        self._proxies = Proxies(config.proxies)
        self._headers = SecurityHeaders(config)
        self._streams = Places(config.max_streams)
        self._buckets: Mapping[str, TokenBuckets] = {
            "messages": TokenBuckets(config.messages_per_minute),
            "views": TokenBuckets(config.views_per_minute),
            "requests": TokenBuckets(config.requests_per_minute),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why it is refused; there are no websockets."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        send = impatient(self._headers.add(send), self._config.reader_seconds)
        receive = incoming = Incoming(receive)
        try:
            with ExitStack() as held:
                check_head(scope)
                lacks_slash = scope["path"] == self._config.gradio_root_path
                rule = self._check(scope, held)
                if rule.is_read_whole:
                    receive = await read_whole(receive, rule.max_body_bytes, self._config.body_seconds)
                await (self._with_slash(scope) if lacks_slash else self._app)(scope, receive, send)
        except Refused as refused:
            await incoming.refuse(refusal(refused, Request(scope)), scope, send)
        except ReaderGone:
            return  # uvicorn closes the connection of a response that was not finished
        except RuntimeError as error:
            # Gradio refuses to read a made-up session only after its answer has begun.
            if not isinstance(error.__cause__, HTTPException):
                raise

    def _check(self, scope: Scope, held: ExitStack) -> Rule:
        """Return the rule of a request.

        Raises:
            Refused: the request is not allowed.
        """
        is_proxied = self._proxies.resolve(scope)
        client = client_of(scope)
        scope["client"] = (client, 0)
        headers = Headers(scope=scope)
        if not self._hosts.allows(headers.get("host", "")):
            raise Refused(421, "host_unknown", host=named(headers.get("host", "")))
        self._strip_prefix(scope)
        rule = self._rule(scope)
        self._check_origin(scope, headers)
        if wait := self._buckets[rule.budget].take(client):
            raise Refused(429, "too_often", wait)
        role = self._operators.role(scope, is_proxied)
        if rule.role is Role.OPERATOR and role is not Role.OPERATOR:
            raise Refused(403, f"operator_{self._operators.access.value}")
        set_role(scope, role)
        if is_proxied:
            set_forwarded(scope)
        _check_length(headers, rule.max_body_bytes)
        if rule.is_stream:
            self._open_stream(scope, client, held)
        return rule

    def _strip_prefix(self, scope: Scope) -> None:
        """Take the prefix off the path, where a proxy has left it there."""
        prefix, path = self._config.gradio_root_path, scope["path"]
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            scope["path"] = path[len(prefix) :] or PAGE
            scope["raw_path"] = scope["path"].encode()

    def _with_slash(self, scope: Scope) -> Response:
        """Lead whoever left out the slash after the prefix to the page, whose files are below the slash."""
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{self._config.gradio_root_path}/{query and f'?{query}'}", 308)

    def _rule(self, scope: Scope) -> Rule:
        rules = rules_of(scope["path"])
        if not rules or scope["path"] in self._absent:
            raise Refused(404, "no_such_path")
        for rule in rules:
            if scope["method"] in rule.methods:
                return rule
        raise Refused(405, "method_not_allowed", method=scope["method"])

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """Refuse what a page of another site sends; it may only lead its reader to the page."""
        if (origin := headers.get("origin")) is not None:
            if not same_origin(origin, scope["scheme"], headers.get("host", "")):
                raise Refused(403, "origin_foreign", origin=origin)
        elif headers.get("sec-fetch-site") in ("cross-site", "same-site") and scope["path"] != PAGE:
            raise Refused(403, "origin_foreign", origin=headers["sec-fetch-site"])

    def _open_stream(self, scope: Scope, client: str, held: ExitStack) -> None:
        if not self._streams.take(client):
            raise Refused(429, "too_many_streams", 10, most=self._streams.most)
        held.callback(self._streams.give_back, client)
        key = _results_key(scope)
        if self._readers is not None and key:
            self._readers.opened(key)
            held.callback(self._readers.closed, key)


def _check_length(headers: Headers, max_bytes: int) -> None:
    """Refuse a body whose header says that it is too large, before any of it is read."""
    if "transfer-encoding" in headers and max_bytes == 0:
        raise too_large(max_bytes)
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise Refused(400, "length_wrong", length=length)
    if len(length) > 15 or int(length) > max_bytes:
        raise too_large(max_bytes)


def _results_key(scope: Scope) -> str:
    """Return the session, or the event of a session-less call, whose results a stream shows."""
    if scope["path"].startswith("/gradio_api/call/"):
        return str(scope["path"].rpartition("/")[2])
    return Request(scope).query_params.get("session_hash", "")
