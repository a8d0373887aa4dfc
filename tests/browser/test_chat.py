"""The chat tab in a real browser, with the real model, and what the dashboard shows of its requests."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard, OpenPage
from tests.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.mark.parametrize(
    ("locale", "message", "badge"),
    [
        ("zh-CN", "今天的天气真好，我很开心！", "正面"),
        ("en-US", "The room was dirty and the staff were rude.", "Negative"),
    ],
)
def test_a_message_gets_its_sentiment_and_a_streamed_reply(
    open_page: OpenPage, running_app: RunningApp, locale: str, message: str, badge: str
) -> None:
    """The badge stands under the message, the reply grows, and the log has both tasks of the request."""
    opened = open_page(locale=locale)
    opened.send(message)
    expect(opened.page.locator(".user .badge")).to_contain_text(badge, timeout=60_000)
    reply = opened.page.locator("#conversation .bot .prose").last
    expect(reply).not_to_be_empty(timeout=60_000)
    opened.wait_for_end()
    counters = opened.page.locator("#below .telemetry")
    shown_id = counters.locator("code").inner_text()
    records = [task for task in running_app.tasks() if task["request_id"].startswith(shown_id)]
    assert {(task["task_type"], task["status"]) for task in records} == {
        ("sentiment", "ok"),
        ("chat", "ok"),
    }
    assert len(records) == 2


def test_a_message_in_markup_is_shown_as_text(open_page: OpenPage, running_app: RunningApp) -> None:
    """What a visitor writes comes back escaped: it makes no element, and runs nothing."""
    opened = open_page()
    script = "<img src=x onerror=alert(1)> Say one word."
    opened.send(script)
    expect(opened.page.locator("#conversation .user-text")).to_have_text(script)
    opened.wait_for_end()
    assert opened.page.locator("#conversation .user img").count() == 0
    assert (
        "&lt;img src=x onerror=alert(1)&gt;" in opened.page.locator("#conversation .user-text").inner_html()
    )


def test_two_people_chat_at_once(open_page: OpenPage, running_app: RunningApp) -> None:
    """Two browsers that send at the same time both get a reply, each its own."""
    before = len(running_app.tasks())
    pages = [open_page(), open_page(locale="zh-CN")]
    for opened, message in zip(pages, ("Hello, who are you?", "你好，你是谁？"), strict=True):
        opened.send(message)
    for opened in pages:
        opened.wait_for_end()
        expect(opened.page.locator("#conversation .bot .prose")).to_have_count(1)
    records = running_app.tasks()[before:]
    assert [record["status"] for record in records] == ["ok"] * 4
    assert len({record["request_id"] for record in records}) == 2
    assert len({record["session_id"] for record in records}) == 2


def test_stop_really_stops_the_model(open_page: OpenPage, running_app: RunningApp) -> None:
    """After Stop the record is `cancelled`, and the page takes the next message."""
    opened = open_page()
    before = len(running_app.tasks("chat"))
    opened.send("Write a very long story about a river, with many chapters.")
    expect(opened.page.locator("#conversation .bot .prose").last).not_to_be_empty(timeout=60_000)
    opened.page.click("#message .stop-button")
    opened.wait_for_end()
    expect(opened.page.locator("#conversation .mark.stopped")).to_have_text("stopped")
    # The page says so with the last token; the record follows.
    running_app.wait_until(lambda: len(running_app.tasks("chat")) > before, 60, "the reply has its record")
    last = running_app.tasks("chat")[-1]
    assert (last["status"], last["finish_reason"]) == ("cancelled", "cancelled")


def test_closing_the_tab_stops_the_model(open_page: OpenPage, running_app: RunningApp) -> None:
    """A reply that nobody can see any more is cancelled."""
    opened = open_page()
    before = len(running_app.tasks("chat"))
    opened.send("Write a very long story about a mountain, with many chapters.")
    expect(opened.page.locator("#conversation .bot .prose").last).not_to_be_empty(timeout=60_000)
    opened.page.close()
    running_app.wait_until(lambda: len(running_app.tasks("chat")) > before, 60, "the reply has ended")
    assert running_app.tasks("chat")[-1]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("message", "explanation"),
    [
        ("   ", "The message is empty"),
        ("word " * 2_000, "The message has 10000 characters; 2000 are allowed"),
        ("bell\u0007", "U+0007"),
    ],
)
def test_a_message_that_cannot_be_answered_is_explained(
    open_page: OpenPage, running_app: RunningApp, message: str, explanation: str
) -> None:
    """The notice says what is wrong, the text stays in the box, and both records are `rejected`."""
    opened = open_page()
    before = len(running_app.tasks())
    opened.page.fill("#message textarea", message)
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator("#below [role=alert]")).to_contain_text(explanation)
    expect(opened.page.locator("#message textarea")).to_have_value(message)
    assert [task["status"] for task in running_app.tasks()[before:]] == ["rejected", "rejected"]


def test_hostile_text_is_shown_as_text(open_page: OpenPage) -> None:
    """HTML, Markdown and a script in a message are seen as they were written, and do nothing."""
    hostile = (
        "<img src=x onerror=\"document.title='owned'\"> **bold** <script>document.title='owned'</script>"
    )
    opened = open_page()
    opened.send(hostile)
    expect(opened.page.locator(".user-text").last).to_have_text(hostile)
    opened.page.click("#message .stop-button")
    opened.wait_for_end()
    assert opened.page.title() == "Qwen All-in-One"
    assert opened.page.locator(".user-text img, .user-text strong").count() == 0


def test_a_new_conversation_forgets_the_old_one(open_page: OpenPage, running_app: RunningApp) -> None:
    """The second message remembers the first; after "New chat" nothing is remembered."""
    opened = open_page()
    for message in ("My name is Ada.", "What is my name?"):
        opened.send(message)
        opened.wait_for_end()
    opened.page.get_by_role("button", name="New chat").click()
    expect(opened.page.locator(".user-text")).to_have_count(0)
    opened.send("What is my name?")
    opened.wait_for_end()
    first, second, third = (task["prompt_tokens"] for task in running_app.tasks("chat")[-3:])
    assert second > first
    assert third < second


def test_an_example_is_one_click_away(open_page: OpenPage) -> None:
    """A click on an example sends it."""
    opened = open_page()
    opened.page.get_by_role("button", name="The delivery was two hours late").click()
    expect(opened.page.locator(".user .badge")).to_contain_text("Negative", timeout=60_000)
    opened.page.click("#message .stop-button")
    opened.wait_for_end()


def test_a_picture_from_elsewhere_is_not_fetched(open_page: OpenPage) -> None:
    """What a reply may name, the browser does not load from another server."""
    opened = open_page()
    blocked = opened.page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener("securitypolicyviolation", event => resolve(event.blockedURI));
            new Image().src = "http://192.0.2.1/pixel.png";
        })"""
    )
    assert blocked == "http://192.0.2.1/pixel.png"
    opened.errors.clear()  # Chromium reports what it blocked
    opened.elsewhere.clear()


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_phone_shows_all_of_the_empty_chat(open_page: OpenPage, locale: str) -> None:
    """What to do and all examples fit: Gradio would scroll the words above them out of sight."""
    opened = open_page(locale=locale, viewport={"width": 390, "height": 844})
    expect(opened.page.locator("#conversation .placeholder")).to_be_visible()
    wrap = opened.page.locator("#conversation .bubble-wrap")
    assert wrap.evaluate("wrap => wrap.scrollHeight <= wrap.clientHeight")


