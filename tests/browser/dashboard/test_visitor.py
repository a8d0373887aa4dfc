"""The dashboard of an app with a password: visitors see numbers, whoever signs in sees everything."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Response, expect

from tests.browser.conftest import OpenDashboard, OpenPage
from tests.browser.dashboard.test_looks import PHONE, hard_to_read
from tests.browser.dashboard_page import CHARTS, DashboardPage
from tests.browser.sample_app import ROTATED, SampleApp
from tests.browser.sample_records import request_id
from ui.dashboard.charts import OPERATOR_CHARTS
from ui.texts.page import EN, ZH

pytestmark = pytest.mark.browser

PASSWORD = "a password of the tests"
# What only the operator has on the page.
OPERATORS = "[data-silence], [data-drill], [data-export], .tool, [type=file], [name=q], [name=session]"
OPERATORS += ", [name=source], [name=kind], [name=level], [name=label], td.message"


@pytest.fixture(scope="module")
def guarded_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleApp]:
    """The sample's app with a password, so that who opens it is a visitor."""
    folder = tmp_path_factory.mktemp("guarded")
    with SampleApp.run(folder, OPERATOR_PASSWORD=PASSWORD, DRILLS="1", LOG_CONTENT="full") as started:
        yield started


def sign_in(dashboard: DashboardPage) -> None:
    """Type the password into the dialog that the dashboard's own button opens; the page is loaded anew."""
    dashboard.root.locator("[data-open-sign-in]").first.click()
    dialog = dashboard.page.locator("dialog.sign-in[open]")
    dialog.locator("input").fill(PASSWORD)
    with dashboard.page.expect_navigation():
        dialog.locator("input").press("Enter")
    dashboard.page.wait_for_selector(DashboardPage.READY)


def wait_for_charts(dashboard: DashboardPage) -> None:
    """Wait until all charts of a visitor are drawn."""
    for name in CHARTS:
        if name not in OPERATOR_CHARTS:
            dashboard.chart(name)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_visitor_sees_numbers_and_how_to_sign_in(
    open_dashboard: OpenDashboard, guarded_app: SampleApp, locale: str
) -> None:
    """Cards, charts and the table's numbers are there; texts, files and the operator's controls are not."""
    answers: list[Response] = []
    dashboard = open_dashboard(guarded_app, options={"locale": locale})
    dashboard.page.on("response", lambda answer: answers.append(answer))
    wait_for_charts(dashboard)
    words = ZH if locale == "zh-CN" else EN
    expect(dashboard.part("view").locator(".visitor")).to_contain_text(words["visitor_note"])
    expect(dashboard.root.locator("[data-open-sign-in]")).to_be_visible()
    expect(dashboard.root.locator(OPERATORS)).to_have_count(0)
    expect(dashboard.root.locator(".chart.labels")).to_be_hidden()
    expect(dashboard.root.locator(".chart:visible")).to_have_count(len(CHARTS) + 1 - len(OPERATOR_CHARTS))
    expect(dashboard.root.locator(".card").first).to_be_visible()
    content = dashboard.page.content()
    assert not [record for record in guarded_app.tasks if str(record["message"]) in content]
    assert ROTATED not in content
    assert str(guarded_app.tasks[0]["request_id"])[:8] in dashboard.root.inner_text()
    dashboard.choose("status", "error")
    dashboard.wait_for_view(status="error")
    assert all(answer.ok for answer in answers if "/dashboard/" in answer.url)


def test_a_visitors_request_has_no_texts(open_dashboard: OpenDashboard, guarded_app: SampleApp) -> None:
    """A click on a row shows where the time went, without the records as they stand in the log."""
    dashboard = open_dashboard(guarded_app)
    dashboard.root.locator("tbody a[data-request]").first.click()
    expect(dashboard.dialog.locator(".waterfall")).to_be_visible()
    expect(dashboard.dialog).to_contain_text(EN["visitor_request_note"])
    expect(dashboard.dialog.locator("pre")).to_have_count(0)


def test_whoever_signs_in_sees_everything(open_dashboard: OpenDashboard, guarded_app: SampleApp) -> None:
    """After the password, the same view has its texts, files, exports and drills; after signing out, not."""
    dashboard = open_dashboard(guarded_app)
    sign_in(dashboard)
    dashboard.expect_rows([str(record["message"]) for record in guarded_app.tasks[:25]])
    for name in ("source", "kind", "q", "session", "label", "level"):
        expect(dashboard.field(name)).to_be_visible()
    expect(dashboard.root.locator("[data-export]")).to_have_count(2)
    expect(dashboard.root.locator("[data-drill]").first).to_be_visible()
    expect(dashboard.root.locator("[data-silence]").first).to_be_visible()
    expect(dashboard.root.locator(".visitor")).to_have_count(0)
    dashboard.wait_for_charts()
    with dashboard.page.expect_navigation():
        dashboard.page.locator("[data-sign-out]").click()
    dashboard.page.wait_for_selector("#dashboard .visitor")
    expect(dashboard.root.locator(OPERATORS)).to_have_count(0)


