"""Count refused requests of the same reason, which cost nobody anything, instead of recording each."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitoring.record.vocabulary import REFUSED

COUNT_SECONDS = 60.0

_LEVEL = logging.getLevelName(logging.WARNING)


@dataclass(slots=True)
class _Refused:
    """The record of the first request that was refused for a reason, and how many followed it."""

    first: Mapping[str, Any]
    others: int = 0


class Refusals:
    """Let the first record of a reason pass, and write one for all others of the same minute.

    A minute begins with the first refusal after the one before. Safe to use from any thread.
    """

    def __init__(self, write: Callable[[dict[str, Any]], None], seconds: float = COUNT_SECONDS) -> None:
        self._write = write
        self._seconds = seconds
        self._lock = threading.Lock()
        self._refused: dict[tuple[str, str], _Refused] = {}  # by task and reason
        self._timer: threading.Timer | None = None

    def is_counted(self, record: Mapping[str, Any], reason: str) -> bool:
        """Count the record of a refused request; return False for the first one of its reason."""
        key = str(record["task_type"]), reason
        with self._lock:
            if known := self._refused.get(key):
                known.others += 1
                return True
            self._refused[key] = _Refused(record)
            if self._timer is None:
                self._timer = threading.Timer(self._seconds, self.flush)
                self._timer.daemon = True
                self._timer.name = "refusals"
                self._timer.start()
            return False

    def flush(self) -> None:
        """Write the counts, and begin anew with the next refusal."""
        with self._lock:
            refused, self._refused = self._refused, {}
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        for each in refused.values():
            if each.others:
                self._write(_summary(each))


def _summary(refused: _Refused) -> dict[str, Any]:
    """Return the record of the requests that are not recorded themselves."""
    kept = ("task_type", "status", "error_type", "error_message")
    known = {name: refused.first[name] for name in kept if refused.first.get(name) is not None}
    message = f"{refused.first['message']} (又有 {refused.others} 次)"
    return {"level": _LEVEL, "message": message, "event": REFUSED, **known, "rejected": refused.others}
