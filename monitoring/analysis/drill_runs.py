"""Which drills were run, and how they ended, as the log tells."""

from dataclasses import dataclass, replace
from typing import Any

from monitoring.record.mapping import number
from monitoring.window.frame import Frame

EVENTS = ("drill.started", "drill.ended", "app.started")
MOST_RECORDS = 200  # newest ones that are looked at


@dataclass(frozen=True, slots=True)
class DrillRun:
    """One run of a drill; its result is of its end's record, and empty while it runs."""

    run: str  # its id
    drill: str
    rule: str  # whose alert must fire
    since: float  # s since the epoch
    has_ended: bool = False
    passed: bool = False
    fired_after_s: float | None = None  # from the begin of the fault
    resolved_after_s: float | None = None  # from its end
    followed: tuple[str, ...] = ()  # rules that told of the same fault, too
    unrelated: tuple[str, ...] = ()  # rules that should not have fired
    problem: str = ""  # why it could not be run to its end


def drill_runs(frame: Frame) -> list[DrillRun]:
    """Return the newest runs, oldest first; one that a stop of the app cut short has ended."""
    chosen = frame.where(frame.isin("event", EVENTS)).tail(MOST_RECORDS)
    runs: dict[str, DrillRun] = {}
    for time, event, record in zip(
        chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True
    ):
        name = str(record.get("run", ""))  # none where the line is no longer kept
        if event == "drill.started" and name:
            runs[name] = DrillRun(name, str(record.get("drill")), str(record.get("rule")), time)
        elif event == "app.started":
            for run in runs.values():
                if not run.has_ended:
                    runs[run.run] = replace(run, has_ended=True, problem="the app stopped")
        elif name in runs:
            runs[name] = _ended(runs[name], record)
    return list(runs.values())


def _ended(run: DrillRun, record: dict[str, Any]) -> DrillRun:
    return replace(
        run,
        has_ended=True,
        passed=record.get("passed") is True,
        fired_after_s=number(record.get("fired_after_s")),
        resolved_after_s=number(record.get("resolved_after_s")),
        followed=_names(record.get("followed")),
        unrelated=_names(record.get("unrelated")),
        problem=str(record.get("problem") or ""),
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()
