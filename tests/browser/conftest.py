"""A real Chromium, and pages that report what goes wrong in them."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from inference.weights.builder import Weights
from tests.browser import sample_records
from tests.browser.dashboard_page import DashboardPage
from tests.browser.sample_app import SampleApp
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

expect.set_options(timeout=20_000)  # the machine may be busy

OpenPage = Callable[..., "WatchedPage"]
OpenDashboard = Callable[..., DashboardPage]
IdleApp = Callable[..., RunningApp]


# Note that the button which stops a reply has come, even if it is gone before anybody looks.
NOTE_BEGIN = """() => {
  window.replyHasBegun = false;
  const observer = new MutationObserver(() => {
    if (!document.querySelector("#message .stop-button")) return;
    window.replyHasBegun = true;
    observer.disconnect();
  });
  observer.observe(document.querySelector("#message"), { childList: true, subtree: true });
}"""


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

    def open(self, ready: str, query: str = "") -> None:
        """Open the page and wait until it shows what matches `ready`."""
        self.page.goto(f"{self._url}/?{query}" if query else self._url)
        self.page.wait_for_selector("#message textarea", state="attached")
        self.page.wait_for_selector(ready)

    def send(self, message: str) -> None:
        """Send a message and wait until its reply has begun, and perhaps ended: a short one takes no time."""
        self.page.evaluate(NOTE_BEGIN)
        self.page.fill("#message textarea", message)
        self.page.keyboard.press("Enter")
        self.page.wait_for_function("window.replyHasBegun")

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
        app: RunningApp | None = None,
        ready: str = ".status.ready",
        query: str = "",
        has_clock: bool = False,
        **options: object,
    ) -> WatchedPage:
        chosen = app or request.getfixturevalue("running_app")
        context = chromium.new_context(**{"locale": "en-US", **options})  # type: ignore[arg-type]
        watched = WatchedPage(context.new_page(), chosen.url)
        if has_clock:  # that the test may turn on
            watched.page.clock.install()
        opened.append(watched)
        watched.open(ready, query)
        return watched

    yield open_one
    for watched in opened:
        watched.page.context.close()
        assert watched.errors == []
        assert watched.elsewhere == []


@pytest.fixture
def open_dashboard(open_page: OpenPage, request: pytest.FixtureRequest) -> OpenDashboard:
    """Open the dashboard at a view; without another app, that of the sample's hour."""

    def open_one(
        app: RunningApp | SampleApp | None = None, options: dict[str, object] | None = None, **view: str
    ) -> DashboardPage:
        chosen = app or request.getfixturevalue("sample_app")
        if isinstance(chosen, SampleApp):
            view = {**chosen.hour, **view}
            chosen = chosen.app
        query = urlencode({"tab": "dashboard", **view})
        opened = open_page(chosen, DashboardPage.READY, query, **(options or {}))
        return DashboardPage(opened.page, opened.errors)

    return open_one


@pytest.fixture(scope="module")
def running_app(tmp_path_factory: pytest.TempPathFactory, embedded_weights: Weights) -> Iterator[RunningApp]:
    """One app with the embedded model, for tests that only talk to it."""
    with RunningApp(tmp_path_factory.mktemp("app") / "logs", MODEL=embedded_weights.name) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield app


@pytest.fixture(scope="session")
def sample_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleApp]:
    """An app without a model whose log holds the sample's hour; tests only read it."""
    with SampleApp.run(tmp_path_factory.mktemp("sample")) as started:
        yield started


@pytest.fixture(scope="module")
def growing_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleApp]:
    """The same for tests that add records."""
    with SampleApp.run(tmp_path_factory.mktemp("growing")) as started:
        yield started


@pytest.fixture
def idle_app(fresh_log_dir: Path) -> Iterator[IdleApp]:
    """Start an app that has no model, on a log folder that the test may fill before."""
    started: list[RunningApp] = []

    def start(**settings: str) -> RunningApp:
        app = RunningApp(
            fresh_log_dir,
            program="tests/patient_app.py",
            MODEL=str(fresh_log_dir),
            SAMPLE_SECONDS="3600",
            **settings,
        )
        started.append(app)
        app.wait_for_page()
        return app

    yield start
    for app in started:
        app.terminate()


@pytest.fixture(scope="session")
def hostile_source(sample_app: SampleApp) -> str:
    """The address of an uploaded log with the sample's hour and records of an attacker."""
    now = time.time()
    return sample_app.upload([*sample_records.hour(now), *sample_records.hostile(now - 300)])
