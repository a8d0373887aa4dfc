"""What becomes of files that were put aside: compressed, removed, in order after a crash."""

import gzip
import os
from pathlib import Path

import pytest
from filelock import FileLock

from monitoring.storage.archive import Archive
from monitoring.storage.keeping import Agreed, ArchiveEvent, Keeping, LeftAlone, Removal, Surplus
from monitoring.storage.paths import open_log_file, rotated_files
from tests.monitoring.helpers import MOMENT, wait_until

TEXT = b'{"message":"text"}\n' * 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a log."""
    return tmp_path / "qwen.log"


def raise_errors(event: ArchiveEvent) -> None:
    """Let an error end the test."""
    if isinstance(event, OSError):
        raise event


def an_archive(path: Path, keep: int = 100, keep_days: float | None = None) -> Archive:
    """Return an archive that nobody started."""
    return Archive(path, Keeping(keep, keep_days), raise_errors)


def put_aside(path: Path, number: int, data: bytes = TEXT, age_days: float = 0) -> Path:
    """Make a rotated file of the log."""
    file = path.with_name(f"qwen-2023-11-14T22-13-20.{number:03}Z.log")
    file.write_bytes(data)
    os.utime(file, (MOMENT - age_days * 86_400,) * 2)
    return file


def names(path: Path) -> list[str]:
    """Return what stands in the log's folder, without locks."""
    return sorted(file.name for file in path.parent.iterdir() if not file.name.endswith(".lock"))


def test_files_are_compressed_and_keep_their_time(path: Path) -> None:
    """A rotated file becomes a smaller, private one with the same content and time; the log stays."""
    file = put_aside(path, 1)
    file.chmod(0o644)
    path.write_bytes(TEXT)
    an_archive(path).tidy(MOMENT)
    assert names(path) == [file.name + ".gz", "qwen.log"]
    (compressed,) = rotated_files(path)
    with open_log_file(compressed) as opened:
        assert opened.read() == TEXT
    status = compressed.stat()
    assert status.st_size < len(TEXT)
    assert (status.st_mtime, status.st_mode & 0o777) == (MOMENT, 0o600)


def test_only_the_newest_files_stay(path: Path) -> None:
    """As many rotated files stay as `keep` says, compressed or not."""
    for number in range(6):
        put_aside(path, number, b"%d" % number)
    archive = an_archive(path, keep=3)
    archive.tidy(MOMENT)
    put_aside(path, 6, b"6")
    archive.tidy(MOMENT)
    assert [gzip.decompress(file.read_bytes()) for file in rotated_files(path)] == [b"4", b"5", b"6"]
    assert len(names(path)) == 3


def test_old_files_go(path: Path) -> None:
    """What was last written to more than `keep_days` ago is removed, compressed or not."""
    put_aside(path, 1, age_days=9)
    put_aside(path, 2, age_days=6)
    recent = put_aside(path, 3, age_days=2)
    archive = an_archive(path, keep_days=7)
    archive.tidy(MOMENT)
    assert len(rotated_files(path)) == 2
    archive.tidy(MOMENT + 2 * 86_400)
    assert names(path) == [recent.name + ".gz"]


def test_what_a_killed_process_left_is_put_in_order(path: Path) -> None:
    """Half a compressed file is begun anew, a whole one whose original is still there is finished."""
    half, both, gone = (put_aside(path, number) for number in range(3))
    path.with_name(half.name + ".gz.part").write_bytes(b"\x1f\x8b half")
    path.with_name(both.name + ".gz").write_bytes(gzip.compress(TEXT))
    path.with_name(gone.name + ".gz.part").write_bytes(b"")
    assert rotated_files(path) == [half, both, gone]
    an_archive(path).tidy(MOMENT)
    assert names(path) == [f"{file.name}.gz" for file in (half, both, gone)]
    assert [gzip.decompress(file.read_bytes()) for file in rotated_files(path)] == [TEXT] * 3


