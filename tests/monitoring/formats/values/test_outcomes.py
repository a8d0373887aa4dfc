"""Levels and outcomes in other programs' words."""

import pytest

from monitoring.formats.values.outcomes import http_status, is_level, level_of, outcome_of


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("INFO", "INFO"),
        ("info", "INFO"),
        (" warn ", "WARNING"),
        ("notice", "INFO"),
        ("ERR", "ERROR"),
        ("fatal", "CRITICAL"),
        ("trace", "DEBUG"),
        ("E", "ERROR"),
        ("INFO+2", "INFO"),
        ("SEVERITY_NUMBER_WARN", "WARNING"),
        (10, "DEBUG"),
        (20, "DEBUG"),
        (30, "INFO"),
        (40, "WARNING"),
        (50, "ERROR"),
        (60, "CRITICAL"),
        ("50", "ERROR"),
        (3, "ERROR"),
        (6, "INFO"),
        ("strange", "strange"),
        ("", None),
        (None, None),
        (True, None),
        ([30], None),
        (1e300, None),
        (-1, None),
        (float("nan"), None),
    ],
)
def test_levels_are_ours(value: object, level: str | None) -> None:
    """Words in any case, and numbers of pino and syslog; a word that is no level's stays as it is."""
    assert level_of(value) == level


@pytest.mark.parametrize(
    ("value", "level"),
    [(10, "DEBUG"), (20, "INFO"), (30, "WARNING"), (40, "ERROR"), (50, "CRITICAL"), (5, "DEBUG")],
)
def test_levels_of_python_are_numbered_otherwise(value: int, level: str) -> None:
    """Where the program is Python's logging, 30 is WARNING."""
    assert level_of(value, is_python=True) == level


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        (200, "ok"),
        ("204", "ok"),
        (302, "ok"),
        (404, "error"),
        (502, "error"),
        ("503", "error"),
        (429, "rejected"),
        (499, "cancelled"),
        (200.0, "ok"),
        (True, "ok"),
        (False, "error"),
        ("Success", "ok"),
        ("failed", "error"),
        ("timeout", "error"),
        ("aborted", "cancelled"),
        ("throttled", "rejected"),
        ("okay-ish", "okay-ish"),
        (7, "7"),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_outcomes_are_ours(value: object, outcome: str | None) -> None:
    """A status of HTTP, a truth value or a usual word; what nobody knows stays, and is never ok."""
    assert outcome_of(value) == outcome


@pytest.mark.parametrize(
    "value", [99, 600, 200.5, "20", "2000", "٢٠٠", True, None, float("nan"), float("inf")]
)
def test_other_numbers_are_no_status_of_http(value: object) -> None:
    """Only whole numbers from 100 to 599 are."""
    assert http_status(value) is None


def test_some_statuses_are_levels() -> None:
    """Some programs write their level under the name of a status; `error` is an outcome all the same."""
    assert [is_level(word) for word in ("info", " WARN ", "error", "ok", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]
