"""Refused requests of the same reason are counted."""

import threading
from contextlib import suppress
from typing import Any

import pytest

from monitoring import MonitoringConfig, Recorder
from monitoring.writing.refusals import Refusals
from tests.monitoring.frames import frame_of, summarize
from tests.monitoring.helpers import KeepingLog, stamp
from tests.threads import threads_named


class Refusal(Exception):
    """A reason to refuse a request."""

    def __init__(self, code: str, message: str = "no") -> None:
        super().__init__(message)
        self.code = code


@pytest.fixture
def recorder(kept: KeepingLog, config: MonitoringConfig) -> Recorder:
    """Return a recorder whose records `kept` keeps."""
    return Recorder(kept, config, {"chat": "对话"})


def refuse(recorder: Recorder, code: str, task: str = "chat") -> None:
    """Track a task that is refused."""
    with suppress(Refusal), recorder.track(task, "1" * 32, session_id="s", status="rejected"):
        raise Refusal(code)


def test_the_first_refusal_of_a_reason_is_a_record(recorder: Recorder, kept: KeepingLog) -> None:
    """Each task and each reason has its own; further ones are not written."""
    for _ in range(50):
        for task in ("chat", "sentiment"):
            for code in ("empty", "busy"):
                refuse(recorder, code, task)
    assert [record["event"] for record in kept.records] == ["task.finished"] * 4


def test_the_others_are_counted_in_one_record(recorder: Recorder, kept: KeepingLog) -> None:
    """When the app ends, their number is told, with the task and the reason, and with no single request."""
    for _ in range(50):
        refuse(recorder, "empty")
    refuse(recorder, "busy")
    recorder.close()
    *requests, counted = kept.records
    assert len(requests) == 2
    assert {name: value for name, value in counted.items() if value is not None} == {
        "level": "WARNING",
        "message": "对话被拒绝: no (又有 49 次)",
        "event": "requests.rejected",
        "task_type": "chat",
        "status": "rejected",
        "error_type": "Refusal",
        "error_message": "no",
        "rejected": 49,
    }


def test_every_refusal_is_in_the_figures(recorder: Recorder, kept: KeepingLog) -> None:
    """A summary of what is written counts each refused request once."""
    for _ in range(50):
        for task in ("chat", "sentiment"):
            refuse(recorder, "busy", task)
    recorder.close()
    records = [{**record, "timestamp": stamp()} for record in kept.records]
    tasks = summarize(frame_of(*records)).tasks
    found = {name: (task.requests, task.rejected) for name, task in tasks.items()}
    assert found == {"chat": (50, 50), "sentiment": (50, 50)}


def test_nothing_is_counted_twice(recorder: Recorder, kept: KeepingLog) -> None:
    """After the counts are written, the next refusal is a record again."""
    for _ in range(3):
        refuse(recorder, "empty")
        refuse(recorder, "empty")
        recorder.close()
    recorder.close()
    assert [record.get("rejected") for record in kept.records] == [None, 1] * 3


def test_other_ends_are_all_recorded(recorder: Recorder, kept: KeepingLog) -> None:
    """Failed, cancelled and good requests have cost something, and each has its record."""
    for status in ("ok", "error", "cancelled"):
        for _ in range(5):
            with recorder.track("chat", "1" * 32, status=status):
                pass
    assert len(kept.records) == 15


def test_the_counts_are_written_when_their_time_is_over() -> None:
    """A thread that waits for the end of the minute writes them, and is gone then."""
    written: list[dict[str, Any]] = []
    done = threading.Event()

    def write(record: dict[str, Any]) -> None:
        written.append(record)
        done.set()

    refusals = Refusals(write, seconds=0.01)
    record = {"task_type": "chat", "message": "refused", "status": "rejected"}
    counted = 0
    while not done.is_set():  # the minute may be over between two of them
        counted += refusals.is_counted(record, "empty")
    refusals.flush()
    assert sum(each["rejected"] for each in written) == counted


def test_no_thread_waits_after_the_end(recorder: Recorder) -> None:
    """Closing ends the wait of the last minute."""
    others = set(threads_named("refusals"))
    refuse(recorder, "empty")
    (timer,) = set(threads_named("refusals")) - others
    recorder.close()
    timer.join(30)
    assert not timer.is_alive()


def test_threads_count_together(recorder: Recorder, kept: KeepingLog) -> None:
    """Many refusals at once leave one record in full and one with the number of all others."""

    def refuse_often() -> None:
        for _ in range(50):
            refuse(recorder, "busy")

    threads = [threading.Thread(target=refuse_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.close()
    assert [record.get("rejected") for record in kept.records] == [None, 399]
