"""The app where strangers reach it: behind nginx under a path."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.deploy.app_page import PASSWORD, AppPage
from tests.browser.deploy.nginx import Certificate, Nginx, free_port, shipped_site
from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp

HOST = "qwen.example.org"  # as in deploy/nginx.conf
# The two ways of passing /qwen on: nginx takes it off, or leaves it to the app.
PASSES = {"nginx takes the path off": "/;", "the app takes the path off": ";"}

OpenApp = Callable[..., AppPage]


@dataclass(frozen=True, slots=True)
class Proxied:
    """An app behind nginx."""

    app: RunningApp
    port: int  # of nginx
    certificate: Certificate
    browser: Browser  # for which the host's name leads to nginx
    address: str = f"https://{HOST}/qwen/"


@pytest.fixture(scope="module")
def proxied_app(tmp_path_factory: pytest.TempPathFactory, small_cache: Path) -> Iterator[RunningApp]:
    """An app with the settings that deploy/nginx.conf names."""
    with RunningApp(
        tmp_path_factory.mktemp("proxied") / "logs",
        MODEL=SMALL_MODEL,
        MODEL_CACHE=str(small_cache),
        MAX_NEW_TOKENS="24",
        DTYPE="fp32",  # for which no loops need to be compiled
        GRADIO_ROOT_PATH="/qwen",
        TRUSTED_PROXIES="127.0.0.1",
        ALLOWED_HOSTS=HOST,
        OPERATOR_PASSWORD=PASSWORD,
    ) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield app


@pytest.fixture(scope="module", params=list(PASSES))
def proxied(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
    proxied_app: RunningApp,
) -> Iterator[Proxied]:
    """The app behind nginx, once for each way of passing the path on."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    certificate = Certificate(folder, HOST, "localhost")
    upstream = proxied_app.url.removesuffix("/qwen")
    site = shipped_site(
        {
            "listen 443 ": f"listen 127.0.0.1:{port} ",
            "listen [::]:443 ssl http2;": "",
            "/etc/ssl/certs/qwen.pem": str(certificate.path),
            "/etc/ssl/private/qwen.key": str(certificate.key),
            "http://127.0.0.1:7860/;": upstream + PASSES[request.param],
        }
    )
    with ExitStack() as stack:
        stack.enter_context(Nginx(folder, port, site))
        browser = browser_for(chromium, port, HOST)
        stack.callback(browser.close)
        yield Proxied(proxied_app, port, certificate, browser)


def browser_for(chromium: Browser, port: int, *hosts: str) -> Browser:
    """Return a Chromium of its own, which finds some https hosts at a port of this machine."""
    rules = ", ".join(f"MAP {host}:443 127.0.0.1:{port}" for host in hosts)
    arguments = [*FLAGS, f"--host-resolver-rules={rules}"]
    return chromium.browser_type.launch(executable_path=find_chromium(), args=arguments)


@pytest.fixture
def open_app() -> Iterator[OpenApp]:
    """Open pages of an app; each must end without an error and without a request to elsewhere."""
    opened: list[AppPage] = []

    def open_one(browser: Browser, address: str, framed_by: str = "", also: str = "") -> AppPage:
        context = browser.new_context(locale="en-US", ignore_https_errors=True)
        opened.append(AppPage(context.new_page(), address, framed_by, also))
        return opened[-1]

    yield open_one
    for app_page in opened:
        app_page.page.context.close()
        assert app_page.errors == []
        assert app_page.elsewhere == []
