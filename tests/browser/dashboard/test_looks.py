"""How the dashboard looks and is operated: languages, light and dark, phones, the keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard_page import DashboardPage
from tests.browser.sample_app import SampleApp
from tests.browser.sample_records import request_id

pytestmark = pytest.mark.browser

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
PHONE: dict[str, object] = {"width": 390, "height": 844}
CONTROLS = "button, select, input, a[href], summary, [tabindex='0']"
MAX_STOPS = 250


def hard_to_read(dashboard: DashboardPage, selector: str) -> list[str]:
    """Return the texts with less contrast than WCAG's level AA asks for: 4.5, or 3 where they are large."""
    told = dashboard.page.evaluate(f"({CONTRAST.split(chr(10), 1)[1].strip().rstrip(';')})", selector)
    assert told["checked"] > 10
    return list(told["found"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(open_dashboard: OpenDashboard, sample_app: SampleApp, scheme: str) -> None:
    """In light and dark, every text of the dashboard and of a request has enough contrast."""
    dashboard = open_dashboard(options={"color_scheme": scheme})
    dashboard.wait_for_charts()
    dashboard.root.locator("#tool-sql summary").click()
    assert hard_to_read(dashboard, "#dashboard") == []
    dashboard.choose("q", "nothing has this text")
    expect(dashboard.part("table").locator(".empty")).to_be_visible()
    assert hard_to_read(dashboard, "#dashboard") == []
    dashboard.choose("q", "question 4")
    dashboard.open_request(request_id(4))
    assert hard_to_read(dashboard, "dialog.request-panel") == []


_ARE_DARK = """icons => icons.map((icon) =>
    getComputedStyle(icon).fill.match(/[0-9.]+/g).slice(0, 3).every((value) => value < 128))"""


def test_the_tools_of_a_chart_can_be_seen(open_dashboard: OpenDashboard) -> None:
    """The icons of Plotly's toolbar stand out in both themes, without the look of the page's own buttons."""
    dashboard = open_dashboard(options={"color_scheme": "light"})
    chart = dashboard.chart("memory")
    buttons = chart.locator(".modebar-btn")
    for is_light in (True, False):
        chart.hover()
        expect(buttons).to_have_count(3)
        expect(buttons.first).to_have_css("border-style", "none")
        for part in (buttons.first, chart.locator(".modebar-group")):
            expect(part).to_have_css("background-color", "rgba(0, 0, 0, 0)")
        assert chart.locator(".modebar-btn path").evaluate_all(_ARE_DARK) == [is_light] * 3
        dashboard.page.get_by_role("button", name="Light or dark").click()
        expect(dashboard.page.locator("body")).to_have_class("dark" if is_light else "")


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_phone_shows_every_card_whole(open_dashboard: OpenDashboard, locale: str) -> None:
    """At 390 px no name, value, trend or number of records of a card is cut off."""
    dashboard = open_dashboard(options={"viewport": PHONE, "locale": locale})
    cards = dashboard.root.locator(".card")
    expect(cards.first).to_be_visible()
    clipped = cards.evaluate_all(
        """cards => cards.flatMap((card) => [card, ...card.querySelectorAll("div")])
            .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.textContent)"""
    )
    assert clipped == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_dashboard_without_scrolling_sideways(
    open_dashboard: OpenDashboard, scheme: str
) -> None:
    """At 390 px nothing is wider than the screen, on both tabs and with a request open."""
    dashboard = open_dashboard(options={"viewport": PHONE, "color_scheme": scheme})
    dashboard.wait_for_charts()
    width = "document.documentElement.scrollWidth"
    assert dashboard.page.evaluate(width) <= 390
    dashboard.root.locator("#tool-jq summary").click()
    dashboard.root.locator("[data-request]").first.click()
    expect(dashboard.dialog).to_be_visible()
    assert dashboard.page.evaluate(width) <= 390
    assert dashboard.dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    dashboard.page.keyboard.press("Escape")
    dashboard.page.get_by_role("tab").nth(0).click()
    expect(dashboard.page.locator("#message")).to_be_visible()
    assert dashboard.page.evaluate(width) <= 390


def test_the_language_is_switched_and_stays(open_dashboard: OpenDashboard) -> None:
    """The button changes every text, those of Gradio too, keeps the view, and holds after a reload."""
    dashboard = open_dashboard(task="chat")
    tabs = dashboard.page.get_by_role("tab")
    expect(tabs).to_have_text(["Chat", "Dashboard"])
    dashboard.page.get_by_role("button", name="中文").click()
    for _ in range(2):
        expect(tabs).to_have_text(["对话", "监控"])
        expect(dashboard.part("table")).to_contain_text("导出 CSV")
        expect(dashboard.root.locator(".chart.speed .title")).to_have_text("每秒 token 数")
        expect(dashboard.page.locator("#head")).to_contain_text("模型")
        expect(dashboard.field("task")).to_have_value("chat")
        assert str(dashboard.page.evaluate("document.documentElement.lang")).startswith("zh")
        dashboard.page.reload()
    dashboard.page.get_by_role("button", name="English").click()
    expect(tabs).to_have_text(["Chat", "Dashboard"])
    expect(dashboard.part("table")).to_contain_text("Export CSV")


def test_the_theme_is_switched_and_stays(open_dashboard: OpenDashboard) -> None:
    """The button turns light to dark, charts included; so does the address when it is opened again."""
    dashboard = open_dashboard(options={"color_scheme": "light"})
    labels = dashboard.chart("memory").locator(".xtick text").first
    body = dashboard.page.locator("body")
    light = labels.evaluate("label => getComputedStyle(label).fill")
    dashboard.page.get_by_role("button", name="Light or dark").click()
    expect(body).to_have_class("dark")
    expect(labels).not_to_have_css("fill", light)
    dashboard.wait_for_view(__theme="dark")
    dashboard.page.reload()
    expect(body).to_have_class("dark")
    expect(dashboard.chart("memory").locator(".xtick text").first).not_to_have_css("fill", light)
    dashboard.page.get_by_role("button", name="Light or dark").click()
    expect(dashboard.chart("memory").locator(".xtick text").first).to_have_css("fill", light)
    dashboard.wait_for_view(__theme="light")


_STOP = """() => {
    const at = document.activeElement;
    at.dataset.reached = "yes";
    const label = at.closest("label")?.firstElementChild;
    const isSeen = at.type === "datetime-local" /* whose focused part Chromium marks itself */ ||
        [at, at.nextElementSibling, at.previousElementSibling, label].some((place) => {
        const style = place && getComputedStyle(place);
        return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    });
    return [at.closest("#dashboard") !== null, isSeen, at.outerHTML.slice(0, 100)];
}"""


def test_every_control_is_reached_by_the_keyboard(open_dashboard: OpenDashboard) -> None:
    """Tab stops at each control, one of a group of choices; where it stops is seen."""
    dashboard = open_dashboard(q="question 1", refresh="off")
    dashboard.page.evaluate("document.activeElement.blur()")
    unseen = []
    was_inside = False
    for _ in range(MAX_STOPS):
        dashboard.page.keyboard.press("Tab")
        is_inside, is_seen, markup = dashboard.page.evaluate(_STOP)
        if was_inside and not is_inside:
            break
        was_inside = is_inside
        if is_inside and not is_seen:
            unseen.append(markup)
    assert unseen == []
    left_out = dashboard.root.locator(CONTROLS).evaluate_all(
        """controls => controls.filter((control) => control.checkVisibility() && !control.disabled
            && !control.dataset.reached && !(control.type === "radio" && !control.checked))
            .map((control) => control.outerHTML.slice(0, 100))"""
    )
    assert left_out == []


def test_the_keyboard_opens_and_closes_a_request(open_dashboard: OpenDashboard) -> None:
    """Enter on a row's link opens the request with the focus in it; Escape gives it back to the link."""
    dashboard = open_dashboard(q="question 17", refresh="off")
    link = dashboard.root.locator("[data-request]").first
    link.focus()
    dashboard.page.keyboard.press("Enter")
    expect(dashboard.dialog).to_be_visible()
    assert dashboard.dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    dashboard.page.keyboard.press("Escape")
    expect(dashboard.dialog).to_be_hidden()
    expect(link).to_be_focused()


def test_the_keyboard_chooses_a_time(open_dashboard: OpenDashboard) -> None:
    """The arrow keys go from one range to the next."""
    dashboard = open_dashboard(range="1h", **{"from": "", "to": ""})
    dashboard.root.locator("[name=range]:checked").focus()
    dashboard.page.keyboard.press("ArrowRight")
    dashboard.wait_for_view(range="6h")
    dashboard.page.keyboard.press("ArrowRight")
    dashboard.wait_for_view(range="24h")
