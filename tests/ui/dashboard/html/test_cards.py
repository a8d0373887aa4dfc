"""The measures at a glance as HTML."""

import re
from dataclasses import replace

import numpy as np
import pytest

from monitoring.analysis.measures import Measure, at_a_glance
from monitoring.analysis.time_range import TimeRange
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, Record, a_record
from tests.ui.dashboard.helpers import Elements
from ui.dashboard.html.cards import HEIGHT, WIDTH, cards
from ui.texts.page import EN, ZH
from ui.texts.words import Words

NOTHING = np.full(3, np.nan)


def measures_of(*records: Record) -> list[Measure]:
    """Return the measures of the minute after `MOMENT`."""
    frame = frame_of(*records)
    now, past = TimeRange(frame, MOMENT, MOMENT + 60), TimeRange(frame, MOMENT - 60, MOMENT)
    return at_a_glance(now, past, [], [])


def values_of(*records: Record, words: Words = EN) -> dict[str, str]:
    """Return what stands on each card, by its measure's name."""
    markup = cards(measures_of(*records), words)
    found = re.findall(r"data-measure='(.*?)'>.*?<div class='value'>(.*?)</div>", markup)
    return {name: Elements(value).text for name, value in found}


def a_measure(
    value: float | None, before: float | None = None, series: np.ndarray = NOTHING, **changes: object
) -> Measure:
    """Return a measure for which more is worse, changed by `changes`."""
    return replace(Measure("p50", "ms", value, before, series, task="chat"), **changes)  # type: ignore[arg-type]


def trend_of(measure: Measure) -> tuple[str | None, str]:
    """Return the trend's class and text."""
    (found,) = re.findall(r"<span class='(trend.*?)' title='.*?'>(.*?)</span>", cards([measure], EN))
    return found[0].removeprefix("trend").strip() or None, found[1]


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_cards_without_data_say_so(words: Words) -> None:
    """Before the first record no measure of a record says zero, and each has its name."""
    shown = values_of(words=words)
    counted = {"requests", "alerts", "broken"}  # of which there are really none
    assert {value for name, value in shown.items() if name not in counted} == {words["no_data"]}
    assert {shown[name] for name in counted} == {"0"}
    text = Elements(cards(measures_of(), words)).text
    assert all(words[f"measure_{name}"] in text for name in shown)


def test_cards_show_the_figures() -> None:
    """Counts, shares, percentiles, speed, memory and CPU stand on their cards, with units."""
    chat = a_record(
        response_time_ms=12_340,
        tokens_per_second=7.25,
        ttft_ms=900,
        queue_wait_ms=30,
        memory_usage_mb=1234,
        cpu_usage_percent=180,
    )
    shown = values_of(a_record(task_type="sentiment", response_time_ms=99.6), chat, a_record(status="error"))
    assert shown == {
        "requests": "3",
        "error": "33.3 %",
        "rejected": "0.0 %",
        **dict.fromkeys(("sentiment_p50", "sentiment_p95", "sentiment_p99"), "100 ms"),
        **dict.fromkeys(("chat_p50", "chat_p95", "chat_p99"), "12.3 s"),
        "ttft": "900 ms",
        "speed": "7.2 tok/s",
        "queue_wait": "30 ms",
        "queue_depth": "0.00",
        "memory": "900 MiB",
        "cpu": "50 %",
        "alerts": "0",
        "dropped": "0",
        "broken": "0",
    }


def test_percentiles_say_of_how_many_records_they_are() -> None:
    """A median of two requests can be told from one of two thousand."""
    assert "<span class='behind'>n\u00a0=\u00a01,235</span>" in cards([a_measure(1, records=1235)], EN)
    assert "<span class='behind'>1,235\u00a0次</span>" in cards([a_measure(1, records=1235)], ZH)
    assert "<span class='behind'></span>" in cards([a_measure(1)], EN)


