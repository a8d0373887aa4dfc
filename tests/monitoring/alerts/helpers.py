"""What the tests of the alerts share: records as the rules see them, and engines that see them."""

import math
from collections.abc import Iterable
from typing import Any

from monitoring.alerts.condition import Change
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import NUMBERS, TEXTS, Observation
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules
from monitoring.machine import Machine
from tests.monitoring.helpers import MOMENT

CORES = 2.0
MEMORY_MB = 4096.0
SLOW: dict[str, Any] = {"ttft_ms": 9000.0}  # what makes a chat slow


def a_machine() -> Machine:
    """Return a machine of two cores and 4 GiB."""
    return Machine(CORES, MEMORY_MB)


def observed(second: float = 0.0, event: str = "task.finished", **fields: Any) -> Observation:
    """Return a record that says `fields` alone, `second` after `MOMENT`."""
    values: dict[str, Any] = {**dict.fromkeys(NUMBERS, math.nan), **dict.fromkeys(TEXTS, "")}
    values |= {"process": "", "fields": {}}
    return Observation(**{**values, "time": MOMENT + second, "event": event, **fields})


def request(second: float = 0.0, task: str = "chat", ms: float = 100.0, **fields: Any) -> Observation:
    """Return a request that ended well, named by its second."""
    said = {"request_id": f"r{second:g}", "status": "ok", "response_time_ms": ms}
    return observed(second, task_type=task, **{**said, **fields})


def sample(second: float = 0.0, memory_mb: float = 900.0, cpu: float = 10.0) -> Observation:
    """Return a look at the machine."""
    return observed(
        second, "resource.sample", task_type="system", memory_usage_mb=memory_mb, cpu_usage_percent=cpu
    )


def told(second: float, event: str, task: str = "system", **fields: Any) -> Observation:
    """Return a record of which the rules see all fields."""
    return observed(second, event, task_type=task, fields={"event": event, "task_type": task, **fields})


def rules(**changed: dict[str, Any]) -> Rules:
    """Return the shipped rules, changed by `changed`, checked as a file is."""
    shipped = load_rules().model_dump()
    return Rules.model_validate({name: {**part, **changed.get(name, {})} for name, part in shipped.items()})


def engine_of(rule: str, **changed: Any) -> AlertEngine:
    """Return an engine with one rule alone, changed by `changed`."""
    off = {name: {"enabled": name == rule} for name in Rules.model_fields}
    return AlertEngine(rules(**{**off, rule: {"enabled": True, **changed}}), a_machine())


def feed(engine: AlertEngine, records: Iterable[Observation]) -> list[Change]:
    """Let an engine see records; return what changed."""
    return [change for seen in records for change in engine.on_record(seen)]


def short(changes: Iterable[Change]) -> list[tuple[str, str, float]]:
    """Return of each change the event, its task, and the second after `MOMENT`."""
    return [
        (change.event.removeprefix("alert."), change.task, round(change.time - MOMENT, 3))
        for change in changes
    ]


def firing(engine: AlertEngine) -> set[tuple[str, str]]:
    """Return the rules and tasks that are firing."""
    return {
        (condition.name, condition.task) for condition in engine.conditions if condition.state == "firing"
    }


def silenced(second: float, until: object, rule: object = "slow_request", task: str = "chat") -> Observation:
    """Return the record of somebody who does not want to be told of a rule."""
    return told(second, "alert.silenced", task, rule=rule, until=until)
