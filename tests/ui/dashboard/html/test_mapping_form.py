"""The form for the fields of another program's file."""

from collections.abc import Sequence

import pytest

from monitoring.formats.programs.names import DURATIONS
from monitoring.reading.log_reader import View
from monitoring.record.found_field import FoundField
from monitoring.record.mapping import DURATION_UNITS
from monitoring.record.schema import TYPES
from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import HOSTILE, Elements, same_structure, view_of
from ui.dashboard.html.mapping_form import MAX_FIELDS, OFFERED, UNITS, mapping_form
from ui.texts.page import EN, ZH
from ui.texts.words import Words

FIELDS = (FoundField("when", ("1769011241", "1769011242"), 20), FoundField("res.took", (), 20))
SOURCE = "upload:1"


def form(view: View, mapping: str = "", default: str = "", words: Words = EN) -> str:
    """Return the form of an opened file."""
    return mapping_form(view, SOURCE, mapping, default, words)


def lists_of(markup: str, attribute: str) -> dict[str, list[tuple[str, str]]]:
    """Return the options of each list with this attribute, by its value: value and text."""
    found: dict[str, list[tuple[str, str]]] = {}
    elements = Elements(markup)
    options: list[tuple[str, str]] | None = None
    texts = iter(markup.split("<option ")[1:])
    for tag, attrs in elements.found:
        if tag == "select":
            options = found.setdefault(str(attrs[attribute]), []) if attribute in attrs else None
        if tag == "option":
            text = Elements(f"<option {next(texts)}").texts[0]
            if options is not None:
                options.append((str(attrs["value"]), text))
    return found


def chosen_of(markup: str) -> dict[str, str]:
    """Return what is chosen in each list, by our field or `unit of` it."""
    found, name = {}, ""
    for tag, attrs in Elements(markup).found:
        if tag == "select":
            name = str(attrs.get("data-field") or f"unit of {attrs['data-unit-of']}")
        if tag == "option" and "selected" in attrs and attrs["value"]:
            found[name] = str(attrs["value"])
    return found


def test_each_of_our_fields_has_a_list_of_the_files_fields() -> None:
    """Every list begins with none, and shows a value beside each name that has one."""
    lists = lists_of(form(view_of(fields=FIELDS)), "data-field")
    assert tuple(lists) == OFFERED
    for options in lists.values():
        assert options == [
            ("", "not in this file"),
            ("when", "when (e.g. 1769011241)"),
            ("res.took", "res.took"),
        ]


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_every_offered_field_is_one_of_ours_and_has_a_name(words: Words) -> None:
    """What can be chosen is a field of the schema, named in the reader's language."""
    text = Elements(form(view_of(fields=FIELDS), words=words)).text
    for name in OFFERED:
        assert name in TYPES
        assert words[f"map_{name}"] in text


def test_durations_have_units() -> None:
    """Beside each duration stands its unit; milliseconds are what a mapping means without one."""
    lists = lists_of(form(view_of(fields=FIELDS)), "data-unit-of")
    assert tuple(lists) == DURATIONS
    for options in lists.values():
        assert [text for _, text in options] == list(UNITS)
        assert [value for value, _ in options] == ["", *UNITS[1:]]
    assert set(UNITS) <= set(DURATION_UNITS)


def test_what_was_chosen_is_shown() -> None:
    """The form of an address with a mapping shows that mapping, with its units."""
    markup = form(view_of(fields=FIELDS), "when=timestamp, res.took:s=response_time_ms,a=b:us=ttft_ms")
    assert chosen_of(markup) == {
        "timestamp": "when",
        "response_time_ms": "res.took",
        "unit of response_time_ms": "s",
        "ttft_ms": "a=b",
        "unit of ttft_ms": "us",
    }


def test_the_settings_hold_where_nothing_was_chosen() -> None:
    """LOG_MAP is shown until the reader chooses; then only what was chosen."""
    view = view_of(fields=FIELDS)
    assert chosen_of(form(view, default="when=timestamp")) == {"timestamp": "when"}
    assert chosen_of(form(view, "res.took=label", "when=timestamp")) == {"label": "res.took"}


