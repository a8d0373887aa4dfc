"""Which files a log is made of."""

import gzip
from pathlib import Path

import pytest

from monitoring.storage.paths import open_log_file, rotated_files

OLDEST, SECOND, THIRD = (
    "qwen-2023-11-14T22-13-20.000Z.log",
    "qwen-2023-11-14T22-13-20.000Z_0001.log",
    "qwen-2023-11-14T22-13-20.001Z.log",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the place of a log."""
    return tmp_path / "qwen.log"


def put(path: Path, *names: str) -> None:
    """Make empty files beside the log."""
    for name in names:
        (path.parent / name).touch()


def test_a_log_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    """A missing folder is an empty one."""
    assert rotated_files(tmp_path / "nowhere" / "qwen.log") == []


def test_the_oldest_comes_first(path: Path) -> None:
    """Files are sorted by their moment, those of one moment by their number, compressed or not."""
    put(path, THIRD, SECOND + ".gz", OLDEST, "qwen.log")
    assert [file.name for file in rotated_files(path)] == [OLDEST, SECOND + ".gz", THIRD]


def test_a_file_that_is_just_compressed_counts_once(path: Path) -> None:
    """Beside its compressed copy, whole or not, the plain file is the one that is listed."""
    put(path, OLDEST, OLDEST + ".gz", SECOND, SECOND + ".gz.part", THIRD + ".gz")
    assert [file.name for file in rotated_files(path)] == [OLDEST, SECOND, THIRD + ".gz"]


def test_other_files_are_none_of_the_log(path: Path) -> None:
    """Locks, halves, copies and other logs beside it do not count."""
    put(
        path,
        "qwen.log.bak",
        "qwen.log.gz",
        "other-2023.log",
        "qwen-notes.log",
        "qwen-old.log.gz",
        ".qwen.log.lock",
        OLDEST + ".gz.part",
    )
    assert rotated_files(path) == []


@pytest.mark.parametrize("ending", ["", "_0001", "_9999", "_10000", ".1", ".12"])
@pytest.mark.parametrize("compressed", ["", ".gz"])
def test_every_name_that_a_version_of_ours_wrote_is_ours(path: Path, ending: str, compressed: str) -> None:
    """The first version put a point before the number, later ones four digits after a dash."""
    put(path, f"qwen-2023-11-14T22-13-20.000Z{ending}.log{compressed}")
    assert len(rotated_files(path)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "qwen-7b.log",
        "qwen-1.5-server-01.log",
        "qwen-2026.log",
        "qwen-20231114T221320Z.log",
        "qwen-2023-11-14.log",
        "qwen-2023-11-14T22-13-20Z.log",
        "qwen-2023-11-14T22-13-20.000.log",
        "qwen-2023-13-14T22-13-20.000Z.log",
        "qwen-2023-11-14T25-13-20.000Z.log",
        "qwen-2023-11-14T22-13-20.000Z_1.log",
        "qwen-2023-11-14T22-13-20.000Z-1.log",
        "qwen-2023-11-14T22-13-20.000Z.log.1",
        "qwen-2023-11-14T22-13-20.000Z.log.gz.gz",
        "qwen-2023-11-14T22-13-20.000Z.log.part",
        "qwen-٢٠٢٣-11-14T22-13-20.000Z.log",
        "my-qwen-2023-11-14T22-13-20.000Z.log",
        "qwen-a-2023-11-14T22-13-20.000Z.log",
    ],
)
def test_a_name_that_is_only_like_ours_is_somebody_elses(path: Path, name: str) -> None:
    """Another program may have put it beside the log, and may still write to it."""
    put(path, name, "qwen.log")
    assert rotated_files(path) == []


def test_numbers_of_one_moment_sort_as_numbers(path: Path) -> None:
    """However many files one moment has, they keep their order."""
    moment = "qwen-2023-11-14T22-13-20.000Z"
    names = [
        f"{moment}.log",
        f"{moment}_0002.log",
        f"{moment}.10.log",
        f"{moment}_9999.log",
        f"{moment}_10000.log",
    ]
    put(path, *reversed(names))
    assert [file.name for file in rotated_files(path)] == names


def test_a_numbered_log_of_another_program_is_not_added_up(path: Path) -> None:
    """`web-1.log` is the log of a second process, and no older part of `web.log`."""
    put(path, "web.log", "web-1.log", "web-2.log.gz")
    assert rotated_files(path.with_name("web.log")) == []


def test_compressed_files_read_as_if_they_were_not(path: Path) -> None:
    """open_log_file() gives the same bytes of both kinds."""
    compressed = path.with_name(OLDEST + ".gz")
    compressed.write_bytes(gzip.compress(b"text\n"))
    path.write_bytes(b"text\n")
    for file in (path, compressed):
        with open_log_file(file) as opened:
            assert opened.read() == b"text\n"


@pytest.mark.parametrize("name", [OLDEST, OLDEST + ".gz"])
def test_a_file_that_was_removed_meanwhile_says_so(path: Path, name: str) -> None:
    """A file that went since it was listed raises FileNotFoundError."""
    with pytest.raises(FileNotFoundError):
        open_log_file(path.with_name(name))
