"""Pure functions: the requests of a stretch of time -> plotly figures, as plain dicts."""

import numpy as np

from monitoring.analysis.measures import PERCENTS
from monitoring.analysis.time_range import Part
from monitoring.charts.parts import (
    COLORS,
    LABEL_COLORS,
    TASK_COLORS,
    ChartData,
    Figure,
    Reduced,
    Trace,
    Words,
    array,
    bars,
    finish,
    label_name,
    limit_line,
    line,
    moments,
    task_color,
    task_name,
    time_chart,
)
from monitoring.window.masks import ended_ok, of_task

MOST_POINTS = 700  # of a task's requests that ended ok
MOST_FAILURES = 200  # of a task's other ones
SYMBOLS = {"error": "x", "cancelled": "circle-open", "rejected": "diamond-open"}
# Labels that have a bar of their own; further ones are summed up.
MAX_LABELS = 12
HISTOGRAM_BARS = 40


def latency(data: ChartData, words: Words) -> Figure:
    """Plot each request's response time, in ms, with the percentiles of those that ended ok."""
    clouds: list[Trace] = []
    lines: list[Trace] = []
    reduced: list[Reduced] = []
    told = []
    for task, ok in data.stretch.ok.items():
        name, color = task_name(task, words), task_color(data, task)
        points = Reduced.of(ok, "response_time_ms", MOST_POINTS)
        clouds.append(_cloud(ok, points, name, color, "ms"))
        done = data.stretch.tasks[task]
        failed = done.where(~ended_ok(done.frame))
        failures = Reduced.of(failed, "response_time_ms", MOST_FAILURES)
        reduced += (points, failures)
        lines += _percentile_lines(ok, name, color, words)
        if points.total:
            highest = words["highest"].format(value=f"{points.values.max():,.0f} ms")
            told.append(f"{name}: {points.total:,} {words['requests_unit']}, {highest}")
        if failures.total:
            clouds.append(_failures(failed, failures, name, color, words))
            told.append(f"{name} {words['not_ok']}: {failures.total:,} {words['requests_unit']}")
    return time_chart(
        data,
        words["latency_title"],
        "ms",
        [*clouds, *lines],
        words,
        description="; ".join(told),
        reduced=reduced,
        limits=[
            limit_line(limit, f"{words['limit']} {', '.join(task_name(task, words) for task in tasks)}")
            for limit, tasks in data.limits.response_of(data.stretch.not_streamed).items()
        ],
    )


def phases(data: ChartData, words: Words) -> Figure:
    """Plot what the time of streamed replies goes into, on average: waiting, prefill, decode; in ms."""
    chats = data.stretch.all_ok
    first = chats["ttft_ms"]  # where it is unknown, so are its parts
    wait = np.minimum(np.nan_to_num(chats["queue_wait_ms"]), first)
    parts = {
        "wait": wait,
        "prefill": first - wait,
        "decode": np.maximum(chats["response_time_ms"] - first, 0),
    }
    parts = {name: values for name, values in parts.items() if not np.isnan(values).all()}
    traces = [
        bars(
            chats.grid,
            chats.spread.means(values),
            words[name],
            COLORS[name],
            f"{words[name]} %{{y:,.0f}} ms",
        )
        for name, values in parts.items()
    ]
    told = ", ".join(f"{words[name]} {np.nanmean(values):,.0f} ms" for name, values in parts.items())
    return time_chart(
        data,
        words["phases_title"],
        "ms",
        traces,
        words,
        description=told,
        limits=_first_token_limits(data, words),
        barmode="stack",
    )


def _first_token_limits(data: ChartData, words: Words) -> list[Figure]:
    """Return a line for each limit of the first token, with its tasks where there are several limits."""
    limits = data.limits.ttft_of(data.stretch.streamed)
    name = f"{words['limit']} {words['ttft']}"
    if len(limits) == 1:
        return [limit_line(limit, name) for limit in limits]
    return [
        limit_line(limit, f"{name} {', '.join(task_name(task, words) for task in tasks)}")
        for limit, tasks in limits.items()
    ]


def throughput(data: ChartData, words: Words) -> Figure:
    """Plot how many requests of each task ended in a minute."""
    grid = data.stretch.grid
    minutes = grid.width / 60
    traces, told = [], []
    for task, done in data.stretch.tasks.items():
        rates = done.spread.counts() / minutes
        if len(done):
            name, unit = task_name(task, words), words["per_minute"]
            traces.append(bars(grid, rates, name, task_color(data, task), f"%{{y:.1f}} {unit}"))
            told.append(f"{name}: {words['highest'].format(value=f'{rates.max():.1f} {unit}')}")
    return time_chart(
        data,
        words["throughput_title"],
        words["per_minute"],
        traces,
        words,
        description="; ".join(told),
        barmode="stack",
    )