def test_a_choice_that_the_form_does_not_offer_is_kept() -> None:
    """A field of ours, or a name of the file, that only the address knows stays in the form."""
    lists = lists_of(form(view_of(fields=FIELDS), "hidden=input_text"), "data-field")
    assert ("hidden", "hidden") in lists["input_text"]
    assert chosen_of(form(view_of(fields=FIELDS), "hidden=input_text")) == {"input_text": "hidden"}


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_name_that_the_file_does_not_have_is_told(words: Words) -> None:
    """Whoever misspells a name in the address is told so; LOG_MAP may be for other files."""
    view = view_of(a_record(), fields=FIELDS)
    mapping = "when=timestamp,nowhere:s=response_time_ms,not.there=label"
    told = words["map_missing"].format(names=words["list_comma"].join(("nowhere", "not.there")))
    markup = form(view, mapping, words=words)
    assert told in Elements(markup).text
    assert "<details class='mapping'" in markup
    assert " open><summary>" in markup
    assert "role='alert'" not in form(view, "when=timestamp", words=words)
    assert "role='alert'" not in form(view, default="nowhere=label", words=words)


@pytest.mark.parametrize(
    ("view", "mapping", "is_shown"),
    [
        (view_of(fields=FIELDS), "", True),
        (view_of(a_record(), fields=FIELDS), "", True),
        (view_of(a_record()), "when=timestamp", True),
        (view_of(a_record()), "", False),
        (view_of(fields=FIELDS, loading=True), "", False),
    ],
)
def test_the_form_is_there_where_it_is_needed(view: View, mapping: str, is_shown: bool) -> None:
    """A file with unknown fields has it once it is read, and one whose fields were chosen."""
    assert (form(view, mapping) != "") is is_shown


@pytest.mark.parametrize(("records", "is_open"), [([], True), ([a_record()], False)])
def test_the_form_is_open_while_there_are_no_requests(
    records: Sequence[dict[str, object]], is_open: bool
) -> None:
    """Where there is something to see, it can be opened."""
    (details,) = (
        attrs for tag, attrs in Elements(form(view_of(*records, fields=FIELDS))).found if tag == "details"
    )
    assert ("open" in details) is is_open


def test_another_choice_or_file_gets_a_form_of_its_own() -> None:
    """What somebody has begun to choose for one file does not stay in the form of another one."""

    def id_of(source: str, mapping: str) -> str | None:
        return Elements(mapping_form(view_of(fields=FIELDS), source, mapping, "", EN)).values("id")[0]

    assert len({id_of("upload:1", ""), id_of("upload:2", ""), id_of("upload:1", "when=timestamp")}) == 3


@pytest.mark.parametrize("name", ["a,b", "time:s", " a", ""])
def test_a_name_that_no_mapping_can_hold_is_not_offered(name: str) -> None:
    """A name that would be taken for two, or for one with a unit, is left out."""
    lists = lists_of(form(view_of(fields=(FoundField(name, ("1",), 1), *FIELDS))), "data-field")
    assert [value for value, _ in lists["label"]] == ["", "when", "res.took"]


def test_endless_fields_are_cut() -> None:
    """A file with endless fields makes no endless lists, and the form says so."""
    view = view_of(fields=tuple(FoundField(f"f{number}", ("1",), 1) for number in range(MAX_FIELDS + 7)))
    assert len(lists_of(form(view), "data-field")["timestamp"]) == MAX_FIELDS + 1
    assert EN["and_more"].format(count=7) in Elements(form(view)).text


def test_a_long_value_is_cut() -> None:
    """Of an example the beginning is enough to know a field by."""
    lists = lists_of(form(view_of(fields=(FoundField("text", ("x" * 5000,), 1),))), "data-field")
    assert len(lists["message"][1][1]) < 60


def test_names_and_values_are_shown_as_text() -> None:
    """Markup in a file's names or values, or in an address, makes no element and no attribute."""

    def shown(text: str) -> str:
        return form(view_of(fields=(FoundField(text, (text,), 1),)), f"{text}=label")

    assert same_structure(shown(HOSTILE), shown("plain"))


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_duration_of_unknown_unit_is_chosen_and_its_unit_is_asked_for(words: Words) -> None:
    """No unit is the one that is taken where nothing is said; what somebody has chosen holds."""
    counts = {"res.took:UNIT=response_time_ms": 9, "extra_1:UNIT=ttft_ms": 3}
    view = view_of(fields=FIELDS, unknown_units=counts)
    markup = form(view, words=words)
    assert chosen_of(markup)["response_time_ms"] == "res.took"
    assert "ttft_ms" not in chosen_of(markup)
    units = lists_of(markup, "data-unit-of")["response_time_ms"]
    assert units == [("", words["map_unit_choose"]), *((unit, unit) for unit in UNITS)]
    assert markup.count(" required>") == 1
    assert " required>" not in form(view, "res.took:s=response_time_ms", words=words)
