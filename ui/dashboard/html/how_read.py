"""How a source was read, as HTML: its formats, odd clocks, what was not read and what to do about it."""

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup, escape

from monitoring.formats.programs.names import EXTRA
from monitoring.reading.log_reader import View
from monitoring.record.schema import MAX_LINE_BYTES
from monitoring.record.visible import visible
from monitoring.storage.damage import WINDOW_TOO_LARGE, Damage
from ui.dashboard.html.format import and_more, moment
from ui.texts.words import MAX_NAME_CHARS, Words

# Formats and statuses that are named.
MAX_NAMED = 12
# Damages that are told.
MAX_DAMAGES = 5
# Fields without a unit that are named.
MAX_UNITS = 5

_ITEM = Markup("<li>{}</li>")


def how_read(view: View, words: Words) -> Markup:
    """Return what its reader should know of how a source was read; often that is nothing."""
    told = [
        *_formats(view, words),
        *_damages(view, words),
        *_odd_times(view, words),
        *_zoneless(view, words),
        *_unknown_statuses(view, words),
        *_unknown_units(view, words),
    ]
    items = Markup().join(map(_ITEM.format, told))
    lines = Markup("<ul class='how-read'>{}</ul>").format(items) if told else Markup()
    return lines + _advice(view, words)


def _formats(view: View, words: Words) -> Iterator[str]:
    found = [
        _counted("read_as", count, words).format(format=visible(name[:MAX_NAME_CHARS]), count=f"{count:,}")
        for name, count in _most_first(view.read_as)
    ]
    if found:
        yield words["read_as"].format(formats=words["list_semicolon"].join(_bounded(found, words)))


def _damages(view: View, words: Words) -> Iterator[str]:
    for damage in view.damages[:MAX_DAMAGES]:
        yield words[_text_of(damage)].format(
            packing=damage.packing,
            reason=visible(damage.reason),
            place=f"{damage.place:,}",
            size=f"{damage.size:,}",
            text=f"{damage.text_bytes:,}",
        )


def _text_of(damage: Damage) -> str:
    if damage.reason == WINDOW_TOO_LARGE:
        return "damaged_window"
    return "damaged_wrong" if damage.reason else "damaged_early"


def _odd_times(view: View, words: Words) -> Iterator[str]:
    if view.odd_times:
        examples = escape(words["list_comma"]).join(map(moment, view.odd_time_examples))
        text = escape(_counted("odd_times", view.odd_times, words))
        yield text.format(count=f"{view.odd_times:,}", examples=examples)


def _zoneless(view: View, words: Words) -> Iterator[str]:
    if view.zoneless:
        yield words["zoneless"].format(example=visible(view.zoneless))


def _unknown_statuses(view: View, words: Words) -> Iterator[str]:
    found = [
        words["unknown_status"].format(status=visible(name[:MAX_NAME_CHARS]), count=f"{count:,}")
        for name, count in _most_first(view.unknown_statuses)
    ]
    if found:
        yield words["unknown_statuses"].format(statuses=words["list_comma"].join(_bounded(found, words)))


def _unknown_units(view: View, words: Words) -> Iterator[str]:
    for mapping, count in _most_first(view.unknown_units)[:MAX_UNITS]:
        kind = "unknown_number" if mapping.startswith(EXTRA) else "unknown_units"
        yield _counted(kind, count, words).format(count=f"{count:,}", mapping=visible(mapping))


def _advice(view: View, words: Words) -> Markup:
    """Return what to do about each kind of broken line; it is open where nothing could be read."""
    advice = [
        words[f"advice_{kind}"].format(count=f"{count:,}", kib=MAX_LINE_BYTES >> 10)
        for kind, count in view.broken.items()
        if f"advice_{kind}" in words
    ]
    if not advice:
        return Markup()
    return Markup(
        "<details class='how-read' id='advice'{is_open}><summary>{title}</summary><ul>{items}</ul></details>"
    ).format(
        is_open="" if len(view.frame) or view.loading else Markup(" open"),
        title=words["advice"],
        items=Markup().join(map(_ITEM.format, advice)),
    )


def _counted(name: str, count: int, words: Words) -> str:
    """Return the text for one thing or for several things."""
    return words[f"{name}_one" if count == 1 else f"{name}_many"]


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: -item[1])


def _bounded(texts: Sequence[str], words: Words) -> list[str]:
    """Return the first texts, and how many more there are."""
    more = and_more(len(texts) - MAX_NAMED, words)
    return [*texts[:MAX_NAMED], *([more] if more else [])]