@pytest.mark.parametrize("view", [{}, {"q": "no. 3"}], ids=["all", "of_the_operator"])
def test_a_sign_in_that_ends_while_the_page_is_open(
    open_dashboard: OpenDashboard, guarded_app: SampleApp, view: dict[str, str]
) -> None:
    """After a sign-out in another tab the page says so, and has what signs in; after a sign-in it has not."""
    dashboard = open_dashboard(guarded_app)
    page, head = dashboard.page, dashboard.page.locator("#head")
    sign_in(dashboard)
    expect(head.locator("[data-sign-out]")).to_be_visible()
    expect(head.locator("[data-sign-in]")).to_be_hidden()
    for name, value in view.items():
        dashboard.choose(name, value)
        dashboard.wait_for_view(**{name: value})
    headers = {"origin": guarded_app.app.url}
    page.request.post(f"{guarded_app.app.url}/sign-out", headers=headers)
    dashboard.choose("task", "chat")
    expect(head.locator("[data-sign-in]")).to_be_visible()
    expect(head.locator("[data-sign-out]")).to_be_hidden()
    expect(head.locator("nav [role=status]")).to_have_text(EN["sign_in_ended"])
    page.request.post(f"{guarded_app.app.url}/sign-in", data={"password": PASSWORD}, headers=headers)
    dashboard.choose("task", "sentiment")
    expect(head.locator("[data-sign-out]")).to_be_visible()
    expect(head.locator("nav [role=status]")).to_be_empty()
    dashboard.errors.clear()  # Chromium reports the 403


def test_a_button_after_the_end_of_a_sign_in(open_dashboard: OpenDashboard, guarded_app: SampleApp) -> None:
    """A page that does not ask by itself learns of the end by the refusal, and can sign in again."""
    dashboard = open_dashboard(guarded_app, refresh="off")
    sign_in(dashboard)
    url = guarded_app.app.url
    dashboard.page.request.post(f"{url}/sign-out", headers={"origin": url})
    dashboard.root.locator("[data-silence]").first.click()
    expect(dashboard.problem).to_have_text(EN["refused_operator_sign_in"])
    expect(dashboard.page.locator("#head [data-sign-in]")).to_be_visible()
    expect(dashboard.root.locator(OPERATORS)).to_have_count(0)
    sign_in(dashboard)
    expect(dashboard.page.locator("#head [data-sign-out]")).to_be_visible()
    dashboard.errors.clear()  # Chromium reports the 403


def test_an_operators_link_tells_a_visitor_what_to_do(open_page: OpenPage, guarded_app: SampleApp) -> None:
    """The page says what is refused; a link leads to the rest of the view, signing in to all of it."""
    view = {"tab": "dashboard", **guarded_app.hour, "q": "no. 3", "task": "chat"}
    opened = open_page(guarded_app.app, "#dashboard [data-part=problem]:not([hidden])", urlencode(view))
    dashboard = DashboardPage(opened.page, opened.errors)
    expect(dashboard.problem).to_contain_text(EN["operator_only"].format(what=f"{EN['field_q']} (q)"))
    dashboard.problem.get_by_role("link", name=EN["show_allowed"]).click()
    dashboard.page.wait_for_selector(DashboardPage.READY)
    dashboard.wait_for_view(q="", task="chat")
    expect(dashboard.root.locator("tbody tr").first).to_be_visible()
    dashboard.page.go_back()
    expect(dashboard.problem).to_be_visible()
    sign_in(dashboard)
    wanted = [
        str(record["message"]) for record in guarded_app.tasks if "chat no. 3" in str(record["message"])
    ]
    dashboard.expect_rows(wanted)
    opened.errors.clear()  # Chromium reports the 403


def test_a_files_request_is_refused_in_its_panel(open_page: OpenPage, guarded_app: SampleApp) -> None:
    """A link to a request of a file says in the panel, too, that it is the operator's."""
    view = {"tab": "dashboard", "source": f"file:{ROTATED}", "request": request_id(900), "refresh": "30"}
    opened = open_page(guarded_app.app, "dialog.request-panel[open]", urlencode(view))
    expect(opened.page.locator("dialog.request-panel")).to_contain_text(f"{EN['field_source']} (source)")
    opened.errors.clear()  # Chromium reports the 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitors_page_can_be_read_on_a_phone(
    open_dashboard: OpenDashboard, guarded_app: SampleApp, scheme: str
) -> None:
    """At 390 px, in light and dark, every text has enough contrast and nothing is wider than the screen."""
    dashboard = open_dashboard(guarded_app, options={"viewport": PHONE, "color_scheme": scheme})
    wait_for_charts(dashboard)
    assert hard_to_read(dashboard, "#dashboard") == []
    assert dashboard.page.evaluate("document.documentElement.scrollWidth") <= 390
    view = {"tab": "dashboard", **guarded_app.hour, "session": "ab", "sort": "label", "refresh": "30"}
    dashboard.page.goto(f"{guarded_app.app.url}/?{urlencode(view)}")
    expect(dashboard.problem).to_be_visible()
    expect(dashboard.problem.locator("[data-open-sign-in]")).to_be_visible()
    assert dashboard.page.evaluate("document.documentElement.scrollWidth") <= 390
    colors = dashboard.problem.locator("p").evaluate("text => getComputedStyle(text).color")
    assert colors == "rgb(92, 58, 0)"  # of the notice, whatever the theme
    dashboard.errors.clear()  # Chromium reports the 403
