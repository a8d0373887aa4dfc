"""A Space of Hugging Face, as the app finds it there: user, settings, proxy, and the page that frames it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.deploy.app_page import PASSWORD
from tests.browser.deploy.nginx import Certificate, Nginx, free_port, shipped_site
from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp

USER = 1000  # whom a Space runs its app as
HOST = "someone-qwen.hf.space"
HUB = "huggingface.co"
STRANGER = "stranger.example"
# Root becomes that user, who may read all files (the checkout may be root's own), and writes only his own.
AS_USER = [
    *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"),
    *(f"--{kind}-caps=-all,+dac_read_search" for kind in ("inh", "ambient")),
    "--bounding-set=-all,+dac_read_search",
]
# What the hub allows in the frames of Spaces.
SANDBOX = (
    "allow-downloads allow-forms allow-modals allow-pointer-lock allow-popups allow-popups-to-escape-sandbox "
    "allow-same-origin allow-scripts allow-storage-access-by-user-activation"
)
FRAME = (
    "<!doctype html><title>Spaces</title><style>iframe { width: 1200px; height: 900px; }</style>"
    f"<iframe src='https://{HOST}/' sandbox='{SANDBOX}'></iframe>"
)
FRAMING_SITE = """server {{
    listen 127.0.0.1:{port} ssl http2;
    server_name {name};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ default_type text/html; return 200 "{page}"; }}
    location /api/spaces/by-subdomain/ {{
        add_header Access-Control-Allow-Origin *;
        default_type application/json;
        return 200 '{{"id": "someone/qwen", "runtime": {{"stage": "RUNNING"}}}}';
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Space:
    """A running Space."""

    app: RunningApp
    port: int  # of nginx, which has all three hosts
    address: str = f"https://{HOST}/"
    page: str = f"https://{HUB}/"  # which shows the app in a frame
    status: str = f"https://{HUB}/api/spaces/by-subdomain/someone-qwen"
    page_of_a_stranger: str = f"https://{STRANGER}/"


@contextmanager
def running_space(folder: Path, cache: Path) -> Iterator[Space]:
    """Run the app as a Space does, with weights of a cache; another page frames it."""
    home, prefix = _home(folder, cache), [] if os.geteuid() else AS_USER
    with (
        RunningApp(
            home / "logs",
            prefix=prefix,
            HOME=str(home),
            SYSTEM="spaces",
            SPACE_ID="someone/qwen",
            SPACE_HOST=HOST,
            GRADIO_SERVER_NAME="0.0.0.0",
            MODEL=SMALL_MODEL,
            MODEL_CACHE=str(home / "cache"),
            MAX_NEW_TOKENS="24",
            DTYPE="fp32",  # for which no loops need to be compiled
            OPERATOR_PASSWORD=PASSWORD,
        ) as app,
        ExitStack() as stack,
    ):
        app.wait_for_page()
        app.wait_for_model()
        port = free_port()
        stack.enter_context(Nginx(_folder(folder / "nginx"), port, _sites(folder, app, port)))
        yield Space(app, port)


def _sites(folder: Path, app: RunningApp, port: int) -> str:
    certificate = Certificate(folder, HOST, HUB, STRANGER)
    sites = shipped_site(
        {
            "listen 443 ": f"listen 127.0.0.1:{port} ",
            "listen [::]:443 ssl http2;": "",
            "server_name qwen.example.org;": f"server_name {HOST};",
            "/etc/ssl/certs/qwen.pem": str(certificate.path),
            "/etc/ssl/private/qwen.key": str(certificate.key),
            "location /qwen/": "location /",
            "http://127.0.0.1:7860/;": f"{app.url};",
        }
    )
    for name in (HUB, STRANGER):
        sites += FRAMING_SITE.format(
            port=port, name=name, certificate=certificate.path, key=certificate.key, page=FRAME
        )
    return sites


def _home(folder: Path, cache: Path) -> Path:
    """Return a home in which the user may write, with the weights in it."""
    home = _folder(folder / "home")
    shutil.copytree(cache / SMALL_MODEL, home / "cache" / SMALL_MODEL)
    if not os.geteuid():
        for path in (home, *home.rglob("*")):
            os.chown(path, USER, USER)
    return home


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
