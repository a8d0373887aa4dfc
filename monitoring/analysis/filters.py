"""A filter of records."""

from dataclasses import dataclass
from typing import Literal, get_args

from monitoring.record.vocabulary import SAMPLED
from monitoring.window.frame import Frame
from monitoring.window.masks import during, is_request
from monitoring.window.text_search import SEARCHED

Kind = Literal["requests", "events", "all"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Fields that are compared as a whole.
EQUAL = ("task_type", "status", "label", "level", "session_id", "request_id")


@dataclass(frozen=True, slots=True)
class Filter:
    """A record passes if it agrees with every field that is set; "" and None set nothing.

    The kind `requests` is the records of finished tasks (see docs/history.md); `events` is all other records
    except samples of CPU and memory.
    """

    kind: Kind = "requests"
    task_type: str = ""
    status: str = ""
    label: str = ""
    level: str = ""
    session_id: str = ""
    request_id: str = ""
    # The first moment, in s since the epoch, a whole number of milliseconds.
    since: float | None = None
    # The first moment after it.
    until: float | None = None
    # Response times above this pass.
    over_ms: float | None = None
    # A part of one of the `searched` fields; A to Z equal a to z.
    text: str = ""
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
