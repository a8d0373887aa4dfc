"""What is closed: Gradio's routes that the page never uses, other names, other sites, large bodies."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.running_app import RunningApp
from tests.security.conftest import SECONDS, Stranger

pytestmark = pytest.mark.model


def test_a_body_of_fifty_megabytes_is_refused(stranger: Stranger) -> None:
    """A message that is far too large is not even read."""
    answer = stranger.post("/gradio_api/call/respond", {"data": ["x" * 50_000_000], "session_hash": "s1"})
    assert answer.status_code == 413


def test_nobody_stores_files(stranger: Stranger, operator: Stranger) -> None:
    """Gradio's upload is closed, to the operator as well: files are uploaded as logs, or not at all."""
    for somebody in (stranger, operator):
        answer = somebody.http.post("/gradio_api/upload", files={"files": ("x", b"x" * 1000)})
        assert answer.status_code == 404
        assert somebody.get("/gradio_api/upload_progress?upload_id=x").status_code == 404


def test_nobody_calls_a_component(stranger: Stranger) -> None:
    """component_server, which reads any file into memory, is closed."""
    form = {"data": "x", "component_id": "1", "session_hash": "a", "fn_name": "x"}
    answer = stranger.http.post("/gradio_api/component_server", data=form, files={"f": ("x", b"x" * 1000)})
    assert answer.status_code == 404


def test_nobody_has_a_video_converted(stranger: Stranger) -> None:
    """process_recording, which runs ffmpeg over a stranger's file, is closed."""
    answer = stranger.http.post("/gradio_api/process_recording", files={"video": ("a.mp4", b"x" * 1000)})
    assert answer.status_code == 404


@pytest.mark.parametrize("file", ["https://example.com/", "http://127.0.0.1/", "//example.com/", "ftp://x/"])
def test_nobody_fetches_other_addresses_through_it(stranger: Stranger, file: str) -> None:
    """The app is no proxy to the web, nor to the network that it stands in."""
    assert stranger.get(f"/gradio_api/file={file}").status_code == 404
    assert stranger.get(f"/gradio_api/file/{file}").status_code == 404
    assert stranger.get(f"/gradio_api/proxy={file}").status_code == 404


def test_nobody_keeps_a_state_on_the_disk(stranger: Stranger) -> None:
    """deep_link, which writes a session to the disk for good, is closed."""
    assert stranger.get("/gradio_api/deep_link?session_hash=a").status_code == 404


@pytest.mark.parametrize("path", ["/gradio_api/dev/reload", "/monitoring", "/gradio_api/queue/status"])
def test_what_developers_of_gradio_use_is_closed(stranger: Stranger, path: str) -> None:
    """Streams for reloading, and Gradio's own monitoring, are not for visitors."""
    assert stranger.get(path).status_code == 404


def test_the_log_is_no_file_to_be_fetched(house: RunningApp, stranger: Stranger, operator: Stranger) -> None:
    """Neither the log nor the sources can be had by their paths."""
    stranger.chat("Say one word.")
    for path in (house.log_path, Path(__file__)):
        for somebody in (stranger, operator):
            assert somebody.get(f"/gradio_api/file={path}").status_code == 404


@pytest.mark.parametrize(
    "name", ["../main.js", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/app.py", "....//app.py", "%00"]
)
def test_assets_lead_to_no_other_files(stranger: Stranger, name: str) -> None:
    """No spelling of a path leads out of the folder of the browser's files."""
    page = stranger.get("/").text
    version = page.partition("dashboard/assets/")[2].partition("/")[0]
    assert stranger.get(f"/dashboard/assets/{version}/main.js").status_code == 200
    for folder in (f"/dashboard/assets/{version}", "/static", "/assets", "/svelte"):
        answer = stranger.get(f"{folder}/{name}")
        assert answer.status_code in (400, 403, 404)
        assert "import" not in answer.text


@pytest.mark.parametrize(
    ("path", "method"),
    [("/dashboard/view", "GET"), ("/", "GET"), ("/config", "GET"), ("/gradio_api/queue/join", "POST")],
)
def test_a_rebound_name_is_not_answered(stranger: Stranger, path: str, method: str) -> None:
    """A page that gave its own name this machine's address gets nothing."""
    answer = stranger.http.request(method, path, headers={"host": "rebind.example:7860"})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["192.168.1.5:7860", "[::1]:7860", "localhost:7860"])
def test_no_other_origin_may_read(stranger: Stranger, host: str) -> None:
    """Whatever the host, another site's page gets no answer and no permission to read one."""
    answer = stranger.get("/dashboard/view", host=host, origin="https://evil.example")
    assert answer.status_code == 403
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/silence?rule=slow_task",
        "/dashboard/drills?drill=memory_leak",
        "/dashboard/upload",
        "/sign-out",
    ],
)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_no_other_site_changes_anything(operator: Stranger, path: str, origin: str) -> None:
    """What an operator's browser sends for another site's page is refused, with or without Sec-Fetch-Site."""
    assert operator.post(path, origin=origin).status_code == 403
    headers = {"origin": origin, "sec-fetch-site": "same-origin"}
    assert operator.http.post(path, headers=headers).status_code == 403


