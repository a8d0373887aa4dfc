"""One file, read once from its begin to its end."""

import gzip
from pathlib import Path

import pytest

from monitoring.reading.log_reader import View
from monitoring.reading.whole_file import FileReading, TooMuchTextError
from monitoring.storage.blocks import READ_BYTES
from tests.monitoring.frames import seconds, summarize
from tests.monitoring.helpers import MOMENT, a_record, lines_of

ENOUGH = 1 << 30


def load(
    path: Path, data: bytes, capacity: int = 1000, max_bytes: int = ENOUGH, block_bytes: int = READ_BYTES
) -> View:
    """Write a file, read all of it, and return what is known then."""
    path.write_bytes(data)
    reading = FileReading(path, capacity, max_bytes, block_bytes=block_bytes)
    for _ in reading.load():
        assert reading.view().loading
    return reading.view()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a place for a file whose name tells nothing."""
    return tmp_path / "upload"


@pytest.mark.parametrize("name", ["a.log", "a.log.gz", "a"])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_file_is_read_whatever_its_name(tmp_path: Path, name: str, is_compressed: bool) -> None:
    """The first bytes tell whether it is compressed; records come in the file's order, all counted."""
    data = lines_of(*(a_record(second) for second in range(5)))
    view = load(tmp_path / name, gzip.compress(data) if is_compressed else data)
    assert seconds(view.frame) == [0, 1, 2, 3, 4]
    assert view.summary == summarize(view.frame)
    assert (view.broken, view.loading, view.error, view.missing) == ({}, False, None, 0)


def test_records_of_a_wrong_clock_are_counted_and_named(path: Path) -> None:
    """They are records like the others, and the view says which times are far from all others."""
    wrong = a_record(timestamp="2099-01-01T00:00:00.000Z")
    view = load(path, lines_of(*(a_record(second) for second in range(20)), wrong))
    assert (view.odd_times, view.odd_time_examples) == (1, (4_070_908_800.0,))
    assert (len(view.frame), view.summary) == (21, summarize(view.frame))


def test_the_last_line_needs_no_newline(path: Path) -> None:
    """A last record without its newline is a record like the others."""
    view = load(path, lines_of(a_record(0), a_record(1))[:-1])
    assert (seconds(view.frame), view.broken) == ([0, 1], {})


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", gzip.compress(b"")], ids=["no bytes", "empty lines", "nothing, compressed"]
)
def test_a_file_of_nothing_is_a_view_of_nothing(path: Path, data: bytes) -> None:
    """An empty file is no error."""
    view = load(path, data)
    assert (len(view.frame), view.broken, view.loading, view.progress) == (0, {}, False, None)


