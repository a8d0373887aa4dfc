"""Messages and pages that the server refuses, in a real browser: the visitor reads why."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, WatchedPage
from tests.fakes import FakeModel
from tests.ui.chat.served_chat import ServedChat, served_chat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chat() -> Iterator[ServedChat]:
    """A page with a fast model."""
    with served_chat(FakeModel("hello")) as started:
        yield started


def say(opened: WatchedPage, message: str) -> None:
    """Send a message, and wait for the reply; with this model, the Stop button is gone at once."""
    opened.page.fill("#message textarea", message)
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator("#conversation .bot .prose").last).to_have_text("hello")
    opened.wait_for_end()


@pytest.mark.parametrize(
    ("locale", "message", "explanation"),
    [
        ("en-US", "word " * 20_000, "The message has 100000 characters; 2000 are allowed"),
        ("zh-CN", "字" * 30_000, "消息有 30000 个字符，最多允许 2000 个"),
        ("en-US", "word " * 2_000, "The message has 10000 characters; 2000 are allowed"),
    ],
)
@pytest.mark.parametrize("by", ["key", "button"])
def test_a_message_of_any_length_is_explained(
    open_page: OpenPage, chat: ServedChat, locale: str, message: str, explanation: str, by: str
) -> None:
    """The notice tells both numbers, however large the message is, and the text stays in the box."""
    opened = open_page(chat, locale=locale)
    box = opened.page.locator("#message textarea")
    box.fill(message)
    if by == "key":
        box.press("Enter")
    else:
        opened.page.locator("#message .submit-button").click()
    expect(opened.page.locator(".notice:visible")).to_contain_text(explanation)
    expect(box).to_have_value(message)
    say(opened, "short")
    expect(opened.page.locator(".notice:visible")).to_have_count(0)


def test_a_refused_request_is_explained(open_page: OpenPage, chat: ServedChat) -> None:
    """What the guard says is shown in a corner, and the conversation stays in sight."""
    opened = open_page(chat)
    say(opened, "hi")
    refusal = '{"detail": "That was too often. Please try again in 7 s."}'
    opened.page.route(
        re.compile("queue/join"),
        lambda route: route.fulfill(status=429, content_type="application/json", body=refusal),
    )
    opened.page.fill("#message textarea", "again")
    opened.page.keyboard.press("Enter")
    expect(opened.page.locator(".toast-wrap")).to_contain_text("Please try again in 7 s.")
    expect(opened.page.locator("#message textarea")).to_have_value("again")
    for covering in opened.page.locator("#conversation [data-testid=status-tracker]").all():
        expect(covering).to_be_hidden()
    assert all("429" in error for error in opened.errors)
    opened.errors.clear()
