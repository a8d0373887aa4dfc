"""The tools that look into the live log."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from tests.monitoring.helpers import Record, a_record
from tests.ui.api.served_api import ServedApi, served_api
from tests.ui.dashboard.helpers import dashboard_of, live
from tests.ui.mcp.agents import answer, error
from ui.mcp import log_tools

FIRST, SECOND = "a1" * 16, "b2" * 16


def records() -> list[Record]:
    """Return two requests: one of two tasks, and a later one that failed."""
    return [
        a_record(
            timestamp="2026-01-31T08:00:00.000Z",
            request_id=FIRST,
            task_type="sentiment",
            label="正面",
            input_text="so good",
        ),
        a_record(timestamp="2026-01-31T08:00:01.000Z", request_id=FIRST, task_type="chat", message="m" * 300),
        a_record(timestamp="2026-01-31T09:00:00.000Z", request_id=SECOND, task_type="chat", status="error"),
        a_record(event="feedback", request_id=FIRST, rating="like", status=None),
        a_record(event="resource.sample"),
    ]


@pytest.fixture(scope="module")
def api() -> Iterator[ServedApi]:
    """A server whose live log has records, and at which everybody is the operator."""
    with served_api(dashboard=dashboard_of(live(*records())), has_password=False) as served:
        yield served


def test_the_numbers_are_those_of_the_live_log(api: ServedApi) -> None:
    """The answer is what Gradio's `/stats` tells."""
    found = answer(api, "stats")
    assert found == asdict(live(*records()).view("live").summary)
    assert found["tasks"]["chat"]["requests"] == 2


def test_finished_tasks_are_found_the_newest_first(api: ServedApi) -> None:
    """Each row has its id, time, task, status, time in ms and texts; a long text is cut."""
    found = answer(api, "find_requests")
    assert found["count"] == len(found["rows"]) == 3
    newest, chat, oldest = found["rows"]
    assert (newest["request_id"], newest["task"], newest["status"]) == (SECOND, "chat", "error")
    assert chat["message"] == "m" * 200
    assert oldest["time"] == "2026-01-31T08:00:00.000Z"
    assert (oldest["label"], oldest["input_text"]) == ("正面", "so good")
    assert oldest["response_time_ms"] == a_record()["response_time_ms"]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"task": "chat"}, [SECOND, FIRST]),
        ({"status": "error"}, [SECOND]),
        ({"text": "SO GOOD"}, [FIRST]),
        ({"text": "nobody wrote this"}, []),
        ({"since": "2026-01-31T08:30"}, [SECOND]),
        ({"since": "2026-01-31T09:30:00+01:00", "until": "2026-01-31T10:00:00+01:00"}, []),
        ({"until": "2026-01-31T08:00:01Z"}, [FIRST]),
        ({"limit": 1}, [SECOND]),
    ],
)
def test_what_is_looked_for_can_be_narrowed(api: ServedApi, asked: dict[str, Any], ids: list[str]) -> None:
    """A task, a status, a text, a begin, an end and a number of rows narrow what is found."""
    found = answer(api, "find_requests", **asked)
    assert [row["request_id"] for row in found["rows"]] == ids


def test_the_count_is_of_all_that_were_found(api: ServedApi) -> None:
    """A limit leaves rows out, and says how many there are."""
    assert answer(api, "find_requests", limit=1)["count"] == 3


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"since": "yesterday"}, "since is 'yesterday': a moment is needed"),
        ({"until": "0001-01-01T00:00+23:00"}, "a moment is needed"),
        ({"status": "bad"}, "status is 'bad': there are ok, error, rejected, cancelled"),
        ({"limit": 51}, "limit"),
        ({"limit": 0}, "limit"),
    ],
)
def test_a_wrong_question_is_told(api: ServedApi, asked: dict[str, Any], told: str) -> None:
    """A moment that is none, and a number that is not allowed, are errors in words."""
    assert told in error(api, "find_requests", **asked)


def test_a_request_is_shown_with_all_of_its_records(api: ServedApi) -> None:
    """The operator gets each record of the request as it stands in the log, with its ratings."""
    found = answer(api, "show_request", request_id=FIRST)["records"]
    assert [record.get("task_type") for record in found[:2]] == ["sentiment", "chat"]
    assert found[1]["message"] == "m" * 300
    assert found[2]["rating"] == "like"


def test_a_request_of_many_records_is_shown_in_part() -> None:
    """Of a request that a program has filled the log with, the newest records are shown."""
    many = [a_record(request_id=FIRST, output_text="x" * 30_000, seq=number) for number in range(20)]
    with served_api(dashboard=dashboard_of(live(*many)), has_password=False) as api:
        shown = answer(api, "show_request", request_id=FIRST)["records"]
    assert 1 < len(shown) < 20
    assert shown[-1]["seq"] == 19


@pytest.mark.parametrize("request_id", ["c3" * 16, "", "x" * 5_000])
def test_a_request_that_is_not_there_is_told(api: ServedApi, request_id: str) -> None:
    """An id that the live log does not have is an error in words."""
    told = error(api, "show_request", request_id=request_id)
    assert "the live log has no request" in told
    assert len(told) < 300


def test_an_empty_log_is_no_error() -> None:
    """Before anything was asked, nothing is found."""
    with served_api(has_password=False) as api:
        assert answer(api, "find_requests") == {"count": 0, "rows": []}
        assert answer(api, "stats")["tasks"] == {}


def test_who_looks_too_often_at_the_same_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor who has as many looks as one may have is told when to try again."""
    monkeypatch.setattr(log_tools, "MAX_PER_VISITOR", 0)
    with served_api() as api:
        assert "try again in 5 s" in error(api, "stats")
