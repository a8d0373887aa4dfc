"""Every route of the running app has a rule, or is closed: for visitors, the operator, and foreign pages."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import _IncludedRouter
from starlette.routing import BaseRoute, Mount, Route

from app import App, build_app
from inference import EngineConfig
from monitoring import MonitoringConfig
from monitoring.alerts.rules_file import load_rules
from ui.guard.config import GuardConfig
from ui.guard.rules import RULES, Rule, rules_of
from ui.roles import Role
from ui.server.server import Server

PASSWORD = secrets.token_urlsafe()
SECONDS = 30.0  # streams are left as soon as their head is there
# Routes that Gradio brings and the page does not use, as are those that end with a slash.
# A new one belongs here, or into the rules.
CLOSED = (
    "/gradio_api/api/{api_name}",
    "/gradio_api/call/v2/{api_name}",
    "/gradio_api/call/v2/{api_name}/{event_id}",
    "/gradio_api/component_server",
    "/gradio_api/custom_component/{id}/{environment}/{type}/{file_name}",
    "/gradio_api/deep_link",
    "/gradio_api/dev/reload",
    "/gradio_api/file/{path:path}",
    "/gradio_api/file={path_or_url:path}",
    "/gradio_api/login_check",
    "/gradio_api/openapi.json",
    "/gradio_api/process_recording",
    "/gradio_api/proxy={url_path:path}",
    "/gradio_api/queue/status",
    "/gradio_api/runs",
    "/gradio_api/startup-events",
    "/gradio_api/stream/{event_id}",
    "/gradio_api/stream/{event_id}/close",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}",
    "/gradio_api/token",
    "/gradio_api/undo-vibe-edit",
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/user",
    "/gradio_api/vibe-code",
    "/gradio_api/vibe-edit",
    "/gradio_api/vibe-starter-queries",
    "/login",
    "/logout",
    "/monitoring",
    "/monitoring/summary",
    "/monitoring/{key}",
    "/openapi.json",
    "/pwa_icon",
    "/pwa_icon/{size}",
)
# These refuse by themselves: a password that is none, and signing in with Hugging Face off a Space.
SIGN_IN = ("/sign-in", "/login/huggingface", "/login/callback")
# What programs use: these tell how the app is, the others need keys where strangers reach the app.
HEALTH = ("/healthz", "/readyz")
# What the API's own clients read before they have a key.
DESCRIPTION = "/v1/openapi.json"
# The routes of events refuse what is none, such as a request without a body.
NO_EVENT = "event_wrong"


@dataclass(frozen=True)
class Call:
    """A method and a path of the app."""

    method: str
    path: str

    @property
    def address(self) -> str:
        """The path with something in the place of its parameters."""
        return re.sub(r"{[^}]*}", "x", self.path)


def routes_of(routes: list[BaseRoute], prefix: str = "") -> Iterator[Call]:
    """Yield each method and path of some routes, those of mounted apps and included routers as well."""
    for route in routes:
        if isinstance(route, _IncludedRouter):
            inner = route.include_context.prefix
            yield from routes_of(route.original_router.routes, prefix + inner)
        elif isinstance(route, Mount) and route.routes:
            yield from routes_of(list(route.routes), prefix + route.path)
        elif isinstance(route, Mount):
            yield Call("GET", f"{prefix}{route.path}/{{path}}")
        else:
            assert isinstance(route, Route), f"a kind of route that this test does not know: {route!r}"
            for method in route.methods or ():
                yield Call(method, prefix + route.path)


@dataclass(frozen=True)
class Served:
    """An app that is served, and its routes."""

    http: httpx2.Client
    calls: list[Call]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with a password, served without a model."""
    with serving(tmp_path_factory.mktemp("routes"), "127.0.0.1") as app:
        yield app


@contextmanager
def serving(folder: Path, address: str) -> Iterator[Served]:
    """Serve the app with a password and without a model."""
    guard_config = GuardConfig(
        gradio_server_name=address,
        operator_password=PASSWORD,
        messages_per_minute=1e6,
        requests_per_minute=1e6,
        views_per_minute=1e6,
    )
    monitoring_config = MonitoringConfig(log_dir=folder / "logs")
    app: App = build_app(EngineConfig(), monitoring_config, load_rules(), guard_config)
    server = Server(app.web_app, guard_config)
    server.start()
    calls = sorted(set(routes_of(inner_of(app).routes)), key=lambda call: (call.path, call.method))
    try:
        with httpx2.Client(base_url=server.url, timeout=SECONDS, trust_env=False) as http:
            yield Served(http, calls)
    finally:
        server.stop()
        app.close()


def inner_of(app: App) -> FastAPI:
    """Return the app behind the guard."""
    inner: Any = app.web_app
    while not isinstance(inner, FastAPI):
        inner = inner._app
    return inner


