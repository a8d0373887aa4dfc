"""A pure function that draws the predicted capacity as a plotly figure, a plain dict."""

from datetime import UTC, datetime

import numpy as np

from monitoring.analysis.limits import Limits
from monitoring.capacity.estimate import MIN_MESSAGES, Capacity
from monitoring.charts.parts import Words, finish, task_names
from monitoring.charts.traces import COLORS, Figure, Trace, array, limit_line

# The axis ends at so many times the highest limit: beyond the capacity, times have no bound.
SHOWN_LIMITS = 3


def capacity(found: Capacity, limits: Limits, words: Words) -> Figure:
    """Plot the 95th percentiles, in ms, predicted at each rate, with their limits and the rate now."""
    answers = task_names(found.answer_tasks, words)
    curves = {
        answers: (found.answer_ms, COLORS["response"], found.answer_limit_ms),
        words["ttft"]: (found.ttft_ms, COLORS["ttft"], found.ttft_limit_ms),
    }
    curves = {name: curve for name, curve in curves.items() if not np.isnan(curve[0]).all()}
    shapes = _limits({name: limit for name, (_, _, limit) in curves.items()}, words["limit"])
    described = _reason(found, words)
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
        described.append(words["capacity_told"].format(headroom=free, count=f"{found.messages:,}", **numbers))
    if found.memory_full_at is not None:
        # The page's script shows such a time in the reader's zone.
        moment = f"{datetime.fromtimestamp(found.memory_full_at, UTC):%Y-%m-%dT%H:%M}Z"
        described.append(words["capacity_memory"].format(limit=f"{limits.memory_mb:,.0f}", moment=moment))
    note = "; ".join(described)
    highest = SHOWN_LIMITS * max(found.answer_limit_ms, found.ttft_limit_ms)
    return finish(
        words["capacity_title"],
        [_curve(found.rates, values, name, color) for name, (values, color, _) in curves.items()],
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


def _reason(found: Capacity, words: Words) -> list[str]:
    """Return why there is no prediction; empty if there is one."""
    if found.reason == "few_messages":
        return [words["capacity_few"].format(count=found.messages, needed=MIN_MESSAGES)]
    return [words["capacity_no_waits"]] if found.reason else []


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


def _limits(limits: dict[str, float], word: str) -> list[Figure]:
    """Return a line for each limit, and one for both where they are the same."""
    if len(set(limits.values())) == 1:
        return [limit_line(next(iter(limits.values())), word)]
    return [limit_line(limit, f"{word} {name}") for name, limit in limits.items()]


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
