"""The list of fields, and what readers and writers derive from it."""

import pytest

from monitoring.alerts.observation import Observation
from monitoring.history.log_view import SCHEMA
from monitoring.history.scan import WANTED
from monitoring.record.mapping import parse_mapping
from monitoring.record.schema import COLUMNS, DIGITS, EVENT_FIELDS, FIELDS, NUMBERS, TEXTS, TYPES
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import a_record


def test_every_field_has_a_type() -> None:
    """The record's fields and those of single events are known by name, each once."""
    assert tuple(TYPES) == (*FIELDS, *EVENT_FIELDS)
    assert set(TYPES.values()) == {str, int, float, bool}


def test_columns_are_texts_or_numbers() -> None:
    """The window's columns are fields, and each one is a text or a number."""
    assert sorted(COLUMNS) == sorted((*TEXTS, *NUMBERS))
    assert set(COLUMNS) < set(TYPES)


def test_rounded_fields_are_floats() -> None:
    """Only measured values are rounded."""
    assert {TYPES[name] for name in DIGITS} == {float}


def test_readers_know_no_other_fields() -> None:
    """The view for SQL has all fields, and the scan and the alert rules read some of them."""
    assert set(SCHEMA) == set(TYPES)
    assert set(WANTED) < set(TYPES)
    assert set(Observation._fields) - {"time", "process", "fields"} < set(COLUMNS)


@pytest.mark.parametrize("name", TYPES)
def test_a_foreign_name_may_stand_for_each_field(name: str) -> None:
    """A mapping can name every field."""
    assert parse_mapping([f"other={name}"]) == {"other": name}


def test_a_window_has_each_column() -> None:
    """What a record says can be asked of a window by the name of the field."""
    frame = frame_of(a_record(pid=7, label="正面"))
    assert [frame[name].shape for name in NUMBERS] == [(1,)] * len(NUMBERS)
    assert frame["pid"].tolist() == [7]
    assert frame.texts("label").tolist() == ["正面"]
