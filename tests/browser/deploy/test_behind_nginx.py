"""The app behind nginx with TLS, under a path, as `deploy/nginx.conf` sets it up."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import expect

from monitoring.record.encode import to_line
from tests.browser import sample_records
from tests.browser.deploy.app_page import PASSWORD
from tests.browser.deploy.conftest import OpenApp, Proxied

pytestmark = [pytest.mark.browser, pytest.mark.model]

MESSAGE = "Tell me a story about a river."


def test_a_reply_streams_through_nginx(open_app: OpenApp, proxied: Proxied) -> None:
    """The reply grows on the page, piece by piece, and the log has both tasks of the request."""
    before = len(proxied.app.tasks())
    app_page = open_app(proxied.browser, proxied.address)
    assert app_page.chat(MESSAGE) > 5
    records = proxied.app.tasks()[before:]
    assert {(record["task_type"], record["status"]) for record in records} == {
        ("sentiment", "ok"),
        ("chat", "ok"),
    }


def test_a_view_of_the_dashboard_survives_a_reload(open_app: OpenApp, proxied: Proxied) -> None:
    """The dashboard shows its charts, and its address, below the path, shows the same view again."""
    app_page = open_app(proxied.browser, proxied.address)
    app_page.chat(MESSAGE)
    dashboard = app_page.show_dashboard()
    expect(dashboard.locator("[data-chart] .main-svg").first).to_be_attached()
    dashboard.locator("[data-form] [name=task]").select_option("chat")
    app_page.page.wait_for_url("**/qwen/?*task=chat*")
    app_page.reload()
    expect(dashboard.locator("[data-form] [name=task]")).to_have_value("chat")
    expect(dashboard.locator("[data-part=table] tbody tr").first).to_be_visible()
    dashboard.locator("[data-part=table] a[data-request]").first.click()
    expect(app_page.frame.locator("dialog.request-panel")).to_contain_text("Chat")
    address = urlsplit(app_page.page.url)
    assert address.path == "/qwen/"
    assert parse_qs(address.query)["tab"] == ["dashboard"]


def test_the_operator_signs_in_uploads_and_signs_out(open_app: OpenApp, proxied: Proxied) -> None:
    """A visitor's upload is refused; the operator's is read, and after the sign-out there is none again."""
    app_page = open_app(proxied.browser, proxied.address)
    lines = b"".join(map(to_line, sample_records.hour(time.time())))
    # A few records less would fit into what nginx takes without `client_max_body_size`.
    lines *= (2 << 20) // len(lines) + 1
    app_page.show_dashboard()
    assert app_page.post("dashboard/upload", "{}")[0] == 403
    app_page.sign_in()
    (operator,) = (cookie for cookie in app_page.page.context.cookies() if cookie["name"] == "operator")
    assert (operator["path"], operator["secure"], operator["httpOnly"]) == ("/qwen", True, True)
    app_page.frame.locator("#dashboard input[type=file]").set_input_files(
        {"name": "sample.jsonl", "mimeType": "application/jsonl", "buffer": lines}
    )
    app_page.page.wait_for_url("**/qwen/?*source=*", timeout=60_000)
    app_page.sign_out()
    assert app_page.post("dashboard/upload", "{}")[0] == 403
    # Chromium tells of each refusal; the last view, that of the upload, is refused to a visitor, too.
    app_page.errors = [error for error in app_page.errors if "status of 403" not in error]


def test_the_language_is_switched_below_the_path(open_app: OpenApp, proxied: Proxied) -> None:
    """The choice holds after a reload, and is kept from the other apps of the same host."""
    app_page = open_app(proxied.browser, proxied.address)
    app_page.switch_language("中文")
    for _ in range(2):
        expect(app_page.tabs).to_have_text(["对话", "监控"])
        app_page.reload()
    chosen = [cookie for cookie in app_page.page.context.cookies() if cookie["name"] == "lang"]
    assert {(cookie["value"], cookie["path"]) for cookie in chosen} == {("zh", "/qwen/")}


def test_files_that_browsers_fetch_by_themselves_lie_below_the_path(
    open_app: OpenApp, proxied: Proxied
) -> None:
    """A browser takes the page's first icon and its first manifest; both are there."""
    app_page = open_app(proxied.browser, proxied.address)
    for kind, name in (("icon", "favicon.ico"), ("manifest", "manifest.json")):
        address = app_page.frame.evaluate("kind => document.querySelector(`link[rel=${kind}]`).href", kind)
        assert address == f"{proxied.address}{name}"
        assert app_page.frame.evaluate("async address => (await fetch(address)).status", address) == 200


def test_another_port_than_the_usual_one_works(open_app: OpenApp, proxied: Proxied) -> None:
    """Where nginx listens on another port, the page's own requests still count as its own."""
    app_page = open_app(proxied.browser, f"https://localhost:{proxied.port}/qwen/")
    assert app_page.chat(MESSAGE) > 5
    assert app_page.post("sign-out")[0] == 204


def client(proxied: Proxied, address: str = "127.0.0.1") -> httpx2.Client:
    """Return a client of nginx that comes from one of this machine's own addresses."""
    transport = httpx2.HTTPTransport(verify=False, local_address=address)
    return httpx2.Client(
        transport=transport,
        base_url=f"https://127.0.0.1:{proxied.port}",
        headers={"Host": "qwen.example.org"},
    )


def test_the_path_without_its_slash_leads_to_the_page(proxied: Proxied) -> None:
    """Whoever leaves the last slash out is led to the page, since its files are below it."""
    with client(proxied) as http:
        answer = http.get("/qwen?tab=dashboard")
    assert answer.status_code == 301
    assert (
        urlsplit(answer.headers["location"])._replace(scheme="", netloc="").geturl() == "/qwen/?tab=dashboard"
    )


def test_what_is_too_large_is_refused_by_the_app(proxied: Proxied) -> None:
    """Of a body that is too large, the app tells the limit, not a page of nginx's."""
    with client(proxied) as http:
        answer = http.post("/qwen/sign-in", content=b" " * (2 << 20))
    assert answer.status_code == 413
    assert "64 KiB" in answer.text


def test_nobody_chooses_the_address_under_which_he_is_counted(proxied: Proxied) -> None:
    """Whoever guesses passwords is stopped, whatever his requests say about where they come from."""
    wrong = json.dumps({"password": f"{PASSWORD}?"})
    own_address = f"127.9.{proxied.port // 256}.{proxied.port % 256}"  # nobody has failed from there
    with client(proxied, own_address) as http:
        statuses = [
            http.post(
                "/qwen/sign-in",
                content=wrong,
                headers={"X-Forwarded-For": f"192.0.2.{n}", "Forwarded": f"for=192.0.2.{n}"},
            ).status_code
            for n in range(6)
        ]
    assert statuses == [403] * 5 + [429]


def test_other_names_are_not_answered(proxied: Proxied) -> None:
    """nginx hands every name on; the app answers those of ALLOWED_HOSTS, even if another header says so."""
    with client(proxied) as http:
        forged = {"Host": "evil.example.net", "X-Forwarded-Host": "qwen.example.org"}
        assert http.get("/qwen/config", headers=forged).status_code == 421
