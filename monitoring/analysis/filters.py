"""Which records somebody wants to see."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

import numpy as np

from monitoring.history.scan import FINISHED
from monitoring.window.text_search import SEARCHED
from monitoring.window.window import Frame

Kind = Literal["requests", "events", "all"]
KINDS: tuple[Kind, ...] = get_args(Kind)
EQUAL = (
    "task_type",
    "status",
    "label",
    "level",
    "session_id",
    "request_id",
)  # fields that are compared whole


@dataclass(frozen=True, slots=True)
class Filter:
    """A record passes where everything that is set agrees with it; "" and None ask for nothing.

    `requests` are the records of finished tasks (see docs/history.md), `events` are all others but
    samples of CPU and memory.
    """

    kind: Kind = "requests"
    task_type: str = ""
    status: str = ""
    label: str = ""
    level: str = ""
    session_id: str = ""
    request_id: str = ""
    since: float | None = None  # s since the epoch, whole milliseconds: then or later
    until: float | None = None  # before that
    over_ms: float | None = None  # response times above
    text: str = ""  # part of one of the `searched` fields, A to Z and a to z being the same
    searched: tuple[str, ...] = SEARCHED

    def select(self, frame: Frame) -> Frame:
        """Return the records that pass, in their order."""
        mask = during(frame, self.since, self.until)
        for name in EQUAL:
            if value := getattr(self, name):
                mask &= frame.equals(name, value)
        if self.over_ms is not None:
            mask &= frame["response_time_ms"] > self.over_ms
        if self.kind == "requests":
            mask &= is_request(frame)
        elif self.kind == "events":
            mask &= ~is_request(frame) & ~frame.equals("event", "resource.sample")
        if self.text:
            mask &= frame.mentions(self.text, self.searched)
        return frame.where(mask)


def is_request(frame: Frame) -> np.ndarray:
    """Tell which records are of finished tasks, those of other programs included, as a bool mask."""
    timed = ~np.isnan(frame["response_time_ms"])
    mask: np.ndarray = frame.equals("event", FINISHED) | (frame.equals("event", "") & timed)
    return mask


def ended_ok(frame: Frame) -> np.ndarray:
    """Tell which requests ended ok, those that tell no status included, as a bool mask."""
    mask: np.ndarray = frame.equals("status", "ok") | frame.equals("status", "")
    return mask


def during(frame: Frame, since: float | None, until: float | None) -> np.ndarray:
    """Tell which records are of `since` or later and before `until`, in s since the epoch, as a bool mask."""
    time = frame.time
    mask = np.ones(len(frame), dtype=bool)
    if since is not None:
        mask &= time >= since
    if until is not None:
        mask &= time < until
    return mask


def parse_moment(text: str) -> float:
    """Return the moment that an ISO 8601 text means, in s since the epoch; without a zone it is in UTC.

    Raises:
        ValueError: it is no moment.
    """
    moment = datetime.fromisoformat(text)
    return to_milliseconds((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def to_milliseconds(moment: float) -> float:
    """Round a moment, in s since the epoch, as the log does."""
    return round(moment * 1000) / 1000
