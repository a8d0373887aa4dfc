"""The dashboard as its readers use it: rows, fields, charts, the address."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, Response, expect

from tests.monitoring.charts.helpers import is_over_time
from ui.dashboard import charts

CHARTS = tuple(charts.CHARTS)
TIME_CHARTS = tuple(name for name, chart in charts.CHARTS.items() if is_over_time(chart))

_POINT = """(place, height) => {
    for (const points of place.calcdata) {
        const found = points.find((point) => Math.abs(point.y - height) < 0.001);
        if (!found) continue;
        const { xaxis, yaxis } = place._fullLayout;
        const { left, top } = place.getBoundingClientRect();
        return [left + xaxis._offset + xaxis.l2p(found.x), top + yaxis._offset + yaxis.l2p(found.y)];
    }
}"""

_WORDS_AFTER_CLICK = """(button) => new Promise((done) => {
    const before = button.textContent;
    const words = [];
    const observer = new MutationObserver(() => {
        words.push(button.textContent);
        if (button.textContent !== before) return;
        observer.disconnect();
        done(words);
    });
    observer.observe(button, { childList: true, characterData: true, subtree: true });
    button.click();
})"""


def words_after_click(button: Locator) -> list[str]:
    """Click a button that says for a moment what it did; return its words until it has its own name again.

    Looking from outside would miss the moment where the page is busy for longer than that.
    """
    words: list[str] = button.evaluate(_WORDS_AFTER_CLICK)
    return words


class DashboardPage:
    """One page with the dashboard open."""

    READY = "#dashboard .pager"

    def __init__(self, page: Page, errors: list[str]) -> None:
        self.page = page
        self.errors = errors
        self.root = page.locator("#dashboard")
        self.messages = self.root.locator("[data-part=table] tbody td:nth-child(11)")
        self.place_in_pages = self.root.locator(".pager span")
        self.dialog = page.locator("dialog.request-panel")
        self.problem = self.root.locator("[data-part=problem]")

    def part(self, name: str) -> Locator:
        """Return one of the parts that the server fills."""
        return self.root.locator(f"[data-part={name}]")

    def field(self, name: str) -> Locator:
        """Return a control by its name in the address."""
        return self.root.locator(f"[data-form] [name={name}]")

    def choose(self, name: str, value: str) -> None:
        """Set a control, whatever its kind."""
        field = self.field(name)
        if field.first.get_attribute("type") == "radio":
            self.root.locator(f"[data-form] [name={name}][value='{value}']").click()
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    @property
    def view(self) -> dict[str, str]:
        """The parts of the address."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def wait_for_view(self, **parts: str) -> None:
        """Wait until the address has these parts; "" for one that is not in it."""
        self.page.wait_for_function(
            "parts => Object.entries(parts).every(([name, value]) =>"
            " (new URLSearchParams(location.search).get(name) ?? '') === value)",
            arg=parts,
        )

    def expect_rows(self, messages: Sequence[str]) -> None:
        """Wait until the table shows just these messages on its page, in this order."""
        expect(self.messages).to_have_text(list(messages))

    def ask(self) -> Response:
        """Let the page ask the server now, as one does that comes to the foreground."""
        with self.page.expect_response("**/dashboard/view?*") as caught:
            self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        return caught.value

    def chart(self, name: str) -> Locator:
        """Return a chart, drawn."""
        place = self.root.locator(f"[data-chart={name}]")
        expect(place.locator(".main-svg").first).to_be_attached(timeout=30_000)
        return place

    def wait_for_charts(self) -> None:
        """Wait until all charts are drawn."""
        for name in CHARTS:
            self.chart(name)

    def point(self, chart: str, height: float) -> tuple[float, float]:
        """Return where on the screen a chart's first point of this height is."""
        place = self.chart(chart)
        place.evaluate("place => place.scrollIntoView({ block: 'center' })")
        x, y = place.evaluate(_POINT, height)
        return float(x), float(y)

    def drag(self, chart: str, begin: float, end: float) -> None:
        """Drag over a chart from one share of its width to another one."""
        place = self.chart(chart)
        place.evaluate("place => place.scrollIntoView({ block: 'center' })")
        box = place.locator(".nsewdrag").bounding_box()
        assert box is not None
        height = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + begin * box["width"], height)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + end * box["width"], height, steps=5)
        self.page.mouse.up()

    def range(self, chart: str) -> list[float]:
        """Return the shown part of a chart's x axis: ms since the epoch, or a logarithm."""
        shown = self.chart(chart).evaluate(
            "place => place._fullLayout.xaxis.range.map(place._fullLayout.xaxis.r2l)"
        )
        return [float(end) for end in shown]

    def wait_for_range(self, chart: str, expected: Sequence[float]) -> None:
        """Wait until a chart over time shows this part, in ms since the epoch."""
        self.page.wait_for_function(
            """([place, expected]) => {
                const { range, r2l } = place._fullLayout.xaxis;
                return range.map(r2l).every((end, place) => Math.abs(end - expected[place]) <= 1);
            }""",
            arg=[self.chart(chart).element_handle(), list(expected)],
        )

    def points(self, chart: str) -> list[dict[str, Any]]:
        """Return the points that a chart holds: x, y, the name of the trace, and whether it is seen.

        A trace that is empty or hidden has one point, without x and y.
        """
        found: list[dict[str, Any]] = self.chart(chart).evaluate(
            """place => place.calcdata.flatMap((points) => points.map(({ x, y }) =>
                ({ x, y, name: points[0].trace.name, visible: points[0].trace.visible })))"""
        )
        return found

    def open_request(self, request_id: str) -> None:
        """Click a request's link in the table."""
        self.root.locator(f"a[data-request='{request_id}']").first.click()
        expect(self.dialog).to_be_visible()