def test_a_removed_file_leaves_no_half(path: Path) -> None:
    """Whatever stands of a file goes with it."""
    file = put_aside(path, 1)
    for ending in (".gz", ".gz.part"):
        path.with_name(file.name + ending).write_bytes(b"half")
    newest = put_aside(path, 2)
    an_archive(path, keep=1).tidy(MOMENT)
    assert names(path) == [newest.name + ".gz"]


def test_a_refused_compression_leaves_the_file(path: Path) -> None:
    """Where the compressed file cannot be written, the plain one stays, and the reason is raised."""
    file = put_aside(path, 1)
    path.with_name(file.name + ".gz").mkdir()
    with pytest.raises(IsADirectoryError):
        an_archive(path).tidy(MOMENT)
    assert file.read_bytes() == TEXT
    assert not path.with_name(file.name + ".gz.part").exists()


def test_one_process_works_at_a_time(path: Path) -> None:
    """While another process tidies up, this one leaves it alone."""
    file = put_aside(path, 1)
    with FileLock(path.with_name(".qwen.log.tidy.lock")):
        an_archive(path).tidy(MOMENT)
    assert rotated_files(path) == [file]


def test_the_thread_begins_with_what_is_there(path: Path) -> None:
    """What a former process left is put in order without a rotation, what is put aside later when told."""
    archive = an_archive(path)
    first = put_aside(path, 1)
    archive.start()
    wait_until(lambda: names(path) == [first.name + ".gz"])
    second = put_aside(path, 2)
    archive.tidy_soon()
    wait_until(lambda: names(path) == [first.name + ".gz", second.name + ".gz"])
    archive.stop()
    archive.stop()


def test_a_missing_folder_is_none_of_its_business(tmp_path: Path) -> None:
    """The thread makes no folder before there is a log."""
    archive = an_archive(tmp_path / "logs" / "qwen.log")
    archive.start()
    archive.stop()
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_told_and_the_thread_goes_on(path: Path) -> None:
    """The disk's reason reaches `on_error`; the next time everything is tried again."""
    errors: list[ArchiveEvent] = []
    file = put_aside(path, 1)
    obstacle = path.with_name(file.name + ".gz")
    obstacle.mkdir()
    archive = Archive(path, Keeping(100), errors.append)
    archive.start()
    wait_until(lambda: errors)
    obstacle.rmdir()
    archive.tidy_soon()
    wait_until(obstacle.is_file)
    archive.stop()
    assert isinstance(errors[0], IsADirectoryError)


def test_stop_ends_the_thread_amid_a_file(path: Path) -> None:
    """A large file does not hold the end up: it stays as it was, to be compressed the next time."""
    file = put_aside(path, 1)
    os.truncate(file, 2**32)  # Compressing this hole takes some ten seconds.
    archive = an_archive(path)
    archive.start()
    wait_until(path.with_name(file.name + ".gz.part").exists)
    archive.stop()
    assert names(path) == [file.name]


def test_what_is_removed_is_told(path: Path) -> None:
    """How many files went, from which moment to which, and whether they were too many or too old."""
    told: list[ArchiveEvent] = []
    keeping = Keeping(3, days=7)
    for number, age in enumerate((1, 1, 9, 8, 1)):
        put_aside(path, number, age_days=age)
    archive = Archive(path, keeping, told.append)
    archive.tidy(MOMENT)
    archive.tidy(MOMENT)
    by_count = Removal(2, "2023-11-14T22-13-20.000", "2023-11-14T22-13-20.001", "count", keeping)
    by_age = Removal(2, "2023-11-14T22-13-20.002", "2023-11-14T22-13-20.003", "age", keeping)
    assert told == [by_count, by_age]
    assert len(rotated_files(path)) == 1


def surplus(files: int, size: int = len(TEXT)) -> Surplus:
    """Return what is known of so many files, the oldest ones."""
    first, last = (f"2023-11-14T22-13-20.{number:03}" for number in (0, files - 1))
    return Surplus(files, files * size, first, last)