def test_what_stands_before_a_damage_is_kept(path: Path) -> None:
    """Of a compressed file that was cut, the begin is there, and the damage is told."""
    data = gzip.compress(lines_of(*(a_record(second, request_id=f"{second:032}") for second in range(3000))))
    view = load(path, data[: len(data) // 2], capacity=5000)
    assert 100 < len(view.frame) < 3000
    assert seconds(view.frame) == list(range(len(view.frame)))
    assert view.broken == {"damaged": 1}  # The line that is cut and the damage count as one.
    (damage,) = view.damages
    assert (damage.packing, damage.reason, damage.place) == ("gzip", "", len(data) // 2)
    assert view.broken_at == ((view.frame.time[-1], 1),)
    assert not view.loading


def test_a_file_that_is_only_called_compressed_inside_has_no_records(path: Path) -> None:
    """Two bytes that promise a compressed file, and rubbish after them, are one damage."""
    view = load(path, b"\x1f\x8b" + b"rubbish" * 9)
    assert (len(view.frame), view.broken, view.loading) == (0, {"damaged": 1}, False)


def test_broken_lines_are_counted_by_kind(path: Path) -> None:
    """What is no record is passed over and counted."""
    good, other = lines_of(a_record(0)), lines_of(a_record(1))
    view = load(path, good + b'no json\n[1]\n{"message": "no time"}\n{"torn": \n' + other)
    assert seconds(view.frame) == [0, 1]
    assert view.broken == {"not_json": 1, "not_object": 1, "no_time": 1, "torn": 1}


def test_broken_lines_are_noted_with_a_time_beside_them(path: Path) -> None:
    """Broken lines tell no time, so the record after them in the file does."""
    view = load(path, b"no json\nno json\n" + lines_of(a_record(7)))
    assert view.broken_at == ((MOMENT + 7, 2),)
    assert load(path, lines_of(a_record(7))).broken_at == ()


def test_broken_lines_at_the_end_are_noted_with_the_last_record(path: Path) -> None:
    """No record comes after them; without any record there is no time."""
    assert load(path, lines_of(a_record(7)) + b"no json\n{").broken_at == ((MOMENT + 7, 1), (MOMENT + 7, 1))
    view = load(path, b"no json\n")
    assert (view.broken, view.broken_at) == ({"not_json": 1}, ())


@pytest.mark.parametrize("is_compressed", [False, True])
def test_more_text_than_is_allowed_is_refused(path: Path, is_compressed: bool) -> None:
    """The uncompressed text counts, so that a small compressed file cannot hold endless text."""
    data = lines_of(a_record(0))
    written = gzip.compress(data) if is_compressed else data
    assert len(load(path, written, max_bytes=len(data)).frame) == 1
    with pytest.raises(OSError, match="more than 0 MiB of text"):
        load(path, written, max_bytes=len(data) - 1)


def test_a_missing_file_is_an_error(path: Path) -> None:
    """A file that is not there raises when it is read."""
    with pytest.raises(FileNotFoundError):
        list(FileReading(path, 10, ENOUGH).load())


def test_the_newest_records_are_kept(path: Path) -> None:
    """Of more records than there is room for, the last ones of the file stay, and only they are counted."""
    view = load(path, lines_of(*(a_record(second) for second in range(50))), capacity=7, block_bytes=1000)
    assert seconds(view.frame) == [43, 44, 45, 46, 47, 48, 49]
    assert view.summary == summarize(view.frame)


@pytest.mark.parametrize("is_compressed", [False, True])
def test_progress_rises_while_it_loads(path: Path, is_compressed: bool) -> None:
    """Before and while a file is read, its read part rises from 0 to at most 1; then there is none."""
    data = lines_of(*(a_record(second) for second in range(50)))
    path.write_bytes(gzip.compress(data) if is_compressed else data)
    reading = FileReading(path, 100, ENOUGH, block_bytes=1000)
    shown = [reading.view().progress]
    shown += [reading.view().progress for _ in reading.load()]
    progress = [part for part in shown if part is not None]
    assert len(progress) == len(shown) > 5
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0, 1)
    assert reading.view().progress is None


@pytest.mark.parametrize(("is_compressed", "said"), [(True, "unpacks to"), (False, "holds")])
def test_too_much_text_is_an_error_that_says_so(path: Path, is_compressed: bool, said: str) -> None:
    """The error tells the limit and what to do; what was read until then is known."""
    data = lines_of(*(a_record(second) for second in range(5000)))
    path.write_bytes(gzip.compress(data) if is_compressed else data)
    reading = FileReading(path, 10, 1 << 20)
    with pytest.raises(TooMuchTextError, match=f"it {said} more than 1 MiB of text; cut it"):
        assert not any(reading.load())
    assert len(reading.view().frame) == 10


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_hole_before_a_line_is_passed_over(path: Path, is_compressed: bool) -> None:
    """However many NULs stand there, the record behind them is read; NULs alone are one broken line."""
    hole = b"\0" * 300_000
    first, second = (lines_of(a_record(second)) for second in (0, 1))
    data = hole + first + hole + second + hole + b"\n"
    view = load(path, gzip.compress(data) if is_compressed else data)
    assert seconds(view.frame) == [0, 1]
    assert view.broken == {"not_json": 1}
