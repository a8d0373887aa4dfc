"""What a caller may see of the log's records."""

import json
from typing import Any

import pytest

from monitoring.record.schema import FIELDS
from tests.monitoring.helpers import Record, a_record
from tests.ui.api.served_api import served_api
from tests.ui.dashboard.helpers import dashboard_of, live
from tests.ui.mcp.agents import answer, error
from ui.mcp.sight import VISITOR_FIELDS, Sight

ANN, BOB = "ann-has-a-long-key", "bob-has-another-key"
KEYS = f"ann={ANN},bob={BOB}"
SECRET = "Secret"
OWN, OTHER = "a1" * 16, "b2" * 16


def secretive(**fields: Any) -> Record:
    """Return a record in which every text that a visitor must not see is a secret."""
    secrets = {name: f"{SECRET} {name}" for name in FIELDS if name not in VISITOR_FIELDS}
    numbers = {name: value for name, value in a_record().items() if not isinstance(value, str)}
    return {**a_record(), **secrets, **numbers, **fields}


RECORDS = [
    secretive(request_id=OWN, key_name="ann", input_text="mine"),
    secretive(request_id=OTHER, key_name="bob"),
    secretive(request_id=OTHER, event="feedback", rating=SECRET, status=None),
]


def test_whoever_has_a_key_sees_the_texts_of_its_own_calls_alone() -> None:
    """Of the calls of another key, and of the page, the numbers are shown, and nothing that was written."""
    with served_api(keys=KEYS, dashboard=dashboard_of(live(*RECORDS), "full")) as api:
        other, own = answer(api, "find_requests", key=ANN)["rows"]
        assert (own["input_text"], own["label"]) == ("mine", f"{SECRET} label")
        assert SECRET not in json.dumps(other)
        assert other["response_time_ms"] > 0
        shown = answer(api, "show_request", key=ANN, request_id=OTHER)
        assert SECRET not in json.dumps(shown)
        assert len(shown["records"]) == 1
        assert answer(api, "show_request", key=ANN, request_id=OWN)["records"][0]["input_text"] == "mine"
        assert "only the operator" in error(api, "find_requests", key=ANN, text=SECRET)


def test_a_visitor_without_a_key_sees_numbers_alone() -> None:
    """Where the app has a password, whoever calls without a key sees no texts, and searches none."""
    with served_api(dashboard=dashboard_of(live(*RECORDS), "full")) as api:
        assert SECRET not in json.dumps(answer(api, "find_requests"))
        assert SECRET not in json.dumps(answer(api, "show_request", request_id=OWN))
        assert "only the operator" in error(api, "find_requests", text=SECRET)


def test_nobody_sees_texts_where_the_log_keeps_none() -> None:
    """With LOG_CONTENT none, texts of an older log are neither shown to the operator nor searched."""
    with served_api(dashboard=dashboard_of(live(*RECORDS), "none"), has_password=False) as api:
        (record,) = answer(api, "show_request", request_id=OWN)["records"]
        assert "input_text" not in record
        assert "output_text" not in record
        assert record["label"] == f"{SECRET} label"
        assert answer(api, "find_requests", text="mine")["rows"] == []
        assert {row["input_text"] for row in answer(api, "find_requests")["rows"]} == {None}


@pytest.mark.parametrize("key_name", [None, "", 7])
def test_a_record_without_a_key_is_nobodys_own(key_name: object) -> None:
    """A caller without a key does not own the records that have none."""
    sight = Sight(is_operator=False, key_name=None, hides_texts=False)
    assert sight.allowed({"key_name": key_name, "input_text": SECRET, "status": "ok"}) == {"status": "ok"}
