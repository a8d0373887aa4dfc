"""The dashboard's forms as HTML: their fields are named as the parts of the address are."""

import html
from collections.abc import Iterable, Sequence

from monitoring.analysis.filters import KINDS
from monitoring.reading.sources import FILE, LIVE, UPLOAD
from monitoring.window.frame import Frame
from ui.dashboard.html.format import copy_button
from ui.texts.words import Words
from ui.view.address import MAX_CHARS
from ui.view.state import ALL, OWN, RANGES

REFRESH_SECONDS = (2, 5, 10, 30)
MOST_VALUES = 50  # that a list offers
Options = Iterable[tuple[str, str]]  # value, text


def source_name(source: str, words: Words) -> str:
    """Return how a source is called."""
    if source == LIVE:
        return words["source_live"]
    return words["source_upload"] if source.startswith(UPLOAD) else source.removeprefix(FILE)


def view_form(sources: Sequence[str], words: Words) -> str:
    """Return the controls of the whole view: source, time, refreshing."""
    ranges = [(name, words[f"range_{name}"]) for name in (*RANGES, ALL, OWN)]
    every = [(str(seconds), words["every"].format(seconds=seconds)) for seconds in REFRESH_SECONDS]
    return (
        f"<form class='controls' data-form='view' data-offline='{html.escape(words['offline'])}'>"
        f"{_select('source', [(name, source_name(name, words)) for name in sources], words)}"
        f"<label class='upload'><span>{words['upload']}</span>"
        f"<input type='file' accept='.jsonl,.log,.gz' title='{html.escape(words['upload_help'])}'></label>"
        f"{_choice('range', ranges, words)}"
        f"<span class='own'>{_input('from', 'datetime-local', words, step='1')}"
        f"{_input('to', 'datetime-local', words, step='1')}</span>"
        f"{_select('refresh', [*every, ('off', words['refresh_off'])], words)}"
        f"<button type='button' data-zoom-out hidden>{words['zoom_out']}</button>"
        f"{copy_button('data-copy-link', words['copy_link'], words)}"
        "</form>"
    )


def filter_form(frame: Frame, content_note: str, words: Words) -> str:
    """Return the controls of the table; `frame` tells which values there are."""

    def values(name: str, prefix: str = "") -> list[tuple[str, str]]:
        found = sorted(frame.distinct(name))[:MOST_VALUES]
        return [("", words["any"]), *((value, words.get(prefix + value, value)) for value in found)]

    note = f"<p class='fine'>{html.escape(content_note)}</p>" if content_note else ""
    return (
        f"<h3>{words['records']}</h3><form class='controls' data-form='filter'>"
        f"{_select('kind', [(kind, words[f'kind_{kind}']) for kind in KINDS], words)}"
        f"{_select('task', values('task_type', 'task_'), words)}"
        f"{_select('status', values('status', 'status_'), words)}"
        f"{_select('label', values('label'), words)}"
        f"{_select('level', values('level'), words)}"
        f"{_input('over', 'number', words, min='0', step='any')}"
        f"{_input('q', 'search', words, maxlength=str(MAX_CHARS))}"
        f"{_input('session', 'search', words, maxlength=str(MAX_CHARS))}"
        f"{_input('id', 'search', words, maxlength=str(MAX_CHARS))}"
        f"<button type='button' data-reset-filter>{words['reset_filter']}</button></form>{note}"
    )


def _select(name: str, options: Options, words: Words) -> str:
    items = "".join(f"<option value='{html.escape(v)}'>{html.escape(text)}</option>" for v, text in options)
    return f"<label><span>{words[f'field_{name}']}</span><select name='{name}'>{items}</select></label>"


def _choice(name: str, options: Options, words: Words) -> str:
    items = "".join(
        f"<label><input type='radio' name='{name}' value='{value}'><span>{html.escape(text)}</span></label>"
        for value, text in options
    )
    return f"<fieldset><legend>{words[f'field_{name}']}</legend>{items}</fieldset>"


def _input(name: str, kind: str, words: Words, **attributes: str) -> str:
    more = " ".join(f"{key}='{value}'" for key, value in attributes.items())
    return (
        f"<label><span>{words[f'field_{name}']}</span>"
        f"<input name='{name}' type='{kind}' autocomplete='off' {more}></label>"
    )
