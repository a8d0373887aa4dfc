"""Check and sync files on the disk."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from inference.errors import ChecksumError
from inference.weights.progress import Progress, Report, folder_bytes


def sha256_of(path: Path) -> str:
    """Compute a file's SHA-256 as 64 lower-case hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str, report: Report) -> None:
    """Check that a file has the expected SHA-256; remove it if it has not.

    Raises:
        ChecksumError: the file has another SHA-256.
    """
    report(Progress("verifying", path.name))
    found = sha256_of(path)
    if found != expected:
        path.unlink()
        raise ChecksumError(f"{path.name} has SHA-256 {found}, expected {expected}; the file was removed")


def sync_folder(folder: Path, fsync: Callable[[int], None] = os.fsync) -> None:
    """Write every file directly in `folder`, then the folder itself, through to the disk (fsync)."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fsync(descriptor)
        finally:
            os.close(descriptor)


def free_bytes_of(folder: Path) -> int:
    """Return the free space of the disk that holds `folder`, in bytes."""
    return shutil.disk_usage(folder).free


def check_space(folder: Path, needed: int, free_bytes: Callable[[Path], int] = free_bytes_of) -> None:
    """Check that the disk has room for `folder` to grow to `needed` bytes.

    Raises:
        OSError: ENOSPC; the text gives the needed and the free MiB.
    """
    needed -= folder_bytes(folder)
    free = free_bytes(folder)
    if free < needed:
        raise OSError(errno.ENOSPC, f"{needed >> 20} MiB more needed, {free >> 20} MiB free")
