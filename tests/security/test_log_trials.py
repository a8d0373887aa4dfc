"""What hostile lines in the log, hostile links and greedy readers can do."""

import csv
import io
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.running_app import RunningApp
from tests.security.conftest import SECONDS, Stranger, without_a_model

SCRIPT = "<img src=x onerror=alert(1)>"
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "a;=1",
)


def hostile_line(**fields: object) -> bytes:
    """Return a line as somebody who may write to the log would write it."""
    record = {
        "timestamp": "2026-11-01T00:00:00.000Z",
        "event": "task.finished",
        "task_type": "hostile",
        "status": "ok",
        "response_time_ms": 5,
    }
    return json.dumps({**record, **fields}).encode() + b"\n"


def append(app: RunningApp, content: bytes) -> None:
    """Write into the live log, as another program would."""
    with app.log_path.open("ab") as log:
        log.write(content)


def texts_in(value: object) -> Iterator[str]:
    """Yield all texts within a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            yield from chain.from_iterable(map(texts_in, value.values()))
        case list():
            yield from chain.from_iterable(map(texts_in, value))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app without a model, into whose log these trials write."""
    with without_a_model(tmp_path_factory.mktemp("log-trials")) as app:
        yield app


def look(somebody: Stranger, **query: str) -> str:
    """Return the answer to a look at the live log."""
    answer = somebody.http.get("/dashboard/view", params={"range": "all", **query})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_number_of_five_thousand_digits_breaks_nothing(
    house: RunningApp, stranger: Stranger, operator: Stranger
) -> None:
    """Views, banner, exports and alerts go on after a line that the decoder of Python's numbers refuses."""
    number = b"9" * 5000
    append(
        house,
        hostile_line(event="alert.fired", rule="slow_task", odd=0).replace(b'"odd": 0', b'"odd": ' + number),
    )
    append(house, hostile_line(request_id="after-the-number"))
    house.wait_until(lambda: "after-the-number" in look(operator, kind="all"), SECONDS, "the lines are read")
    assert stranger.get("/dashboard/banner").status_code in (200, 204)
    for kind in ("jsonl", "csv"):
        assert operator.get(f"/dashboard/export?format={kind}&range=all&kind=all").status_code == 200
    assert "Traceback" not in house.output()


def test_markup_in_the_log_stays_text(house: RunningApp, stranger: Stranger, operator: Stranger) -> None:
    """No field of a record, and no part of an address, becomes markup."""
    append(house, hostile_line(task_type=SCRIPT, label=SCRIPT, message=SCRIPT, level=SCRIPT, rule=SCRIPT))
    house.wait_until(lambda: "onerror" in look(operator, kind="all"), SECONDS, "the line is read")
    for text in (look(stranger), look(operator), look(operator, kind="all", q="onerror")):
        assert SCRIPT not in text
    assert SCRIPT not in operator.http.get("/dashboard/request", params={"request": SCRIPT}).text
    wrong = operator.http.get("/dashboard/view", params={"range": SCRIPT})
    assert wrong.headers["content-type"].startswith("text/plain")
    assert SCRIPT not in stranger.http.get("/dashboard/view", params={"q": SCRIPT}).text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_of_an_export_is_a_formula(house: RunningApp, operator: Stranger, separator: str) -> None:
    """Whatever stands in a record, no spreadsheet takes it for a formula, with any separator."""
    for formula in FORMULAS:
        append(house, hostile_line(message=formula, label=formula, request_id="formula"))
    path = "/dashboard/export?format=csv&range=all&kind=all&task=hostile"
    house.wait_until(
        lambda: operator.get(path).text.count("formula") >= len(FORMULAS), SECONDS, "all are read"
    )
    content = operator.get(path).content
    assert content.startswith(b"\xef\xbb\xbf")  # so that a Chinese Excel reads UTF-8
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator):
        for cell in row:
            begins = cell.strip().strip('"').strip()
            assert not begins.startswith(("=", "+", "@", "＝", "＋", "－", "＠")), cell
            assert not re.match(r"-(?![\d.])", begins), cell


@pytest.mark.parametrize(
    "hostile",
    [
        "$(touch canary)",
        "`touch canary`",
        "';touch canary;'",
        '";touch canary;"',
        "\ntouch canary\n",
        "!!",
        "\x03",
    ],
)
def test_what_is_copied_for_a_shell_runs_nothing_else(
    operator: Stranger, hostile: str, tmp_path: Path
) -> None:
    """The commands that a link's filter becomes can be pasted into a shell, and run what they say alone."""
    markup = "".join(texts_in(json.loads(look(operator, q=hostile, label=hostile))))
    commands = [unescape(found) for found in re.findall(r"<pre[^>]*>(.*?)</pre>", markup, re.DOTALL)]
    assert any("monitoring query" in command for command in commands)
    for command in commands:
        for shell in ("sh", "bash"):
            subprocess.run([shell, "-c", command], cwd=tmp_path, capture_output=True, check=False)
            assert list(tmp_path.iterdir()) == [], command


def test_the_page_answers_while_exports_run(
    house: RunningApp, operator: Stranger, stranger: Stranger
) -> None:
    """Forty exports at once are answered or told to come back, and the page and views answer meanwhile."""
    path = "/dashboard/export?format=jsonl&range=all&kind=all&sort=-response"
    with ThreadPoolExecutor(40) as pool:
        exports = [pool.submit(operator.get, path) for _ in range(40)]
        assert stranger.get("/").status_code == 200
        assert stranger.get("/config").status_code == 200
        assert stranger.get("/dashboard/view?range=all").status_code in (200, 503)
        answers = [export.result() for export in exports]
    assert {answer.status_code for answer in answers} <= {200, 429, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code != 200)


def test_only_the_owner_reads_the_log(house: RunningApp) -> None:
    """The files are for the user who runs the app alone."""
    folder = house.log_path.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_links_and_pipes_beside_the_log_are_left_alone(
    house: RunningApp, operator: Stranger, tmp_path: Path
) -> None:
    """A planted link is not shown, a pipe does not hold a reader, and neither is removed."""
    elsewhere = tmp_path / "secret.log"
    elsewhere.write_bytes(hostile_line(message="a secret of somebody else"))
    link, pipe = (house.log_path.with_name(f"qwen-2020-01-0{day}T00-00-00.000Z.log") for day in (1, 2))
    link.symlink_to(elsewhere)
    os.mkfifo(pipe)
    try:
        assert operator.get("/dashboard/view?range=all").status_code == 200
        for path in (link, pipe):
            query = {"source": f"file:{path.name}", "range": "all"}
            assert operator.http.get("/dashboard/view", params=query).status_code == 404
        assert link.is_symlink()
        assert pipe.is_fifo()
    finally:
        link.unlink()
        pipe.unlink()


@pytest.mark.parametrize(
    "query",
    ["q=code", "session=abc", "source=file:qwen.log", "source=upload:x", f"q={quote('$(x)')}", "kind=events"],
)
def test_what_is_the_operators_is_refused(stranger: Stranger, query: str) -> None:
    """A visitor who asks for texts, sessions or files reads that they are the operator's."""
    answer = stranger.get(f"/dashboard/view?range=all&{query}")
    assert answer.status_code == 403
    assert "operator" in answer.text.lower()
