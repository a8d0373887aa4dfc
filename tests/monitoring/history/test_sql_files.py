"""The files that SQL reads as they are, and those of which it reads a copy."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from backports import zstd

from monitoring.history.sql_files import END_BYTES, WHOLE_BYTES, Copies, is_ours
from monitoring.storage.listing import LogFile
from tests.monitoring.helpers import a_record, lines_of

OURS = lines_of(a_record(0), a_record(1))
OTHER = b'{"ts":1700000002,"msg":"a"}\n'


def written(path: Path, data: bytes) -> LogFile:
    """Write a file of a log."""
    path.write_bytes(data)
    return LogFile(path, len(data))


@pytest.fixture
def copies() -> Iterator[Copies]:
    """Return copies, and remove them at the end."""
    copies = Copies({})
    yield copies
    copies.close()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.log", OURS, True),
        ("a.log", b"", True),
        ("a.log.gz", gzip.compress(OURS), True),
        ("a.log", gzip.compress(OURS), False),
        ("a.log.gz", OURS, False),
        ("a.log", zstd.compress(OURS), False),
        ("a.log", OURS + OTHER, False),
        ("a.log.gz", gzip.compress(OURS + OTHER), False),
        ("a.log.gz", gzip.compress(OURS)[:-4], False),
        ("a.log", OURS + b'{"torn', False),
        ("a.log", OURS + b"x" * 100_000 + b"\n", False),
        ("a.log", OURS.decode().encode("utf-16"), False),
        ("a.log", b"[" + OURS.splitlines()[0] + b"]", False),
    ],
)
def test_only_what_is_ours_to_the_letter_is_read_as_it_is(
    tmp_path: Path, name: str, data: bytes, expected: bool
) -> None:
    """DuckDB goes by the name of a file, and reads other lines in its own way."""
    assert is_ours(written(tmp_path / name, data)) is expected


@pytest.mark.parametrize("place", ["beginning", "end"])
def test_a_large_file_is_told_by_its_beginning_and_its_end(tmp_path: Path, place: str) -> None:
    """Another program's lines in one of them are enough."""
    many = OURS * (WHOLE_BYTES // len(OURS) + 1)
    others = OTHER * 3
    assert len(others) < END_BYTES
    assert is_ours(written(tmp_path / "a.log", many))
    assert not is_ours(written(tmp_path / "a.log", others + many if place == "beginning" else many + others))


def test_a_copy_has_records_of_ours_and_is_made_once(tmp_path: Path, copies: Copies) -> None:
    """What was seen is noted, and the copies go together."""
    assert not copies.are_made
    file = written(tmp_path / "a.log", OTHER + b"torn\n")
    (copy,) = copies.of([file])
    assert json.loads(copy.path.read_bytes())["message"] == "a"
    assert copy.size == copy.path.stat().st_size
    assert copies.of([file]) == [copy]
    assert (copies.records, copies.notes.broken.total(), copies.are_made) == (1, 1, True)
    copies.close()
    assert not copy.path.parent.exists()


def test_without_copies_there_is_no_folder() -> None:
    """A log of ours needs no place on the disk."""
    Copies({}).close()
