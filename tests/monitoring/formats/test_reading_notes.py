"""What a person is told of how a log was read."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import pytest

from monitoring.formats.reading_notes import (
    BROKEN_TEXTS,
    LOG_A_DURATION,
    MAX_DAMAGES,
    NAME_THE_FIELD,
    NO_REQUEST,
    TEXTS_ALONE,
    ReadingNotes,
    likely_wrong_unit,
)
from monitoring.formats.row_decoder import BROKEN_KINDS, RowDecoder
from monitoring.record.schema import COLUMNS
from monitoring.storage.damage import Damage, DamagedError
from tests.monitoring.helpers import a_record, lines_of

PINO = b'{"level":30,"time":1769011200000,"pid":1,"hostname":"h","msg":"a","responseTime":5}\n'


def notes_of(data: bytes, mapping: dict[str, str] | None = None) -> tuple[ReadingNotes, int]:
    """Return what was seen in a log, and the number of its records."""
    decoder = RowDecoder(COLUMNS, mapping or {})
    records = len(decoder.rows(data))
    return ReadingNotes.of(decoder), records


def test_each_kind_of_broken_line_has_a_text() -> None:
    """A person reads what it is."""
    assert set(BROKEN_TEXTS) == set(BROKEN_KINDS)


def test_a_log_of_ours_needs_no_words() -> None:
    """There is nothing to tell."""
    notes, records = notes_of(lines_of(a_record()))
    assert notes == ReadingNotes()
    assert notes.checked({}, records) == []


def test_the_format_and_broken_lines_are_told() -> None:
    """Each with its number."""
    notes, records = notes_of(PINO * 1000 + b"torn\n{\n")
    assert notes.checked({}, records) == [
        "broken lines: 1 cut off, as a killed program leaves them; "
        "broken lines: 1 neither JSON nor a text that is known; docs/formats.md lists what is read",
        "1,000 records were read as pino",
    ]


def test_damages_are_told_in_a_bounded_number() -> None:
    """Each says where it is; the rest of each file is one broken line."""
    decoder = RowDecoder(COLUMNS)
    for place in range(MAX_DAMAGES + 3):
        decoder.note_damage(DamagedError(Damage("gzip", "", place, place, 99)))
    decoder.note_damage(EOFError())
    (told,) = ReadingNotes.of(decoder).checked({}, 5)
    assert told.startswith(
        f"broken lines: {MAX_DAMAGES + 4} the rest of a compressed file that cannot be read to its end; "
    )
    assert told.count("ends too early") == MAX_DAMAGES


def test_unknown_statuses_are_named() -> None:
    """They are neither ok nor an error of which anybody knows."""
    notes, records = notes_of(PINO.replace(b'"level"', b'"status":"fine-ish","level"') * 2)
    assert notes.checked({}, records)[-1] == (
        "statuses that are none of ok, error, cancelled and rejected: 'fine-ish' (2)"
    )


def test_a_duration_without_a_unit_is_told_beside_requests() -> None:
    """It is never guessed, the text names the real field, and a log of nothing else needs no more advice."""
    bare = b'{"timestamp":"2026-01-21T16:00:00Z","event":"a","level":"info","perf":{"duration":0.5}}\n'
    notes, records = notes_of(PINO + bare * 2 + bare.replace(b"duration", b"ttft"))
    told = notes.checked({}, records)
    end = "=response_time_ms, where UNIT is ns, us, ms, s, m or h (for example 0.5)"
    assert (
        f"2 records tell a duration whose unit is not known: name it with --map perf.duration:UNIT{end}"
        in told
    )
    assert told[-1].startswith(
        "1 record tells a duration whose unit is not known: name it with --map perf.ttft:UNIT="
    )
    notes, records = notes_of(bare)
    assert notes.checked({}, records, has_requests=False) == [
        "1 record was read as structlog",
        f"1 record tells a duration whose unit is not known: name it with --map perf.duration:UNIT{end}",
    ]
    mapping = {"perf.duration:s": "response_time_ms"}
    notes, records = notes_of(bare, mapping)
    assert (notes.unknown_units, len(notes.checked(mapping, records))) == ({}, 1)


def test_an_empty_log_says_so() -> None:
    """No mapping is missed in it."""
    notes, records = notes_of(b"")
    assert notes.checked({"took": "response_time_ms"}, records) == ["the log is empty: there are no records"]


def test_a_log_without_requests_names_its_fields() -> None:
    """A person can choose the one that is the response time."""
    notes, records = notes_of(b'{"ts":1769011200,"spent":5}\n')
    (sentence,) = notes.checked({}, records, has_requests=False)
    assert sentence == f"{NO_REQUEST}{NAME_THE_FIELD}. Fields of other names: spent"


def test_only_fields_that_may_be_a_duration_are_to_be_mapped() -> None:
    """Where no field is a number, there is none to name."""
    line = b'{"startTime":"2026-01-21T16:00:00Z","endTime":"2026-01-21T16:00:01Z","status":"success"}\n'
    notes, records = notes_of(line)
    (sentence,) = notes.checked({}, records, has_requests=False)
    assert sentence == f"{NO_REQUEST}{LOG_A_DURATION}. Fields of other names: endTime"


def test_texts_have_no_field_to_map() -> None:
    """The advice is what to log instead."""
    notes, records = notes_of(b"2026-01-21 16:00:00,123Z - app - INFO - answered in a while\n")
    assert notes.checked({}, records, has_requests=False) == [
        "1 record was read as text with a level",
        f"{NO_REQUEST}{TEXTS_ALONE}",
    ]
    assert "--map" not in TEXTS_ALONE


ACCESS = b'1.2.3.4 - - [21/Jan/2026:16:00:00 +0000] "GET /x HTTP/1.1" 200 5 "-" "c" 49859\n'


def test_a_number_at_the_end_of_an_access_line_is_told_and_can_be_named() -> None:
    """Its unit is never guessed; the name that is told works."""
    notes, records = notes_of(ACCESS * 2)
    assert notes.checked({}, records, has_requests=False)[-1] == (
        "2 lines end with a number of unknown meaning; where it is the duration, name it with "
        "--map extra_1:UNIT=response_time_ms, where UNIT is ns, us, ms, s, m or h (for example 49859)"
    )
    decoder = RowDecoder(COLUMNS, {"extra_1:us": "response_time_ms"})
    (row,) = decoder.rows(ACCESS)
    assert (row.response_time_ms, row.status, row.event) == (49.859, "ok", "task.finished")
    assert not ReadingNotes.of(decoder).unknown_units
    notes, _ = notes_of(ACCESS, {"extra_1": "output_tokens"})
    assert not notes.unknown_units


def test_a_median_of_more_than_a_day_is_told_as_likely_wrong() -> None:
    """Only where a mapping named the duration."""
    mapping = {"duration:s": "response_time_ms"}
    assert list(likely_wrong_unit(mapping, 172_800_000.0)) == [
        "half of the requests take 2.0 days or more: duration:s=response_time_ms has likely the wrong unit"
    ]
    assert not list(likely_wrong_unit(mapping, 86_400_000.0))
    assert not list(likely_wrong_unit(mapping, None))
    assert not list(likely_wrong_unit({"a": "ttft_ms"}, 172_800_000.0))


def test_a_name_of_the_mapping_that_no_record_has_is_an_error() -> None:
    """Its text names the fields that there are; a unit is no part of the name."""
    notes, records = notes_of(PINO, {"took:s": "response_time_ms"})
    with pytest.raises(ValueError, match=r"no such field in the log: took:s; its fields are level, time, "):
        notes.checked({"took:s": "response_time_ms"}, records)
    notes, records = notes_of(PINO, {"responseTime:s": "response_time_ms"})
    assert notes.checked({"responseTime:s": "response_time_ms"}, records)


def test_a_log_of_which_nothing_can_be_read_is_an_error() -> None:
    """Its text says why, and which fields there are."""
    notes, records = notes_of(b'{"moment":"soon"}\n')
    with pytest.raises(
        ValueError, match=r"^no record could be read: broken lines: 1 without a time.*: moment$"
    ):
        notes.checked({}, records)


@pytest.mark.parametrize(
    "line", [b"INFO:     Application startup complete.", b"srv  update_slots: all slots are idle"]
)
def test_text_without_any_time_is_told_how_to_have_one(line: bytes) -> None:
    """A name to map would be no help: such lines have no fields."""
    notes, records = notes_of(line + b"\n")
    with pytest.raises(
        ValueError, match=r"1 of text without a time; write the log with times: uvicorn"
    ) as error:
        notes.checked({}, records)
    assert "--map" not in str(error.value)
    assert all(name in str(error.value) for name in ("--log-config", "--timestamps", "short-iso", " | ts "))


def test_what_ts_writes_is_read() -> None:
    """The remedy that is told for any program works."""
    line = b"INFO:     Application startup complete.\n"
    notes, records = notes_of(b"2026-01-21T16:00:00+0800 " + line + b"2026-01-21T16:00:01+0800 " + line)
    assert (records, notes.broken.total()) == (2, 0)


def test_notes_of_parts_add_up() -> None:
    """The parts of a log may be read by several processes."""
    bare = b'{"ts":1769011200,"duration":5}\n'
    (first, _), (second, _) = notes_of(PINO + b"torn\n" + bare), notes_of(PINO * 2 + bare)
    total = ReadingNotes()
    total.add(first)
    total.add(second)
    assert (total.read_as["pino"], total.broken.total()) == (3, 1)
    assert total.unknown_units == {"duration:UNIT=response_time_ms": 2}
    assert set(total.fields) == set(first.fields)


def test_nesting_is_told_as_nesting() -> None:
    """It is JSON, and no cut line."""
    notes, records = notes_of(b'{"a":' + b"[" * 200 + b"]" * 200 + b"}\n")
    with pytest.raises(ValueError, match=r"1 nested deeper than 100 times$"):
        notes.checked({}, records)


@pytest.mark.parametrize("name", ["responseTime:parsec", "responseTime:", "responseTime:s:ms"])
def test_a_unit_that_is_none_is_told_with_those_that_are_allowed(name: str) -> None:
    """Such a text may be a name, too, so the log decides."""
    mapping = {name: "response_time_ms"}
    notes, records = notes_of(PINO, mapping)
    with pytest.raises(ValueError, match=rf"{name}; its fields .* A unit after the colon is one of ns, us, "):
        notes.checked(mapping, records)


def test_a_mapped_name_without_a_value_that_fits_is_told() -> None:
    """An object names the fields that it has; one value that fits is enough."""
    object_ = PINO.replace(b'"msg"', b'"cost":{"total":5},"msg"')
    number = PINO.replace(b'"msg"', b'"cost":5,"msg"')
    mapping = {"cost": "ttft_ms"}
    notes, records = notes_of(object_, mapping)
    assert notes.checked(mapping, records)[-1] == "no value of cost can be read as ttft_ms; it has cost.total"
    for data, ours in ((object_ + number, "ttft_ms"), (PINO, "message")):
        mapping = {"cost" if data != PINO else "msg": ours}
        notes, records = notes_of(data, mapping)
        assert notes.checked(mapping, records) == [
            "1 record was read as pino" if records == 1 else "2 records were read as pino"
        ]


def test_a_mapped_time_that_fits_is_no_misfit() -> None:
    """Moments are read apart from all other values."""
    mapping = {"when": "timestamp"}
    notes, records = notes_of(b'{"when":1769011200,"message":"a"}\n', mapping)
    assert notes.checked(mapping, records) == []


@pytest.mark.parametrize(("zone", "is_told"), [(UTC, True), (ZoneInfo("Asia/Shanghai"), False)])
def test_times_without_a_zone_are_told_unless_a_zone_is_set(zone: tzinfo, is_told: bool) -> None:
    """They are UTC only because nobody has said otherwise."""
    decoder = RowDecoder(COLUMNS, zone=zone)
    decoder.rows(b'{"time":"2026-01-21 16:00:00","msg":"a","duration_ms":1}\n')
    notes = ReadingNotes.of(decoder)
    total = ReadingNotes()
    total.add(notes)
    told = [note for note in total.checked({}, 1) if "2026-01-21 16:00:00" in note]
    assert len(told) == is_told
