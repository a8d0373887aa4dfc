"""Lines of access logs."""

from typing import Any

import pytest

from monitoring.formats.programs.access_lines import read_access

COMBINED = '1.2.3.4 - - [21/Jan/2026:16:00:00 +0000] "GET /x HTTP/1.1" 200 5 "-" "c"'


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('1.2.3.4:5 - "GET /x HTTP/1.1" 200 OK', {"client": "1.2.3.4:5", "status": 200, "message": "GET /x"}),
        ('INFO:     ::1:5 - "GET /x HTTP/1.1" 500', {"level": "INFO", "client": "::1:5", "status": 500}),
        (
            '2026-01-21 16:00:00,123 - uvicorn.access - INFO - 1.2.3.4:5 - "GET /x HTTP/1.1" 429',
            {"timestamp": "2026-01-21 16:00:00,123", "level": "INFO", "status": 429},
        ),
        (
            '[2026-01-21 16:00:00 +0000] [7] [INFO] 1.2.3.4:5 - "GET /x HTTP/1.1" 200',
            {"timestamp": "2026-01-21 16:00:00 +0000", "level": "INFO", "status": 200},
        ),
        (COMBINED, {"client": "1.2.3.4", "method": "GET", "path": "/x", "status": 200}),
        (f"shop.example:443 {COMBINED}", {"client": "1.2.3.4", "status": 200}),
        ('1.2.3.4 [21/Jan/2026:16:00:00 +0000] "GET /x HTTP/1.1" 200 5', {"client": "1.2.3.4"}),
        (
            '1.2.3.4 - - [21/Jan/2026:16:00:00 +0000] "\\x16\\x03" 400 0',
            {"status": 400, "message": "\\x16\\x03"},
        ),
        ('1.2.3.4 - - [21/Jan/2026:16:00:00 +0000] "-" 408 0', {"status": 408, "message": "-"}),
        (
            '[GIN] 2026/01/21 - 16:00:00 | 200 |  1.5s |  127.0.0.1 | POST     "/api/chat"',
            {"status": 200, "response_time_ms": 1500, "message": "POST /api/chat"},
        ),
        ("GET /x 500 12.3 ms - 15", {"status": 500, "response_time_ms": 12.3, "message": "GET /x"}),
        ("GET /x 304 12 ms - -", {"status": 304, "response_time_ms": 12}),
        ("GET /x 200 15 - 12.3 ms", {"status": 200, "response_time_ms": 12.3}),
        ("GET /x 200 12.3 ms", {"status": 200, "response_time_ms": 12.3}),
        (
            "::ffff:1.2.3.4 - GET /x HTTP/1.1 404 15 - 12.3 ms",
            {"client": "::ffff:1.2.3.4", "status": 404, "response_time_ms": 12.3},
        ),
        ("--> GET /x 200 1s 15b", {"status": 200, "response_time_ms": 1000}),
        (
            "[W 260121 16:00:00 web:2348] 404 GET /x (1.2.3.4) 0.55ms",
            {"timestamp": "2026-01-21 16:00:00", "level": "W", "status": 404, "response_time_ms": 0.55},
        ),
        (
            '2026/01/21 16:00:00 "GET http://a/x HTTP/1.1" from 1.2.3.4:5 - 200 15B in 850.5µs',
            {"timestamp": "2026/01/21 16:00:00", "status": 200, "response_time_ms": pytest.approx(0.8505)},
        ),
    ],
)
def test_lines_of_access_logs(text: str, fields: dict[str, Any]) -> None:
    """They tell a status, and some of them a duration."""
    found = read_access(text)
    assert found is not None
    assert fields.items() <= found[1].items()


@pytest.mark.parametrize(
    ("rest", "ms"),
    [
        ("3.456 ms", 3.456),
        ("250ms", 250),
        ("850µs", 0.85),
        ("1.5s", 1500),
        ("rt=0.25", 250),
        ('rt="0.25" urt="0.2"', 250),
        ("request_time=0.25", 250),
        ('1 "router@docker" "http://10.0.0.1:80" 12ms', 12),
        ("0.25", None),
        ("12345", None),
        ('"a page about 5 ms"', None),
        ('"http://a/?rt=5"', None),
        ("D=12345", None),
        ("rt=-", None),
        ("5ms/op", None),
    ],
)
def test_a_duration_counts_where_its_unit_is_told(rest: str, ms: float | None) -> None:
    """A number alone is never guessed at, and texts in quotes are the client's."""
    found = read_access(f"{COMBINED} {rest}")
    assert found is not None
    assert found[1].get("response_time_ms") == (ms and pytest.approx(ms))


def test_a_client_that_went_away_has_no_status() -> None:
    """And the request no duration."""
    found = read_access("GET /x - - ms - -")
    assert found is not None
    assert not {"status", "response_time_ms"} & set(found[1])


@pytest.mark.parametrize(
    "text", ["", "hello", "GET /x", "GET /x 200", "GET /x 200 12", '"GET /x HTTP/1.1" 200']
)
def test_other_texts_are_no_access_logs(text: str) -> None:
    """There is no time, no client and no duration."""
    assert read_access(text) is None


@pytest.mark.parametrize(
    ("rest", "fields"),
    [
        (
            ' 812 "http://a/" "b c" 49859',
            {"bytes": 812, "referer": "http://a/", "user_agent": "b c", "extra_1": 49859},
        ),
        (' 812 "-" "b" 0.050', {"bytes": 812, "user_agent": "b", "extra_1": 0.05}),
        (" 812 49859", {"bytes": 812, "extra_1": 49859}),
        (' - "-" "b" "-" 0.05 7', {"user_agent": "b", "extra_2": 0.05, "extra_3": 7}),
        (
            ' 812 "-" "b" rt=0.5 uct="0.0" urt="0.1, 0.4" up=1.2.3.4:80 none=-',
            {"bytes": 812, "user_agent": "b", "uct": 0.0, "urt": "0.1, 0.4", "up": "1.2.3.4:80"},
        ),
        (' 812 "a 5 ms" "b" 12.5 ms', {"bytes": 812, "referer": "a 5 ms", "user_agent": "b"}),
        (' 812 "-" "b" status=7 path=/y', {"bytes": 812, "user_agent": "b"}),
        (' 812 "-" "cut', {"bytes": 812, "user_agent": "cut"}),
        ("", {}),
    ],
)
def test_what_stands_behind_a_status_is_kept(rest: str, fields: dict[str, Any]) -> None:
    """The usual values have names, others those of their places; none of them changes what was known."""
    found = read_access(f'1.2.3.4 - - [21/Jan/2026:16:00:00 +0000] "GET /x HTTP/1.1" 200{rest}')
    assert found is not None
    known = ("client", "method", "path", "protocol", "message", "timestamp", "status", "response_time_ms")
    assert {name: value for name, value in found[1].items() if name not in known} == fields
    assert (found[1]["status"], found[1]["path"]) == (200, "/x")


def test_the_words_of_a_status_are_no_values() -> None:
    """Numbers behind them are."""
    found = read_access('1.2.3.4:5 - "GET /x HTTP/1.1" 500 Internal Server Error 0.25')
    assert found is not None
    assert list(found[1])[-1:] == ["extra_1"]
    assert found[1]["extra_1"] == 0.25
