"""The dashboard's forms as HTML: each field has the name of a part of the address."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from monitoring.analysis.filters import KINDS
from monitoring.reading.sources import FILE, LIVE, UPLOAD
from monitoring.window.frame import Frame
from ui.dashboard.html.format import copy_button
from ui.texts.words import Words
from ui.view.address import MAX_CHARS
from ui.view.state import ALL, OWN, RANGES

REFRESH_SECONDS = (2, 5, 10, 30)
MAX_VALUES = 50  # in the list of one field
Options = Iterable[tuple[str, str]]  # value and text


def source_name(source: str, words: Words) -> str:
    """Return the name of a source for the reader."""
    if source == LIVE:
        return words["source_live"]
    return words["source_upload"] if source.startswith(UPLOAD) else source.removeprefix(FILE)


def view_form(sources: Sequence[str], words: Words) -> Markup:
    """Return the controls of the whole view: source, time, refreshing."""
    ranges = [(name, words[f"range_{name}"]) for name in (*RANGES, ALL, OWN)]
    every = [(str(seconds), words["every"].format(seconds=seconds)) for seconds in REFRESH_SECONDS]
    return Markup(
        "<form class='controls' data-form='view' data-offline='{offline}'>{sources}"
        "<label class='upload'><span>{upload}</span>"
        "<input type='file' accept='.jsonl,.log,.gz' title='{upload_help}'></label>"
        "{ranges}<span class='own'>{since}{until}</span>{refresh}"
        "<button type='button' data-zoom-out hidden>{zoom_out}</button>{copy_link}</form>"
    ).format(
        offline=words["offline"],
        sources=_select("source", [(name, source_name(name, words)) for name in sources], words),
        upload=words["upload"],
        upload_help=words["upload_help"],
        ranges=_choice("range", ranges, words),
        since=_input("from", "datetime-local", words, step="1"),
        until=_input("to", "datetime-local", words, step="1"),
        refresh=_select("refresh", [*every, ("off", words["refresh_off"])], words),
        zoom_out=words["zoom_out"],
        copy_link=copy_button("data-copy-link", words["copy_link"], words),
    )


def filter_form(frame: Frame, content_note: str, words: Words) -> Markup:
    """Return the controls of the table; the lists offer the values that the records of `frame` have."""

    def values(name: str, prefix: str = "") -> Options:
        found = sorted(frame.distinct(name))[:MAX_VALUES]
        return [("", words["any"]), *((value, words.get(prefix + value, value)) for value in found)]

    fields = (
        _select("kind", [(kind, words[f"kind_{kind}"]) for kind in KINDS], words),
        _select("task", values("task_type", "task_"), words),
        _select("status", values("status", "status_"), words),
        _select("label", values("label", "label_"), words),
        _select("level", values("level"), words),
        _input("over", "number", words, min="0", step="any"),
        *(_input(name, "search", words, maxlength=str(MAX_CHARS)) for name in ("q", "session", "id")),
    )
    note = Markup("<p class='fine'>{}</p>").format(content_note) if content_note else ""
    return Markup(
        "<h3>{}</h3><form class='controls' data-form='filter'>{}"
        "<button type='button' data-reset-filter>{}</button></form>{}"
    ).format(words["records"], Markup().join(fields), words["reset_filter"], note)


def _select(name: str, options: Options, words: Words) -> Markup:
    items = Markup().join(Markup("<option value='{}'>{}</option>").format(*option) for option in options)
    return Markup("<label><span>{}</span><select name='{}'>{}</select></label>").format(
        words[f"field_{name}"], name, items
    )


def _choice(name: str, options: Options, words: Words) -> Markup:
    item = Markup("<label><input type='radio' name='{}' value='{}'><span>{}</span></label>")
    items = Markup().join(item.format(name, *option) for option in options)
    return Markup("<fieldset><legend>{}</legend>{}</fieldset>").format(words[f"field_{name}"], items)


def _input(name: str, kind: str, words: Words, **attributes: str) -> Markup:
    more = Markup(" ").join(Markup("{}='{}'").format(*attribute) for attribute in attributes.items())
    return Markup("<label><span>{}</span><input name='{}' type='{}' autocomplete='off' {}></label>").format(
        words[f"field_{name}"], name, kind, more
    )
