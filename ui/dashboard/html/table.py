"""The table of records as HTML: sorted, in pages, with the same selection for other tools."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from monitoring.window.frame import Frame
from ui.dashboard.html.format import copy_button, moment, number
from ui.dashboard.view_state import PAGE_ROWS, SORTS, ViewState
from ui.texts.words import Words, task_name

_COLUMNS = {  # what a sort goes by
    "response": "response_time_ms",
    "wait": "queue_wait_ms",
    "ttft": "ttft_ms",
    "tokens": "output_tokens",
    "speed": "tokens_per_second",
    "task": "task_type",
    "status": "status",
    "level": "level",
    "label": "label",
}
_TEXTS = ("task", "status", "level", "label")


@dataclass(frozen=True, slots=True)
class Tool:
    """The table's selection, in the language of another tool."""

    name: str
    text: str


def order(frame: Frame, sort: str, is_descending: bool) -> np.ndarray:
    """Return the places of a frame's records in a table's order; those without a value come last.

    Among equal ones, the newer come first.
    """
    newest_first = np.arange(len(frame))[::-1]
    if sort == "time":
        keys = frame.time
    elif sort in _TEXTS:
        values = frame.texts(_COLUMNS[sort])
        rank = {value: place for place, value in enumerate(sorted(set(values)), 1)}
        keys = np.array([rank[value] if value else np.nan for value in values], dtype=float)
    else:
        keys = frame[_COLUMNS[sort]]
    keys = keys[newest_first]
    result: np.ndarray = newest_first[np.argsort(-keys if is_descending else keys, kind="stable")]
    return result


def table(selected: Frame, state: ViewState, tools: list[Tool], words: Words) -> str:
    """Return one page of the selected records; everything in them is shown as text."""
    pages = max(1, ceil(len(selected) / PAGE_ROWS))
    page = min(state.page, pages)
    places = order(selected, state.sort, state.is_descending)[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    shown = selected.take(places)
    head = "".join(_heading(name, state, words) for name in SORTS)
    rest = "".join(f"<th scope='col'>{words[f'column_{name}']}</th>" for name in ("message", "request"))
    rows = "".join(_row(*row, words) for row in zip(shown.time.tolist(), shown.records(), strict=True))
    nothing = "" if len(selected) else f"<div class='empty'>{html.escape(words['no_rows'])}</div>"
    return (
        f"<div class='table-frame' tabindex='0' role='region' aria-label='{html.escape(words['records'])}'>"
        f"<table><thead><tr>{head}{rest}</tr></thead><tbody>{rows}</tbody></table></div>{nothing}"
        f"{_pager(len(selected), page, pages, words)}{_tools(tools, words)}"
    )


def _heading(name: str, state: ViewState, words: Words) -> str:
    is_sorted = name == state.sort
    descending = not state.is_descending if is_sorted else name not in _TEXTS
    arrow = ("▼" if state.is_descending else "▲") if is_sorted else ""
    direction = ("descending" if state.is_descending else "ascending") if is_sorted else "none"
    target = f"sort={'-' if descending else ''}{name}"
    return (
        f"<th scope='col' aria-sort='{direction}'><button type='button' data-set='{target}'>"
        f"{words[f'column_{name}']} {arrow}</button></th>"
    )


def _row(time: float, record: Mapping[str, Any], words: Words) -> str:
    task, status = _text(record, "task_type"), _text(record, "status")
    label, level = _text(record, "label"), _text(record, "level")
    request = _text(record, "request_id")
    cells = (
        moment(time),
        task_name(task, words),
        words.get(f"status_{status}", status),
        level,
        words.get(label, label),
        number(record.get("response_time_ms")),
        number(record.get("queue_wait_ms")),
        number(record.get("ttft_ms")),
        number(record.get("output_tokens")),
        number(record.get("tokens_per_second"), 1),
        _text(record, "message"),
    )
    shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    link = ""
    if request:
        address = html.escape(request)
        link = f"<a href='#' data-request='{address}' title='{address}'>{html.escape(request[:8])}</a>"
    return f"<tr class='{html.escape(level.lower())}'>{shown}<td>{link}</td></tr>"


def _pager(count: int, page: int, pages: int, words: Words) -> str:
    def button(target: int, name: str, sign: str) -> str:
        off = " disabled" if not 1 <= target <= pages or target == page else ""
        return (
            f"<button type='button' data-set='page={target}' aria-label='{html.escape(words[name])}'{off}>"
            f"{sign}</button>"
        )

    place = words["page_of"].format(page=f"{page:,}", pages=f"{pages:,}", count=f"{count:,}")
    return (
        f"<nav class='pager'>{button(1, 'page_first', '«')}{button(page - 1, 'page_newer', '‹')}"
        f"<span>{html.escape(place)}</span>"
        f"{button(page + 1, 'page_older', '›')}{button(pages, 'page_last', '»')}"
        f"<a href='dashboard/export?format=jsonl' data-export='jsonl' download>{words['export_jsonl']}</a>"
        f"<a href='dashboard/export?format=csv' data-export='csv' download>{words['export_csv']}</a></nav>"
    )


def _tools(tools: list[Tool], words: Words) -> str:
    return "".join(
        f"<details class='tool' id='tool-{tool.name.lower()}'>"
        f"<summary>{html.escape(words['copy_as'].format(tool=tool.name))}</summary>"
        f"{copy_button('data-copy', words['copy'], words)}"
        f"<pre tabindex='0'>{html.escape(tool.text)}</pre></details>"
        for tool in tools
    )


def _text(record: Mapping[str, Any], name: str) -> str:
    """Return a field of a record, which may come from any program; "" where it is no text."""
    value = record.get(name)
    return value if isinstance(value, str) else ""


def rows_in_order(selected: Frame, state: ViewState, at_once: int) -> Iterator[Frame]:
    """Yield the selected records in the table's order, some at a time."""
    places = order(selected, state.sort, state.is_descending)
    for start in range(0, len(places), at_once):
        yield selected.take(places[start : start + at_once])
