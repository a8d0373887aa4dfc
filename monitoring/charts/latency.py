"""Pure functions that draw the times of requests as plotly figures, plain dicts."""

import numpy as np

from monitoring.analysis.measures import PERCENTS
from monitoring.analysis.time_range import Records
from monitoring.charts.parts import ChartData, Words, finish, task_color, task_name, task_names, time_chart
from monitoring.charts.traces import COLORS, Figure, Reduced, Trace, array, bars, cloud, limit_line, line
from monitoring.window.masks import ended_ok

# Points of a task's requests that ended ok, and of its other requests.
MAX_POINTS = 700
MAX_FAILURES = 200
# With more tasks than these, the legend names no failures.
MAX_NAMED_FAILURES = 4
SYMBOLS = {"error": "x", "cancelled": "circle-open", "rejected": "diamond-open"}
HISTOGRAM_BARS = 40
# The response times that the histogram tells apart, in ms; only a wrong record tells others.
HISTOGRAM_MS = (1e-3, 1e12)


def latency(data: ChartData, words: Words) -> Figure:
    """Plot the response time of each request, in ms, with the percentiles of those that ended ok."""
    clouds: list[Trace] = []
    lines: list[Trace] = []
    reduced: list[Reduced] = []
    described = []
    is_short = len(data.time_range.ok) <= MAX_NAMED_FAILURES
    for task, ok in data.time_range.ok.items():
        name, color = task_name(task, words), task_color(data, task)
        points = Reduced.of(ok, "response_time_ms", MAX_POINTS)
        clouds.append(cloud(ok, points, name, color, "ms"))
        done = data.time_range.tasks[task]
        failed = done.where(~ended_ok(done.frame))
        failures = Reduced.of(failed, "response_time_ms", MAX_FAILURES)
        reduced += (points, failures)
        lines += _percentile_lines(ok, name, color, words)
        if points.total:
            highest = words["highest"].format(value=f"{points.values.max():,.0f} ms")
            described.append(f"{name}: {points.total:,} {words['requests_unit']}, {highest}")
        if failures.total:
            trace = _failures(failed, failures, name, color, words)
            # Many tasks would fill the legend with each name twice.
            clouds.append({**trace, "showlegend": not points.total or is_short})
            described.append(f"{name} {words['not_ok']}: {failures.total:,} {words['requests_unit']}")
    return time_chart(
        data,
        words["latency_title"],
        "ms",
        [*clouds, *lines],
        words,
        description="; ".join(described),
        reduced=reduced,
        has_log_scale=True,
        limits=[
            limit_line(limit, f"{words['limit']} {task_names(tasks, words)}")
            for limit, tasks in data.limits.response_of(data.time_range.not_streamed).items()
        ],
    )


def phases(data: ChartData, words: Words) -> Figure:
    """Plot the mean phases of streamed replies: queue wait, prefill, decode; in ms."""
    # Where the first token is NaN, so are the phases.
    replies = data.time_range.all_ok
    first = replies["ttft_ms"]
    wait = np.minimum(np.nan_to_num(replies["queue_wait_ms"]), first)
    parts = {
        "wait": wait,
        "prefill": first - wait,
        "decode": np.maximum(replies["response_time_ms"] - first, 0),
    }
    parts = {name: values for name, values in parts.items() if not np.isnan(values).all()}
    traces = [
        bars(
            replies.grid,
            replies.spread.means(values),
            words[name],
            COLORS[name],
            f"{words[name]} %{{y:,.0f}} ms",
        )
        for name, values in parts.items()
    ]
    described = ", ".join(f"{words[name]} {np.nanmean(values):,.0f} ms" for name, values in parts.items())
    return time_chart(
        data,
        words["phases_title"],
        "ms",
        traces,
        words,
        description=described,
        limits=_first_token_limits(data, words),
        barmode="stack",
    )


def _first_token_limits(data: ChartData, words: Words) -> list[Figure]:
    """Return a line for each limit of the first token, with its tasks where there are several limits."""
    limits = data.limits.ttft_of(data.time_range.streamed)
    name = f"{words['limit']} {words['ttft']}"
    if len(limits) == 1:
        return [limit_line(limit, name) for limit in limits]
    return [limit_line(limit, f"{name} {task_names(tasks, words)}") for limit, tasks in limits.items()]


def histogram(data: ChartData, words: Words) -> Figure:
    """Plot the distribution of response times of requests that ended ok, over a logarithmic axis."""
    columns = {task: records["response_time_ms"] for task, records in data.time_range.ok.items()}
    times = {task: np.clip(values[values > 0], *HISTOGRAM_MS) for task, values in columns.items()}
    every = np.concatenate([np.empty(0), *times.values()])
    traces: list[Trace] = []
    described = []
    if len(every):
        edges = np.geomspace(every.min(), every.max() * 1.001, HISTOGRAM_BARS + 1)
        for task, values in times.items():
            if len(values):
                name = task_name(task, words)
                traces.append(_histogram_bars(values, edges, name, task_color(data, task)))
                described.append(f"{name}: {words['p50']} {np.median(values):,.0f} ms")
    return finish(
        words["histogram_title"],
        traces,
        words,
        description="; ".join(described),
        xaxis={"type": "log", "title": {"text": "ms"}, "dtick": "D2", "fixedrange": True},
        yaxis={"title": {"text": words["requests_unit"]}, "rangemode": "tozero", "fixedrange": True},
        barmode="overlay",
    )


def _histogram_bars(values: np.ndarray, edges: np.ndarray, name: str, color: str) -> Trace:
    # numpy.histogram takes five times as long.
    places = np.log(values / edges[0]) / np.log(edges[1] / edges[0])
    amounts = np.bincount(places.astype(int), minlength=HISTOGRAM_BARS)
    return {
        "type": "bar",
        "x": array(np.sqrt(edges[:-1] * edges[1:])),
        "y": array(amounts, "u4"),
        "width": array(np.diff(edges)),
        "name": name,
        "opacity": 0.6,
        "marker": {"color": color},
        "hovertemplate": f"{name}: %{{y:,}} · %{{x:,.0f}} ms<extra></extra>",
    }


def _failures(failed: Records, points: Reduced, name: str, color: str, words: Words) -> Trace:
    shown = failed.frame.take(points.rows)
    statuses = shown.texts("status")
    trace = cloud(failed, points, f"{name} {words['not_ok']}", color, "ms")
    return {
        **trace,
        "opacity": 1,
        "marker": {
            "size": 9,
            "color": color,
            "line": {"width": 1.5},
            "symbol": [SYMBOLS.get(status, "circle-open") for status in statuses],
        },
        "text": [words.get(status, words["not_ok"]) for status in statuses],
        "hovertemplate": "%{text} · " + trace["hovertemplate"],
    }


def _percentile_lines(ok: Records, task: str, color: str, words: Words) -> list[Trace]:
    """Return the median as a solid line, and the 95th percentile as a dotted line."""
    p50, p95, _ = ok.series("response_time_ms", PERCENTS)
    records = ok.spread.counts(~np.isnan(ok["response_time_ms"]))
    behind = words["records_count"].format(count="%{customdata:,}")
    return [
        line(
            ok.grid.centers,
            values,
            f"{task} {name}",
            color,
            f"{task} {name} %{{y:,.0f}} ms · {behind}",
            line={"dash": dash},
            legendgroup=color,
            showlegend=False,
            customdata=records[records > 0].astype(int).tolist(),
        )
        for name, dash, values in (("p50", "solid", p50), ("p95", "dot", p95))
    ]
