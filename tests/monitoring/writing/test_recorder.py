"""Exactly one record for each task, however it ends."""

import hashlib
import logging
import threading
from collections.abc import Iterator
from typing import Literal

import pytest

from monitoring import MonitoringConfig, Recorder
from tests.monitoring.helpers import KeepingLog, Record

RID = "4bf92f3577b34da6a3ce929d0e0e4736"
LONG = "很" * 500


class Nameless:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


@pytest.fixture
def recorder(kept: KeepingLog, config: MonitoringConfig) -> Recorder:
    """Return a recorder whose records `kept` keeps."""
    return Recorder(kept, config, {"sentiment": "情感分析", "chat": "对话"})


def only(kept: KeepingLog) -> Record:
    """Return the one record that there is."""
    (record,) = kept.records
    return record


def track_texts(
    log: KeepingLog, config: MonitoringConfig, content: Literal["none", "preview", "full"], text: str
) -> None:
    """Record one task with texts under a content rule."""
    recorder = Recorder(log, config.model_copy(update={"log_content": content}))
    with recorder.track("chat", RID, input_text=text, input_chars=len(text)) as span:
        span.set(output_text=text, output_chars=len(text))


def test_a_task_without_a_name_is_called_as_in_its_record(kept: KeepingLog, config: MonitoringConfig) -> None:
    """A program that gives no names gets messages with its task types."""
    with Recorder(kept, config).track("translate", RID):
        pass
    assert only(kept)["message"] == "translate完成"


def test_a_task_that_ends_leaves_one_ok_record(recorder: Recorder, kept: KeepingLog) -> None:
    """A block that simply ends is a finished task with its time and its fields."""
    with recorder.track("sentiment", RID, input_chars=3) as span:
        assert kept.records == []
        span.set(label="正面", confidence=0.93125)
    record = only(kept)
    assert (record["event"], record["status"], record["level"]) == ("task.finished", "ok", "INFO")
    assert (record["task_type"], record["request_id"], record["input_chars"]) == ("sentiment", RID, 3)
    assert record["response_time_ms"] >= 0
    assert record["message"] == "情感分析完成: 正面"


def test_an_exception_makes_it_an_error_and_goes_on(recorder: Recorder, kept: KeepingLog) -> None:
    """The record names the exception, and the exception reaches the caller."""
    with pytest.raises(ValueError, match="boom"), recorder.track("chat", RID):
        raise ValueError("boom")
    record = only(kept)
    assert (record["status"], record["level"]) == ("error", "ERROR")
    assert (record["error_type"], record["error_message"]) == ("ValueError", "boom")
    assert record["message"] == "对话失败: boom"


def test_a_failed_task_keeps_the_traceback(recorder: Recorder, kept: KeepingLog) -> None:
    """The record tells where the code failed, and what it failed for first."""
    with pytest.raises(ValueError, match="boom"), recorder.track("chat", RID):
        _fail()
    text = only(kept)["traceback"]
    assert "in _fail" in text
    assert "KeyError: 'first'" in text
    assert text.endswith("ValueError: boom")


def _fail() -> None:
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError("boom") from error


@pytest.mark.parametrize("status", ["rejected", "cancelled"])
def test_a_status_that_was_set_wins(recorder: Recorder, kept: KeepingLog, status: str) -> None:
    """An exception of a refused or stopped task does not turn it into an error."""
    with pytest.raises(RuntimeError), recorder.track("chat", RID, status=status):
        raise RuntimeError("too busy")
    record = only(kept)
    assert (record["status"], record["level"], record["error_type"]) == (status, "WARNING", "RuntimeError")
    assert "traceback" not in record


def test_a_closed_generator_is_a_cancelled_task(recorder: Recorder, kept: KeepingLog) -> None:
    """A consumer that leaves early leaves one cancelled record, without an error."""

    def stream() -> Iterator[int]:
        with recorder.track("chat", RID):
            yield 1
            yield 2

    numbers = iter(stream())
    next(numbers)
    numbers.close()  # type: ignore[attr-defined]  # a generator has it
    record = only(kept)
    assert record["status"] == "cancelled"
    assert "error_type" not in record


