"""Tests of `inference.weights.progress`."""

import threading
from pathlib import Path

import pytest

from inference.weights.progress import Progress, folder_bytes, watching_download
from tests.inference.doubles import Reports
from tests.threads import threads_named


class AwaitedReports(Reports):
    """Set an event when a report has a given number of bytes."""

    def __init__(self, done: int) -> None:
        super().__init__()
        self.came = threading.Event()
        self._done = done

    def __call__(self, progress: Progress) -> None:
        super().__call__(progress)
        if progress.done == self._done:
            self.came.set()


def test_folder_bytes_counts_all_levels(tmp_path: Path) -> None:
    """Files in subfolders count, the folders themselves do not."""
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "a").write_bytes(bytes(3))
    (tmp_path / "deep" / "deeper" / "b").write_bytes(bytes(4))
    assert folder_bytes(tmp_path) == 7


def test_folder_bytes_of_nothing(tmp_path: Path) -> None:
    """A folder that does not exist holds 0 bytes."""
    assert folder_bytes(tmp_path / "none") == 0


def test_folder_bytes_ignores_dangling_links(tmp_path: Path) -> None:
    """A link to a file that is gone counts as 0 bytes."""
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    assert folder_bytes(tmp_path) == 0


def test_watch_reports_what_was_there(tmp_path: Path) -> None:
    """The first report, before the block runs, counts what an interrupted download left."""
    (tmp_path / "part").write_bytes(bytes(40))
    reports = Reports()
    with watching_download(tmp_path, "weights", 100, reports):
        assert reports.seen[0] == Progress("downloading", "weights", 40, 100)


def test_watch_reports_growth(tmp_path: Path) -> None:
    """Bytes that appear in the folder while the block runs are reported, whoever wrote them."""
    reports = AwaitedReports(60)
    with watching_download(tmp_path, "weights", 100, reports, poll_seconds=0.001):
        (tmp_path / "part").write_bytes(bytes(60))
        assert reports.came.wait(30)
    assert Progress("downloading", "weights", 60, 100) in reports.seen


def test_watch_never_passes_the_total(tmp_path: Path) -> None:
    """More bytes than the total are reported as the total."""
    reports = AwaitedReports(100)
    with watching_download(tmp_path, "weights", 100, reports, poll_seconds=0.001):
        (tmp_path / "part").write_bytes(bytes(160))
        assert reports.came.wait(30)
    assert max(report.done for report in reports.seen) == 100


def test_watch_ends_with_its_block(tmp_path: Path) -> None:
    """An exception in the block passes through, and the watching thread is gone afterwards."""
    watching: list[bool] = []

    def break_off() -> None:
        with watching_download(tmp_path, "weights", 1, Reports()):
            watching.append(is_watching())
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        break_off()
    assert watching == [True]
    assert not is_watching()


def is_watching() -> bool:
    """Return whether a thread watches a download."""
    return bool(threads_named("download-progress"))
