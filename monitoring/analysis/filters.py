"""Which records somebody wants to see."""

from dataclasses import dataclass
from typing import Literal, get_args

from monitoring.record.vocabulary import SAMPLED
from monitoring.window.frame import Frame
from monitoring.window.masks import during, is_request
from monitoring.window.text_search import SEARCHED

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
            mask &= ~is_request(frame) & ~frame.equals("event", SAMPLED)
        if self.text:
            mask &= frame.mentions(self.text, self.searched)
        return frame.where(mask)