@pytest.mark.parametrize(
    ("value", "before", "worse", "expected"),
    [
        (150, 100, "more", ("bad", "▲ 50%")),
        (50, 100, "more", ("good", "▼ 50%")),
        (150, 100, "less", ("good", "▲ 50%")),
        (50, 100, "less", ("bad", "▼ 50%")),
        (150, 100, "", (None, "▲ 50%")),
        (50, 100, "", (None, "▼ 50%")),
        (0, 100, "more", ("good", "▼ 100%")),
        (1500, 100, "more", ("bad", "×15")),
        (12, 0, "more", ("bad", "▲ 12 ms")),
        (100.5, 100, "more", (None, "＝")),
        (0, 0, "more", (None, "＝")),
    ],
)
def test_a_trend_tells_its_direction_and_whether_it_is_good(
    value: float, before: float, worse: str, expected: tuple[str | None, str]
) -> None:
    """A colour tells whether a change is good or bad where that can be said; a small one is none."""
    kind, text = trend_of(a_measure(value, before, worse=worse))
    assert kind == expected[0]
    assert expected[1] in text


def test_a_trend_says_what_it_compares_with() -> None:
    """The value of the time before can be read where the trend is pointed at."""
    assert "title='100 ms in the period before'" in cards([a_measure(150, 100)], EN)
    assert f"title='{ZH['trend_before'].format(value='100 ms')}'" in cards([a_measure(150, 100)], ZH)


@pytest.mark.parametrize(("value", "before"), [(None, None), (5.0, None), (None, 5.0)])
def test_without_both_values_there_is_no_trend(value: float | None, before: float | None) -> None:
    """Where one of the two times has no data, the card says so instead of a change."""
    assert trend_of(a_measure(value, before)) == (None, EN["no_trend"])


def test_the_time_before_comes_from_the_log() -> None:
    """Requests of the minute before are what this minute's are compared with."""
    measures = measures_of(
        *(a_record(second, response_time_ms=100.0) for second in range(-20, 0)),
        *(a_record(second, response_time_ms=200.0) for second in range(30)),
    )
    found = {measure.key: trend_of(measure) for measure in measures}
    assert found["requests"] == (None, "▲ 50%")
    assert found["chat_p50"] == ("bad", "▲ 100%")


def test_a_task_that_the_page_does_not_know_has_its_own_cards() -> None:
    """Its name stands there as the log has it, and markup in it is text."""
    markup = cards(measures_of(a_record(task_type="<b>embed</b>", response_time_ms=5)), EN)
    assert "<b>" not in markup
    shown = Elements(markup).text
    assert "<b>embed</b> p50" in shown
    assert EN["task_chat"] not in shown


def test_only_errors_alarm() -> None:
    """A refused or stopped request is no alarm, a failed one is."""
    calm = cards(measures_of(a_record(status="rejected"), a_record(status="cancelled")), EN)
    assert "alarming" not in calm
    alarming = cards(measures_of(a_record(status="error")), EN)
    assert re.findall(r"card alarming' data-measure='(.*?)'", alarming) == ["error"]


def test_a_sparkline_keeps_to_its_frame() -> None:
    """The series goes from left to right between 0 at the bottom and the highest value at the top."""
    markup = cards([a_measure(1, series=np.array([0.0, np.nan, 5.0, 10.0]))], EN)
    (points,) = re.findall("points='(.*?)'", markup)
    places = [tuple(map(float, point.split(","))) for point in points.split()]
    assert [x for x, _ in places] == [0.0, 66.7, WIDTH]
    assert [y for _, y in places] == [HEIGHT - 2, HEIGHT / 2, 2.0]


def test_a_single_value_is_a_dot() -> None:
    """One value has no series, but can be seen."""
    markup = cards([a_measure(1, series=np.array([np.nan, 5.0, np.nan]))], EN)
    assert "polyline" not in markup
    assert re.findall("circle cx='(.*?)'", markup) == ["50.0"]


@pytest.mark.parametrize("series", [NOTHING, np.array([])])
def test_a_course_without_values_is_empty(series: np.ndarray) -> None:
    """Without a value the place of the tiny chart stays empty."""
    assert Elements(cards([a_measure(None, series=series)], EN)).names == {"div", "span", "svg"}


def test_a_course_of_zeros_lies_on_the_ground() -> None:
    """Zeros are values: a line at the bottom."""
    markup = cards([a_measure(0, series=np.zeros(3))], EN)
    assert re.findall("points='(.*?)'", markup) == ["0.0,22.0 50.0,22.0 100.0,22.0"]
