"""The page of a log that somebody filled to break it."""

from collections.abc import Iterator
from typing import Any

import pytest

from monitoring.reading.log_reader import View
from monitoring.reading.sources import LIVE
from monitoring.record.visible import visible_lines
from tests.monitoring.frames import summarize
from tests.monitoring.hostile_records import HOSTILE_LINES
from tests.ui.dashboard.helpers import Elements, FakeSources, dashboard_of, frame_of_lines
from tests.ui.dashboard.test_dashboard import parts_for


@pytest.mark.parametrize(
    "query",
    ["range=all", "range=all&kind=all", "range=all&sort=-response", "range=all&kind=all&sort=label", "q=x"],
)
def test_hostile_lines_cost_no_part_of_the_page(query: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every chart, card and table is drawn; none is replaced by a notice that it failed."""
    frame = frame_of_lines(*HOSTILE_LINES)
    view = View(frame, summarize(frame), {}, (), 0, loading=False)
    parts = parts_for(dashboard_of(FakeSources({LIVE: view})), query)
    assert not caplog.records
    assert not [name for name, figure in parts["overview"]["figures"].items() if "error" in figure]


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text of a part that a reader may see; ids of requests are read by the script alone."""
    if isinstance(value, str):
        yield Elements(value).text if value.startswith("<") else value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name != "customdata":
                yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def test_no_text_of_the_log_has_hidden_characters() -> None:
    """What turns the direction of writing, or cannot be seen, stands as its escape in HTML and charts."""
    frame = frame_of_lines(*HOSTILE_LINES)
    view = View(frame, summarize(frame), {}, (), 0, loading=False)
    texts = list(
        texts_of(parts_for(dashboard_of(FakeSources({LIVE: view})), "range=all&kind=all&sort=level"))
    )
    assert any(r"\u202e" in text for text in texts)
    assert [text for text in texts if visible_lines(text) != text] == []
