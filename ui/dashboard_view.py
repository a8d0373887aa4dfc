"""The dashboard's pieces of HTML, made from summaries and records."""

import html
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from monitoring.aggregate import TASKS, Summary, finished
from monitoring.figures import MAX_POINTS
from monitoring.reading import View
from monitoring.window import Frame
from ui.turn import Words

TABLE_ROWS = 20
_COLUMNS = ("time", "task", "status", "duration", "tokens", "message", "request")


def cards(summary: Summary, words: Words) -> str:
    """Return the figures at a glance; a value without data says so."""
    tasks = [(words[name], summary.tasks[name]) for name in TASKS]
    errors = sum(task.errors for _, task in tasks)
    rejected = sum(task.rejected for _, task in tasks)
    cancelled = sum(task.cancelled for _, task in tasks)
    shown = [
        _card(
            words["requests"],
            str(summary.tasks["chat"].requests),
            " · ".join(f"{name} {task.requests}" for name, task in tasks),
            words,
        ),
        _card(
            words["errors"],
            str(errors) if summary.requests else None,
            f"{rejected} {words['rejected']} · {cancelled} {words['cancelled']}",
            words,
            alarming=errors > 0,
        ),
        *(
            _card(
                name,
                _ms(task.p50_ms),
                f"{words['p50']} · {words['p95']} {_ms(task.p95_ms) or '–'} · {_count(task.timed, words)}",
                words,
            )
            for name, task in tasks
        ),
        _card(
            words["speed"],
            _unit(summary.tokens_per_second.value, "tok/s", 1),
            f"{words['p50']} · {_count(summary.tokens_per_second.count, words)} · "
            f"{words['ttft']} {_ms(summary.ttft_ms.value) or '–'} · {_count(summary.ttft_ms.count, words)}",
            words,
        ),
        _card(words["memory"], _unit(summary.memory_mb, "MiB"), words["now"], words),
        _card(words["cpu"], _unit(summary.cpu_percent, "%"), f"{words['now']} · {words['one_core']}", words),
    ]
    return f"<div class='cards'>{''.join(shown)}</div>"


def health(view: View, log_name: str, dropped: int, disk_error: OSError | None, words: Words) -> str:
    """Say what is read, and what is wrong with the log; `dropped` counts what was never written."""
    scope = [
        words["scope"].format(count=f"{len(view.frame):,}", path=log_name),
        words["newest_points"].format(points=f"{MAX_POINTS:,}"),
    ]
    if view.loading and view.error is None:
        scope.append(words["loading"])
    problems = " · ".join(_problems(view, dropped, disk_error, words))
    warning = f" <span class='warning' role='alert'>{html.escape(problems)}</span>" if problems else ""
    return f"<div class='scope'>{html.escape(' · '.join(scope))}{warning}</div>"


def _problems(view: View, dropped: int, disk_error: OSError | None, words: Words) -> Iterator[str]:
    if view.broken:
        kinds = (f"{count:,} {words.get(f'broken_{kind}', kind)}" for kind, count in view.broken.items())
        count = f"{sum(view.broken.values()):,}"
        yield words["broken"].format(count=count, kinds=words["list_comma"].join(kinds))
    if view.missing:
        yield words["missing"].format(count=f"{view.missing:,}")
    if dropped:
        yield words["dropped"].format(count=f"{dropped:,}")
    if disk_error is not None:
        yield words["disk_error"].format(error=disk_error.strerror or disk_error)  # without paths
    if view.error is not None:
        yield words["read_error"].format(error=view.error)


def table(frame: Frame, words: Words) -> str:
    """Return the latest records, newest first; everything in them is shown as text."""
    hint = "" if len(finished(frame)) else f"<div class='empty'>{words['no_requests']}</div>"
    head = "".join(f"<th scope='col'>{words[name]}</th>" for name in _COLUMNS)
    return (
        f"{hint}<h3>{words['latest']}</h3><div class='table-frame' tabindex='0'>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_rows(frame, words))}</tbody></table></div>"
    )


def _rows(frame: Frame, words: Words) -> Iterator[str]:
    newest = frame.where(~frame.equals("event", "resource.sample")).tail(TABLE_ROWS)
    columns = (newest.time, newest["response_time_ms"], newest["output_tokens"], newest.records())
    for moment, duration, tokens, record in reversed(list(zip(*columns, strict=True))):
        task = _text(record, "task_type")
        level = _text(record, "level")
        cells = (
            f"{datetime.fromtimestamp(moment, UTC):%m-%d %H:%M:%S}",
            words.get(task, task),
            _text(record, "status") or level,
            "" if np.isnan(duration) else f"{duration:.0f}",
            "" if np.isnan(tokens) else f"{tokens:.0f}",
            _text(record, "message"),
            _text(record, "request_id")[:8],
        )
        shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        yield f"<tr class='{html.escape(level.lower())}'>{shown}</tr>"


def _text(record: Mapping[str, Any], name: str) -> str:
    """Return a field of a record, which may come from any program; "" where it is no text."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _card(name: str, value: str | None, detail: str, words: Words, *, alarming: bool = False) -> str:
    shown = html.escape(value) if value is not None else f"<span class='none'>{words['no_data']}</span>"
    state = " alarming" if alarming else ""
    return (
        f"<div class='card{state}'><div class='name'>{html.escape(name)}</div>"
        f"<div class='value'>{shown}</div><div class='detail'>{html.escape(detail)}</div></div>"
    )


def _ms(value: float | None) -> str | None:
    if value is None:
        return None
    return f"{value / 1000:.1f} s" if value >= 10_000 else f"{value:.0f} ms"


def _count(count: int, words: Words) -> str:
    """Say how many records a percentile is of."""
    return words["sample_count"].format(count=f"{count:,}")


def _unit(value: float | None, unit: str, digits: int = 0) -> str | None:
    return None if value is None else f"{value:,.{digits}f} {unit}"
