"""What messages of text tell of a request at their end."""

from typing import Any

import pytest

from monitoring.formats.message_ends import told_at_end


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("done [app.x] duration_ms=20.157 path=/x status=200", {"response_time_ms": 20.157, "status": "200"}),
        ("request id=5 status=404 duration=0.050s", {"response_time_ms": 50.0, "status": "404"}),
        ("done request_id=a7, latency=3ms,", {"response_time_ms": 3.0, "request_id": "a7"}),
        ("HTTP POST /a b responded 502 in 49.86 ms", {"response_time_ms": 49.86, "status": 502}),
        (
            "Request finished HTTP/1.1 POST http://a/b - 200 - application/json 49.8554ms",
            {"response_time_ms": 49.8554, "status": 200},
        ),
        ("Request finished in 12.5ms 404 text/plain", {"response_time_ms": 12.5, "status": 404}),
        ("job ended status=200", {}),
        ("done duration=20 status=200", {}),
        ("duration=20ms is too long", {}),
        ("took 20ms", {}),
        ("", {}),
    ],
)
def test_a_duration_with_its_unit_is_read(message: str, fields: dict[str, Any]) -> None:
    """With what stands beside it; a unit is never guessed, and without a duration nothing is read."""
    assert told_at_end(message) == fields


@pytest.mark.parametrize(
    "text", ["a=" * 32_000, "a " * 32_000, 'a="' * 20_000, "HTTP GET " + "x responded 200 in " * 4000]
)
def test_the_end_of_a_long_message_is_bounded(text: str) -> None:
    """Whatever a line of 64 KiB has, nothing but its end is looked at."""
    assert told_at_end(text) == {}
