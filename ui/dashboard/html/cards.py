"""The measures at a glance as HTML: a card each, with its trend and a tiny chart of its course."""

import html
from collections.abc import Sequence

import numpy as np

from monitoring.analysis.measures import Measure
from ui.dashboard.html.format import amount
from ui.texts.words import Words, task_name

WIDTH, HEIGHT = 100, 24  # of a sparkline, in its own units
SMALL_CHANGE = 0.01  # that is shown as none


def cards(measures: Sequence[Measure], words: Words) -> str:
    """Return all cards; a measure without data says so."""
    return f"<div class='cards'>{''.join(_card(measure, words) for measure in measures)}</div>"


def _card(measure: Measure, words: Words) -> str:
    name = words[f"measure_{measure.name}"]
    if measure.task:
        name = name.format(task=task_name(measure.task, words))
    if measure.value is None:
        value = f"<span class='none'>{words['no_data']}</span>"
    else:
        value = html.escape(amount(measure.value, measure.unit))
    behind = "" if measure.records is None else words["sample_count"].format(count=f"{measure.records:,}")
    alarming = " alarming" if measure.alarming else ""
    return (
        f"<div class='card{alarming}' data-measure='{html.escape(measure.key)}'>"
        f"<div class='name'>{html.escape(name)}</div>"
        f"<div class='value'>{value}</div>"
        f"<div class='detail'>{_trend(measure, words)}<span class='behind'>{behind}</span></div>"
        f"{_sparkline(measure.course)}</div>"
    )


def _trend(measure: Measure, words: Words) -> str:
    """Return how the value differs from the one before; a colour says whether that is good."""
    before, value = measure.before, measure.value
    if before is None or value is None:
        return f"<span class='trend' title='{html.escape(words['trend_none'])}'>{words['no_trend']}</span>"
    title = html.escape(words["trend_before"].format(value=amount(before, measure.unit)))
    if abs(value - before) <= SMALL_CHANGE * abs(before):
        return f"<span class='trend' title='{title}'>＝</span>"
    rises = value > before
    direction = "" if not measure.worse else " bad" if rises == (measure.worse == "more") else " good"
    if before:
        change = abs(value / before - 1)
        size = f"{change:.0%}" if change < 10 else f"×{value / before:,.0f}"
    else:
        size = amount(value, measure.unit)
    return f"<span class='trend{direction}' title='{title}'>{'▲' if rises else '▼'} {size}</span>"


def _sparkline(course: np.ndarray) -> str:
    """Return a line of the known values from 0 to the highest; a dot where there is only one."""
    known = np.flatnonzero(~np.isnan(course))
    if not len(known):
        return f"<svg class='spark' viewBox='0 0 {WIDTH} {HEIGHT}' aria-hidden='true'></svg>"
    x = known * WIDTH / max(1, len(course) - 1)
    y = HEIGHT - 2 - course[known] / (course[known].max() or 1) * (HEIGHT - 4)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    shape = (
        f"<polyline points='{points}'/>"
        if len(known) > 1
        else f"<circle cx='{x[0]:.1f}' cy='{y[0]:.1f}' r='2'/>"
    )
    return (
        f"<svg class='spark' viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio='none' "
        f"aria-hidden='true'>{shape}</svg>"
    )
