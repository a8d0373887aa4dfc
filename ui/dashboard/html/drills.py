"""The buttons that start a drill, and the results of the newest runs, as HTML."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from monitoring.analysis.drill_runs import DrillRun
from ui.dashboard.html.format import MAX_TEXT_CHARS, moment, shortened
from ui.texts.words import MAX_NAME_CHARS, Words
from ui.view.interval import Interval

MAX_RUNS = 5  # the newest runs within the shown time


def drill_panel(names: Sequence[str], runs: Sequence[DrillRun], interval: Interval, words: Words) -> Markup:
    """Return the buttons of the drills that may be started, and the runs; "" where there are neither."""
    shown = [run for run in runs if interval.since <= run.since <= interval.until][-MAX_RUNS:]
    if not names and not shown:
        return Markup()
    is_running = any(not run.has_ended for run in runs)
    buttons = Markup().join(_button(name, is_running, words) for name in names)
    help_text = Markup("<p>{}</p><p>{}</p>").format(words["drills_help"], buttons) if names else ""
    rows = Markup().join(_row(run, words) for run in reversed(shown))
    return Markup(
        "<section class='drills' aria-label='{title}'>"
        "<h3>{title}</h3>{help_text}<ul class='alerts'>{rows}</ul></section>"
    ).format(title=words["drills"], help_text=help_text, rows=rows)


def _button(name: str, is_running: bool, words: Words) -> Markup:
    return Markup("<button type='button' data-drill='{}' title='{}'{}>{}</button> ").format(
        name, words.get(f"drill_{name}_help", ""), " disabled" if is_running else "", _name(name, words)
    )


def _row(run: DrillRun, words: Words) -> Markup:
    state = "running" if not run.has_ended else "passed" if run.passed else "failed"
    since = escape(words["alert_since"]).format(since=moment(run.since))
    result = "; ".join(shortened(text, MAX_TEXT_CHARS) for text in _results(run, words))
    return Markup("<li class='{}'><b>{}</b> {}: {} <small>{}</small></li>").format(
        state, words[f"drill_{state}"], _name(run.drill, words), result, since
    )


def _results(run: DrillRun, words: Words) -> Iterator[str]:
    if not run.has_ended:
        yield words["drill_waits"].format(rule=run.rule)
        return
    if run.fired_after_s is None:
        yield words["drill_silent"].format(rule=run.rule)
    else:
        yield words["drill_fired"].format(rule=run.rule, seconds=f"{run.fired_after_s:.1f}")
    if run.resolved_after_s is None:
        yield words["drill_unresolved"]
    else:
        yield words["drill_resolved"].format(seconds=f"{run.resolved_after_s:.1f}")
    if run.followed:
        yield words["drill_followed"].format(rules=", ".join(run.followed))
    if run.unrelated:
        yield words["drill_unrelated"].format(rules=", ".join(run.unrelated))
    if run.problem:
        yield run.problem


def _name(name: str, words: Words) -> str:
    return words.get(f"drill_{name}", shortened(name, MAX_NAME_CHARS))
