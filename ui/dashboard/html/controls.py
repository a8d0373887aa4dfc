"""The dashboard's forms as HTML: each field has the name of a part of the address."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from monitoring.analysis.filters import KINDS
from monitoring.reading.sources import FILE, LIVE, MAX_LISTED, MAX_UPLOAD_BYTES, UPLOAD
from monitoring.record.visible import visible
from monitoring.window.frame import Frame
from monitoring.window.masks import is_of_others
from ui.dashboard.html.format import copy_button
from ui.dashboard.html.visitor import visitor_note
from ui.texts.words import MAX_NAME_CHARS, Words
from ui.view.address import MAX_CHARS
from ui.view.state import ALL, OWN, RANGES

REFRESH_SECONDS = (2, 5, 10, 30)
MAX_VALUES = 50  # in the list of one field
Options = Iterable[tuple[str, str]]  # value and text


def source_name(source: str, title: str, words: Words) -> str:
    """Return the name of a source for the reader; an uploaded file may have a title."""
    if source == LIVE:
        return words["source_live"]
    if not source.startswith(UPLOAD):
        return visible(source.removeprefix(FILE))
    if not title:
        return words["source_upload"]
    return words["source_upload_of"].format(title=visible(title[:MAX_NAME_CHARS]))


@dataclass(frozen=True, slots=True)
class Controls:
    """The forms for the operator, or for a visitor, who may choose neither sources nor what tells texts."""

    words: Words
    for_operator: bool

    def view_form(self, sources: Sequence[str], title: str = "") -> Markup:
        """Return the controls of the whole view: source, time, refreshing; `title` is an upload's name."""
        words = self.words
        ranges = [(name, words[f"range_{name}"]) for name in (*RANGES, ALL, OWN)]
        zones = [("", words["zone_local"]), ("utc", "UTC")]
        every = [(str(seconds), words["every"].format(seconds=seconds)) for seconds in REFRESH_SECONDS]
        return Markup(
            "<form class='controls' data-form='view' data-offline='{offline}'>{sources}"
            "{ranges}<span class='own'>{since}{until}</span>{zone}{refresh}"
            "<button type='button' data-zoom-out hidden>{zoom_out}</button>{copy_link}</form>{note}"
        ).format(
            offline=words["offline"],
            sources=self._sources(sources, title) if self.for_operator else "",
            ranges=_choice("range", ranges, words),
            since=_input("from", "datetime-local", words, step="1"),
            until=_input("to", "datetime-local", words, step="1"),
            zone=_select("zone", zones, words),
            refresh=_select("refresh", [*every, ("off", words["refresh_off"])], words),
            zoom_out=words["zoom_out"],
            copy_link=copy_button("data-copy-link", words["copy_link"], words),
            note="" if self.for_operator else visitor_note(words["visitor_note"], words),
        )

    def filter_form(self, frame: Frame, hides_texts: bool) -> Markup:
        """Return the controls of the table; the lists offer the values that the records of `frame` have."""
        words = self.words
        note = Markup("<p class='fine'>{}</p>").format(words["texts_hidden"])
        return Markup(
            "<h3>{}</h3><form class='controls' data-form='filter'>{}"
            "<button type='button' data-reset-filter>{}</button></form>{}"
        ).format(
            words["records"],
            Markup().join(self._filters(frame)),
            words["reset_filter"],
            note if self.for_operator and hides_texts else "",
        )

    def _sources(self, sources: Sequence[str], title: str) -> Markup:
        words = self.words
        named = [(name, source_name(name, title, words)) for name in sources]
        near = _input("near", "datetime-local", words, step="1") if len(sources) > MAX_LISTED else Markup()
        return _select("source", named, words) + near + self._opener()

    def _opener(self) -> Markup:
        """Return what opens a file, with the texts that the page's script needs for it.

        Browsers know a file by the end of its name alone, and would hide `app.log.1` from whoever may choose
        `.log` files. So every file can be chosen; what it holds tells how it is read.
        """
        words, limit = self.words, MAX_UPLOAD_BYTES >> 20
        return Markup(
            "<label class='upload'><span>{upload}</span><input type='file' data-opener title='{help}' "
            "data-max-bytes='{max_bytes}' data-too-large='{too_large}' data-unreadable='{unreadable}' "
            "data-several='{several}' data-sending='{sending}'></label>"
            "<div class='drop' aria-hidden='true'>{drop}</div>"
        ).format(
            upload=words["upload"],
            help=words["upload_help"].format(limit=limit),
            max_bytes=MAX_UPLOAD_BYTES,
            too_large=words["upload_too_large"].format(limit=limit),
            unreadable=words["upload_unreadable"],
            several=words["drop_one"],
            sending=words["upload_wait"],
            drop=words["drop_here"],
        )

    def _filters(self, frame: Frame) -> Iterator[Markup]:
        words = self.words
        if self.for_operator:
            kinds = {kind: words[f"kind_{kind}"] for kind in KINDS}
            if is_of_others(frame):
                kinds["events"] = words["kind_events_of_others"]
            yield _select("kind", kinds.items(), words)
        yield _select("task", self._values(frame, "task_type", "task_"), words)
        yield _select("status", self._values(frame, "status", "status_"), words)
        if self.for_operator:
            yield _select("label", self._values(frame, "label", "label_"), words)
            yield _select("level", self._values(frame, "level"), words)
        yield _input("over", "number", words, min="0", step="any")
        for name in ("q", "session", "id") if self.for_operator else ("id",):
            yield _input(name, "search", words, maxlength=str(MAX_CHARS))

    def _values(self, frame: Frame, name: str, prefix: str = "") -> Options:
        found = sorted(frame.distinct(name))[:MAX_VALUES]
        texts = ((value, self.words.get(prefix + value) or visible(value)) for value in found)
        return [("", self.words["any"]), *texts]


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
