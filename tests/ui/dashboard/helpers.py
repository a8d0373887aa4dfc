"""What the tests of the dashboard share: views of records, sources without files, what HTML really holds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from monitoring.config import MonitoringConfig
from monitoring.reading.log_reader import View
from monitoring.reading.sources import LIVE, Sources, UnknownSourceError
from monitoring.window.frame import Frame
from monitoring.window.line_decoder import LineDecoder
from monitoring.window.line_store import KeptLines
from monitoring.window.window import Window
from tests.monitoring.frames import frame_of, summarize
from tests.monitoring.helpers import MOMENT, Record
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.endpoints.routes import routes
from ui.dashboard.reader import Reader
from ui.dashboard.snapshot import MAX_FRESH_SECONDS, LogState, Snapshot
from ui.roles import Role, set_role
from ui.texts.page import EN, ZH
from ui.view.interval import resolve
from ui.view.state import ViewState

HOSTILE = "</td><script>alert(1)</script><img src=x onerror='alert(1)'>\"'&\x00"
NOW = MOMENT + 600
EVERYTHING = ViewState(range="all")
HEALTHY = LogState()
MAX_ACTIVE = 4  # replies that are written at the same time
OPERATOR, VISITOR = Reader(EN, Role.OPERATOR), Reader(EN, Role.VISITOR)
ZH_OPERATOR, ZH_VISITOR = Reader(ZH, Role.OPERATOR), Reader(ZH, Role.VISITOR)


class Elements(HTMLParser):
    """Collect which elements and attributes a piece of HTML really has."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """What a reader sees."""
        return "".join(self.texts)

    def values(self, attribute: str) -> list[str | None]:
        """Return an attribute's values, in the order of the elements."""
        return [attrs[attribute] for _, attrs in self.found if attribute in attrs]


def same_structure(markup: str, other: str) -> bool:
    """Tell whether two pieces of HTML have the same kinds of elements and attributes."""
    one, two = Elements(markup), Elements(other)
    return (one.names, one.attributes) == (two.names, two.attributes)


def rows_of(markup: str) -> list[list[str]]:
    """Return the cells of a table of records, as a reader sees them."""
    rows = re.findall(r"<tr class=.*?</tr>", markup, re.DOTALL)
    return [
        [Elements(cell).text for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)] for row in rows
    ]


def frame_of_lines(*lines: bytes) -> Frame:
    """Return what a window shows of raw lines, without their newlines."""
    window = Window(len(lines), LineDecoder())
    window.append(LineDecoder().decode(b"\n".join(lines)))
    return window.snapshot()


def without_lines(frame: Frame) -> Frame:
    """Return a frame of which only the columns are kept, as it is beyond the memory for lines."""
    return replace(frame, shared=replace(frame.shared, lines=KeptLines()))


class FakeSources(Sources):
    """Sources whose views a test sets."""

    def __init__(self, views: Mapping[str, View]) -> None:
        self.views = dict(views)
        self.reads = 0

    def names(self, near: float | None = None) -> list[str]:
        return [name for name in self.views if not name.startswith("upload:")]

    def view(self, name: str, mapping: str = "") -> View:
        self.reads += 1
        name += f"?map={mapping}" if mapping else ""
        if name not in self.views:
            raise UnknownSourceError(name)
        return self.views[name]

    def show(self, *records: Record, name: str = LIVE) -> None:
        """Let a source hold these records from now on."""
        self.views[name] = view_of(*records, version=self.views[name].version + 1)


def view_of(*records: Record, **changes: Any) -> View:
    """Return what is known of a log that holds the records, changed by `changes`."""
    frame = frame_of(*records)
    return replace(View(frame, summarize(frame), {}, (), 0, loading=False), **changes)


def snapshot_of(view: View, state: ViewState = EVERYTHING, log: LogState = HEALTHY) -> Snapshot:
    """Return a snapshot of a view."""
    return Snapshot.take(1, 0.0, view, resolve(state, view, NOW), log)


def config(
    log_content: Literal["none", "preview", "full"] = "preview", log_dir: Path = Path("logs")
) -> MonitoringConfig:
    """Return settings that do not depend on the environment."""
    return MonitoringConfig(log_content=log_content, log_dir=log_dir)


def dashboard_of(
    sources: Sources,
    log_content: Literal["none", "preview", "full"] = "preview",
    log_state: Callable[[], LogState] = LogState,
    clock: Callable[[], float] = lambda: NOW,
) -> Dashboard:
    """Return a dashboard whose time stands still, but which looks at its sources at every question."""
    leaps = count(step=MAX_FRESH_SECONDS)
    return Dashboard(
        sources,
        config(log_content),
        log_state,
        MAX_ACTIVE,
        clock,
        own_tasks=("sentiment", "chat"),
        timer=lambda: next(leaps),
    )


def client_of(dashboard: Dashboard, role: Role = Role.OPERATOR) -> TestClient:
    """Return the browser of the operator, or of a visitor, that knows nothing but the dashboard."""
    app = Starlette(routes=routes(dashboard))

    async def with_role(scope: Scope, receive: Receive, send: Send) -> None:
        set_role(scope, role)
        await app(scope, receive, send)

    return TestClient(with_role)


def fail(*_: object) -> Any:
    """Fail as a mistake in a chart or in a piece of HTML would."""
    raise ZeroDivisionError(HOSTILE)


def live(*records: Record) -> FakeSources:
    """Return sources with a live log of these records."""
    return FakeSources({LIVE: view_of(*records, version=1)})
