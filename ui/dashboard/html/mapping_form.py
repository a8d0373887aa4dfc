"""The form that says which fields of another program's file stand for ours, as HTML."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from markupsafe import Markup

from monitoring.formats.programs.names import DURATIONS, EXTRA
from monitoring.reading.log_reader import View
from monitoring.record.found_field import FoundField
from monitoring.record.mapping import path_of
from monitoring.record.visible import visible
from ui.dashboard.html.format import and_more, shortened
from ui.texts.words import MAX_NAME_CHARS, Words

# Our fields that can be chosen for, in the order of the form.
OFFERED = (
    "timestamp",
    "task_type",
    "response_time_ms",
    "status",
    "level",
    "message",
    "request_id",
    "session_id",
    "ttft_ms",
    "queue_wait_ms",
    "prompt_tokens",
    "output_tokens",
    "tokens_per_second",
    "model",
    "label",
    "error_message",
    "cpu_usage_percent",
    "memory_usage_mb",
)
# The units of a duration; numbers are in the first one unless the mapping says otherwise.
UNITS = ("ms", "s", "us", "ns", "m", "h")
# Stands for the unit of a duration of which nobody knows it.
ANY_UNIT = "UNIT"
MAX_FIELDS = 60  # of the file, in each list
MAX_EXAMPLE_CHARS = 30

# Where a field is found in the file: its name, and the unit of its values, "" for the first one.
Chosen = tuple[str, str]

_FORM = Markup(
    "<details class='mapping' id='{id}'{is_open}><summary>{title}</summary>"
    "<p class='fine'>{help}</p>{missing}<form class='controls' data-mapping>{fields}"
    "<div class='actions'><button>{apply}</button>"
    "<button type='button' data-set='map='>{reset}</button></div></form>{more}</details>"
)


def mapping_form(view: View, source: str, mapping: str, default: str, words: Words) -> Markup:
    """Return the form of a source whose fields are not all known, or whose `mapping` was chosen before.

    `default` is the mapping of the settings, which holds where none was chosen.
    """
    if view.loading or not (view.fields or mapping):
        return Markup()
    fields = [field for field in view.fields if _can_be_named(field.name)]
    chosen = {**_without_units(view), **_parsed(mapping or default)}
    ours = (*OFFERED, *(name for name in chosen if name not in OFFERED))
    missing = _missing(view, mapping, words)
    more = and_more(len(fields) - MAX_FIELDS, words)
    return _FORM.format(
        # What somebody has chosen in the form of another file, or before, must not stay in this one.
        id=quote(f"mapping-{source}-{mapping}"),
        is_open=Markup(" open") if missing or view.unknown_units or not view.summary.requests else "",
        title=words["map_title"],
        help=words["map_help"],
        missing=missing,
        fields=Markup().join(_row(name, fields[:MAX_FIELDS], chosen, words) for name in ours),
        apply=words["map_apply"],
        reset=words["map_reset"],
        more=Markup("<p class='fine'>{}</p>").format(more) if more else "",
    )


def _can_be_named(name: str) -> bool:
    """Tell whether a mapping can hold this name: commas part its fields, and a colon stands before a unit."""
    return bool(name) and name == name.strip() == path_of(name) and "," not in name


def _parsed(mapping: str) -> dict[str, Chosen]:
    """Return where each of our fields is found, as a mapping such as `latency:s=response_time_ms` says."""
    chosen: dict[str, Chosen] = {}
    for pair in mapping.split(","):
        foreign, _, ours = pair.strip().rpartition("=")
        name = path_of(foreign)
        if name:
            chosen[ours] = (name, foreign.removeprefix(name).removeprefix(":"))
    return chosen


def _without_units(view: View) -> dict[str, Chosen]:
    """Return where durations are found that lack nothing but their unit, which has to be chosen."""
    chosen: dict[str, Chosen] = {}
    for mapping, _ in sorted(view.unknown_units.items(), key=lambda item: -item[1]):
        name, _, ours = mapping.rpartition(f":{ANY_UNIT}=")
        if _can_be_named(name) and not name.startswith(EXTRA):
            chosen.setdefault(ours, (name, ANY_UNIT))
    return chosen


def _missing(view: View, mapping: str, words: Words) -> Markup:
    """Return which names of a mapping the file does not have, as far as its fields are known."""
    known = {field.name for field in view.fields}
    names = [visible(name) for name, _ in _parsed(mapping).values() if name not in known]
    if not known or not names:
        return Markup()
    text = words["map_missing"].format(names=words["list_comma"].join(names))
    return Markup("<p class='warning' role='alert'>{}</p>").format(text)


def _row(ours: str, fields: Sequence[FoundField], chosen: Mapping[str, Chosen], words: Words) -> Markup:
    """Return the list of the file's fields for one of ours, and of units if it is a duration."""
    foreign, unit = chosen.get(ours, ("", ""))
    title = words.get(f"map_{ours}", ours)
    options = {"": words["map_none"], **{field.name: _described(field, words) for field in fields}}
    options.setdefault(foreign, visible(foreign))
    found = Markup("<label><span>{}</span><select data-field='{}'>{}</select></label>").format(
        title, ours, _options(options, foreign)
    )
    if ours not in DURATIONS:
        return found
    if is_asked := unit == ANY_UNIT:
        unit, units = "", {"": words["map_unit_choose"], **{name: name for name in UNITS}}
    else:
        units = {"": UNITS[0], **{name: name for name in UNITS[1:]}}
    units.setdefault(unit, unit)
    return Markup(
        "<div class='duration'>{}<label><span>{}</span>"
        "<select data-unit-of='{}' aria-label='{}'{}>{}</select></label></div>"
    ).format(
        found,
        words["map_unit"],
        ours,
        f"{title}: {words['map_unit']}",
        Markup(" required") if is_asked else "",
        _options(units, unit),
    )


def _options(options: Mapping[str, str], chosen: str) -> Markup:
    """Return the options of a list; the text of each stands for its value."""
    option = Markup("<option value='{}'{}>{}</option>")
    return Markup().join(
        option.format(value, Markup(" selected") if value == chosen else "", text)
        for value, text in options.items()
    )


def _described(field: FoundField, words: Words) -> str:
    """Return a field's name with one of its values."""
    name = shortened(field.name, MAX_NAME_CHARS)
    if not field.examples:
        return name
    return words["map_example"].format(name=name, example=shortened(field.examples[0], MAX_EXAMPLE_CHARS))
