"""The app's page as a visitor uses it: on its own, or in a frame of another site's page."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import ConsoleMessage, Frame, Locator, Page, expect

from tests.browser.dashboard_page import DashboardPage

PASSWORD = "correct horse battery"
SEND_JSON = """async ([address, body]) => {
    const answer = await fetch(address, { method: "POST", body });
    return [answer.status, await answer.text()];
}"""
# Notes each text that the last reply has had; they are more than two only where it came in pieces.
NOTE_TEXTS = """() => {
    window.textsOfReply = new Set();
    new MutationObserver(() => {
        const replies = document.querySelectorAll("#conversation .bot .prose");
        if (replies.length) window.textsOfReply.add(replies[replies.length - 1].textContent);
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""


class AppPage:
    """One opened page of the app."""

    def __init__(self, page: Page, address: str, framed_by: str = "", also: str = "") -> None:
        """Open the app at its address, or a page of another site that shows it in a frame.

        `also` is one more address that may be asked.
        """
        self.page = page
        self.errors: list[str] = []  # of the console
        self.elsewhere: list[str] = []  # addresses that are none of the app's
        self._address = address
        self._own = tuple(filter(None, (address, framed_by, also, "data:", "blob:")))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._note(message))
        page.on("request", lambda request: self._check(request.url))
        page.goto(framed_by or address)
        if framed_by:
            page.locator("iframe").wait_for()
        self.wait_until_loaded()

    @property
    def frame(self) -> Frame:
        """The document of the app."""
        return next(frame for frame in self.page.frames if frame.url.startswith(self._address))

    @property
    def tabs(self) -> Locator:
        """The names of the tabs."""
        return self.frame.get_by_role("tab")

    @property
    def reply(self) -> Locator:
        """The last reply."""
        return self.frame.locator("#conversation .bot .prose").last

    def wait_until_loaded(self) -> None:
        """Wait until the page is there, and the model, too."""
        self.frame.wait_for_selector("#message textarea", state="attached")
        self.frame.wait_for_selector(".status.ready")

    def reload(self) -> None:
        """Load the document of the app again."""
        with self.loading():
            self.frame.evaluate("location.reload()")

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Wait, after a `with` block, until its step has led to a new document of the app."""
        self.frame.evaluate("window.isOld = true")
        yield
        self.frame.wait_for_function("!window.isOld")
        self.wait_until_loaded()

    def switch_language(self, name: str) -> None:
        """Choose the other language, by its name."""
        with self.loading():
            self.frame.get_by_role("button", name=name).click()

    def chat(self, message: str) -> int:
        """Send a message, wait for the end of its reply; return how many texts the reply has had."""
        self.frame.evaluate(NOTE_TEXTS)
        self.frame.fill("#message textarea", message)
        self.frame.press("#message textarea", "Enter")
        self.frame.wait_for_selector("#message .stop-button")
        self.frame.wait_for_selector("#message .submit-button", timeout=120_000)
        expect(self.reply).not_to_be_empty()
        return int(self.frame.evaluate("window.textsOfReply.size"))

    def show_dashboard(self) -> Locator:
        """Switch to the dashboard, wait until it shows its table, and return it."""
        self.tabs.nth(1).click()
        self.frame.wait_for_selector(DashboardPage.READY)
        return self.frame.locator("#dashboard")

    def sign_in(self) -> None:
        """Sign in as the operator, and wait until the page offers to sign out."""
        self.frame.click("header [data-sign-in]")
        dialog = self.frame.locator(".gradio-container .contain > dialog.sign-in")
        dialog.locator("input").fill(PASSWORD)
        with self.loading():
            dialog.locator("input").press("Enter")
        expect(self.frame.locator("header [data-sign-out]")).to_be_visible()

    def sign_out(self) -> None:
        """Sign out, and wait until the page offers to sign in."""
        with self.loading():
            self.frame.click("header [data-sign-out]")
        expect(self.frame.locator("header [data-sign-in]")).to_be_visible()

    def post(self, address: str, body: str = "") -> tuple[int, str]:
        """Send something from the page to an address below it; return status and text of the answer."""
        status, text = self.frame.evaluate(SEND_JSON, [address, body])
        return int(status), str(text)

    def _note(self, message: ConsoleMessage) -> None:
        # In a frame of another site, a browser does not put the cursor into the field, and says so.
        if message.type == "error" and not message.text.startswith("Blocked autofocusing"):
            self.errors.append(f"{message.text} at {message.location['url']}")

    def _check(self, url: str) -> None:
        if not url.startswith(self._own):
            self.elsewhere.append(url)
