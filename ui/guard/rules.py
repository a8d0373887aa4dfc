"""What each path is for: who may call it, how often, and with how large a body. All else is closed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ui.roles import Role

# Where agents call the app's tools; the package that speaks with them is not installed everywhere.
MCP = "/mcp"
MAX_BODY_BYTES = 64 << 10
MAX_CALL_BYTES = 256 << 10
MAX_UPLOAD_BYTES = 200 << 20

Budget = Literal["messages", "views", "requests"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One path that the page or a program needs."""

    path: str  # {name} stands for one segment, {name...} for the rest
    methods: frozenset[str]
    budget: Budget = "requests"
    role: Role = Role.VISITOR
    max_body_bytes: int = 0
    is_stream: bool = False  # stays open for as long as the reader wants
    is_read_whole: bool = False  # the body is read before the app sees anything of the request

    def matches(self, path: str) -> bool:
        """Return whether the rule is about this path."""
        return _pattern(self.path).fullmatch(path) is not None


def _get(
    path: str, budget: Budget = "requests", *, role: Role = Role.VISITOR, is_stream: bool = False
) -> Rule:
    return Rule(path, frozenset({"GET", "HEAD"}), budget, role, is_stream=is_stream)


def _post(path: str, budget: Budget = "messages", *, role: Role = Role.VISITOR) -> Rule:
    return Rule(path, frozenset({"POST"}), budget, role, MAX_BODY_BYTES, is_read_whole=True)


def _api(path: str) -> Rule:
    """Return the rule of a call: it may hold a conversation, and its answer may be a stream."""
    methods = frozenset({"POST"})
    return Rule(path, methods, "messages", max_body_bytes=MAX_CALL_BYTES, is_stream=True, is_read_whole=True)


_OPERATOR = Role.OPERATOR
RULES: Sequence[Rule] = (
    # The page and its files.
    _get("/"),
    _get("/config"),
    _get("/theme.css"),
    _get("/favicon.ico"),
    _get("/manifest.json"),
    _get("/robots.txt"),
    _get("/static/{path...}"),
    _get("/assets/{path...}"),
    _get("/svelte/{path...}"),
    _get("/gradio_api/app_id"),
    _get("/gradio_api/theme.css"),
    # What the page, and programs with Gradio's client, do with functions.
    _get("/gradio_api/info"),
    _post("/gradio_api/queue/join"),
    _get("/gradio_api/queue/data", is_stream=True),
    _post("/gradio_api/run/{name}"),
    _post("/gradio_api/call/{name}"),
    _get("/gradio_api/call/{name}/{event}", is_stream=True),
    _post("/gradio_api/cancel"),
    _post("/gradio_api/reset"),
    _get("/gradio_api/heartbeat/{session}", is_stream=True),
    # The dashboard.
    _get("/dashboard/assets/{path...}"),
    _get("/dashboard/plotly.js"),
    _get("/dashboard/banner", "views"),
    _get("/dashboard/view", "views"),
    _get("/dashboard/request", "views"),
    _get("/dashboard/export", "views", role=_OPERATOR),
    # Its route bounds the time and reads a piece after the other.
    Rule("/dashboard/upload", frozenset({"POST"}), "messages", _OPERATOR, MAX_UPLOAD_BYTES),
    _post("/dashboard/silence", role=_OPERATOR),
    _post("/dashboard/old-files", role=_OPERATOR),
    _get("/dashboard/drills", "views", role=_OPERATOR),
    _post("/dashboard/drills", role=_OPERATOR),
    # Programs.
    _get("/healthz"),
    _get("/readyz"),
    _get("/v1/models", "views"),
    _get("/v1/models/{path...}", "views"),
    _get("/v1/openapi.json", "views"),
    _api("/v1/chat/completions"),
    _api("/v1/decisions"),
    _api(MCP),
    # The operator.
    _post("/sign-in"),
    _post("/sign-out"),
    _get("/login/huggingface", "views"),
    _get("/login/callback", "views"),
)


def rules_of(path: str) -> list[Rule]:
    """Return the rules of a path; none where it is closed."""
    return [rule for rule in RULES if rule.matches(path)]


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """Return the regular expression of a path."""
    escaped = re.escape(path)
    escaped = re.sub(r"\\{\w+\\\.\\\.\\\.\\}", ".+", escaped)
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", escaped))
