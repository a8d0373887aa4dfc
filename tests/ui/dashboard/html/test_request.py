"""One request, opened over the page."""

import json
import re
from typing import Any

import numpy as np
import pytest

from monitoring.analysis.request_trace import RequestTrace, trace
from monitoring.record.visible import visible
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, Record, a_record
from tests.ui.dashboard.helpers import HOSTILE, Elements, same_structure
from ui.dashboard.html.request import MAX_SAMPLES, not_found, request_view
from ui.texts.page import EN, ZH
from ui.texts.words import Words

ID = "0123456789abcdef" * 2
SENTIMENT = a_record(
    10,
    task_type="sentiment",
    label="正面",
    request_id=ID,
    response_time_ms=400.0,
    queue_wait_ms=100.0,
    prompt_tokens=60,
)
CHAT = a_record(
    12,
    request_id=ID,
    response_time_ms=2400.0,
    queue_wait_ms=400.0,
    ttft_ms=900.0,
    prompt_tokens=20,
    output_tokens=30,
)


def found(*records: Record) -> RequestTrace:
    """Return the trace of the request in a log of these records."""
    result = trace(frame_of(*records), ID)
    assert result is not None
    return result


def shown(*records: Record, words: Words = EN) -> str:
    """Return the whole view of the request."""
    one = found(*records)
    return request_view(one, one.records, words)


def a_sample(second: float, **fields: object) -> Record:
    """Return a sample of CPU and memory."""
    defaults: dict[str, object] = {
        "event": "resource.sample",
        "task_type": "system",
        "response_time_ms": None,
    }
    return a_record(second, **{**defaults, **fields})


def phases_of(markup: str) -> list[tuple[str, float, float, str]]:
    """Return each phase's name, begin and width in percent, and text."""
    rows = re.findall(
        r"<tr><th scope='row'>(.*?)</th>.*?margin-left:(.*?)%;width:(.*?)%.*?<td>(.*?)</td></tr>", markup
    )
    return [(name, float(left), float(width), text) for name, left, width, text in rows]


def test_the_waterfall_shows_where_the_time_went() -> None:
    """Each phase of both tasks has a bar at its place, its length, its tokens and their speed."""
    assert phases_of(shown(SENTIMENT, CHAT)) == [
        ("Sentiment · queue wait", 0.0, 4.17, "100 ms"),
        ("Sentiment · prefill", 4.17, 12.5, "300 ms · 60 tokens · 200.0 tok/s"),
        ("Chat · queue wait", 0.0, 16.67, "400 ms"),
        ("Chat · prefill", 16.67, 20.83, "500 ms · 20 tokens · 40.0 tok/s"),
        ("Chat · decode", 37.5, 62.5, "1,500 ms · 30 tokens · 20.0 tok/s"),
    ]


def test_the_waterfall_speaks_the_readers_language() -> None:
    """Tasks and phases have their names in Chinese, too."""
    names = [name for name, *_ in phases_of(shown(SENTIMENT, CHAT, words=ZH))]
    assert names[1] == f"{ZH['task_sentiment']} · {ZH['prefill']}"
    assert names[-1] == f"{ZH['task_chat']} · {ZH['decode']}"


def test_no_phase_leaves_the_waterfall() -> None:
    """Whatever numbers a record holds, bars begin and end within the request's time."""
    strange = a_record(request_id=ID, response_time_ms=100.0, queue_wait_ms=900.0, ttft_ms=5000.0)
    bars = phases_of(shown(strange, a_record(request_id=ID, response_time_ms=0.0)))
    assert bars
    assert all(0 <= left <= 100 and width >= 0 and left + width <= 100.01 for _, left, width, _ in bars)


def test_a_task_that_did_not_run_through_shows_its_run() -> None:
    """A failed chat without a first token is one bar, and no speed is made up for it."""
    failed = a_record(request_id=ID, status="error", response_time_ms=50.0, output_tokens=3)
    assert phases_of(shown(failed)) == [("Chat · run", 0.0, 100.0, "50 ms · 3 tokens")]


def test_a_request_that_took_no_time_can_be_shown() -> None:
    """A request of 0 ms has no length to divide by."""
    rejected = a_record(request_id=ID, status="rejected", response_time_ms=0.0)
    assert phases_of(shown(rejected)) == [("Chat · run", 0.0, 0.0, "0 ms")]


