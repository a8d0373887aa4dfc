"""A real Chromium, and pages that report what goes wrong in them."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.running_app import RunningApp

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., "WatchedPage"]


class WatchedPage:
    """A page of the app, with every console error and every request to elsewhere noted."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self._url = url
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("request", lambda request: self._check(request.url))

    def open(self, ready: str) -> None:
        """Open the page and wait until it shows what matches `ready`."""
        self.page.goto(self._url)
        self.page.wait_for_selector("#message textarea")
        self.page.wait_for_selector(ready)

    def send(self, message: str) -> None:
        """Send a message and wait until its reply begins."""
        self.page.fill("#message textarea", message)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#message .stop-button")

    def wait_for_end(self) -> None:
        """Wait until the reply has ended."""
        self.page.wait_for_selector("#message .submit-button", timeout=240_000)

    def show_dashboard(self) -> None:
        """Switch to the dashboard tab."""
        self.page.get_by_role("tab").nth(1).click()

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(text)

    def _check(self, url: str) -> None:
        if not url.startswith((self._url, "data:", "blob:")):
            self.elsewhere.append(url)


def find_chromium() -> str:
    """Return the path of Debian's Chromium, or of the one that CHROMIUM names."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "the browser tests need Chromium: sudo apt-get install chromium fonts-noto-cjk"
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Open pages of an app; each must end without an error and without a request to elsewhere."""
    opened: list[WatchedPage] = []

    def open_one(
        app: RunningApp | None = None, ready: str = ".status.ready", **options: object
    ) -> WatchedPage:
        chosen = app or request.getfixturevalue("running_app")
        context = chromium.new_context(**{"locale": "en-US", **options})  # type: ignore[arg-type]
        watched = WatchedPage(context.new_page(), chosen.url)
        opened.append(watched)
        watched.open(ready)
        return watched

    yield open_one
    for watched in opened:
        watched.page.context.close()
        assert watched.errors == []
        assert watched.elsewhere == []
