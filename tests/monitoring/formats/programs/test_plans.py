"""Which fields of a record stand for which of ours."""

from typing import Any

from monitoring.formats.programs.plans import Source, plan_of, shape_of


def sources(fields: dict[str, Any], field: str, **mapping: str) -> tuple[Source, ...]:
    """Return from what one of our fields is read."""
    return tuple(plan_of(fields, mapping).sources.get(field, ()))


def test_our_own_name_wins_over_usual_ones() -> None:
    """Other names count where ours has no value."""
    fields = {"latency_s": 1, "response_time_ms": 2, "duration": 3}
    assert sources(fields, "response_time_ms") == (
        Source("response_time_ms", "ms"),
        Source("duration"),
        Source("latency_s", "s"),
    )


def test_a_mapped_name_wins_over_all() -> None:
    """It stands for nothing else, and may have a unit."""
    fields = {"status": "a", "took": 2, "response_time_ms": 3}
    assert sources(fields, "response_time_ms", **{"took:s": "response_time_ms"})[0] == Source(
        "took", "s", True
    )
    assert sources(fields, "task_type", status="task_type") == (Source("status", None, True),)
    assert sources(fields, "status", status="task_type") == ()


def test_a_mapped_name_may_have_a_colon() -> None:
    """What follows it is a unit only if it is one."""
    assert sources({"a:b": 1}, "seq", **{"a:b": "seq"}) == (Source("a:b", None, True),)


def test_a_known_program_tells_the_unit() -> None:
    """zap writes durations in seconds."""
    fields = {"level": "info", "ts": 1.5, "msg": "done", "duration": 0.25}
    assert sources(fields, "response_time_ms") == (Source("duration", "s"),)
    assert sources(fields, "timestamp")[0].path == "ts"


def test_the_durations_that_a_record_may_tell_are_known_beforehand() -> None:
    """So that most records need no look for a unit that is missing."""
    assert plan_of({"took": 1, "ttft": 2, "a": 3}, {}).durations == ("response_time_ms", "ttft_ms")
    assert plan_of({"a": 3}, {}).durations == ()


def test_records_of_one_shape_are_read_alike() -> None:
    """A shape is the names, those in objects too, and the type of the level; values do not count."""
    assert shape_of({"a": 1, "b": {"c": 2}}) == shape_of({"a": "x", "b": {"c": None}})
    assert shape_of({"a": 1, "b": {"c": 2}}) != shape_of({"a": 1, "b": {"d": 2}})
    assert shape_of({"level": 30}) != shape_of({"level": "info"})
    assert shape_of({"a": {"b": 1}, "c": 2}) != shape_of({"a": {"b": 1, "c": 2}})
