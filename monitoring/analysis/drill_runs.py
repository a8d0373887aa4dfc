"""The runs of drills and their results, read from the log."""

from dataclasses import dataclass, replace
from typing import Any

from monitoring.record.mapping import number
from monitoring.window.frame import Frame

EVENTS = ("drill.started", "drill.ended", "app.started")
# Newest records that are read.
MAX_RECORDS = 200


@dataclass(frozen=True, slots=True)
class DrillRun:
    """One run of a drill; its result comes from the record `drill.ended` and is empty until then."""

    # The id of the run.
    run: str
    drill: str
    # The rule that must fire.
    rule: str
    # Seconds since the epoch.
    since: float
    has_ended: bool = False
    passed: bool = False
    # Seconds after the fault began.
    fired_after_s: float | None = None
    # Seconds after the fault ended.
    resolved_after_s: float | None = None
    # Other rules that fired for the same fault.
    followed: tuple[str, ...] = ()
    # Rules that should not have fired.
    unrelated: tuple[str, ...] = ()
    # The reason why it did not run to its end.
    problem: str = ""


def drill_runs(frame: Frame) -> list[DrillRun]:
    """Return the newest runs, oldest first; a run that a stop of the app interrupted has ended."""
    chosen = frame.where(frame.isin("event", EVENTS)).newest(MAX_RECORDS)
    runs: dict[str, DrillRun] = {}
    for time, event, record in zip(
        chosen.time.tolist(), chosen.texts("event"), chosen.records(), strict=True
    ):
        # A record whose line is no longer kept has no id.
        name = str(record.get("run", ""))
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