def test_requests_arrive_without_a_reload(
    open_page: OpenPage, open_dashboard: OpenDashboard, running_app: RunningApp
) -> None:
    """Requests sent in one page appear, as points and rows, in another one that stays open."""
    chat = open_page()
    dashboard = open_dashboard(running_app, options={"locale": "zh-CN"})

    def drawn() -> int:
        points = dashboard.points("latency")
        return sum(p["name"] in ("情感分析", "对话") and p.get("x") is not None for p in points)

    before = drawn()
    ids = []
    for message in ("你好，今天很开心。", "This is terrible."):
        chat.send(message)
        chat.wait_for_end()
        ids.append(chat.page.locator("#below code").inner_text())
    for shown_id in ids:
        rows = dashboard.part("table").locator("a[data-request]", has_text=shown_id)
        expect(rows).to_have_count(2)
    running_app.wait_until(lambda: drawn() == before + 4, 20, "the points are drawn")
    expect(dashboard.part("cards")).to_contain_text("MiB")


def test_a_like_is_logged_and_shown_with_the_request(open_page: OpenPage, running_app: RunningApp) -> None:
    """The thumb under a reply leaves a `feedback` record, which the request's dialog tells."""
    chat = open_page()
    chat.send("Say yes.")
    chat.wait_for_end()
    before = len(running_app.records("feedback"))
    chat.page.get_by_role("button", name=re.compile("^like$", re.IGNORECASE)).first.click()
    running_app.wait_until(lambda: len(running_app.records("feedback")) > before, 20, "the rating is logged")
    record = running_app.records("feedback")[-1]
    assert (record["rating"], record["task_type"]) == ("like", "chat")
    link = chat.page.locator("#below a[data-request]")
    assert link.get_attribute("data-request") == record["request_id"]
    link.click()
    expect(chat.page.locator("dialog.request-panel")).to_contain_text("👍 helpful")
