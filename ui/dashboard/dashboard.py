"""The answer to a page: its address becomes a view, a snapshot, parts, and one JSON object."""

import gzip
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec
from markupsafe import Markup

from drills.runner import Drills
from monitoring.analysis.drill_runs import DrillRun, drill_runs
from monitoring.analysis.incidents import alerts
from monitoring.analysis.limits import Limits
from monitoring.config import MonitoringConfig
from monitoring.reading.sources import LIVE, UPLOAD, Sources
from monitoring.window.frame import Frame
from ui.dashboard.access import view_for
from ui.dashboard.charts import Charts
from ui.dashboard.guard import Guard
from ui.dashboard.html.controls import Controls
from ui.dashboard.html.table import table
from ui.dashboard.ordering import page_in_order
from ui.dashboard.overview import Actions, Overview
from ui.dashboard.reader import Reader
from ui.dashboard.selection import Selection
from ui.dashboard.snapshot import LogState, Snapshot
from ui.dashboard.snapshots import Snapshots
from ui.view.state import ALL, ViewState

# The length of a tag: nobody finds two views that have the same one.
TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a view."""

    name: str
    inputs: tuple[object, ...]  # everything that its content depends on, beside its reader
    content: Callable[[], dict[str, Any]]


class Dashboard:
    """Answer any number of pages; readers of one role and language who look at a view get the same bytes.

    `max_active` is how many replies the engine writes at the same time, and `own_tasks` are the names of the
    app's tasks.
    """

    def __init__(
        self,
        sources: Sources,
        config: MonitoringConfig,
        log_state: Callable[[], LogState],
        max_active: int,
        clock: Callable[[], float] = time.time,
        limits: Callable[[], Limits] = Limits,
        silence: Callable[[str, str, float], None] | None = None,
        drills: Drills | None = None,
        remove_old_files: Callable[[int, str], bool] = lambda files, last: False,
        own_tasks: Collection[str] = (),
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sources = sources
        self.snapshots = Snapshots(sources, log_state, clock, timer)
        self.silence = silence  # gets a rule, a task, and until when (s since the epoch); None: not allowed
        self.drills = drills  # None: not allowed
        # Gets what the operator agreed to, the number of files and the last moment; tells whether they go.
        self.remove_old_files = remove_old_files
        self.config = config
        self._own_tasks = own_tasks
        self.guard = Guard()
        charts = Charts(limits, max_active, self.guard)
        log_map = ",".join(f"{foreign}={ours}" for foreign, ours in config.log_map.items())
        self._overview = Overview(charts, self.guard, clock, log_map)
        self._tag_key = secrets.token_bytes(TAG_BYTES)  # a tag of another process must not match

    def answer(self, query: str, have: frozenset[str], reader: Reader) -> bytes | None:
        """Return the parts of a view whose tags are not in `have`, as gzipped JSON; None if there are none.

        Raises:
            AddressError: the query does not describe a view.
            ForbiddenError: the reader may not see the view.
            UnknownSourceError: its source does not exist, or no longer.
        """
        state = view_for(reader, query)
        snapshot = self.snapshots.of(state)
        missing = {}
        for part in self._parts(state, snapshot, reader):
            tag = self._tag(part, reader)
            if tag not in have:
                missing[tag] = part
        if not missing:
            return None
        body = {
            part.name: msgspec.Raw(snapshot.once(tag, partial(_encoded, tag, part)))
            for tag, part in missing.items()
        }
        return snapshot.once(tuple(missing), lambda: gzip.compress(msgspec.json.encode(body), 1))

    def _parts(self, state: ViewState, snapshot: Snapshot, reader: Reader) -> list[Part]:
        """Return all parts of a view; none of them is made yet."""
        serial = snapshot.serial
        filtered = (serial, state.filter, state.sort, state.is_descending, state.page)
        sources = self._sources(state, reader)
        return [
            Part("view", sources, lambda: self._view_form(sources, snapshot.view.title, reader)),
            Part("filter", (serial, state.source), lambda: self._filter_form(state, snapshot, reader)),
            Part(
                "overview",
                (serial, state.source, state.zoom),
                lambda: self._overview.content(state, snapshot, self._actions(state, reader), reader),
            ),
            Part("table", filtered, lambda: self._table(state, snapshot, reader)),
        ]

    def _tag(self, part: Part, reader: Reader) -> str:
        """Return what a part's content is known by: a page that has it need not get the part again.

        Python's `hash` would not do: it is the same for -1 and -2, and one view would be shown for the other.
        """
        content = repr((reader.key, part.name, part.inputs)).encode()
        return blake2b(content, digest_size=TAG_BYTES, key=self._tag_key).hexdigest()

    def _actions(self, state: ViewState, reader: Reader) -> Actions:
        """Return what the reader of a view may do: files and uploads can only be read."""
        if state.source != LIVE or not reader.is_operator:
            return Actions(may_silence=False, drills=(), may_remove=False)
        drills = () if self.drills is None else self.drills.names
        return Actions(self.silence is not None, drills, may_remove=True)

    def _sources(self, state: ViewState, reader: Reader) -> tuple[str, ...]:
        """Return the sources that are offered, the shown one among them."""
        names = self.sources.names(state.near) if reader.is_operator else []
        return tuple(names if state.source in names else [*names, state.source])

    def _view_form(self, sources: Sequence[str], title: str, reader: Reader) -> dict[str, Any]:
        return {"html": Controls(reader.words, reader.is_operator).view_form(sources, title)}

    def _filter_form(self, state: ViewState, snapshot: Snapshot, reader: Reader) -> dict[str, Any]:
        controls = Controls(reader.words, reader.is_operator)
        return {"html": controls.filter_form(snapshot.view.frame, self.hides_texts(state))}

    def _table(self, state: ViewState, snapshot: Snapshot, reader: Reader) -> dict[str, Any]:
        def table_html() -> Markup:
            if snapshot.is_unknown:
                text = reader.words["still_reading"]
                return Markup("<div class='empty'>{}</div>").format(text)
            selection = self.selection(state, snapshot)
            records = selection.frame()
            rows = page_in_order(records, state)
            tools = selection.tools() if reader.is_operator else None
            return table(rows, len(records), state, tools, reader.words, _why_empty(state, snapshot, reader))

        return {"html": self.guard.html("table", table_html, reader)}

    def selection(self, state: ViewState, snapshot: Snapshot) -> Selection:
        """Return which records the table shows."""
        return Selection(state, snapshot, self.config, self.hides_texts(state))

    def hides_texts(self, state: ViewState) -> bool:
        """Return whether messages' texts must not be shown; whoever uploads a file may see its texts."""
        return self.config.log_content == "none" and not state.source.startswith(UPLOAD)

    def is_degraded(self) -> bool:
        """Return whether the live log has an active alert of a task of this app that fails repeatedly."""
        snapshot = self.snapshots.of(ViewState(range=ALL))
        has_failing = partial(self._has_failing_task, snapshot.view.frame)
        made = snapshot.once(
            "degraded", lambda: b"yes" if self.guard.value("banner", has_failing, False) else b""
        )
        return made != b""

    def _has_failing_task(self, frame: Frame) -> bool:
        active = (alert for alert in alerts(frame) if alert.is_active)
        failing = (alert for alert in active if alert.fields.get("rule") == "failing_task")
        return any(alert.fields.get("task_type") in self._own_tasks for alert in failing)

    def drill_runs(self) -> list[DrillRun]:
        """Return the newest drills of the live log, oldest first."""
        return drill_runs(self.sources.view(LIVE).frame)


def _why_empty(state: ViewState, snapshot: Snapshot, reader: Reader) -> str:
    """Return what is shown in place of a table without rows; "" where the filter leaves none."""
    view, words = snapshot.view, reader.words
    if not len(view.frame):
        return words["no_records"]
    is_opened = state.source != LIVE and reader.is_operator
    if view.summary.requests or state.filter.kind != "requests" or not is_opened:
        return ""
    count = len(view.frame)
    text = words["events_alone_one" if count == 1 else "events_alone_many"].format(count=f"{count:,}")
    return Markup("{} <a href='?kind=events' data-set='kind=events'>{}</a>").format(
        text, words["show_events"]
    )


def _encoded(tag: str, part: Part) -> bytes:
    return msgspec.json.encode({"tag": tag, **part.content()}, enc_hook=_plain)


def _plain(value: object) -> str:
    """Return HTML as a plain `str`: msgspec does not encode its subclasses."""
    if isinstance(value, Markup):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not part of an answer")
