"""The HTTP addresses that belong to alerts: silencing, and the banner of a model that fails."""

from typing import Any

import pytest

from monitoring.window.frame import Frame
from tests.monitoring.helpers import Record, a_record, stamp
from tests.ui.dashboard.helpers import NOW, client_of, dashboard_of, live
from ui.dashboard.endpoints.routes import SILENCE_SECONDS
from ui.roles import Role
from ui.texts.page import EN, ZH


def fired(**fields: Any) -> Record:
    """Return the record of a model that fails."""
    return a_record(event="alert.fired", rule="failing_task", task_type="sentiment", message="告警", **fields)


def test_an_alert_is_silenced_for_an_hour() -> None:
    """The callback gets rule, task and end; wrong rules and other methods are refused."""
    silenced: list[tuple[str, str, float]] = []
    dashboard = dashboard_of(live(fired()))
    client = client_of(dashboard)
    assert client.post("/dashboard/silence?rule=failing_task&task=chat").status_code == 403
    dashboard.silence = lambda *what: silenced.append(what)
    assert client.post("/dashboard/silence?rule=failing_task&task=chat").status_code == 204
    assert silenced[0][:2] == ("failing_task", "chat")
    assert silenced[0][2] > NOW + SILENCE_SECONDS
    answer = client.post("/dashboard/silence?rule=none&task=chat")
    assert answer.status_code == 400
    assert "rule=none: allowed are slow_request" in answer.text
    assert client.get("/dashboard/silence?rule=failing_task").status_code == 405
    assert len(silenced) == 1


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("records", "shown"),
    [
        ([], False),
        ([fired()], True),
        ([{**fired(), "rule": "slow_task"}], False),
        ([{**fired(), "task_type": "translate"}], False),  # another program's task
        ([fired(), {**fired(), "timestamp": stamp(5), "event": "alert.resolved"}], False),
    ],
)
def test_the_banner_warns_while_the_model_fails(records: list[Record], shown: bool, role: Role) -> None:
    """The warning is in the reader's language; without a failing task the answer is empty."""
    client = client_of(dashboard_of(live(*records)), role)
    english = client.get("/dashboard/banner", headers={"accept-language": "en"})
    chinese = client.get("/dashboard/banner", headers={"accept-language": "zh-CN"})
    if shown:
        assert [english.text, chinese.text] == [EN["degraded"], ZH["degraded"]]
    else:
        assert [english.status_code, chinese.status_code] == [204, 204]


def test_all_pages_share_what_was_read_for_the_banner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of alerts are decoded once, however many pages ask, and again when there are new records."""
    decoded: list[int] = []
    records_of = Frame.records

    def counted(frame: Frame) -> list[dict[str, Any]]:
        decoded.append(len(frame))
        return records_of(frame)

    monkeypatch.setattr(Frame, "records", counted)
    sources = live(fired())
    client = client_of(dashboard_of(sources), Role.VISITOR)
    for _ in range(5):
        assert client.get("/dashboard/banner").status_code == 200
    assert decoded == [1]
    sources.show(fired(), {**fired(), "timestamp": stamp(5), "event": "alert.resolved"})
    assert client.get("/dashboard/banner").status_code == 204
    assert decoded == [1, 2]
