"""The app as a Space of Hugging Face: an ordinary user's, and inside of a page of another site."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.deploy.conftest import OpenApp, browser_for
from tests.browser.deploy.space import HOST, HUB, STRANGER, Space, running_space

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, small_cache: Path) -> Iterator[Space]:
    """One Space for all tests."""
    with running_space(tmp_path_factory.mktemp("space"), small_cache) as running:
        yield running


@pytest.fixture(scope="module")
def browser(chromium: Browser, space: Space) -> Iterator[Browser]:
    """A Chromium for which the hosts' names lead to the Space."""
    opened = browser_for(chromium, space.port, HOST, HUB, STRANGER)
    yield opened
    opened.close()


def test_it_runs_without_root_and_answers_on_every_address(space: Space) -> None:
    """The app is an ordinary user's, who has written its log, and it is reached by every address."""
    if not os.geteuid():
        assert os.stat(f"/proc/{space.app.process.pid}").st_uid == 1000
        assert space.app.log_path.stat().st_uid == 1000
    port = space.app.url.rpartition(":")[2]
    assert httpx2.get(f"http://127.0.0.5:{port}/gradio_api/app_id").status_code == 200


def test_a_reply_streams_within_the_frame(open_app: OpenApp, browser: Browser, space: Space) -> None:
    """The app chats inside of the page of another site, and asks only its own server."""
    app_page = open_app(browser, space.address, space.page)
    assert app_page.chat("Tell me a story about a river.") > 5


def test_the_dashboard_shows_within_the_frame(open_app: OpenApp, browser: Browser, space: Space) -> None:
    """Charts and table are drawn inside of the page of another site."""
    app_page = open_app(browser, space.address, space.page)
    dashboard = app_page.show_dashboard()
    expect(dashboard.locator("[data-chart] .main-svg").first).to_be_attached()


def test_the_language_is_switched_within_the_frame(open_app: OpenApp, browser: Browser, space: Space) -> None:
    """The choice holds after a reload, for Gradio's texts and for the server's, and it can be taken back."""
    app_page = open_app(browser, space.address, space.page)
    app_page.switch_language("中文")
    for _ in range(2):
        expect(app_page.tabs).to_have_text(["对话", "监控"])
        expect(app_page.frame.locator("#head")).to_contain_text("模型")
        app_page.reload()
    app_page.switch_language("English")
    expect(app_page.tabs).to_have_text(["Chat", "Dashboard"])


def test_the_operator_signs_in_within_the_frame(open_app: OpenApp, browser: Browser, space: Space) -> None:
    """The operator stays signed in inside of the page of another site, until the sign-out."""
    app_page = open_app(browser, space.address, space.page)
    app_page.sign_in()
    app_page.reload()
    expect(app_page.frame.locator("header [data-sign-out]")).to_be_visible()
    app_page.sign_out()


def test_the_page_alone_works_like_the_framed_one(open_app: OpenApp, browser: Browser, space: Space) -> None:
    """At its own address, language and sign-in hold as well; only the hub is asked, for the Space's state."""
    app_page = open_app(browser, space.address, also=space.status)
    app_page.switch_language("中文")
    app_page.sign_in()
    app_page.reload()
    expect(app_page.tabs).to_have_text(["对话", "监控"])
    expect(app_page.frame.locator("header [data-sign-out]")).to_be_visible()


def test_other_sites_cannot_frame_it(browser: Browser, space: Space) -> None:
    """A page of any other site than the hub gets an empty frame, so that it cannot lead clicks astray."""
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        with page.expect_event("console", lambda message: "frame-ancestors" in message.text):
            page.goto(space.page_of_a_stranger)
        assert not [frame for frame in page.frames if frame.url.startswith(space.address)]


def test_usual_cookies_do_not_reach_the_frame(open_app: OpenApp, browser: Browser, space: Space) -> None:
    """The browser of these tests keeps no cookies of other sites: what they show holds with such browsers."""
    app_page = open_app(browser, space.address, space.page)
    app_page.frame.evaluate("document.cookie = 'probe=1; samesite=none; secure'")
    assert "probe" not in app_page.frame.evaluate("document.cookie")