def operators_cookie(served: Served) -> str:
    """Sign in; return what a browser would send from then on."""
    signed_in = served.http.post("/sign-in", json={"password": PASSWORD})
    served.http.cookies.clear()
    return signed_in.headers["set-cookie"].partition(";")[0]


def rule_of(call: Call) -> Rule | None:
    """Return the rule of a route, if it has one."""
    return next((rule for rule in rules_of(call.address) if call.method in rule.methods), None)


def is_closed(call: Call) -> bool:
    """Return whether a route is one that the page does not use."""
    return call.path in CLOSED or (call.path.endswith("/") and call.path != "/")


def answer(served: Served, call: Call, **headers: str) -> tuple[int, str]:
    """Return the status of a call, and why the guard refused it, if it did."""
    with served.http.stream(call.method, call.address, headers=headers) as response:
        return response.status_code, response.headers.get("x-refused", "")


def test_every_route_has_a_rule_or_is_closed(served: Served) -> None:
    """A route that somebody adds, to the app or to Gradio, is not there before it was thought about."""
    assert len(served.calls) > 50
    undecided = [call for call in served.calls if not is_closed(call) and rule_of(call) is None]
    assert undecided == []
    assert [call for call in served.calls if is_closed(call) and rule_of(call)] == []
    assert set(CLOSED) <= {call.path for call in served.calls}


def test_every_rule_has_a_route(served: Served) -> None:
    """No rule opens an address at which nothing is, and at which Gradio may once put something."""
    addresses = {(call.method, call.address) for call in served.calls}
    unused = [
        rule.path
        for rule in RULES
        if not any(rule.matches(address) and method in rule.methods for method, address in addresses)
    ]
    assert unused == []


def test_a_visitor_reaches_what_is_a_visitors(served: Served) -> None:
    """Whoever is not signed in gets the visitors' routes, 403 at the operator's, and no closed ones."""
    for call in served.calls:
        status, why = answer(served, call)
        rule = rule_of(call)
        if rule is None:
            assert (status, why) in ((404, "no_such_path"), (405, "method_not_allowed")), call
        elif rule.role is Role.OPERATOR:
            assert (status, why) == (403, "operator_sign_in"), call
        else:
            assert why in ("", NO_EVENT) or call.path in SIGN_IN, call


def test_the_operator_reaches_the_operators_routes_and_no_closed_one(served: Served) -> None:
    """Whoever is signed in gets past the guard at every route with a rule, and nothing at closed ones."""
    cookie = operators_cookie(served)
    for call in served.calls:
        _, why = answer(served, call, cookie=cookie)
        if rule_of(call) is None:
            assert why in ("no_such_path", "method_not_allowed"), call
        else:
            assert why in ("", NO_EVENT) or call.path in SIGN_IN, call


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_another_origin_reaches_nothing(served: Served, origin: str) -> None:
    """Whatever another site's page asks for, with the operator's cookie or without, is refused."""
    cookie = operators_cookie(served)
    for call in served.calls:
        status, why = answer(served, call, cookie=cookie, origin=origin)
        assert status in (403, 404, 405), call
        assert why in ("origin_foreign", "no_such_path", "method_not_allowed"), call


def test_a_foreign_name_reaches_nothing(served: Served) -> None:
    """Under a name that was given this machine's address, no route answers."""
    for call in served.calls:
        assert answer(served, call, host="rebind.example:7860") == (421, "host_unknown"), call


def test_programs_find_their_routes(served: Served) -> None:
    """On this machine the API's addresses answer without a key: no call has a body, and there is no model."""
    found = {call.path: answer(served, call) for call in served.calls if call.method != "HEAD"}
    assert found["/healthz"] == (200, "")
    assert found["/readyz"] == (503, "")
    assert found["/v1/models"] == found[DESCRIPTION] == (200, "")
    assert found["/v1/chat/completions"] == (400, "")


def test_what_a_proxy_passes_on_needs_a_key(served: Served) -> None:
    """An app without keys takes the calls of this machine alone, also behind a proxy that nobody told of."""
    for call in (each for each in served.calls if each.path in ("/v1/models", "/v1/chat/completions")):
        headers = {"x-forwarded-for": "198.51.100.7"}
        refused = served.http.request(call.method, call.address, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "api_off"), call


def test_strangers_without_a_key_find_no_api(tmp_path: Path) -> None:
    """Where others reach an app without keys, all but the description is off, for the operator, too."""
    with serving(tmp_path, "0.0.0.0") as public:
        calls = [call for call in public.calls if call.path.startswith("/v1/") and call.path != DESCRIPTION]
        assert len(calls) >= 2
        for headers in ({}, {"cookie": operators_cookie(public)}):
            for call in calls:
                refused = public.http.request(call.method, call.address, headers=headers)
                assert (refused.status_code, refused.json()["error"]["code"]) == (403, "api_off"), call
        for path in HEALTH:
            assert public.http.get(path).status_code in (200, 503)
