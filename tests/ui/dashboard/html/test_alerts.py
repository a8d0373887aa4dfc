"""The alert panel."""

import math

from monitoring.analysis.incidents import Alert
from tests.monitoring.helpers import MOMENT
from tests.ui.dashboard.helpers import HOSTILE, NOW, Elements, same_structure
from ui.dashboard.html.alerts import MAX_ACTIVE, MAX_ENDED, MAX_REQUESTS, AlertPanel
from ui.texts.page import EN
from ui.view.interval import Interval

ID = "ab" * 16
SHOWN = Interval("1h", MOMENT, NOW)


def an_alert(
    since: float = 1.0, until: float = math.inf, silenced: float = -math.inf, **fields: object
) -> Alert:
    """Return an alert that began so many seconds after `MOMENT`."""
    record = {
        "rule": "slow_task",
        "task_type": "chat",
        "message": "告警: slow_task",
        "requests": [ID],
        **fields,
    }
    return Alert("slow_task chat", MOMENT + since, until, record, silenced)


def panel(*alerts: Alert, may_silence: bool = True, for_operator: bool = True) -> str:
    """Return the panel as it is shown at the end of the shown time."""
    return AlertPanel(NOW, for_operator, may_silence, EN).html(alerts, SHOWN)


def test_without_alerts_there_is_no_panel() -> None:
    """Nor for alerts that ended before the shown time."""
    assert panel() == ""
    assert panel(an_alert(-20, MOMENT - 10)) == ""


def test_an_active_alert_tells_state_time_and_evidence() -> None:
    """Its requests open, and it can be silenced."""
    shown = Elements(panel(an_alert()))
    assert "ALERT slow_task since 2023-11-14 22:13:21 UTC" in " ".join(shown.text.split())
    attributes = [attributes for _, attributes in shown.found]
    assert {"href": f"?request={ID}", "data-request": ID} in attributes
    assert any(a.get("data-silence") == "rule=slow_task&task=chat" for a in attributes)


def test_only_who_may_silence_gets_the_button() -> None:
    """Files, and servers that do not allow it, have none; nor has what is silenced or over."""
    assert "data-silence" not in panel(an_alert(), may_silence=False)
    assert "data-silence" not in panel(an_alert(until=MOMENT + 5))
    silenced = panel(an_alert(silenced=NOW + 60))
    assert "data-silence" not in silenced
    assert "silenced until" in silenced


def test_a_silence_that_is_over_is_none() -> None:
    """After its time the alert is shown as any other one."""
    assert "class='firing'" in panel(an_alert(silenced=NOW - 1))


def test_the_newest_that_ended_follow_the_active_ones() -> None:
    """Not more than a few, the newest first."""
    ended = [an_alert(n, MOMENT + 10 + n, message=f"ended {n}.") for n in range(MAX_ENDED + 2)]
    text = Elements(panel(*ended, an_alert(message="active."))).text
    places = [text.index(f"{name}.") for name in ("active", "ended 6", "ended 5", "ended 2")]
    assert places == sorted(places)
    assert "ended 1." not in text


def test_hostile_alerts_are_text() -> None:
    """Whatever a log says of an alert, no element comes of it."""
    hostile = an_alert(message=HOSTILE, rule=HOSTILE, task_type=HOSTILE, requests=[HOSTILE, 3, None])
    assert same_structure(panel(an_alert()), panel(hostile))
    for requests in ("text", 3, {"a": 1}):
        assert "data-request" not in panel(an_alert(requests=requests))


def test_a_visitor_sees_an_alert_by_its_numbers() -> None:
    """The message and silences are the operator's; a log without numbers shows rule and task."""
    text = Elements(panel(an_alert(value=5.25, limit=3), may_silence=False, for_operator=False)).text
    assert "ALERT slow_task (chat): 5.25, limit 3 since" in " ".join(text.split())
    hidden = panel(
        an_alert(message="a secret", value="x", silenced=NOW + 60), may_silence=False, for_operator=False
    )
    assert "slow_task (chat) <small>" in hidden
    assert "secret" not in hidden
    assert "class='firing'" in hidden


def test_endless_alerts_are_not_all_shown() -> None:
    """The newest active ones and the first requests of each stand there, and how many more there are."""
    alert = an_alert(message="m" * 1000, requests=[f"{number:032x}" for number in range(MAX_REQUESTS + 2)])
    markup = panel(*[alert] * (MAX_ACTIVE + 3))
    assert markup.count("<li class=") == MAX_ACTIVE
    assert markup.count("data-request") == MAX_ACTIVE * MAX_REQUESTS
    assert markup.count(EN["and_more"].format(count=2)) == MAX_ACTIVE
    assert markup.count(EN["and_more"].format(count=3)) == 1
    assert "m" * 501 not in markup
