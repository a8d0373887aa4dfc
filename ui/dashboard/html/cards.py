"""The measures as HTML: one card for each, with its change and a small line of its values over time."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from monitoring.analysis.measures import Measure
from monitoring.record.visible import visible
from ui.dashboard.html.format import amount
from ui.texts.words import Words, task_name

# The size of a sparkline, in its own units.
WIDTH, HEIGHT = 100, 24
MIN_CHANGE = 0.01  # a smaller relative change is shown as none

_CARD = Markup(
    "<div class='card{alarming}' data-measure='{key}'><div class='name'>{name}</div>"
    "<div class='value'>{value}</div>"
    "<div class='detail'>{trend}<span class='behind'>{records}</span></div>{sparkline}</div>"
)
_TREND = Markup("<span class='trend{direction}' title='{title}'>{text}</span>")
_SPARKLINE = Markup("<svg class='spark' viewBox='0 0 {} {}'{} aria-hidden='true'>{}</svg>")


def cards(measures: Sequence[Measure], words: Words) -> Markup:
    """Return all cards; a measure without data says so."""
    found = Markup().join(_card(measure, words) for measure in measures)
    return Markup("<div class='cards'>{}</div>").format(found)


def _card(measure: Measure, words: Words) -> Markup:
    name = words[f"measure_{measure.name}"]
    if measure.task:
        name = name.format(task=visible(task_name(measure.task, words)))
    value: str = Markup("<span class='none'>{}</span>").format(words["no_data"])
    if measure.value is not None:
        value = amount(measure.value, measure.unit)
    records = "" if measure.records is None else words["sample_count"].format(count=f"{measure.records:,}")
    return _CARD.format(
        alarming=" alarming" if measure.alarming else "",
        key=measure.key,
        name=name,
        value=value,
        trend=_trend(measure, words),
        records=records,
        sparkline=_sparkline(measure.series),
    )


def _trend(measure: Measure, words: Words) -> Markup:
    """Return how the value differs from the one before; a colour says whether that is good."""
    before, value = measure.before, measure.value
    if value is None and measure.name == "alerts":
        return _TREND.format(direction="", title="", text=words["alerts_replay"])
    if before is None or value is None:
        return _TREND.format(direction="", title=words["trend_none"], text=words["no_trend"])
    title = words["trend_before"].format(value=amount(before, measure.unit))
    if abs(value - before) <= MIN_CHANGE * abs(before):
        return _TREND.format(direction="", title=title, text="＝")
    rises = value > before
    direction = "" if not measure.worse else " bad" if rises == (measure.worse == "more") else " good"
    text = f"{'▲' if rises else '▼'} {_change(before, value, measure.unit)}"
    return _TREND.format(direction=direction, title=title, text=text)


def _change(before: float, value: float, unit: str) -> str:
    """Return the size of a change: in percent, as a factor from ten times on, or the new value after 0."""
    if not before:
        return amount(value, unit)
    change = abs(value / before - 1)
    return f"{change:.0%}" if change < 10 else f"×{value / before:,.0f}"


def _sparkline(series: np.ndarray) -> Markup:
    """Return a line of the known values from 0 to the highest; a dot where there is only one."""
    known = np.flatnonzero(~np.isnan(series))
    if not len(known):
        return _SPARKLINE.format(WIDTH, HEIGHT, "", "")
    x = known * WIDTH / max(1, len(series) - 1)
    y = HEIGHT - 2 - series[known] / (series[known].max() or 1) * (HEIGHT - 4)
    if len(known) > 1:
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        shape = Markup("<polyline points='{}'/>").format(points)
    else:
        shape = Markup("<circle cx='{:.1f}' cy='{:.1f}' r='2'/>").format(x[0], y[0])
    return _SPARKLINE.format(WIDTH, HEIGHT, Markup(" preserveAspectRatio='none'"), shape)
