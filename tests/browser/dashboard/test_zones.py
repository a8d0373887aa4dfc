"""The times of the page in a real browser of another time zone."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from monitoring.reading.sources import MAX_LISTED
from tests.browser import sample_records
from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard_page import DashboardPage
from tests.browser.sample_app import SampleApp

pytestmark = pytest.mark.browser

NOON = datetime(2026, 1, 21, 12, tzinfo=UTC).timestamp()
RECORDS = [sample_records.task(500 + n, "chat", NOON + 600 * n) for n in range(7)]
KOLKATA = {"timezone_id": "Asia/Kolkata"}
# Clocks in Berlin are put back from 3:00 to 2:00 at this moment.
CHANGE = datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()


def times_of(dashboard: DashboardPage) -> Locator:
    """Return the first column of the table."""
    return dashboard.part("table").locator("tbody td:first-child")


def ticks_of(dashboard: DashboardPage, name: str) -> list[str]:
    """Return what the ticks of a chart's time axis say, with both lines of a tick in one."""
    return dashboard.chart(name).locator(".xtick").all_text_contents()


def zone_of(dashboard: DashboardPage) -> str:
    """Return the chosen zone as it is named."""
    named: str = dashboard.field("zone").evaluate("field => field.selectedOptions[0].textContent")
    return named


