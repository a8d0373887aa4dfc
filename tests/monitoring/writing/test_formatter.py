"""From a `logging.LogRecord` to the fields of the log record."""

import json
import logging
import os
from typing import Any

import pytest

from monitoring import StructuredFormatter
from monitoring.record.encode import complete
from monitoring.record.schema import FIELDS
from tests.monitoring.helpers import MOMENT


def a_log_record(message: object = "text", *args: object, **attributes: object) -> logging.LogRecord:
    """Return what `logging` hands to a formatter."""
    level = {"levelname": "INFO", "levelno": logging.INFO}
    defaults: dict[str, Any] = {"msg": message, "args": args, "created": MOMENT + 0.25, **level}
    return logging.makeLogRecord({**defaults, **attributes})


def fields_of(*args: Any, **attributes: object) -> dict[str, Any]:
    """Return the fields that a fresh formatter makes of a record."""
    return StructuredFormatter().to_dict(a_log_record(*args, **attributes))


def test_the_line_is_the_record_without_a_newline() -> None:
    """format() gives one JSON object, as any handler of `logging` expects it."""
    line = StructuredFormatter().format(a_log_record("情感分析完成"))
    assert "\n" not in line
    assert list(json.loads(line)) == [*FIELDS[:8], "event", "pid"]
    assert json.loads(line)["message"] == "情感分析完成"


def test_a_bare_record_is_one_of_an_unknown_task() -> None:
    """A message without any extra field gets no field that nobody gave."""
    fields = complete(fields_of())
    assert set(fields) == {*FIELDS[:8], "event", "pid"}
    assert (fields["task_type"], fields["event"], fields["pid"]) == ("unknown", "log", os.getpid())


def test_the_time_is_that_of_the_record() -> None:
    """The timestamp tells when the message was logged, not when it was formatted."""
    assert fields_of()["timestamp"] == "2023-11-14T22:13:20.250Z"


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_the_level_is_its_name(level: str) -> None:
    """Each standard level is written by name."""
    assert fields_of(levelname=level)["level"] == level


def test_arguments_are_put_into_the_text() -> None:
    """`info("%s", x)` works as anywhere."""
    assert fields_of("%d of %s", 3, "x")["message"] == "3 of x"


@pytest.mark.parametrize(
    ("message", "args"), [("%d", ("x",)), ("no place", (1, 2)), ("%s %s", (1,)), ("%(a)s", {"b": 1})]
)
def test_arguments_that_do_not_fit_do_not_lose_the_record(message: str, args: object) -> None:
    """Where text and arguments disagree, both are written side by side."""
    assert fields_of(message, args=args)["message"] == f"{message} {args}"


def test_a_message_may_be_any_object() -> None:
    """`info(12)` is written as the text 12."""
    assert fields_of(12)["message"] == "12"


def test_extra_fields_become_fields() -> None:
    """Whatever `extra=` gives is a field, and replaces the value for a record that says nothing."""
    fields = fields_of(zebra=1, status="ok", task_type="sentiment", event="feedback", response_time_ms=892)
    assert (fields["zebra"], fields["status"], fields["response_time_ms"]) == (1, "ok", 892)
    assert (fields["task_type"], fields["event"]) == ("sentiment", "feedback")


def test_own_fields_cannot_be_forged() -> None:
    """Time, level and text come from the record, whatever the extra fields say."""
    fields = StructuredFormatter().to_dict(a_log_record("text", timestamp="never", level="none"))
    assert fields["timestamp"] == "2023-11-14T22:13:20.250Z"
    assert (fields["level"], fields["message"]) == ("INFO", "text")


def test_nothing_of_logging_itself_becomes_a_field() -> None:
    """The attributes of every LogRecord, such as lineno, stay out of the log."""
    standard = set(vars(logging.makeLogRecord({}))) | {"taskName", "asctime"}
    assert not standard & set(fields_of(taskName="Task-1", asctime="now"))


def test_an_exception_gives_its_class_and_text() -> None:
    """`logger.exception()` fills error_type and error_message; the message stays one line."""
    error = ValueError("bad value")
    fields = fields_of("it failed", exc_info=(ValueError, error, None))
    assert (fields["error_type"], fields["error_message"]) == ("ValueError", "bad value")
    assert fields["message"] == "it failed"


