"""Records of an attacker in a real browser: whatever stands in a log is shown as text."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard_page import DashboardPage
from tests.browser.sample_app import SampleApp
from tests.browser.sample_records import HOSTILE

pytestmark = pytest.mark.browser

ROW = {"time": 0, "task": 1, "status": 2, "message": 10}


@pytest.fixture
def attacked(open_dashboard: OpenDashboard, sample_app: SampleApp, hostile_source: str) -> DashboardPage:
    """The dashboard on a log that holds hostile records."""
    return open_dashboard(sample_app.app, source=hostile_source, range="all", kind="all")


def expect_harmless(dashboard: DashboardPage) -> None:
    """Expect that nothing of the records became an element or ran."""
    assert dashboard.page.title() == "Qwen All-in-One"
    made = dashboard.page.locator(":is(#dashboard, dialog) :is(img, script, strong)")
    assert made.count() == 0


def test_hostile_fields_are_text_in_table_filters_and_dialog(attacked: DashboardPage) -> None:
    """HTML, Markdown and a script in any field are seen as they were written, and do nothing."""
    for name in ("task", "status", "label"):
        expect(attacked.field(name).locator("option", has_text=HOSTILE)).to_have_count(1)
    attacked.choose("label", HOSTILE)
    expect(attacked.messages).to_have_text([HOSTILE, HOSTILE])
    cells = attacked.part("table").locator("tbody tr").first.locator("td")
    assert HOSTILE in [cells.nth(place).inner_text() for place in (1, 2, 4)]
    expect(cells.nth(2)).to_have_text(HOSTILE)
    expect_harmless(attacked)
    attacked.part("table").locator("a[data-request]").first.click()
    expect(attacked.dialog.locator("header code")).to_have_text(HOSTILE)
    expect(attacked.dialog.locator("pre").first).to_contain_text('"input_text": "<img src=x onerror=')
    expect(attacked.dialog.locator(".waterfall")).to_contain_text(HOSTILE)
    assert attacked.view["request"] == HOSTILE
    expect_harmless(attacked)


def test_hostile_values_can_be_filtered_by_and_copied(attacked: DashboardPage) -> None:
    """A filter for such a value finds its records and stands in the address and in other tools' texts."""
    for name in ("task", "status", "session", "id", "q"):
        attacked.choose(name, HOSTILE)
        expect(attacked.messages.first).to_have_text(HOSTILE)
        attacked.wait_for_view(**{name: HOSTILE})
        attacked.root.locator("[data-reset-filter]").click()
        attacked.wait_for_view(**{name: ""})
    attacked.choose("session", HOSTILE)
    expect(attacked.root.locator("#tool-jq pre")).to_contain_text("<script>")
    expect_harmless(attacked)


def test_hostile_texts_are_text_in_the_charts(attacked: DashboardPage) -> None:
    """The hover of an alert's mark shows its message, the hover of a point shows no markup."""
    place = attacked.chart("latency")
    hover = place.locator(".hoverlayer")
    attacked.page.mouse.move(*attacked.point("latency", 1037.0))
    expect(hover.locator(".hovertext")).to_have_count(1)
    position = place.evaluate(
        """(place, text) => {
            const points = place.calcdata.find((points) => points.some((point) => point.tx?.includes(text)));
            const point = points.find((point) => point.tx?.includes(text));
            const { xaxis, yaxis } = place._fullLayout;
            const { left, top } = place.getBoundingClientRect();
            return [left + xaxis._offset + xaxis.l2p(point.x), top + yaxis._offset + yaxis.l2p(point.y) - 2];
        }""",
        "img src",
    )
    attacked.page.mouse.move(*position)
    expect(hover).to_contain_text("alert: <img src=x onerror=")
    expect_harmless(attacked)


def test_a_hostile_id_in_the_address_is_text(open_dashboard: OpenDashboard) -> None:
    """An address that somebody sends cannot bring markup into the page."""
    dashboard = open_dashboard(request=HOSTILE, q=HOSTILE, session=HOSTILE)
    expect(dashboard.dialog).to_contain_text(f"There is no record of the request {HOSTILE}")
    expect(dashboard.field("q")).to_have_value(HOSTILE)
    dashboard.page.keyboard.press("Escape")
    dashboard.field("kind").select_option("all")
    dashboard.wait_for_view(kind="all")
    expect_harmless(dashboard)


def test_a_hostile_source_in_the_address_is_text(open_dashboard: OpenDashboard) -> None:
    """A source that is not there is said so, and its name does nothing."""
    dashboard = open_dashboard()
    dashboard.page.evaluate(
        "source => history.replaceState(null, '', `?source=${encodeURIComponent(source)}`)", HOSTILE
    )
    dashboard.ask()
    expect(dashboard.problem).to_contain_text("This source no longer exists")
    expect_harmless(dashboard)
    dashboard.errors.clear()  # Chromium reports the refused address
