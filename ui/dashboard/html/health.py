"""What is looked at, and what is wrong with it, as HTML."""

import html
from collections.abc import Iterator

from monitoring.reading.log_reader import View
from ui.dashboard.html.format import amount, moment
from ui.texts.words import Words, task_name
from ui.view.interval import Interval


def health(
    view: View, name: str, interval: Interval, dropped: int, disk_error: OSError | None, words: Words
) -> str:
    """Say what is read and what is wrong with the log; `dropped` counts what was never written."""
    scope = words["scope"].format(
        count=f"{len(view.frame):,}", name=name, since=moment(interval.since), until=moment(interval.until)
    )
    if view.loading and view.error is None and view.progress is None:
        scope += f" · {words['loading']}"
    problems = " · ".join(_problems(view, dropped, disk_error, words))
    warning = f" <span class='warning' role='alert'>{html.escape(problems)}</span>" if problems else ""
    return f"<div class='scope'>{html.escape(scope)}{warning}</div>"


def whole_window(view: View, words: Words) -> str:
    """Say in one line what all records in memory tell, whatever the chosen time."""
    parts = [
        words["window_task"].format(
            task=task_name(name, words),
            count=f"{task.requests:,}",
            p50=amount(task.p50_ms, "ms"),
            p95=amount(task.p95_ms, "ms"),
        )
        for name, task in view.summary.tasks.items()
        if task.requests
    ]
    if not parts:
        return ""
    return f"<p class='window'>{html.escape(words['window'] + words['list_semicolon'].join(parts))}</p>"


def notice(view: View, interval: Interval, requests: int, words: Words) -> str:
    """Say how far a file is read; teach what will appear where there is nothing to see yet."""
    if view.progress is not None:
        text = html.escape(words["loading_file"].format(percent=f"{view.progress:.0%}"))
        return (
            f"<div class='notice' role='status'>{text} "
            f"<progress value='{view.progress:.3f}' max='1'></progress></div>"
        )
    if requests or view.loading:
        return ""
    if view.summary.requests:
        link = f"<a href='?range=all' data-set='range=all'>{html.escape(words['show_all'])}</a>"
        return f"<div class='empty'>{html.escape(words['no_requests_here'])} {link}</div>"
    return f"<div class='empty'>{html.escape(words['no_requests'])}</div>"


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