def full_folder(path: Path, told: list[ArchiveEvent]) -> Archive:
    """Return the archive of a folder with seven files, where three would stay by default."""
    for number in range(7):
        put_aside(path, number)
    archive = Archive(path, Keeping(3, is_chosen=False), told.append)
    archive.tidy(MOMENT)
    told.clear()
    return archive


def test_what_the_operator_agrees_to_goes_and_stays_agreed(path: Path) -> None:
    """The files go that were shown; from then on no more stay, also for a process that starts later."""
    told: list[ArchiveEvent] = []
    archive = full_folder(path, told)
    keeping = Keeping(3, is_chosen=False)
    assert archive.agree(4, surplus(4).last)
    assert archive.left_alone is None
    (agreed,) = told
    assert isinstance(agreed, Agreed)
    assert (agreed.surplus.files, agreed.surplus.last) == (4, surplus(4).last)
    archive.tidy(MOMENT)
    assert told[1:] == [Removal(4, surplus(4).first, surplus(4).last, "count", keeping)]
    assert len(rotated_files(path)) == 3
    for number in range(10, 20):
        put_aside(path, number)
    Archive(path, keeping, raise_errors).tidy(MOMENT)
    assert len(rotated_files(path)) == 3
    assert ".qwen.log.keep" in names(path)


@pytest.mark.parametrize("shown", [(3, surplus(4).last), (4, surplus(3).last), (4, "")])
def test_other_files_than_the_operator_was_shown_stay(path: Path, shown: tuple[int, str]) -> None:
    """Nothing goes and nothing is noted; what is known is of now."""
    told: list[ArchiveEvent] = []
    archive = full_folder(path, told)
    put_aside(path, 7)
    assert not archive.agree(*shown)
    archive.tidy(MOMENT)
    assert (told, len(rotated_files(path))) == ([], 8)
    assert archive.left_alone is not None
    assert archive.agree(archive.left_alone.surplus.files, archive.left_alone.surplus.last)


def test_nothing_can_be_agreed_to_where_nothing_is_left_alone(path: Path) -> None:
    """Whoever sends the request by hand removes nothing."""
    put_aside(path, 0)
    archive = Archive(path, Keeping(3, is_chosen=False), raise_errors)
    archive.tidy(MOMENT)
    assert not archive.agree(1, surplus(1).last)
    assert ".qwen.log.keep" not in names(path)


@pytest.mark.parametrize("text", [b"4\n", b"", b"3", b"33\n", b"3\n" + b"x" * 100])
def test_an_agreement_to_another_number_is_none(path: Path, text: bytes) -> None:
    """A later version that keeps fewer files asks again; so it is with a damaged note."""
    path.with_name(".qwen.log.keep").write_bytes(text)
    assert full_folder(path, []).left_alone is not None


def test_an_agreement_that_cannot_be_noted_removes_nothing(path: Path) -> None:
    """A link in the place of the note is not followed."""
    archive = full_folder(path, [])
    path.with_name(".qwen.log.keep").symlink_to(path.with_name("elsewhere"))
    with pytest.raises(OSError, match="it is a link"):
        archive.agree(4, surplus(4).last)
    archive.tidy(MOMENT)
    assert len(rotated_files(path)) == 7
    assert not path.with_name("elsewhere").exists()


def test_a_folder_with_far_more_files_is_left_alone_at_first(path: Path) -> None:
    """Where nobody chose how many files stay, a full folder keeps all of them, and that is told once."""
    told: list[ArchiveEvent] = []
    keeping = Keeping(3, is_chosen=False)
    for number in range(7):
        put_aside(path, number)
    archive = Archive(path, keeping, told.append)
    archive.tidy(MOMENT)
    put_aside(path, 7)
    archive.tidy(MOMENT)
    assert told == [LeftAlone(7, keeping, surplus(4))]
    known = archive.left_alone
    assert known is not None
    assert (known.files, known.surplus.files) == (8, 5)
    assert len(rotated_files(path)) == 8
    for file in rotated_files(path)[:4]:
        file.unlink()
    archive.tidy(MOMENT)
    assert archive.left_alone is None
    assert len(rotated_files(path)) == 3


