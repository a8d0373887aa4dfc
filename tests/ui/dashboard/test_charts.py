"""The figures of a view: all charts, for the zoomed time, each safe from the failures of the others."""

import pytest

from monitoring.analysis.limits import Limits
from monitoring.charts.traces import Figure
from tests.monitoring.helpers import MOMENT, a_record
from tests.ui.dashboard.helpers import EVERYTHING, MAX_ACTIVE, OPERATOR, fail, snapshot_of, view_of
from ui.dashboard.charts import CAPACITY, CHARTS, Charts
from ui.dashboard.guard import Guard
from ui.texts.page import EN
from ui.view.state import ViewState

VIEW = view_of(*(a_record(second) for second in range(60)))


def figures_of(state: ViewState = EVERYTHING) -> dict[str, Figure]:
    """Return the figures of a view of a minute with a request each second."""
    return Charts(Limits, MAX_ACTIVE, Guard()).figures(state, snapshot_of(VIEW, state), OPERATOR)


def test_every_chart_has_a_figure() -> None:
    """The figures come in the order of `CHARTS`, the capacity last."""
    assert list(figures_of()) == [*CHARTS, CAPACITY]


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_that_fails_does_not_affect_the_others(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chart that cannot be drawn says why in its place, and all others are drawn."""
    monkeypatch.setitem(CHARTS, name, fail)
    figures = figures_of()
    assert "ZeroDivisionError" in figures.pop(name)["error"]
    assert figures.keys() == {*CHARTS, CAPACITY} - {name}
    assert all({"data", "layout"} <= figure.keys() for figure in figures.values())


def test_a_zoom_narrows_the_charts() -> None:
    """The charts over time show the zoomed range and count only the requests in it."""
    since, until = MOMENT + 10, MOMENT + 20
    zoomed = figures_of(ViewState(range="all", zoom=(since, until)))
    axes = [figure["layout"]["xaxis"] for figure in zoomed.values()]
    ranges = [axis["range"] for axis in axes if axis.get("type") == "date"]
    assert len(ranges) >= 6
    assert all(shown == [since * 1000, until * 1000] for shown in ranges)
    for count, figures in ((60, figures_of()), (10, zoomed)):
        assert f": {count} {EN['requests_unit']}" in figures["latency"]["layout"]["meta"]["description"]
