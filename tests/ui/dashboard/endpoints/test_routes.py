"""The dashboard's HTTP addresses, as a browser uses them."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from monitoring.reading.live_log import LiveLog
from monitoring.reading.sources import LIVE, Sources
from tests.monitoring.helpers import a_record, lines_of, wait_until
from tests.ui.dashboard.helpers import (
    HOSTILE,
    Elements,
    client_of,
    config,
    dashboard_of,
    live,
    same_structure,
)
from ui.dashboard.endpoints.routes import routes
from ui.dashboard.endpoints.uploads import Uploads
from ui.roles import Role
from ui.texts.page import EN, ZH

ID = "ab" * 16
RECORDS = [
    a_record(0, message="older one"),
    a_record(1, message="newer one", request_id=ID, input_text="x y"),
]


@pytest.fixture
def client() -> TestClient:
    """A browser that shows a log of two records."""
    return client_of(dashboard_of(live(*RECORDS)))


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    """The sources of a log that is not there yet."""
    settings = config("none", tmp_path / "logs")
    sources = Sources(LiveLog(settings), settings)
    yield sources
    sources.close()


def test_a_view_comes_as_gzipped_json(client: TestClient) -> None:
    """A view's parts come as compressed JSON, which the browser must not keep."""
    response = client.get("/dashboard/view?range=all")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["cache-control"] == "no-store"
    assert "newer one" in response.json()["table"]["html"]


def test_a_page_that_has_everything_gets_nothing(client: TestClient) -> None:
    """With the tags of all parts, the answer is 204 without a body."""
    parts = client.get("/dashboard/view?range=all").json()
    have = " ".join(part["tag"] for part in parts.values())
    response = client.get("/dashboard/view?range=all", headers={"X-Have": have})
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(("accepted", "words"), [("en", EN), ("zh-CN,zh;q=0.9", ZH)])
@pytest.mark.parametrize("path", ["view", "request", "export"])
def test_a_wrong_address_is_explained(
    client: TestClient, path: str, accepted: str, words: dict[str, str]
) -> None:
    """An address that is no view gets 400, with what is wrong in the reader's language."""
    headers = {"Accept-Language": accepted}
    response = client.get(f"/dashboard/{path}?range=2h&format=csv", headers=headers)
    assert response.status_code == 400
    assert response.text.startswith(words["view_wrong"].partition("{")[0])
    assert "range=2h" in response.text


@pytest.mark.parametrize("path", ["view", "request", "export"])
def test_a_source_that_is_gone_is_told(client: TestClient, path: str) -> None:
    """A source that is not there gets 404, with what to do about it."""
    response = client.get(f"/dashboard/{path}?source=upload:gone&format=csv&request={ID}")
    assert (response.status_code, response.text) == (404, EN["source_gone"])


def test_a_request_is_shown_whatever_the_view_is(client: TestClient) -> None:
    """A request's details come as HTML, also where the view's time and filter leave it out."""
    response = client.get(f"/dashboard/request?request={ID}&range=own&to=2000-01-01&task=sentiment")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert ID in Elements(response.text).text
    assert "x y" in Elements(response.text).text


def test_a_requests_texts_may_be_hidden() -> None:
    """With LOG_CONTENT none, a request's details are without its texts."""
    response = client_of(dashboard_of(live(*RECORDS), "none")).get(f"/dashboard/request?request={ID}")
    assert "newer one" in response.text
    assert "x y" not in response.text


@pytest.mark.parametrize("request_id", ["", "cd", "%3Cscript%3E"])
def test_an_unknown_request_is_told(client: TestClient, request_id: str) -> None:
    """An id that no record has is said to be unknown, as text."""
    response = client.get(f"/dashboard/request?request={request_id}")
    assert response.status_code == 200
    assert "script" not in Elements(response.text).names
    expected = EN["request_unknown"].format(id=request_id.replace("%3C", "<").replace("%3E", ">"))
    assert expected in Elements(response.text).text


def test_records_are_exported_as_jsonl(client: TestClient) -> None:
    """The table's records come as a file of the log's own lines."""
    response = client.get("/dashboard/export?range=all&format=jsonl")
    assert response.status_code == 200
    assert response.content == lines_of(*reversed(RECORDS))
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["content-disposition"] == 'attachment; filename="requests.jsonl"'


def test_records_are_exported_as_csv(client: TestClient) -> None:
    """The filtered records come as a file for spreadsheets."""
    response = client.get(f"/dashboard/export?range=all&format=csv&id={ID}")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="requests.csv"'
    (row,) = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    assert row["message"] == "newer one"


