"""The number of shown records and the problems of the log, as HTML."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from monitoring.reading.log_reader import View
from monitoring.record.visible import visible
from monitoring.storage.keeping import LeftAlone
from monitoring.storage.write_error import WriteError
from ui.dashboard.html.format import MAX_TEXT_CHARS, amount, and_more, moment, shortened
from ui.texts.log_folder import cannot_write
from ui.texts.words import Words, task_name
from ui.view.interval import Interval

MAX_TASKS = 12  # in the line about all records


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a log, and what is wrong with it."""

    view: View
    dropped: int  # records that were never written
    disk_error: WriteError | None
    for_operator: bool  # who sees the reasons, in the words of the system
    # Of a folder with far more old files than would stay; None where they are kept in order.
    left_alone: LeftAlone | None = None

    def html(self, name: str, interval: Interval, words: Words) -> Markup:
        """Return what is read, from the log of this name, and its problems."""
        view = self.view
        scope = _scope(view, name, interval, words)
        problems = " · ".join([*_lost(view, self.dropped, words), *self._failures(words)])
        warning = Markup(" <span class='warning' role='alert'>{}</span>").format(problems) if problems else ""
        return Markup("<div class='scope'>{}{}</div>").format(scope, warning)

    def _failures(self, words: Words) -> Iterator[str]:
        if self.disk_error is not None:
            yield self._disk(self.disk_error, words)
        if self.view.error is not None:
            yield self._reading(self.view.error, words)
        if self.left_alone is not None and self.for_operator:
            files, keep = self.left_alone.files, self.left_alone.keeping.files
            yield words["left_alone"].format(files=f"{files:,}", keep=keep)

    def _disk(self, error: WriteError, words: Words) -> str:
        if not self.for_operator:
            return words["disk_error_here"]
        reason = shortened(error.reason, MAX_TEXT_CHARS)
        return cannot_write(error.folder, reason, error.remedy, words)

    def _reading(self, reason: str, words: Words) -> str:
        if not self.for_operator:
            return words["read_error_here"]
        return words["read_error"].format(error=shortened(reason, MAX_TEXT_CHARS))


def whole_window(view: View, words: Words) -> Markup:
    """Return one line about all records in memory, whatever time is shown."""
    parts = [
        words["window_task"].format(
            task=visible(task_name(name, words)),
            count=f"{task.requests:,}",
            p50=amount(task.p50_ms, "ms"),
            p95=amount(task.p95_ms, "ms"),
        )
        for name, task in view.summary.tasks.items()
        if task.requests
    ]
    if not parts:
        return Markup()
    if more := and_more(len(parts) - MAX_TASKS, words):
        parts[MAX_TASKS:] = [more]
    return Markup("<p class='window'>{}{}</p>").format(words["window"], words["list_semicolon"].join(parts))


def _scope(view: View, name: str, interval: Interval, words: Words) -> Markup:
    """Return how many records are in memory, and which time is shown; of a file on its way, how far it is."""
    count = f"{len(view.frame):,}"
    if view.progress is not None:
        scope = escape(words["scope_reading"]).format(name=name, percent=f"{view.progress:.0%}")
        return scope + f" · {words['scope_so_far'].format(count=count)}" if len(view.frame) else scope
    if len(view.frame):
        since, until = moment(interval.since), moment(interval.until)
        scope = escape(words["scope"]).format(count=count, name=name, since=since, until=until)
    else:
        scope = escape(words["scope_none"]).format(name=name)
    return scope + f" · {words['loading']}" if view.loading and view.error is None else scope


def notice(view: View, requests: int, is_live: bool, words: Words) -> Markup:
    """Return how far a file is read; or, where nothing is shown, what will appear and when, or why."""
    if view.progress is not None:
        text = words["loading_file"].format(percent=f"{view.progress:.0%}")
        return Markup(
            "<div class='notice' role='status'>{} <progress value='{:.3f}' max='1'></progress></div>"
        ).format(text, view.progress)
    if requests or view.loading:
        return Markup()
    if view.summary.requests:
        return Markup("<div class='empty'>{} <a href='?range=all' data-set='range=all'>{}</a></div>").format(
            words["no_requests_here"], words["show_all"]
        )
    is_own = is_live and not view.read_as and not view.fields
    text = words["no_requests"] if is_own else _why_empty(view, is_live, words)
    return Markup("<div class='empty'>{}</div>").format(text)


def _why_empty(view: View, is_live: bool, words: Words) -> str:
    """Return why somebody else's log shows no requests, and what its reader can do."""
    if len(view.frame):
        reason = words["no_requests_in_file"]
    else:
        reason = words["file_unread" if view.broken or view.error or view.fields else "file_empty"]
    return f"{reason} {words['map_setting' if is_live else 'map_choose']}" if view.fields else reason


def _lost(view: View, dropped: int, words: Words) -> Iterator[str]:
    if view.broken:
        kinds = (f"{count:,} {words.get(f'broken_{kind}', kind)}" for kind, count in view.broken.items())
        count = f"{sum(view.broken.values()):,}"
        yield words["broken"].format(count=count, kinds=words["list_comma"].join(kinds))
    if view.missing:
        yield words["missing"].format(count=f"{view.missing:,}")
    if dropped:
        yield words["dropped"].format(count=f"{dropped:,}")
