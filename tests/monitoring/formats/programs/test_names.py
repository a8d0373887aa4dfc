"""The usual names of fields."""

import pytest

from monitoring.formats.programs.names import USUAL, plain, plain_duration, rank_of
from monitoring.record.schema import TYPES


@pytest.mark.parametrize("name", ["requestId", "request_id", "Request-ID", "REQUEST ID"])
def test_a_name_is_compared_in_its_plain_form(name: str) -> None:
    """Case and marks do not count."""
    assert plain(name) == "requestid"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("duration_ms", ("duration", "ms")),
        ("responseTimeMs", ("responsetime", "ms")),
        ("elapsed_in_seconds", ("elapsed", "s")),
        ("event.duration", ("event.duration", None)),
        ("attributes.latency_ns", ("attributes.latency", "ns")),
    ],
)
def test_the_unit_is_no_part_of_a_durations_name(name: str, expected: tuple[str, str | None]) -> None:
    """It is told beside it."""
    assert plain_duration(name) == expected


def test_the_more_telling_name_wins() -> None:
    """Our own words, then those in an object that holds all fields, then those in any object."""
    names = ("duration", "fields.duration", "other.duration")
    ranks = [rank_of("response_time_ms", name) for name in names]
    assert None not in ranks
    assert ranks == sorted(ranks, key=lambda rank: rank or 0)
    assert len(set(ranks)) == 3


@pytest.mark.parametrize(
    ("field", "name"),
    [("response_time_ms", "size"), ("level", "a.level.b"), ("status", "disk.status"), ("message", "a.text")],
)
def test_other_names_are_none(field: str, name: str) -> None:
    """A common word within some object says nothing of the record."""
    assert rank_of(field, name) is None


def test_only_fields_of_ours_have_usual_names() -> None:
    """Each name is in its plain form, and stands once for a field."""
    assert set(USUAL) <= set(TYPES)
    for names in USUAL.values():
        assert len(set(names)) == len(names)
        assert [plain(name) for name in names] == list(names)
