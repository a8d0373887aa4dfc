"""The page of a log that somebody filled to break it."""

import pytest

from monitoring.reading.log_reader import View
from monitoring.reading.sources import LIVE
from tests.monitoring.frames import summarize
from tests.monitoring.hostile_records import HOSTILE_LINES
from tests.ui.dashboard.helpers import FakeSources, dashboard_of, frame_of_lines
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
