"""Which records of a frame are meant, as masks: bool of shape [len(frame)]."""

import numpy as np

from monitoring.record.vocabulary import OK_STATUSES, REQUEST_EVENTS, UNKNOWN_TASK
from monitoring.window.frame import Frame

LOOK_BACK = 1000  # records that are searched at once for the last known value


def is_request(frame: Frame) -> np.ndarray:
    """Tell which records are of finished tasks, those of other programs included, as a bool mask."""
    timed = ~np.isnan(frame["response_time_ms"])
    mask = np.zeros(len(frame), dtype=bool)
    for event, needs_time in REQUEST_EVENTS.items():
        has_event = frame.equals("event", event)
        mask |= has_event & timed if needs_time else has_event
    return mask


def of_task(frame: Frame, task: str) -> np.ndarray:
    """Tell which records are of a task, as a bool mask; `unknown` is that of records that name none."""
    mask = frame.equals("task_type", task)
    if task == UNKNOWN_TASK:
        mask |= frame.equals("task_type", "")
    return mask


def tasks_of(requests: Frame) -> list[str]:
    """Return the tasks of the requests of a frame, in order of first use."""
    names = requests.distinct("task_type")
    if UNKNOWN_TASK not in names and requests.equals("task_type", "").any():
        names.append(UNKNOWN_TASK)
    return names


def ended_ok(frame: Frame) -> np.ndarray:
    """Tell which requests ended ok, those that tell no status included, as a bool mask."""
    return frame.isin("status", OK_STATUSES)


def during(frame: Frame, since: float | None, until: float | None) -> np.ndarray:
    """Tell which records are of `since` or later and before `until`, in s since the epoch, as a bool mask."""
    time = frame.time
    mask = np.ones(len(frame), dtype=bool)
    if since is not None:
        mask &= time >= since
    if until is not None:
        mask &= time < until
    return mask


def last_known(values: np.ndarray) -> float | None:
    """Return the last value that is not NaN."""
    for stop in range(len(values), 0, -LOOK_BACK):
        part = values[max(0, stop - LOOK_BACK) : stop]
        known = part[~np.isnan(part)]
        if len(known):
            return float(known[-1])
    return None