def test_a_foreign_preflight_is_refused(stranger: Stranger) -> None:
    """A browser that asks whether another site's page may send JSON is told no."""
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = stranger.http.request("OPTIONS", "/gradio_api/queue/join", headers=headers)
    assert answer.status_code in (403, 405)
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_tells_browsers_what_it_may_do(stranger: Stranger) -> None:
    """Frames, plugins, base and form addresses, sniffing and referrers are all limited."""
    for path in ("/", "/dashboard/view", "/nowhere"):
        headers = stranger.get(path).headers
        policy = headers["content-security-policy"]
        for part in ("frame-ancestors 'self'", "object-src 'none'", "base-uri 'self'", "form-action 'self'"):
            assert part in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["referrer-policy"] == "same-origin"


def test_a_forwarded_host_poisons_nothing(stranger: Stranger, another: Stranger) -> None:
    """What the first asker says about the app's name is not what later ones read."""
    stranger.get("/gradio_api/info", **{"x-forwarded-host": "evil.example"})
    stranger.get("/config", **{"x-forwarded-host": "evil.example"})
    for path in ("/gradio_api/info", "/config", "/"):
        assert "evil.example" not in another.get(path).text


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a%0d%0aX-Injected:%201", "\u2028", '"; x="'])
def test_headers_cannot_be_injected(operator: Stranger, value: str) -> None:
    """Nothing that a reader asks for becomes a header of the answer."""
    answer = operator.http.get("/dashboard/export", params={"format": "csv", "id": value})
    assert "x-injected" not in answer.headers
    assert answer.headers.get("content-disposition", "") in ("", 'attachment; filename="requests.csv"')


@pytest.mark.parametrize(
    "name", ["file:../../etc/passwd", "file:/etc/passwd", "upload:../x", "file:qwen.log%00"]
)
def test_names_of_sources_lead_to_no_other_files(operator: Stranger, name: str) -> None:
    """A source is one of those that are listed; a path is none."""
    answer = operator.http.get("/dashboard/view", params={"source": name})
    assert answer.status_code in (400, 404)
    assert "root:" not in answer.text


def test_nothing_shows_where_files_lie(house: RunningApp, stranger: Stranger) -> None:
    """No page and no answer for visitors holds a path of this machine."""
    page = "".join(
        stranger.get(path).text for path in ("/", "/config", "/dashboard/view", "/gradio_api/info")
    )
    assert str(house.log_path.parent) not in page
    assert str(Path(__file__).parents[2]) not in page
    assert str(Path.home()) not in page


def test_a_slow_head_is_cut_off(house: RunningApp) -> None:
    """A connection that sends half a request is closed, and the page answers meanwhile."""
    address = urlsplit(house.url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
        with Stranger(house.url).http as http:
            assert http.get("/").status_code == 200
        assert connection.recv(1) == b""


def test_a_slow_body_is_cut_off(house: RunningApp, stranger: Stranger) -> None:
    """A request whose body does not come is answered 408, and its connection closed."""
    address = urlsplit(house.url)
    assert address.hostname
    assert address.port
    head = (
        f"POST /gradio_api/queue/join HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"X-Forwarded-For: {stranger.address}\r\nContent-Length: 100\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), SECONDS) as connection:
        connection.sendall(head.encode() + b"{")
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert "within 5 s" in json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]


@pytest.mark.parametrize("path", ["/", "/nowhere", "/dashboard/view", "/gradio_api/queue/join"])
@pytest.mark.parametrize(
    "head",
    [
        'Cookie: foo="' + "\\" * 60_000,
        'Cookie: operator="' + "\\" * 12_000 + '"',
        "Cookie: " + "a=b; " * 3_000,
        "\r\n".join(f"X-{number}: y" for number in range(900)),
        "X-Forwarded-For: " + "1.1.1.1, " * 1_500,
    ],
)
def test_no_head_keeps_the_server_busy(house: RunningApp, stranger: Stranger, path: str, head: str) -> None:
    """Heads that cost a parser much time are cut off or refused, and the page answers as before."""
    address = urlsplit(house.url)
    request = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n{head}\r\n\r\n".encode()
    for _ in range(3):
        with socket.create_connection((str(address.hostname), address.port or 80), SECONDS) as connection:
            connection.sendall(request)
            answer = connection.recv(12)
        assert answer in (b"HTTP/1.1 400", b"HTTP/1.1 431", b"HTTP/1.1 200", b"HTTP/1.1 404", b"HTTP/1.1 405")
    assert stranger.get("/gradio_api/app_id").status_code == 200


def test_a_strangers_broken_requests_do_not_fill_the_terminal(house: RunningApp, stranger: Stranger) -> None:
    """Websockets and nonsense are answered, and nothing is printed for each of them."""
    address = urlsplit(house.url)
    before = len(house.output())
    for _ in range(50):
        stranger.get("/x", connection="Upgrade", upgrade="websocket")
        with socket.create_connection((str(address.hostname), address.port or 80), SECONDS) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            connection.recv(12)
    assert len(house.output()) - before < 1_000
