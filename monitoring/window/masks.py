"""Select and count records of a frame: arrays of shape [len(frame)], most of them bool masks."""

import numpy as np

from monitoring.record.vocabulary import (
    FINISHED,
    MAX_REFUSED,
    OK,
    REFUSED,
    REJECTED,
    UNKNOWN_TASK,
)
from monitoring.window.frame import Frame

# So many records are searched at once for the last known value.
PART_RECORDS = 1000


def is_request(frame: Frame) -> np.ndarray:
    """Return a bool mask of the requests."""
    return frame.equals("event", FINISHED)


def request_counts(frame: Frame) -> np.ndarray:
    """Return how many requests each record stands for, float64.

    A request stands for itself, a record of refused requests for all of them (`refused_requests()` in
    `record/vocabulary.py`), and any other record for none.
    """
    counts: np.ndarray = is_request(frame).astype(float)
    refused = np.flatnonzero(frame.equals("event", REFUSED))
    if len(refused):
        told = frame["rejected"][refused]
        is_count = (told >= 1) & (told % 1 == 0)
        counts[refused] = np.where(is_count, np.minimum(told, MAX_REFUSED), 0)
    return counts


def of_task(frame: Frame, task: str) -> np.ndarray:
    """Return a bool mask of the records of a task; records without a task are of `unknown`."""
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
    """Return a bool mask of the requests that ended ok."""
    return frame.equals("status", OK)


def ended_as(frame: Frame, status: str) -> np.ndarray:
    """Return a bool mask of the records whose requests ended with a status other than ok.

    Those of a record of refused requests were rejected, whatever status it tells.
    """
    refused = frame.equals("event", REFUSED)
    told = frame.equals("status", status)
    mask: np.ndarray = told | refused if status == REJECTED else told & ~refused
    return mask


def during(frame: Frame, since: float | None, until: float | None) -> np.ndarray:
    """Return a bool mask of the records from `since` on and before `until`, in s since the epoch."""
    time = frame.time
    mask = np.ones(len(frame), dtype=bool)
    if since is not None:
        mask &= time >= since
    if until is not None:
        mask &= time < until
    return mask


def last_known(values: np.ndarray) -> float | None:
    """Return the last value that is not NaN."""
    for stop in range(len(values), 0, -PART_RECORDS):
        part = values[max(0, stop - PART_RECORDS) : stop]
        known = part[~np.isnan(part)]
        if len(known):
            return float(known[-1])
    return None


def is_of_others(frame: Frame) -> bool:
    """Tell whether a log is that of another program: this app numbers its records, whatever stands around."""
    return frame.shared.decoder.has_translated and not np.isfinite(frame["seq"]).any()
