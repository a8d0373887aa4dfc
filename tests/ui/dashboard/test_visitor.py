"""What a visitor sees: the numbers of the live log, and nothing of what somebody wrote."""

import gzip
import json
from typing import Any

import pytest

from monitoring.record.schema import FIELDS
from monitoring.record.schema import TEXTS as TEXT_FIELDS
from monitoring.storage.keeping import Keeping, LeftAlone, Surplus
from monitoring.storage.write_error import WriteError
from tests.monitoring.helpers import Record, a_record
from tests.ui.dashboard.helpers import (
    OPERATOR,
    VISITOR,
    ZH_VISITOR,
    Elements,
    FakeSources,
    client_of,
    dashboard_of,
    live,
    rows_of,
    view_of,
)
from ui.dashboard.charts import CAPACITY, CHARTS, OPERATOR_CHARTS
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.reader import Reader
from ui.dashboard.snapshot import LogState
from ui.roles import Role
from ui.texts.page import EN
from ui.view.state import OPERATOR_SORTS, SORTS

ID = "ab" * 16
SECRET = "Secret"
# What a visitor sees of a record beside its numbers.
NAMES = {"timestamp", "event", "task_type", "status", "request_id"}
QUERY = "range=all"
NOTHING: frozenset[str] = frozenset()


def secretive(**fields: Any) -> Record:
    """Return a record in which every text that a visitor must not see is a secret."""
    secrets = {name: f"{SECRET} {name}" for name in (*FIELDS, *TEXT_FIELDS, "comment") if name not in NAMES}
    numbers = {name: value for name, value in a_record().items() if not isinstance(value, str)}
    return {**a_record(), **secrets, **numbers, "request_id": ID, **fields}


def sources() -> FakeSources:
    """Return sources that hold a secret wherever a log can hold one."""
    found = live(
        secretive(),
        secretive(status="error"),
        secretive(task_type="sentiment"),
        secretive(event="feedback", rating="like"),
        secretive(event="app.started"),
        secretive(event="resource.sample"),
        secretive(event="alert.fired", rule="odd", value=5, limit=3, measure=SECRET, requests=[ID]),
        secretive(event="alert.silenced", rule="odd", until="2033-11-14T22:13:20Z"),
        secretive(event="drill.ended", run=SECRET, drill=SECRET, rule=SECRET, problem=SECRET),
    )
    found.views["live"] = view_of(*found.views["live"].frame.records(), error=SECRET)
    found.views[f"file:{SECRET}.log"] = view_of(a_record())
    return found


FULL = LeftAlone(100, Keeping(30, is_chosen=False), Surplus(70, 1, SECRET, SECRET))


def dashboard() -> Dashboard:
    """Return a dashboard of these sources whose disk fails."""
    made = dashboard_of(sources(), "full", lambda: LogState(3, WriteError(SECRET, SECRET, "full"), FULL))
    made.silence = lambda *what: None
    return made


def parts_for(reader: Reader, query: str = QUERY, of: Dashboard | None = None) -> dict[str, Any]:
    """Return all parts of a view as a reader gets them."""
    body = (of or dashboard()).answer(query, NOTHING, reader)
    assert body is not None
    parts: dict[str, Any] = json.loads(gzip.decompress(body))
    return parts


@pytest.mark.parametrize("reader", [VISITOR, ZH_VISITOR])
@pytest.mark.parametrize("query", ["range=all", "range=all&sort=response&status=error", f"range=all&id={ID}"])
def test_a_visitor_sees_nothing_that_somebody_wrote(reader: Reader, query: str) -> None:
    """No field of any record but numbers, task, status and request id is in any part of the answer."""
    assert SECRET in json.dumps(parts_for(OPERATOR))
    assert SECRET.lower() not in json.dumps(parts_for(reader, query)).lower()


def test_a_visitors_request_is_its_numbers() -> None:
    """One request shows where its time went; its texts, records and ratings are not there."""
    answers = {
        role: client_of(dashboard(), role).get(f"/dashboard/request?request={ID}").text for role in Role
    }
    assert SECRET in answers[Role.OPERATOR]
    assert SECRET.lower() not in answers[Role.VISITOR].lower()
    shown = Elements(answers[Role.VISITOR])
    assert ID in shown.text
    assert EN["waterfall"] in shown.text
    assert EN["visitor_request_note"] in shown.text
    assert EN["rating_like"] not in shown.text
    assert "pre" not in shown.names


def test_a_visitors_page_has_no_controls_of_the_operator() -> None:
    """What a visitor may not do cannot be clicked; the page says so, with a way to sign in."""
    parts = parts_for(VISITOR)
    markup = parts["view"]["html"] + parts["filter"]["html"] + parts["table"]["html"]
    shown = Elements(markup + "".join(parts["overview"][name] for name in ("alerts", "drills", "health")))
    assert not shown.attributes & {
        "data-silence",
        "data-drill",
        "data-remove-old",
        "data-export",
        "data-copy",
        "download",
    }
    assert "details" not in shown.names
    assert not [attrs for _, attrs in shown.found if attrs.get("type") == "file"]
    fields = {name for name in shown.values("name") if name}
    assert fields == {"range", "from", "to", "zone", "refresh", "task", "status", "over", "id"}
    assert EN["visitor_note"] in shown.text
    assert "data-open-sign-in" in shown.attributes
    assert EN["visitor_note"] not in Elements(parts_for(OPERATOR)["view"]["html"]).text


def test_a_visitors_table_holds_numbers() -> None:
    """Time, task, status, the numbers, and the id of the request; no column can tell a text."""
    parts = parts_for(VISITOR, of=dashboard_of(live(a_record(request_id=ID, ttft_ms=99.6))))
    head = [name for name in SORTS if name not in OPERATOR_SORTS]
    assert len(Elements(parts["table"]["html"]).values("aria-sort")) == len(head)
    assert rows_of(parts["table"]["html"]) == [
        ["2023-11-14 22:13:20 UTC", "Chat", "ok", "100", "", "100", "", "", ID[:8]]
    ]


def test_a_visitors_alerts_are_their_numbers() -> None:
    """Rule, task, value and limit stand there in place of the message, and nothing of silences."""
    text = Elements(parts_for(VISITOR)["overview"]["alerts"]).text
    assert f"{EN['alert_firing_name']} odd (chat): 5, limit 3" in text
    assert ID[:8] in text


def test_a_visitor_sees_all_charts_but_those_of_labels() -> None:
    """A chart of labels, zoomed to one request, would tell what its text was taken for."""
    figures = parts_for(VISITOR)["overview"]["figures"]
    assert figures.keys() == {*CHARTS, CAPACITY} - {*OPERATOR_CHARTS}
    assert not [name for name, figure in figures.items() if "error" in figure]


def test_no_part_is_shared_between_the_roles() -> None:
    """A visitor who has the operator's tags, or comes after the operator, gets parts of the own."""
    made = dashboard()
    operators = parts_for(OPERATOR, of=made)
    tags = frozenset(part["tag"] for part in operators.values())
    body = made.answer(QUERY, tags, VISITOR)
    assert body is not None
    visitors = json.loads(gzip.decompress(body))
    assert visitors.keys() == operators.keys()
    assert SECRET.lower() not in json.dumps(visitors).lower()
    assert tags.isdisjoint(part["tag"] for part in visitors.values())
