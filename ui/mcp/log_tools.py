"""The tools that look into the live log."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from monitoring.analysis.filters import Filter
from monitoring.analysis.request_trace import MAX_RECORDS
from monitoring.reading.sources import LIVE
from monitoring.record.timestamps import seconds_of, to_milliseconds
from monitoring.record.vocabulary import STATUSES
from monitoring.window.frame import Frame
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.endpoints.turns import Asker, BusyError
from ui.dashboard.endpoints.workers import RETRY_SECONDS, Workers
from ui.mcp.errors import readable
from ui.mcp.parts import McpParts
from ui.mcp.requests import request_of
from ui.mcp.results import Found, Row, Shown
from ui.mcp.sight import Sight
from ui.view.state import ViewState

MAX_ROWS = 50
MAX_MESSAGE_CHARS = 200
# The lines of the log that are shown of one request; the newest are.
MAX_SHOWN_BYTES = 256 << 10
MAX_VALUE_CHARS = 100  # of what a caller wrote, in the answer
# Looks into the log at the same time, those that wait for their turn, for how long, and of one visitor.
MAX_LOOKS, MAX_WAITING, WAIT_SECONDS, MAX_PER_VISITOR = 1, 32, 10.0, 3

Result = TypeVar("Result")


class LogTools:
    """Look into the live log, as the dashboard does."""

    def __init__(self, parts: McpParts) -> None:
        self._access = parts.api.access
        self._dashboard: Dashboard = parts.dashboard
        self._workers = Workers(MAX_LOOKS, MAX_WAITING, WAIT_SECONDS, MAX_PER_VISITOR)

    async def stats(self, context: Context[Any, Any]) -> dict[str, Any]:
        """Tell the numbers of the live log: how the model and its requests do.

        Of each task the requests, errors and response times in ms; then the time to first token, the speed in
        tokens a second, the memory in MB and the CPU in percent.
        """
        return await self._looked(context, lambda: asdict(self._dashboard.sources.view(LIVE).summary))

    async def find_requests(
        self,
        context: Context[Any, Any],
        task: Annotated[str, Field(description="Only this task, such as chat.")] = "",
        status: Annotated[
            str, Field(description="Only tasks that ended so: ok, error, cancelled or rejected.")
        ] = "",
        text: Annotated[
            str, Field(description="Only records that mention this text; the operator alone may search.")
        ] = "",
        since: Annotated[
            str, Field(description="Only from this moment on: ISO 8601, in UTC without a zone.")
        ] = "",
        until: Annotated[str, Field(description="Only before this moment.")] = "",
        limit: Annotated[int, Field(ge=1, le=MAX_ROWS, description="The most rows.")] = 20,
    ) -> Found:
        """Find finished tasks in the live log, the newest first, with how long each took and how it ended.

        `show_request` tells more of one of them. A field is null where there is nothing, or where the caller
        may not see it: texts and labels are shown to the operator, and to whoever has the key of the call.
        """
        sight = self._sight(context)
        if text and not sight.is_operator:
            raise ToolError("only the operator may search texts: leave `text` out")
        if status and status not in STATUSES:
            shown = readable(repr(status[:MAX_VALUE_CHARS]))
            raise ToolError(f"status is {shown}: there are {', '.join(STATUSES)}")
        looked_for = Filter(
            task_type=task,
            status=status,
            since=_moment("since", since),
            until=_moment("until", until),
            text=text,
            searched=sight.searched,
        )

        def found() -> Found:
            frame = looked_for.select(self._frame())
            rows = [_row(record, sight) for record in frame.newest(limit).records() if record]
            return Found(count=len(frame), rows=rows[::-1])

        return await self._looked(context, found)

    async def show_request(
        self,
        request_id: Annotated[str, Field(description="The id that the other tools tell.")],
        context: Context[Any, Any],
    ) -> Shown:
        """Show all that the live log has of one request: a record for each of its tasks, and its ratings.

        Of the requests of others, those who are not the operator see the numbers alone.
        """
        sight = self._sight(context)
        looked_for = Filter(kind=sight.kind, request_id=request_id)

        def shown() -> Shown:
            frame = looked_for.select(self._frame()) if request_id else self._frame().head(0)
            records = frame.newest(MAX_RECORDS, MAX_SHOWN_BYTES).records() if len(frame) else []
            return Shown(records=[sight.allowed(record) for record in records if record])

        found = await self._looked(context, shown)
        if not found.records:
            name = readable(repr(request_id[:MAX_VALUE_CHARS]))
            raise ToolError(f"the live log has no request {name}: it may be too old, or not have ended yet")
        return found

    def _sight(self, context: Context[Any, Any]) -> Sight:
        hides_texts = self._dashboard.hides_texts(ViewState())
        return Sight.of(request_of(context), self._access, hides_texts)

    def _frame(self) -> Frame:
        return self._dashboard.sources.view(LIVE).frame

    async def _looked(self, context: Context[Any, Any], look: Callable[[], Result]) -> Result:
        """Return what a look into the log finds, when it is the caller's turn."""
        try:
            return await self._workers.run(Asker.of(request_of(context)), look)
        except BusyError as error:
            raise ToolError(f"others look into the log: try again in {RETRY_SECONDS} s") from error


def _row(record: dict[str, Any], sight: Sight) -> Row:
    seen = sight.allowed(record)
    took = seen.get("response_time_ms")
    return Row(
        request_id=_text(seen, "request_id"),
        time=_text(seen, "timestamp"),
        task=_text(seen, "task_type"),
        status=_text(seen, "status"),
        response_time_ms=float(took) if isinstance(took, int | float) else None,
        label=_text(seen, "label"),
        message=_text(seen, "message"),
        input_text=_text(seen, "input_text"),
    )


def _text(record: dict[str, Any], name: str) -> str | None:
    """Return the beginning of a text of a record, which may come from any program."""
    value = record.get(name)
    return value[:MAX_MESSAGE_CHARS] if isinstance(value, str) else None


def _moment(name: str, text: str) -> float | None:
    """Return a moment that a caller wrote, in s since the epoch; None where it wrote none."""
    if not text:
        return None
    try:
        return to_milliseconds(seconds_of(text))
    except (ValueError, OverflowError) as error:
        shown = readable(repr(text[:MAX_VALUE_CHARS]))
        raise ToolError(f"{name} is {shown}: a moment is needed, such as 2026-01-31T08:00") from error
