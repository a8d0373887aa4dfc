"""The dashboard's pieces of HTML, made from summaries and records."""

import html
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from monitoring.aggregate import TASKS, Summary, finished
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
            _card(name, _ms(task.p50_ms), f"{words['p50']} · {words['p95']} {_ms(task.p95_ms) or '–'}", words)
            for name, task in tasks
        ),
        _card(
            words["speed"],
            _unit(summary.tokens_per_second, "tok/s", 1),
            f"{words['p50']} · {words['ttft']} {_ms(summary.ttft_ms) or '–'}",
            words,
        ),
        _card(words["memory"], _unit(summary.memory_mb, "MiB"), words["now"], words),
        _card(words["cpu"], _unit(summary.cpu_percent, "%"), f"{words['now']} · {words['one_core']}", words),
    ]
    return f"<div class='cards'>{''.join(shown)}</div>"


def table(frame: Frame, words: Words) -> str:
    """Return the latest records, newest first; everything in them is shown as text."""
    hint = "" if len(finished(frame)) else f"<div class='empty'>{words['no_requests']}</div>"
    head = "".join(f"<th scope='col'>{words[name]}</th>" for name in _COLUMNS)
    return (
        f"{hint}<h3>{words['latest']}</h3><div class='table-frame' tabindex='0'>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_rows(frame, words))}</tbody></table></div>"
    )


def _rows(frame: Frame, words: Words) -> Iterator[str]:
    newest = frame.where(frame["event"] != "resource.sample").tail(TABLE_ROWS)
    for i in reversed(range(len(newest))):
        row = {name: column[i] for name, column in newest.columns.items()}
        task = words.get(row["task_type"], row["task_type"])
        cells = (
            f"{datetime.fromtimestamp(newest.time[i], UTC):%m-%d %H:%M:%S}",
            task,
            row["status"] or row["level"],
            "" if np.isnan(row["response_time_ms"]) else f"{row['response_time_ms']:.0f}",
            "" if np.isnan(row["output_tokens"]) else f"{row['output_tokens']:.0f}",
            row["message"],
            row["request_id"][:8],
        )
        level = html.escape(row["level"].lower())
        yield f"<tr class='{level}'>{''.join(f'<td>{html.escape(str(cell))}</td>' for cell in cells)}</tr>"


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


def _unit(value: float | None, unit: str, digits: int = 0) -> str | None:
    return None if value is None else f"{value:,.{digits}f} {unit}"