@pytest.mark.parametrize(("files", "keeping"), [(7, Keeping(3)), (6, Keeping(3, is_chosen=False))])
def test_a_number_that_was_chosen_holds_at_once(path: Path, files: int, keeping: Keeping) -> None:
    """So does the one by default, where not far more files are there."""
    for number in range(files):
        put_aside(path, number)
    archive = Archive(path, keeping, raise_errors)
    archive.tidy(MOMENT)
    assert archive.left_alone is None
    assert len(rotated_files(path)) == 3


def test_files_that_come_later_do_not_make_a_folder_full(path: Path) -> None:
    """Many rotations between two looks are this program's own, and are thinned out as ever."""
    archive = Archive(path, Keeping(3, is_chosen=False), raise_errors)
    archive.tidy(MOMENT)
    for number in range(9):
        put_aside(path, number)
    archive.tidy(MOMENT)
    assert len(rotated_files(path)) == 3


def test_a_full_folder_still_loses_what_is_too_old(path: Path) -> None:
    """An age is always chosen, so it holds where the number of files does not."""
    for number in range(9):
        put_aside(path, number, age_days=9 - number)
    Archive(path, Keeping(3, days=7.5, is_chosen=False), raise_errors).tidy(MOMENT)
    assert len(rotated_files(path)) == 7


@pytest.mark.parametrize("ending", [".gz.part", ".gz"])
def test_trouble_with_one_file_does_not_keep_the_others(path: Path, ending: str) -> None:
    """A folder in the place of a compressed copy, whole or half, is reported, and everything else is done."""
    old, first, second = (put_aside(path, number) for number in range(3))
    path.with_name(first.name + ending).mkdir()
    path.with_name(old.name + ".gz.part").mkdir()
    for number in (3, 4):
        put_aside(path, number)
    with pytest.raises(IsADirectoryError):
        an_archive(path, keep=4).tidy(MOMENT)
    assert not old.exists()
    assert first.read_bytes() == TEXT
    assert path.with_name(second.name + ".gz").is_file()
    assert len(rotated_files(path)) == 4


def test_a_file_that_cannot_be_removed_does_not_keep_the_others(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that can be removed are, and only they are told of."""
    told: list[ArchiveEvent] = []
    keeping = Keeping(1)
    kept = put_aside(path, 0)
    for number in (1, 2, 3):
        put_aside(path, number)
    unlink = Path.unlink

    def refuse(file: Path, missing_ok: bool = False) -> None:
        if file == kept:
            raise PermissionError(13, "Permission denied", str(file))
        unlink(file, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PermissionError):
        Archive(path, keeping, told.append).tidy(MOMENT)
    assert told == [Removal(2, "2023-11-14T22-13-20.001", "2023-11-14T22-13-20.002", "count", keeping)]
    assert rotated_files(path)[0] == kept


def test_other_programs_files_are_left_alone(path: Path) -> None:
    """Whatever is not named exactly as a rotated file is neither compressed nor removed, however old."""
    others = ["qwen-7b.log", "qwen-1.5-server-01.log", "qwen-2026.log", "qwen-2026-01-01.log.gz"]
    for other in others:
        path.with_name(other).write_bytes(TEXT)
        os.utime(path.with_name(other), (0, 0))
    for number in range(2):
        put_aside(path, number)
    an_archive(path, keep=1, keep_days=1).tidy(MOMENT)
    assert [name for name in names(path) if name in others] == sorted(others)
    assert all(path.with_name(other).read_bytes() == TEXT for other in others)
