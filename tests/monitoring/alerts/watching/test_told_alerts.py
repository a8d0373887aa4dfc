"""What the log tells of its alerts."""

from monitoring.alerts.watching.told_alerts import MAX_ALERTS, ToldAlert, ToldAlerts


def an_alert(event: str, rule: object = "failing_task", task: str = "chat", time: float = 0.0) -> ToldAlert:
    """Return the record of an alert."""
    return ToldAlert(f"alert.{event}", task, time, {"rule": rule})


def told(*records: ToldAlert) -> ToldAlerts:
    """Return what these records tell."""
    alerts = ToldAlerts()
    for record in records:
        alerts.add(record)
    return alerts


def test_an_alert_is_active_until_it_ends() -> None:
    """Each rule and task by itself; an update leaves it active, and a withdrawal ends it."""
    alerts = told(
        an_alert("fired"),
        an_alert("fired", task="sentiment"),
        an_alert("fired", "odd"),
        an_alert("updated", "odd"),
        an_alert("resolved"),
        an_alert("fired", "silent", "system"),
        an_alert("withdrawn", "silent", "system"),
    )
    assert alerts.active == {("failing_task", "sentiment"), ("odd", "chat")}


def test_only_the_newest_record_is_kept() -> None:
    """In the order in which they came."""
    alerts = told(an_alert("fired", time=1), an_alert("fired", "odd", time=2), an_alert("resolved", time=3))
    assert [(each.event, each.time) for each in alerts.newest] == [("alert.fired", 2), ("alert.resolved", 3)]


def test_a_record_that_names_no_rule_tells_nothing() -> None:
    """Foreign and hostile records may hold anything."""
    odd: list[object] = [None, "", 5, ["a"], {}]
    assert told(*(an_alert("fired", rule) for rule in odd)).newest == []


def test_endless_alerts_are_not_all_kept() -> None:
    """Those whose records are the oldest are forgotten."""
    alerts = told(*(an_alert("fired", task=f"{number}") for number in range(MAX_ALERTS + 5)))
    assert len(alerts.newest) == MAX_ALERTS
    assert alerts.newest[0].task_type == "5"
