"""Pure functions: a window's records -> the figures that a page shows."""

from dataclasses import dataclass

import numpy as np

from monitoring.window import Frame

TASKS = ("sentiment", "chat")


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """What one task did; `None` where no record says."""

    requests: int
    errors: int
    rejected: int
    cancelled: int
    p50_ms: float | None  # of requests that ended ok
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a window of records says at a glance."""

    tasks: dict[str, TaskSummary]
    tokens_per_second: float | None  # median over the chats
    ttft_ms: float | None  # median over the chats
    memory_mb: float | None  # the last value
    cpu_percent: float | None  # the last value

    @property
    def requests(self) -> int:
        """Records of all tasks."""
        return sum(task.requests for task in self.tasks.values())


def finished(frame: Frame) -> Frame:
    """Select the records of finished tasks."""
    return frame.where((frame["event"] == "task.finished") & np.isin(frame["task_type"], TASKS))


def summarize(frame: Frame) -> Summary:
    """Summarize a window; percentiles are exact."""
    done = finished(frame)
    chats = done.where(done["task_type"] == "chat")
    return Summary(
        tasks={task: _task(done.where(done["task_type"] == task)) for task in TASKS},
        tokens_per_second=percentile(chats["tokens_per_second"], 50),
        ttft_ms=percentile(chats["ttft_ms"], 50),
        memory_mb=_last(frame["memory_usage_mb"]),
        cpu_percent=_last(frame["cpu_usage_percent"]),
    )


def percentile(values: np.ndarray, percent: float) -> float | None:
    """Interpolate linearly between the two nearest of the values, NaN left out; None of none."""
    values = values[~np.isnan(values)]
    return float(np.percentile(values, percent)) if len(values) else None


def _task(frame: Frame) -> TaskSummary:
    status = frame["status"]
    times = frame["response_time_ms"][status == "ok"]
    return TaskSummary(
        requests=len(frame),
        errors=int((status == "error").sum()),
        rejected=int((status == "rejected").sum()),
        cancelled=int((status == "cancelled").sum()),
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
    )


def _last(values: np.ndarray) -> float | None:
    known = np.flatnonzero(~np.isnan(values))
    return float(values[known[-1]]) if len(known) else None