def test_an_interrupt_leaves_a_record(recorder: Recorder, kept: KeepingLog) -> None:
    """Ctrl-C in the middle of a task is recorded, too."""
    with pytest.raises(KeyboardInterrupt), recorder.track("chat", RID):
        raise KeyboardInterrupt
    assert (only(kept)["status"], only(kept)["error_type"]) == ("error", "KeyboardInterrupt")


def test_a_later_value_replaces_an_earlier_one(recorder: Recorder, kept: KeepingLog) -> None:
    """set() may be called at every chunk; the last values count."""
    with recorder.track("chat", RID, output_tokens=0) as span:
        for count in range(1, 4):
            span.set(output_tokens=count)
    assert only(kept)["output_tokens"] == 3
    assert only(kept)["message"] == "对话完成: 3 tokens"


def test_finish_writes_once(recorder: Recorder, kept: KeepingLog) -> None:
    """finish() inside the block, or twice, makes no second record."""
    with recorder.track("chat", RID) as span:
        span.finish()
        span.finish()
    assert len(kept.records) == 1


def test_close_writes_open_tasks_as_cancelled(recorder: Recorder, kept: KeepingLog) -> None:
    """At shutdown, each running task gets its record; its own end adds none."""
    with recorder.track("sentiment", "1" * 32), recorder.track("chat", "2" * 32):
        recorder.close()
        assert {(r["request_id"], r["status"]) for r in kept.records} == {
            ("1" * 32, "cancelled"),
            ("2" * 32, "cancelled"),
        }
    recorder.close()
    assert len(kept.records) == 2


def test_close_leaves_finished_tasks_alone(recorder: Recorder, kept: KeepingLog) -> None:
    """A task that has its record keeps its status."""
    with recorder.track("chat", RID):
        pass
    recorder.close()
    assert only(kept)["status"] == "ok"


def test_a_task_ending_while_closing_gets_one_record(recorder: Recorder, kept: KeepingLog) -> None:
    """Tasks that end in eight threads while close() runs get exactly one record each."""
    start = threading.Barrier(9)

    def work(worker: int) -> None:
        spans = [recorder.track("chat", f"{worker}-{number}") for number in range(50)]
        start.wait()
        for span in spans:
            with span:
                pass

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    start.wait()
    recorder.close()
    for thread in threads:
        thread.join()
    ids = [record["request_id"] for record in kept.records]
    assert sorted(ids) == sorted(f"{worker}-{number}" for worker in range(8) for number in range(50))


def test_numbers_are_rounded(recorder: Recorder, kept: KeepingLog) -> None:
    """Measures keep one digit after the point, a confidence four."""
    with recorder.track("chat", RID, ttft_ms=12.3456, tokens_per_second=7.06, confidence=0.987654):
        pass
    record = only(kept)
    assert (record["ttft_ms"], record["tokens_per_second"], record["confidence"]) == (12.3, 7.1, 0.9877)


def test_sessions_are_hashed(recorder: Recorder, kept: KeepingLog) -> None:
    """A session's id never stands in the log; the same session has the same name there."""
    for session in ("secret-session", "secret-session", "another"):
        with recorder.track("chat", RID, session_id=session):
            pass
    first, second, third = (record["session_id"] for record in kept.records)
    assert first == second != third
    assert "secret" not in str(kept.records)
    assert len(first) == 16
    assert set(first) <= set("0123456789abcdef")


def test_nobody_can_find_out_which_session_it_was(kept: KeepingLog, config: MonitoringConfig) -> None:
    """The name in the log is no plain hash, and another start of the app gives another one."""
    for _ in range(2):
        with Recorder(kept, config).track("chat", RID, session_id="secret-session"):
            pass
    first, second = (record["session_id"] for record in kept.records)
    assert first != second
    for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        assert not hashlib.new(name, b"secret-session").hexdigest().startswith(first)


