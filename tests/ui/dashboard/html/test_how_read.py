"""What the page says of how a source was read."""

import pytest

from monitoring.formats.row_decoder import BROKEN_KINDS
from monitoring.storage.damage import WINDOW_TOO_LARGE, Damage
from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import HOSTILE, Elements, same_structure, view_of
from ui.dashboard.html.how_read import MAX_NAMED, MAX_UNITS, how_read
from ui.texts.page import EN, ZH
from ui.texts.words import Words

BOTH = pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])


def test_a_log_of_this_app_needs_no_words() -> None:
    """Nothing is said of a log in the own format without broken lines."""
    assert how_read(view_of(a_record()), EN) == ""


def test_the_formats_of_a_file_are_named() -> None:
    """Each format stands with the number of its records, the one with the most first."""
    text = Elements(how_read(view_of(read_as={"docker json-file": 1, "pino": 1234}), EN)).text
    assert text == "Read as pino: 1,234 records; docker json-file: 1 record"
    assert "读作 pino：20 条记录" in how_read(view_of(read_as={"pino": 20}), ZH)


def test_endless_formats_are_cut() -> None:
    """However many formats there are, a bounded number is named."""
    view = view_of(read_as={f"format{number}.": 1 for number in range(MAX_NAMED + 4)})
    text = Elements(how_read(view, EN)).text
    assert f"format{MAX_NAMED - 1}." in text
    assert f"format{MAX_NAMED}." not in text
    assert text.endswith(EN["and_more"].format(count=4))


@BOTH
@pytest.mark.parametrize(("count", "text"), [(1, "odd_times_one"), (1200, "odd_times_many")])
def test_odd_clocks_are_counted_and_named(count: int, text: str, words: Words) -> None:
    """The reader learns how many there are, when they are dated, and that the charts leave them out."""
    shown = Elements(how_read(view_of(odd_times=count, odd_time_examples=(3.0, 4_070_908_800.0)), words))
    examples = words["list_comma"].join(("1970-01-01 00:00:03 UTC", "2099-01-01 00:00:00 UTC"))
    assert shown.text == words[text].format(count=f"{count:,}", examples=examples)


def test_odd_clocks_are_shown_in_the_readers_zone() -> None:
    """Their times are elements, which the page shows as all others."""
    shown = Elements(how_read(view_of(odd_times=2, odd_time_examples=(-62_135_596_800.0, 3.0)), EN))
    assert shown.values("datetime") == ["0001-01-01T00:00:00Z", "1970-01-01T00:00:03Z"]


@BOTH
@pytest.mark.parametrize("kind", BROKEN_KINDS)
def test_each_kind_of_broken_line_has_advice(kind: str, words: Words) -> None:
    """Whatever the decoder counts, the reader is told what it is and what to do."""
    text = Elements(how_read(view_of(broken={kind: 1234}), words)).text
    assert words["advice"] in text
    assert "1,234" in text
    assert "{" not in text.replace("[^{]", "")


def test_a_kind_without_advice_is_passed_over() -> None:
    """A kind that the texts do not know makes no empty list."""
    assert how_read(view_of(broken={"new_kind": 3}), EN) == ""


@pytest.mark.parametrize(("records", "is_open"), [(0, True), (1, False)])
def test_advice_is_open_where_nothing_was_read(records: int, is_open: bool) -> None:
    """A file of which nothing can be shown says at once what to do; beside records it can be opened."""
    view = view_of(*(a_record() for _ in range(records)), broken={"torn": 1})
    (details,) = (attrs for tag, attrs in Elements(how_read(view, EN)).found if tag == "details")
    assert ("open" in details) is is_open


def test_statuses_that_nobody_knows_are_named() -> None:
    """The words that are no status are told with their numbers, in a bounded number."""
    text = Elements(how_read(view_of(unknown_statuses={"odd": 2, "Fine": 1200}), EN)).text
    assert text == EN["unknown_statuses"].format(statuses="Fine (1,200), odd (2)")
    many = {f"status{number}.": 1 for number in range(MAX_NAMED + 3)}
    text = Elements(how_read(view_of(unknown_statuses=many), ZH)).text
    assert f"status{MAX_NAMED}." not in text
    assert text.endswith(ZH["and_more"].format(count=3))


@BOTH
def test_times_without_a_zone_are_told(words: Words) -> None:
    """Their reader sees how they were read, and what names their zone."""
    text = Elements(how_read(view_of(zoneless="2026-01-21 <b>"), words)).text
    assert text == words["zoneless"].format(example="2026-01-21 <b>")


@BOTH
def test_a_damage_is_told_with_its_place(words: Words) -> None:
    """A file that ends too early is told from one that is wrong, and from one that needs too much memory."""
    early = Damage("gzip", "", 1200, 1200, 5000)
    wrong = Damage("zstd", "<checksum>", 1100, 1200, 5000)
    large = Damage("zstd", WINDOW_TOO_LARGE, 1100, 1200, 5000)
    shown = Elements(how_read(view_of(damages=(early, wrong, large)), words)).text
    told = {"packing": "zstd", "reason": "<checksum>", "place": "1,100", "size": "1,200", "text": "5,000"}
    assert words["damaged_wrong"].format(**told) in shown
    assert words["damaged_early"].format(**{**told, "packing": "gzip"}) in shown
    assert words["damaged_window"].format(**told) in shown


@BOTH
@pytest.mark.parametrize(("count", "text"), [(1, "unknown_units_one"), (1200, "unknown_units_many")])
def test_durations_without_a_unit_are_told_with_what_to_do(count: int, text: str, words: Words) -> None:
    """The mapping names the field as it stands in the file."""
    view = view_of(unknown_units={"duration:s=response_time_ms": count})
    shown = Elements(how_read(view, words)).text
    assert shown == words[text].format(count=f"{count:,}", mapping="duration:s=response_time_ms")
    many = view_of(unknown_units={f"d{number}:s=ttft_ms": 1 for number in range(MAX_UNITS + 9)})
    assert len(Elements(how_read(many, words)).found) == 1 + MAX_UNITS


def test_whatever_a_file_holds_is_shown_as_text() -> None:
    """Markup in a name of a format, of a field or in a status makes no element."""

    def shown(text: str) -> str:
        return how_read(
            view_of(
                read_as={text: 1},
                unknown_statuses={text: 1},
                unknown_units={text: 1},
            ),
            EN,
        )

    assert same_structure(shown(HOSTILE), shown("plain"))
