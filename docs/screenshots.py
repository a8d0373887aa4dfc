"""Take the README's screenshots from the running app, with the real model: `make screenshots`."""

import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gradio_client import Client
from playwright.sync_api import Browser, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from monitoring.cli.drill_client import run_drills
from tests.browser.conftest import FLAGS, WatchedPage, find_chromium
from tests.running_app import RunningApp

IMAGES = Path(__file__).parent / "images"
ENGLISH = (
    "I love this phone, the screen is wonderful!",
    "What is a KV cache, in two sentences?",
)
CHINESE = (
    "今天的天气真好，我们去公园走走吧！",
    "用三句话介绍一下杭州。",
    "等了两个小时，菜还是凉的，太差了。",
)
VISITORS = 3  # visitors that chat at the same time, before the screenshots are taken
TRAFFIC_SECONDS = 240.0


def visit(app: RunningApp, number: int, end: float) -> None:
    """Chat as a visitor, with pauses, until the end of the time."""
    rng = random.Random(number)
    client = Client(app.url, verbose=False)
    while time.monotonic() < end:
        # The service rejects an empty message.
        client.predict(rng.choice((*ENGLISH, *CHINESE, "")), api_name="/respond")
        time.sleep(rng.uniform(0, 12))


def take(browser: Browser, app: RunningApp, name: str, messages: tuple[str, ...], **options: object) -> None:
    """Chat in a new page, and save screenshots of each tab, a request, a drill and the capacity."""
    size: ViewportSize = {"width": 1200, "height": 860}
    page = browser.new_context(viewport=size, device_scale_factor=1.5, **options).new_page()  # type: ignore[arg-type]
    watched = WatchedPage(page, app.url)
    watched.open(".status.ready")
    for message in messages:
        watched.send(message)
        watched.wait_for_end()
    page.wait_for_timeout(1000)
    page.screenshot(path=IMAGES / f"chat-{name}.png")
    watched.show_dashboard()
    page.set_viewport_size({"width": 1200, "height": 1560})
    page.check("input[name=range][value='all']", force=True)
    # By then the charts are drawn, and a resource sample has arrived.
    page.wait_for_timeout(7000)
    page.screenshot(path=IMAGES / f"dashboard-{name}.png")
    page.locator("[data-part=table] tbody a").first.click()
    page.wait_for_selector("dialog[open]")
    page.set_viewport_size(size)
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / f"request-{name}.png")
    page.keyboard.press("Escape")
    page.locator("[data-part=drills]").screenshot(path=IMAGES / f"drill-{name}.png")
    page.locator(".charts .capacity").screenshot(path=IMAGES / f"capacity-{name}.png")
    page.context.close()


def main() -> None:
    """Start the app on an empty log, let visitors chat, and take the screenshots in both languages."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = RunningApp(Path(folder) / "logs", MAX_NEW_TOKENS="80", DRILLS="1")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            app.wait_for_page()
            app.wait_for_model()
            end = time.monotonic() + TRAFFIC_SECONDS
            with ThreadPoolExecutor() as visitors:
                list(visitors.map(lambda number: visit(app, number, end), range(VISITORS)))
            list(run_drills(app.url, "failing_sentiments"))
            take(browser, app, "en", ENGLISH, locale="en-US", color_scheme="light")
            take(browser, app, "zh", CHINESE, locale="zh-CN", color_scheme="dark")
        finally:
            browser.close()
            app.terminate()


if __name__ == "__main__":
    main()