def speed(data: ChartData, words: Words) -> Figure:
    """Plot each reply's tokens per second while it decoded, by task, with the median of all."""
    unit = words["speed_unit"]
    clouds: list[Trace] = []
    reduced: list[Reduced] = []
    for task, ok in data.stretch.ok.items():
        points = Reduced.of(ok, "tokens_per_second", MOST_FAILURES)
        if points.total:
            name, color = task_name(task, words), task_color(data, task)
            clouds.append(_cloud(ok, points, name, color, unit, digits=1))
            reduced.append(points)
    every = data.stretch.all_ok
    (median,) = every.courses("tokens_per_second", (50,))
    middle = line(every.grid.centers, median, words["p50"], COLORS["decode"], f"p50 %{{y:.1f}} {unit}")
    told = f"{words['p50']} {np.median(every.known('tokens_per_second')):.1f} {unit}" if reduced else ""
    return time_chart(
        data,
        words["speed_title"],
        unit,
        [*clouds, middle],
        words,
        description=told,
        reduced=reduced,
    )


def labels(data: ChartData, words: Words) -> Figure:
    """Plot how many requests got which label; with the task's name where several tasks give labels."""
    requests = data.stretch.requests
    frame = requests.frame
    pairs = [
        (task, label) for task, part in data.stretch.tasks.items() for label in part.frame.distinct("label")
    ]
    tasks = {task for task, _ in pairs}
    rest = ~frame.equals("label", "")
    traces, told = [], []
    for place, (task, label) in enumerate(pairs[:MAX_LABELS]):
        mask = of_task(frame, task) & frame.equals("label", label)
        rest &= ~mask
        name = label_name(label, words)
        if len(tasks) > 1:
            name = f"{task_name(task, words)}: {name}"
        color = LABEL_COLORS.get(label, TASK_COLORS[place % len(TASK_COLORS)])
        traces.append(bars(requests.grid, requests.spread.counts(mask), name, color, f"{name} %{{y}}"))
        told.append(f"{name} {mask.sum():,}")
    if len(pairs) > MAX_LABELS:
        name = words["other"]
        traces.append(
            bars(requests.grid, requests.spread.counts(rest), name, COLORS["other"], f"{name} %{{y}}")
        )
        told.append(f"{name} {rest.sum():,}")
    return time_chart(
        data,
        words["labels_title"],
        words["requests_unit"],
        traces,
        words,
        description=", ".join(told),
        barmode="stack",
    )


def histogram(data: ChartData, words: Words) -> Figure:
    """Plot how many requests that ended ok took how long; both ends of a bar have the same ratio."""
    columns = {task: part["response_time_ms"] for task, part in data.stretch.ok.items()}
    times = {task: values[values > 0] for task, values in columns.items()}
    every = np.concatenate([np.empty(0), *times.values()])
    traces: list[Trace] = []
    told = []
    if len(every):
        edges = np.geomspace(every.min(), every.max() * 1.001, HISTOGRAM_BARS + 1)
        for task, values in times.items():
            if len(values):
                name = task_name(task, words)
                traces.append(_histogram_bars(values, edges, name, task_color(data, task)))
                told.append(f"{name}: {words['p50']} {np.median(values):,.0f} ms")
    return finish(
        words["histogram_title"],
        traces,
        words,
        description="; ".join(told),
        xaxis={"type": "log", "title": {"text": "ms"}, "dtick": "D2", "fixedrange": True},
        yaxis={"title": {"text": words["requests_unit"]}, "rangemode": "tozero", "fixedrange": True},
        barmode="overlay",
    )


def _histogram_bars(values: np.ndarray, edges: np.ndarray, name: str, color: str) -> Trace:
    places = np.log(values / edges[0]) / np.log(
        edges[1] / edges[0]
    )  # numpy.histogram takes five times as long
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


def _cloud(done: Part, points: Reduced, name: str, color: str, unit: str, digits: int = 0) -> Trace:
    """Return a point for each request; a click on it tells the page its id."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": moments(points.time),
        "y": array(points.values),
        "name": name,
        "legendgroup": color,
        "opacity": 0.6,  # many points on one place are seen as many
        "marker": {"size": 7, "color": color},
        "customdata": done.frame.take(points.rows).texts("request_id").tolist(),
        "hovertemplate": f"{name} %{{y:,.{digits}f}} {unit}<br>%{{x|%m-%d %H:%M:%S}}<extra></extra>",
    }


def _failures(failed: Part, points: Reduced, name: str, color: str, words: Words) -> Trace:
    shown = failed.frame.take(points.rows)
    statuses = shown.texts("status")
    trace = _cloud(failed, points, f"{name} {words['not_ok']}", color, "ms")
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


def _percentile_lines(ok: Part, task: str, color: str, words: Words) -> list[Trace]:
    """Return the median as a line, and the 95th percentile as a dotted one."""
    p50, p95, _ = ok.courses("response_time_ms", PERCENTS)
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
