"""Which records are requests: one definition, whoever asks."""

from pathlib import Path

import pytest

from monitoring.alerts.observation import of_frame
from monitoring.history.scan import scan
from monitoring.record.vocabulary import FINISHED, SAMPLED, is_request
from monitoring.window.masks import is_request as request_mask
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import a_record, lines_of

CASES = [
    (FINISHED, 5.0, True),
    (FINISHED, None, True),
    (None, 5.0, True),
    ("", 5.0, True),
    (None, None, False),
    ("", None, False),
    (SAMPLED, None, False),
    (SAMPLED, 5.0, False),
    ("log", 5.0, False),
]


@pytest.mark.parametrize(("event", "response_time", "expected"), CASES)
def test_the_event_and_the_time_make_a_request(
    event: str | None, response_time: float | None, expected: bool
) -> None:
    """A finished task is a request, and so is a record without an event that tells a response time."""
    assert is_request(event, response_time is not None) is expected


def test_everybody_agrees_on_what_a_request_is(tmp_path: Path) -> None:
    """The window's mask, the alert rules and the scan of a whole log select the same records."""
    records = [
        {**a_record(number), "event": event, "response_time_ms": response_time}
        for number, (event, response_time, _) in enumerate(CASES)
    ]
    expected = [is_request for *_, is_request in CASES]
    frame = frame_of(*records)
    assert request_mask(frame).tolist() == expected
    assert [seen.event == FINISHED for seen in of_frame(frame)] == expected
    log = tmp_path / "qwen.log"
    log.write_bytes(lines_of(*records))
    assert scan(log).tasks["chat"].requests == sum(expected)