def test_all_times_are_in_the_browsers_zone(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Table, charts, pointer and request tell what clocks show there; the zone is named once."""
    source = sample_app.upload(RECORDS)
    dashboard = open_dashboard(sample_app.app, KOLKATA, source=source, range="all")
    expect(times_of(dashboard)).to_have_text(
        [f"2026-01-21 {time}:00" for time in ("18:30", "18:20", "18:10", "18:00", "17:50", "17:40", "17:30")]
    )
    expect(times_of(dashboard).first.locator("time")).to_have_attribute("title", "2026-01-21 13:00:00 UTC")
    assert zone_of(dashboard) == "Asia/Kolkata (UTC+5:30)"
    expect(dashboard.part("health")).to_contain_text("shown 2026-01-21 17:30:00 to 2026-01-21 18:30:00")
    expect(dashboard.root).not_to_contain_text(re.compile(r"\d UTC"))
    dashboard.wait_for_charts()
    for name in ("latency", "throughput", "memory"):
        assert ticks_of(dashboard, name)[0] == "17:302026-01-21", name
    x, y = dashboard.point("latency", RECORDS[1]["response_time_ms"])
    dashboard.page.mouse.move(x, y)
    expect(dashboard.chart("latency").locator(".hoverlayer")).to_contain_text("01-21 17:40:00")
    dashboard.open_request(RECORDS[0]["request_id"])
    expect(dashboard.dialog).to_contain_text(re.compile(r"2026-01-21 17:29:40 Asia/Kolkata \(UTC\+5:30\)"))


def test_utc_can_be_chosen(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """The choice is in the address, changes all times at once, and goes back with the browser's history."""
    source = sample_app.upload(RECORDS)
    dashboard = open_dashboard(sample_app.app, KOLKATA, source=source, range="all", refresh="off")
    dashboard.wait_for_charts()
    dashboard.choose("zone", "utc")
    dashboard.wait_for_view(zone="utc", source=source)
    expect(times_of(dashboard).first).to_have_text("2026-01-21 13:00:00")
    expect(dashboard.part("health")).to_contain_text("shown 2026-01-21 12:00:00 to")
    assert zone_of(dashboard) == "UTC"
    expect(dashboard.chart("latency").locator(".xtick").first).to_contain_text("12:00")
    dashboard.choose("zone", "")
    dashboard.wait_for_view(zone="")
    expect(times_of(dashboard).first).to_have_text("2026-01-21 18:30:00")
    expect(dashboard.chart("latency").locator(".xtick").first).to_contain_text("17:30")


def test_the_address_is_in_utc(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """An own time is written and shown in the zone, and a zoom is what was dragged over; links hold UTC."""
    source = sample_app.upload(RECORDS)
    dashboard = open_dashboard(sample_app.app, KOLKATA, source=source, range="all")
    dashboard.choose("range", "own")
    dashboard.wait_for_view(**{"from": "2026-01-21T12:00:00", "range": "own"})
    expect(dashboard.field("from")).to_have_value("2026-01-21T17:30")
    dashboard.choose("from", "2026-01-21T18:05:00")
    dashboard.wait_for_view(**{"from": "2026-01-21T12:35:00"})
    dashboard.expect_rows([str(record["message"]) for record in reversed(RECORDS[4:])])
    dashboard.drag("latency", 0.0, 0.5)
    dashboard.page.wait_for_url("**zoom=*")
    since, until = (float(end) / 1000 for end in dashboard.view["zoom"].split(","))
    assert since == pytest.approx(NOON + 35 * 60, abs=60)
    assert since < until < NOON + 3600
    expect(dashboard.chart("latency").locator(".xtick").first).to_contain_text("18:05")


def test_an_hour_that_comes_twice_is_told_apart(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Where clocks are put back, records stay in their order on the axis, whose hour comes twice."""
    records = [sample_records.task(600 + n, "chat", CHANGE + 1800 * n) for n in range(-3, 4)]
    dashboard = open_dashboard(
        sample_app.app,
        {"timezone_id": "Europe/Berlin"},
        source=sample_app.upload(records),
        range="own",
        **{"from": "2026-10-24T23:00", "to": "2026-10-25T03:00"},
    )
    expect(times_of(dashboard)).to_have_text(
        [f"2026-10-25 {time}:00" for time in ("03:30", "03:00", "02:30", "02:00", "02:30", "02:00", "01:30")]
    )
    assert zone_of(dashboard) == "Europe/Berlin (UTC+2, UTC+1)"

    hours = [tick[:5] for tick in ticks_of(dashboard, "latency") if tick[3:5] == "00"]
    assert hours == ["01:00", "02:00", "02:00", "03:00", "04:00"]


def test_exports_are_in_utc(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """A file for other programs holds the log's own times."""
    dashboard = open_dashboard(sample_app.app, KOLKATA, source=sample_app.upload(RECORDS), range="all")
    for name in ("Export JSONL", "Export CSV"):
        with dashboard.page.expect_download() as caught:
            dashboard.root.get_by_role("link", name=name).click()
        text = Path(caught.value.path()).read_text("utf-8-sig")
        assert "2026-01-21T13:00:00.000Z" in text
        assert "18:30" not in text


@pytest.fixture(scope="module")
def app_of_many_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleApp]:
    """An app for whose log a file was put aside at each noon of a month."""
    folder = tmp_path_factory.mktemp("many")
    with SampleApp.run(folder, LOG_KEEP="100") as started:
        for day in range(1, 29):
            name = f"qwen-2026-02-{day:02d}T12-00-00.000Z.log"
            sample_records.write(folder / "logs" / name, [sample_records.task(day, "chat", NOON)])
        yield started


def test_files_are_sought_in_the_browsers_zone(
    open_dashboard: OpenDashboard, app_of_many_files: SampleApp
) -> None:
    """Of many files a dozen is offered; a moment finds the one that holds it, which can be opened."""
    dashboard = open_dashboard(app_of_many_files, KOLKATA)
    options = dashboard.field("source").locator("option")
    expect(options).to_have_count(1 + MAX_LISTED)
    expect(options.nth(1)).to_have_text("qwen-2026-02-28T12-00-00.000Z.log")
    dashboard.field("near").fill("2026-02-10T17:00")
    dashboard.wait_for_view(near="2026-02-10T11:30:00")
    expect(options.filter(has_text="qwen-2026-02-10T12-00-00.000Z.log")).to_have_count(1)
    expect(options).to_have_count(1 + MAX_LISTED)
    expect(dashboard.field("source")).to_be_focused()
    source = "file:qwen-2026-02-10T12-00-00.000Z.log"
    dashboard.choose("source", source)
    dashboard.wait_for_view(source=source)
    dashboard.choose("range", "all")
    dashboard.expect_rows(["chat no. 10"])