def test_no_session_leaves_no_field(recorder: Recorder, kept: KeepingLog) -> None:
    """A task without a session has no session_id."""
    with recorder.track("chat", RID, session_id=None):
        pass
    assert "session_id" not in only(kept)


def test_content_none_writes_no_texts(kept: KeepingLog, config: MonitoringConfig) -> None:
    """LOG_CONTENT=none keeps the sizes and no text."""
    track_texts(kept, config, "none", LONG)
    record = only(kept)
    assert (record["input_chars"], record["output_chars"]) == (500, 500)
    assert not {"input_text", "output_text"} & set(record)
    assert "很" not in str(record)


def test_content_preview_writes_eighty_characters(kept: KeepingLog, config: MonitoringConfig) -> None:
    """LOG_CONTENT=preview keeps the first 80 characters of both texts."""
    track_texts(kept, config, "preview", LONG)
    assert only(kept)["input_text"] == only(kept)["output_text"] == "很" * 80


def test_content_full_writes_the_texts(kept: KeepingLog, config: MonitoringConfig) -> None:
    """LOG_CONTENT=full keeps both texts."""
    track_texts(kept, config, "full", LONG)
    assert only(kept)["input_text"] == only(kept)["output_text"] == LONG


def test_an_empty_text_leaves_no_field(kept: KeepingLog, config: MonitoringConfig) -> None:
    """Where there is no text, there is no text field."""
    track_texts(kept, config, "full", "")
    assert not {"input_text", "output_text"} & set(only(kept))


def test_an_event_of_the_app_is_a_system_record(recorder: Recorder, kept: KeepingLog) -> None:
    """event() writes its name, its text, its level and its fields."""
    recorder.event("model.loaded", "模型就绪", logging.ERROR, model="m", origin="disk")
    record = only(kept)
    assert (record["task_type"], record["event"], record["level"]) == ("system", "model.loaded", "ERROR")
    assert (record["message"], record["model"], record["origin"]) == ("模型就绪", "m", "disk")


def test_an_unknown_task_has_its_own_name(recorder: Recorder, kept: KeepingLog) -> None:
    """A task type that the recorder has no Chinese name for is written as it is."""
    with recorder.track("summary", RID):
        pass
    assert only(kept)["message"] == "summary完成"


def test_an_exception_whose_text_fails_is_recorded_and_goes_on(recorder: Recorder, kept: KeepingLog) -> None:
    """Whatever the exception's own code raises, the caller gets the exception, and the task its record."""

    class Mute(Exception):
        __str__ = Nameless.__str__

    with pytest.raises(Mute), recorder.track("chat", RID):
        raise Mute
    assert (only(kept)["status"], only(kept)["level"]) == ("error", "ERROR")


def test_a_task_may_say_anything_about_itself(recorder: Recorder, kept: KeepingLog) -> None:
    """Level and message are the recorder's own; a field that it does not know is written as it is."""
    with recorder.track("chat", RID, message="mine", level="mine", shelf=[1, {"a": 2}]):
        pass
    record = only(kept)
    assert (record["message"], record["level"], record["shelf"]) == ("对话完成", "INFO", [1, {"a": 2}])


@pytest.mark.parametrize("fields", [{"status": ["odd"]}, {"label": Nameless()}, {"session_id": Nameless()}])
def test_fields_that_cannot_be_logged_do_not_hurt_the_task(
    recorder: Recorder, kept: KeepingLog, fields: dict[str, object]
) -> None:
    """The block ends well, and its one record says that its fields could not be written."""
    with recorder.track("chat", RID) as span:
        span.set(**fields)
    record = only(kept)
    assert (record["request_id"], record["task_type"], record["level"]) == (RID, "chat", "ERROR")
    assert (record["event"], record["status"]) == ("task.finished", "error")
    assert record["response_time_ms"] >= 0
    assert record["message"].startswith("记录不完整: ")
