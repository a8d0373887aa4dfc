"""One page of the table of records as HTML, with the same selection as queries for other tools."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from monitoring.record.visible import visible
from monitoring.window.frame import Frame
from ui.dashboard.html.format import MAX_TEXT_CHARS, copy_button, moment, number, shortened
from ui.texts.words import MAX_NAME_CHARS, Words, label_name, task_name
from ui.view.state import OPERATOR_SORTS, SORTS, TEXT_SORTS, ViewState

# What a status is taken for where the level is not shown.
SEVERITIES = {"error": "error", "rejected": "warning"}

_TABLE = Markup(
    "<div class='table-frame' tabindex='0' role='region' aria-label='{title}'>"
    "<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{empty}{pager}{tools}"
)
_PAGER = Markup("<nav class='pager'>{first}{newer}<span>{place}</span>{older}{last}{exports}</nav>")
_EXPORTS = Markup(
    "<a href='dashboard/export?format=jsonl' data-export='jsonl' download>{jsonl}</a>"
    "<a href='dashboard/export?format=csv' data-export='csv' download>{csv}</a>"
)


def table(
    rows: Frame,
    count: int,
    state: ViewState,
    tools: Mapping[str, str] | None,
    words: Words,
    empty: str = "",
) -> Markup:
    """Return one page of the table: `rows` in order, of `count` selected records.

    `tools` holds the same selection as a query for each of some other tools, by the tool's name. It is None
    for a visitor, who sees the numbers alone, and exports nothing. `empty` is what is shown where no record
    is selected.
    """
    is_operator = tools is not None
    head = [_heading(name, state, words) for name in SORTS if is_operator or name not in OPERATOR_SORTS]
    head += [
        Markup("<th scope='col'>{}</th>").format(words[f"column_{name}"])
        for name in (("message", "request") if is_operator else ("request",))
    ]
    body = Markup().join(
        _row(*row, is_operator, words) for row in zip(rows.time.tolist(), rows.records(), strict=True)
    )
    return _TABLE.format(
        title=words["records"],
        head=Markup().join(head),
        body=body,
        empty="" if count else Markup("<div class='empty'>{}</div>").format(empty or words["no_rows"]),
        pager=_pager(count, state, is_operator, words),
        tools=_tools(tools or {}, words),
    )


def _heading(name: str, state: ViewState, words: Words) -> Markup:
    is_sorted = name == state.sort
    descending = not state.is_descending if is_sorted else name not in TEXT_SORTS
    arrow = ("▼" if state.is_descending else "▲") if is_sorted else ""
    direction = ("descending" if state.is_descending else "ascending") if is_sorted else "none"
    return Markup(
        "<th scope='col' aria-sort='{}'><button type='button' data-set='sort={}{}'>{} {}</button></th>"
    ).format(direction, "-" if descending else "", name, words[f"column_{name}"], arrow)


def _row(time: float, record: Mapping[str, Any], is_operator: bool, words: Words) -> Markup:
    status, label, level = (_text(record, name) for name in ("status", "label", "level"))
    texts = [
        moment(time),
        task_name(_text(record, "task_type"), words),
        words.get(f"status_{status}", status),
    ]
    last: list[str] = [_link(record.get("request_id"))]
    if is_operator:
        texts += [level, label_name(label, words)]
        last.insert(0, _text(record, "message", MAX_TEXT_CHARS))
    numbers = (
        number(record.get("response_time_ms")),
        number(record.get("queue_wait_ms")),
        number(record.get("ttft_ms")),
        number(record.get("output_tokens")),
        number(record.get("tokens_per_second"), 1),
    )
    # A join escapes all its cells; a `format` for each of them takes several times as long.
    return Markup("<tr class='{}'><td>{}</td><td class='number'>{}</td><td{}>{}</td></tr>").format(
        _severity(level, status, is_operator),
        Markup("</td><td>").join(texts),
        Markup("</td><td class='number'>").join(numbers),
        Markup(" class='message'") if is_operator else "",
        Markup("</td><td>").join(last),
    )


def _severity(level: str, status: str, is_operator: bool) -> str:
    """Return the class of a row, by which failures stand out."""
    return level.lower() if is_operator else SEVERITIES.get(status, "")


def _link(request_id: object) -> Markup:
    if not isinstance(request_id, str) or not request_id:
        return Markup()
    return Markup("<a href='#' data-request='{}' title='{}'>{}</a>").format(
        request_id[:MAX_NAME_CHARS], shortened(request_id, MAX_NAME_CHARS), visible(request_id[:8])
    )


def _pager(count: int, state: ViewState, is_operator: bool, words: Words) -> Markup:
    page, pages = state.place(count)

    def button(target: int, name: str, sign: str) -> Markup:
        disabled = " disabled" if not 1 <= target <= pages or target == page else ""
        return Markup("<button type='button' data-set='page={}' aria-label='{}'{}>{}</button>").format(
            target, words[name], disabled, sign
        )

    exports = _EXPORTS.format(jsonl=words["export_jsonl"], csv=words["export_csv"])
    return _PAGER.format(
        first=button(1, "page_first", "«"),
        newer=button(page - 1, "page_newer", "‹"),
        place=words["page_of"].format(page=f"{page:,}", pages=f"{pages:,}", count=f"{count:,}"),
        older=button(page + 1, "page_older", "›"),
        last=button(pages, "page_last", "»"),
        exports=exports if is_operator else "",
    )


def _tools(tools: Mapping[str, str], words: Words) -> Markup:
    tool = Markup(
        "<details class='tool' id='tool-{}'><summary>{}</summary>{}<pre tabindex='0'>{}</pre></details>"
    )
    button = copy_button("data-copy", words["copy"], words)
    return Markup().join(
        tool.format(name.lower(), words["copy_as"].format(tool=name), button, query)
        for name, query in tools.items()
    )


def _text(record: Mapping[str, Any], name: str, max_chars: int = MAX_NAME_CHARS) -> str:
    """Return the beginning of a text of a record, which may come from any program; "" where it is no text."""
    value = record.get(name)
    return shortened(value, max_chars) if isinstance(value, str) else ""
