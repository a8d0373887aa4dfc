"""Buttons that start a drill, and how the newest ones ended, as HTML."""

import html
from collections.abc import Sequence

from monitoring.analysis.drill_runs import DrillRun
from ui.dashboard.html.format import moment
from ui.texts.words import Words
from ui.view.interval import Interval

MOST_RUNS = 5  # newest ones within the shown time


def drill_panel(names: Sequence[str], runs: Sequence[DrillRun], interval: Interval, words: Words) -> str:
    """Return the buttons of the drills that may be started, and the runs; nothing where there are neither."""
    shown = [run for run in runs if interval.since <= run.since <= interval.until][-MOST_RUNS:]
    if not names and not shown:
        return ""
    is_running = any(not run.has_ended for run in runs)
    buttons = "".join(_button(name, is_running, words) for name in names)
    help_text = f"<p>{html.escape(words['drills_help'])}</p><p>{buttons}</p>" if names else ""
    rows = "".join(_row(run, words) for run in reversed(shown))
    return (
        f"<section class='drills' aria-label='{html.escape(words['drills'])}'>"
        f"<h3>{html.escape(words['drills'])}</h3>{help_text}<ul class='alerts'>{rows}</ul></section>"
    )


def _button(name: str, is_running: bool, words: Words) -> str:
    disabled = " disabled" if is_running else ""
    title = html.escape(words.get(f"drill_{name}_help", ""))
    return (
        f"<button type='button' data-drill='{html.escape(name)}' title='{title}'{disabled}>"
        f"{html.escape(_name(name, words))}</button> "
    )


def _row(run: DrillRun, words: Words) -> str:
    state = "running" if not run.has_ended else "passed" if run.passed else "failed"
    since = words["alert_since"].format(since=moment(run.since))
    return (
        f"<li class='{state}'><b>{html.escape(words[f'drill_{state}'])}</b> "
        f"{html.escape(_name(run.drill, words))}: {html.escape(_result(run, words))} "
        f"<small>{html.escape(since)}</small></li>"
    )


def _result(run: DrillRun, words: Words) -> str:
    if not run.has_ended:
        return words["drill_waits"].format(rule=run.rule)
    fired, resolved = run.fired_after_s, run.resolved_after_s
    parts = [
        words["drill_silent"].format(rule=run.rule)
        if fired is None
        else words["drill_fired"].format(rule=run.rule, seconds=f"{fired:.1f}"),
        words["drill_unresolved"]
        if resolved is None
        else words["drill_resolved"].format(seconds=f"{resolved:.1f}"),
    ]
    if run.followed:
        parts.append(words["drill_followed"].format(rules=", ".join(run.followed)))
    if run.unrelated:
        parts.append(words["drill_unrelated"].format(rules=", ".join(run.unrelated)))
    if run.problem:
        parts.append(run.problem)
    return "; ".join(parts)


def _name(name: str, words: Words) -> str:
    return words.get(f"drill_{name}", name)
