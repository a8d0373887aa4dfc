"""Pure function: the predicted capacity -> a plotly figure, as a plain dict."""

from datetime import UTC, datetime

import numpy as np

from monitoring.analysis.limits import Limits
from monitoring.capacity.estimate import Capacity
from monitoring.charts.parts import COLORS, Figure, Trace, Words, array, finish, limit_line

SHOWN_LIMITS = 3  # how many times the limit the axis reaches: beyond the capacity, times have no bound


def capacity(found: Capacity, limits: Limits, words: Words) -> Figure:
    """Plot the 95th percentiles, in ms, predicted at each rate, with their limits and the rate now."""
    curves = {
        "task_sentiment": (found.sentiment_ms, COLORS["response"], limits.sentiment_ms),
        "ttft": (found.ttft_ms, COLORS["ttft"], limits.ttft_ms),
    }
    shapes = _limits({name: limit for name, (_, _, limit) in curves.items()}, words)
    told = [words["capacity_few"].format(count=found.messages)] if found.reason else []
    if found.per_minute is not None:
        share = found.headroom or 0.0
        free = words["capacity_over" if share < 0 else "capacity_free"].format(
            share=f"{100 * abs(share):.0f}"
        )
        shapes += [
            _rate_line(found.per_minute, words["capacity_most"], COLORS["limit"]),
            _rate_line(found.now_per_minute, words["now"], COLORS["wait"]),
        ]
        numbers = {"most": f"{found.per_minute:.1f}", "now": f"{found.now_per_minute:.1f}"}
        told.append(words["capacity_told"].format(headroom=free, count=f"{found.messages:,}", **numbers))
    if found.memory_full_at is not None:
        moment = datetime.fromtimestamp(found.memory_full_at, UTC).strftime("%Y-%m-%d %H:%M")
        told.append(words["capacity_memory"].format(limit=f"{limits.memory_mb:,.0f}", moment=moment))
    note = "; ".join(told)
    highest = SHOWN_LIMITS * max(limit for _, _, limit in curves.values())
    return finish(
        words["capacity_title"],
        [_curve(found.rates, values, words[name], color) for name, (values, color, _) in curves.items()],
        words,
        description=note,
        note=note,
        shapes=shapes if len(found.rates) else [],
        xaxis={
            "type": "linear",
            "title": {"text": words["messages_per_minute"]},
            "rangemode": "tozero",
            "fixedrange": True,
        },
        yaxis={"title": {"text": "ms"}, "range": [0, highest], "fixedrange": True},
    )


def _curve(rates: np.ndarray, values: np.ndarray, name: str, color: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": array(rates),
        "y": array(values),
        "name": name,
        "line": {"color": color, "width": 2},
        "hovertemplate": f"{name} p95 %{{y:,.0f}} ms · %{{x:.1f}}<extra></extra>",
    }


def _limits(limits: dict[str, float], words: Words) -> list[Figure]:
    """Return a line for each limit, and one for both where they are the same."""
    if len(set(limits.values())) == 1:
        return [limit_line(next(iter(limits.values())), words["limit"])]
    return [limit_line(limit, f"{words['limit']} {words[name]}") for name, limit in limits.items()]


def _rate_line(rate: float, name: str, color: str) -> Figure:
    """Return a vertical line across the chart as a shape, with its name."""
    return {
        "type": "line",
        "yref": "paper",
        "x0": rate,
        "x1": rate,
        "y0": 0,
        "y1": 1,
        "line": {"color": color, "width": 1.5, "dash": "dot"},
        "label": {
            "text": f"{name} {rate:.1f}",
            "textposition": "end",
            "textangle": 0,
            "xanchor": "left",
            "yanchor": "top",
            "font": {"size": 11},
        },
    }