@pytest.mark.parametrize("query", ["", "format=", "format=xlsx"])
def test_other_formats_are_refused(client: TestClient, query: str) -> None:
    """A format that there is not gets 400, with those that there are."""
    response = client.get(f"/dashboard/export?{query}")
    assert response.status_code == 400
    assert "jsonl, csv" in response.text


def test_an_uploaded_file_can_be_looked_at(sources: Sources) -> None:
    """An uploaded log becomes a source with all its records and texts, which no list of sources contains."""
    client = client_of(dashboard_of(sources, "none"))
    response = client.post("/dashboard/upload?name=monday.log", content=lines_of(*RECORDS))
    assert response.status_code == 200
    name = response.json()["source"]
    wait_until(lambda: not sources.view(name).loading)
    assert "uploaded file monday.log" in client.get(f"/dashboard/view?source={name}").text
    exported = client.get(f"/dashboard/export?source={name}&range=all&format=jsonl").content
    assert [json.loads(line) for line in exported.splitlines()] == RECORDS[::-1]
    assert name not in client.get("/dashboard/view").text


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest.mark.parametrize(("language", "words"), [("en", EN), ("zh", ZH)])
def test_an_export_of_a_log_that_is_still_being_read_is_put_off(
    kind: str, language: str, words: dict[str, str]
) -> None:
    """It would lack records; once the log has been read, the same address gives all of them."""
    source = live(*RECORDS)
    client = client_of(dashboard_of(source))
    address, headers = f"/dashboard/export?range=all&format={kind}", {"accept-language": language}
    has_been_read = source.views[LIVE]
    source.views[LIVE] = replace(has_been_read, loading=True, version=2)
    response = client.get(address, headers=headers)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.text == words["export_reading"].format(seconds=5)
    source.views[LIVE] = replace(has_been_read, version=3)
    response = client.get(address, headers=headers)
    assert (response.status_code, response.headers["x-export-records"]) == (200, "2")


def test_an_upload_that_fails_is_explained(sources: Sources) -> None:
    """A file that is too large gets its own status, and the reason in the reader's language."""
    uploads = Uploads(sources, max_bytes=1 << 20)
    client = TestClient(Starlette(routes=routes(dashboard_of(sources), uploads)))
    content, language = b"x" * ((1 << 20) + 1), {"accept-language": "zh"}
    response = client.post("/dashboard/upload", content=content, headers=language)
    assert (response.status_code, response.text) == (413, ZH["upload_too_large"].format(limit=1))


@pytest.mark.parametrize(("accepted", "words"), [("en", EN), ("zh-CN,zh;q=0.9", ZH)])
@pytest.mark.parametrize(
    "part", ["q=x", "session=ab", "source=file:qwen.log", "source=upload:gone", "sort=label"]
)
def test_what_only_the_operator_sees_is_refused_to_visitors(
    part: str, accepted: str, words: dict[str, str]
) -> None:
    """An operator's address gets 403: what is refused, how to sign in, and a link to the rest of the view."""
    visitor = client_of(dashboard_of(live(*RECORDS)), Role.VISITOR)
    headers = {"Accept-Language": accepted}
    response = visitor.get(f"/dashboard/view?range=24h&{part}&over=5", headers=headers)
    name = part.partition("=")[0]
    assert response.status_code == 403
    assert response.headers["cache-control"] == "no-store"
    shown = Elements(response.text)
    reason = words["operator_only"].format(what=f"{words[f'field_{name}']} ({name})")
    assert reason in shown.text
    assert shown.values("href") == ["?tab=dashboard&range=24h&over=5"]
    assert words["show_allowed"] in shown.texts


@pytest.mark.parametrize("source", ["file:qwen.log", "upload:gone"])
def test_a_visitor_does_not_learn_which_sources_there_are(source: str) -> None:
    """Requests of files are refused whether the file is there or not."""
    visitor = client_of(dashboard_of(live(*RECORDS)), Role.VISITOR)
    assert visitor.get(f"/dashboard/request?request={ID}&source={source}").status_code == 403


def test_a_refused_address_is_shown_as_text() -> None:
    """Markup in the address makes no element of the refusal."""
    visitor = client_of(dashboard_of(live(*RECORDS)), Role.VISITOR)
    hostile = visitor.get("/dashboard/view", params={"q": HOSTILE, "task": HOSTILE, HOSTILE: HOSTILE})
    assert hostile.status_code == 403
    assert same_structure(hostile.text, visitor.get("/dashboard/view?q=x").text)


def test_where_nobody_says_who_asks_it_is_a_visitor() -> None:
    """Without the guard, which knows the operator, only what visitors see is shown."""
    client = TestClient(Starlette(routes=routes(dashboard_of(live(*RECORDS)))))
    assert client.get("/dashboard/view?q=x").status_code == 403
    assert "newer one" not in client.get("/dashboard/view?range=all").text
