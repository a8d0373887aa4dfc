"""One page of the table of records as HTML, with the same selection as queries for other tools."""

import html
from collections.abc import Mapping
from typing import Any

from monitoring.window.frame import Frame
from ui.dashboard.html.format import copy_button, moment, number
from ui.texts.words import Words, task_name
from ui.view.state import SORTS, TEXT_SORTS, ViewState


def table(rows: Frame, count: int, state: ViewState, tools: Mapping[str, str], words: Words) -> str:
    """Return one page of the table: `rows` in order, of `count` selected records.

    `tools` holds the same selection as a query for each of some other tools, by the tool's name.
    """
    page, pages = state.place(count)
    head = "".join(_heading(name, state, words) for name in SORTS)
    rest = "".join(f"<th scope='col'>{words[f'column_{name}']}</th>" for name in ("message", "request"))
    body = "".join(_row(*row, words) for row in zip(rows.time.tolist(), rows.records(), strict=True))
    nothing = "" if count else f"<div class='empty'>{html.escape(words['no_rows'])}</div>"
    return (
        f"<div class='table-frame' tabindex='0' role='region' aria-label='{html.escape(words['records'])}'>"
        f"<table><thead><tr>{head}{rest}</tr></thead><tbody>{body}</tbody></table></div>{nothing}"
        f"{_pager(count, page, pages, words)}{_tools(tools, words)}"
    )


def _heading(name: str, state: ViewState, words: Words) -> str:
    is_sorted = name == state.sort
    descending = not state.is_descending if is_sorted else name not in TEXT_SORTS
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


def _tools(tools: Mapping[str, str], words: Words) -> str:
    return "".join(
        f"<details class='tool' id='tool-{name.lower()}'>"
        f"<summary>{html.escape(words['copy_as'].format(tool=name))}</summary>"
        f"{copy_button('data-copy', words['copy'], words)}"
        f"<pre tabindex='0'>{html.escape(query)}</pre></details>"
        for name, query in tools.items()
    )


def _text(record: Mapping[str, Any], name: str) -> str:
    """Return a field of a record, which may come from any program; "" where it is no text."""
    value = record.get(name)
    return value if isinstance(value, str) else ""