def test_a_record_tells_where_it_was_logged() -> None:
    """The logger's name, the file's name without its folder, and the line are fields."""
    fields = fields_of(name="qwen_monitor.part", pathname="/srv/app/main.py", filename="main.py", lineno=7)
    assert (fields["logger"], fields["file"], fields["line"]) == ("qwen_monitor.part", "main.py", 7)


def test_extra_fields_of_these_names_win() -> None:
    """What a program itself says of the file or the line is not replaced."""
    assert fields_of(filename="main.py", lineno=7, file="mine.txt", line=3)["file"] == "mine.txt"


def raised(error: BaseException) -> Any:
    """Raise an error; return what `exc_info` is then."""
    try:
        raise error
    except BaseException as caught:
        return type(caught), caught, caught.__traceback__


def test_a_traceback_is_kept() -> None:
    """The whole traceback stands in a field of its own, so that the message stays one line."""
    fields = fields_of("it failed", exc_info=raised(ValueError("bad value")))
    lines = fields["traceback"].split("\n")
    assert lines[0] == "Traceback (most recent call last):"
    assert "in raised" in fields["traceback"]
    assert lines[-1] == "ValueError: bad value"
    assert fields["message"] == "it failed"


def test_causes_and_groups_are_kept_wholly() -> None:
    """What an error came from is told, and each error of a group with its own traceback."""
    cause = raised(KeyError("the cause"))[1]
    error = ExceptionGroup("many", [raised(TypeError(f"number {n}"))[1] for n in range(40)])
    error.__cause__ = cause
    text = fields_of(exc_info=raised(error))["traceback"]
    assert "KeyError: 'the cause'" in text
    assert "direct cause" in text
    assert all(f"TypeError: number {n}" in text for n in range(40))


def test_the_stack_is_kept_where_it_is_asked_for() -> None:
    """`stack_info=True` tells how the code came to the call, with an error and without."""
    stack = 'Stack (most recent call last):\n  File "main.py", line 7, in <module>'
    assert fields_of(stack_info=stack)["traceback"] == stack
    both = fields_of(stack_info=stack, exc_info=raised(ValueError("bad")))["traceback"]
    assert "ValueError: bad\nStack (most recent call last):" in both


def test_a_record_without_error_has_no_traceback() -> None:
    """The field is absent where there is nothing to tell."""
    assert "traceback" not in fields_of()
    assert "traceback" not in fields_of(exc_info=(None, None, None))


def test_a_given_error_is_not_replaced() -> None:
    """An error_type given as an extra field wins over the exception's class."""
    assert fields_of(error_type="Mine", exc_info=(ValueError, ValueError(), None))["error_type"] == "Mine"


def test_exc_info_without_an_exception_is_no_error() -> None:
    """`exc_info=True` outside of an except block leaves no error fields."""
    assert "error_type" not in fields_of(exc_info=(None, None, None))


def test_a_record_that_tells_a_task_and_its_time_is_a_request() -> None:
    """The summary, the charts and the rules count what a program logs with the standard library."""
    request = {"task_type": "translate", "request_id": "r-1", "response_time_ms": 892}
    fields = fields_of(**request)
    assert (fields["event"], fields["status"]) == ("task.finished", "ok")
    assert fields_of(**request, status="rejected")["status"] == "rejected"
    other = fields_of(**{**request, "event": "translate.retried"})
    assert other["event"] == "translate.retried"
    assert "status" not in other


@pytest.mark.parametrize("one", [{"task_type": "translate"}, {"response_time_ms": 892}])
def test_a_record_without_task_or_time_is_a_message(one: dict[str, Any]) -> None:
    """What tells only one of the two is no request."""
    assert fields_of(**one)["event"] == "log"


def test_a_request_with_an_exception_failed() -> None:
    """`exception()` and `error()` make an error of a request, and only a message of anything else."""
    error = ValueError("no text")
    failed = fields_of(task_type="translate", response_time_ms=5, exc_info=(ValueError, error, None))
    assert (failed["event"], failed["status"]) == ("task.finished", "error")
    logged = fields_of(task_type="translate", response_time_ms=5, levelno=logging.ERROR)
    assert logged["status"] == "error"
    assert "status" not in fields_of(exc_info=(ValueError, error, None))