def test_the_head_tells_id_begin_and_length() -> None:
    """The request's id, when it began and how long both tasks took stand on top, with a way to close it."""
    markup = Elements(shown(SENTIMENT, CHAT))
    assert ID in markup.text
    assert "2023-11-14 22:13:29 UTC  · 2,400 ms" in markup.text  # 9.6 s after the moment
    assert [attrs["aria-label"] for _, attrs in markup.found if "data-close" in attrs] == [EN["close"]]
    assert [tag for tag, attrs in markup.found if "data-copy-link" in attrs] == ["button"]


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_request_without_a_finished_task_is_shown(words: Words) -> None:
    """Where the log holds only a rating of the request, that is shown, and that there is nothing to draw."""
    rating = a_record(event="feedback", request_id=ID, response_time_ms=None, rating="like")
    text = Elements(shown(rating, words=words)).text
    assert words["no_phases"] in text
    assert words["rating_like"] in text


def test_the_machine_is_shown_around_the_request() -> None:
    """Samples of CPU and memory while it ran and shortly before and after, in time from its start."""
    samples = [
        a_sample(-60, cpu_usage_percent=1),
        a_sample(5, cpu_usage_percent=150.4, memory_usage_mb=1234.4),
        a_sample(11, cpu_usage_percent=None, memory_usage_mb=2000),
        a_sample(100, cpu_usage_percent=99),
    ]
    markup = shown(*samples[:2], SENTIMENT, samples[2], CHAT, samples[3])
    rows = re.findall(r"<tr><td>(.*? s)</td><td>(.*?)</td><td>(.*?)</td></tr>", markup)
    assert rows == [
        ("-4.6 s", "150 %", "1,234 MiB"),
        ("+0.4 s", "50 %", "900 MiB"),  # the records of both tasks hold samples, too
        ("+1.4 s", "–", "2,000 MiB"),
        ("+2.4 s", "50 %", "900 MiB"),
    ]


def test_samples_are_few() -> None:
    """A long request shows its last samples, and no endless table."""
    long = a_record(1000, request_id=ID, response_time_ms=1_000_000.0)
    markup = shown(*(a_sample(second) for second in range(999)), long)
    assert len(re.findall(r"<tr><td>\+", markup)) == MAX_SAMPLES
    assert "+1000.0 s" in markup


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_without_samples_the_view_says_so(words: Words) -> None:
    """A foreign log without CPU and memory shows no empty table."""
    record = a_record(request_id=ID, cpu_usage_percent=None, memory_usage_mb=None)
    assert f"<p>{words['no_data']}</p>" in shown(record, words=words)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rating": "like"}, EN["rating_like"]),
        ({"rating": "dislike", "comment": "too <long>"}, f"{EN['rating_dislike']}: too <long>"),
        ({"rating": 4}, "4"),
        ({"message": "fine"}, "fine"),
    ],
)
def test_feedback_is_shown(fields: dict[str, object], expected: str) -> None:
    """The ratings of the reply are shown, known ones in the reader's language."""
    rating = a_record(20, event="feedback", request_id=ID, response_time_ms=None, **fields)
    markup = shown(CHAT, rating).partition(f"<h4>{EN['feedback']}</h4>")[2].partition("<h4>")[0]
    assert Elements(markup).text == expected


def test_a_request_that_nobody_rated_says_so() -> None:
    """Without feedback there is a sentence instead."""
    assert EN["no_feedback"] in shown(CHAT)


def test_the_records_are_shown_as_they_may_be() -> None:
    """The raw records that the caller allows are shown, and no other ones, oldest first."""
    allowed: list[dict[str, Any]] = [{"message": "你好", "nested": {"a": [1]}}, {"message": HOSTILE}]
    markup = request_view(found(SENTIMENT, CHAT), allowed, EN)
    texts = [Elements(text).text for text in re.findall("<pre.*?</pre>", markup, re.DOTALL)]
    assert json.loads(texts[0]) == allowed[0]
    assert len(texts) == 2
    assert "你好" in texts[0]
    assert "prompt_tokens" not in markup


@pytest.mark.parametrize(
    "field", ["message", "task_type", "status", "error_message", "rating", "comment", "label", "foreign"]
)
def test_a_request_is_shown_as_text(field: str) -> None:
    """Markup in any text of a record makes no element and no attribute."""
    fields = {"event": "feedback", "request_id": ID, "response_time_ms": None, "rating": "x", "comment": "y"}
    plain = [CHAT, a_record(20, **fields)]
    assert same_structure(shown(*({**record, field: HOSTILE} for record in plain)), shown(*plain))


def test_an_unknown_request_is_said_to_be_so() -> None:
    """An id that no record has is named, as text, with a way to close the view."""
    markup = Elements(not_found(HOSTILE, EN))
    assert EN["request_unknown"].format(id=visible(HOSTILE)) in markup.text
    assert markup.names == {"header", "button", "div"}
    assert ZH["request_unknown"].format(id="abc") in not_found("abc", ZH)


def test_the_begin_is_that_of_the_first_task() -> None:
    """The request starts where its earliest task did."""
    assert np.isclose(found(SENTIMENT, CHAT).start, MOMENT + 9.6)
