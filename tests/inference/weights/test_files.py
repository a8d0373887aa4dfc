"""Tests of `inference.weights.files`."""

import errno
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.errors import ChecksumError
from inference.weights.files import check_sha256, check_space, sha256_of, sync_folder
from inference.weights.progress import Progress
from tests.inference.doubles import Reports


def hundred_bytes(folder: Path) -> int:
    """Return the free bytes of a nearly full disk."""
    return 100


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(content=st.binary(max_size=10_000))
def test_sha256_of_any_content(tmp_path: Path, content: bytes) -> None:
    """A file's SHA-256 is that of its bytes."""
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == sha256(content).hexdigest()


def test_expected_file_stays(tmp_path: Path) -> None:
    """A file with the expected checksum stays, and its verification is reported."""
    path = tmp_path / "weights"
    path.write_bytes(b"right")
    reports = Reports()
    check_sha256(path, sha256(b"right").hexdigest(), reports)
    assert path.read_bytes() == b"right"
    assert reports.seen == [Progress("verifying", "weights")]


def test_unexpected_file_is_removed(tmp_path: Path) -> None:
    """A file with another checksum is removed, and the error names it with both checksums."""
    path = tmp_path / "weights"
    path.write_bytes(b"wrong")
    expected, found = sha256(b"right").hexdigest(), sha256(b"wrong").hexdigest()
    with pytest.raises(ChecksumError, match=f"weights has SHA-256 {found}, expected {expected}"):
        check_sha256(path, expected, Reports())
    assert not path.exists()


def test_sync_reaches_every_file_and_the_folder(tmp_path: Path) -> None:
    """Each file and the folder itself are forced to the disk, and no descriptor stays open."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    synced: list[int] = []
    descriptors: list[int] = []

    def fsync(descriptor: int) -> None:
        descriptors.append(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    sync_folder(tmp_path, fsync)
    assert set(synced) == {path.stat().st_ino for path in (tmp_path / "a", tmp_path / "b", tmp_path)}
    for descriptor in descriptors:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_space_that_is_just_enough(tmp_path: Path) -> None:
    """Exactly as much space as is needed is enough."""
    check_space(tmp_path, 100, hundred_bytes)


def test_space_that_is_short_by_a_byte(tmp_path: Path) -> None:
    """One byte too little is an OSError with ENOSPC."""
    with pytest.raises(OSError, match="MiB more needed") as caught:
        check_space(tmp_path, 101, hundred_bytes)
    assert caught.value.errno == errno.ENOSPC


def test_space_counts_what_is_there(tmp_path: Path) -> None:
    """What an interrupted download left in the folder needs no space again."""
    (tmp_path / "part").write_bytes(bytes(50))
    check_space(tmp_path, 150, hundred_bytes)
    with pytest.raises(OSError, match="MiB more needed"):
        check_space(tmp_path, 151, hundred_bytes)
