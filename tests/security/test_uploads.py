"""Files that operators open: nobody else's business, and no burden for others."""

import gzip
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.monitoring.helpers import a_record, lines_of
from tests.running_app import RunningApp
from tests.security.conftest import PASSWORD, SECONDS, Stranger, without_a_model
from ui.texts.page import EN

pytestmark = pytest.mark.model

LINES = lines_of(a_record(0), a_record(1, message="opened by me"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app without a model, which nothing here needs."""
    with without_a_model(tmp_path_factory.mktemp("house")) as app:
        yield app


@pytest.fixture
def operator(house: RunningApp) -> Iterator[Stranger]:
    """Somebody who has signed in, and signs out at the end."""
    somebody = Stranger(house.url).sign_in()
    yield somebody
    somebody.post("/sign-out")
    somebody.http.close()


@pytest.fixture
def another(house: RunningApp) -> Iterator[Stranger]:
    """Somebody else who has signed in, and signs out at the end."""
    somebody = Stranger(house.url).sign_in()
    yield somebody
    somebody.post("/sign-out")
    somebody.http.close()


def upload(somebody: Stranger, data: bytes = LINES) -> httpx2.Response:
    """Send a file."""
    return somebody.http.post("/dashboard/upload", content=data)


def uploaded(somebody: Stranger, data: bytes = LINES) -> str:
    """Send a file; return its source."""
    answer = upload(somebody, data)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["source"])


def look(somebody: Stranger, source: str) -> httpx2.Response:
    """Look at a source."""
    return somebody.get(f"/dashboard/view?source={source}&range=all")


def test_visitors_open_no_files(stranger: Stranger, operator: Stranger) -> None:
    """A visitor can neither send a file nor look at one, not even with its address."""
    assert upload(stranger).status_code == 403
    source = uploaded(operator)
    assert look(stranger, source).status_code == 403
    assert look(operator, source).status_code == 200


def test_files_of_others_stay(operator: Stranger, another: Stranger) -> None:
    """However many files one operator sends, those of another are still there, and their own are bounded."""
    mine = uploaded(operator)
    others = [uploaded(another) for _ in range(6)]
    assert look(operator, mine).status_code == 200
    assert [look(another, source).status_code for source in others] == [404] * 3 + [200] * 3


def test_signing_out_removes_files(operator: Stranger, another: Stranger) -> None:
    """What somebody has sent goes when they sign out; what others have sent does not."""
    mine, other = uploaded(operator), uploaded(another)
    assert operator.post("/sign-out").status_code == 204
    operator.sign_in()
    assert look(operator, mine).status_code == 404
    assert look(operator, other).status_code == 200


def test_uploads_that_trickle_keep_nobody_from_uploading(
    house: RunningApp, operator: Stranger, another: Stranger
) -> None:
    """Somebody with as many slow uploads as possible has only their own places."""
    cookies = "; ".join(f"{name}={value}" for name, value in another.http.cookies.items())
    address = urlsplit(house.url)
    head = (
        f"POST /dashboard/upload HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookies}\r\n"
        f"X-Forwarded-For: {another.address}\r\nContent-Length: 100000\r\n\r\n"
    )
    with ExitStack() as slow:

        def is_busy() -> bool:
            """Begin one more upload that trickles; tell whether there is no place for another one."""
            connection = slow.enter_context(
                socket.create_connection((address.hostname, address.port), SECONDS)
            )
            connection.sendall(head.encode() + b"\n")
            return upload(another).text == EN["upload_busy"]

        house.wait_until(is_busy, SECONDS, "the slow uploads run")
        assert upload(operator).status_code == 200
        assert operator.get("/dashboard/view?range=all").status_code == 200


def test_a_bomb_of_long_lines_makes_no_long_answer(house: RunningApp, operator: Stranger) -> None:
    """A few kilobytes that unpack to alerts as long as a line may be are shown in answers of usual size."""
    alerts = [
        {"event": "alert.fired", "rule": f"bomb{number}", "task_type": "t", "message": "'" * 60_000}
        for number in range(300)
    ]
    lines = lines_of(
        *({"timestamp": "2026-11-01T00:00:00Z", "request_id": "bomb", **each} for each in alerts)
    )
    source = uploaded(operator, gzip.compress(lines))
    house.wait_until(
        lambda: "in memory: 300" in look(operator, source).text, SECONDS, "all of the file is read"
    )
    for query in ("range=all", "range=all&kind=all"):
        assert len(operator.get(f"/dashboard/view?source={source}&{query}").content) < 2 << 20
    assert len(operator.get(f"/dashboard/request?source={source}&request=bomb").content) < 2 << 20


def test_what_a_killed_app_left_is_removed(tmp_path: Path) -> None:
    """Opened files of an app that was killed are gone from the disk once the app has started again."""
    settings = {
        "TMPDIR": str(tmp_path / "temporary"),
        "MODEL": str(tmp_path / "no-model"),
        "OPERATOR_PASSWORD": PASSWORD,
    }
    (tmp_path / "temporary").mkdir()

    def folders() -> list[Path]:
        return list((tmp_path / "temporary").glob("qwen-uploads-*"))

    with RunningApp(tmp_path / "logs", **settings) as killed:
        killed.wait_for_page()
        uploaded(Stranger(killed.url).sign_in())
        assert len(folders()) == 1
        killed.process.kill()
        killed.process.wait()
    assert len(folders()) == 1
    with RunningApp(tmp_path / "logs", **settings) as again:
        again.wait_for_page()
        assert folders() == []
