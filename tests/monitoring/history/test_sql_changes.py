"""SQL over files that change in the moment of the query."""

import gzip
import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from monitoring.history import log_view
from monitoring.history import sql as history
from monitoring.history.sql import query
from monitoring.storage.listing import LogChangedError
from tests.monitoring.helpers import a_record, lines_of
from tests.monitoring.history.helpers import NEWER, rows, three_files


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log of three files, in a folder of its own."""
    return three_files(tmp_path)


def with_trouble(monkeypatch: pytest.MonkeyPatch, trouble: Any) -> None:
    """Let something happen to the files between listing and reading."""
    original = log_view.log_view

    def view(*arguments: Any) -> str:
        trouble()
        return original(*arguments)

    monkeypatch.setattr(history, "log_view", view)


def test_a_file_that_is_compressed_meanwhile_is_found_again(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a file has another name by the time it is read, the files are listed anew."""

    def compress() -> None:
        newer = log.parent / NEWER
        if newer.exists():
            Path(f"{newer}.gz").write_bytes(gzip.compress(newer.read_bytes()))
            newer.unlink()

    with_trouble(monkeypatch, compress)
    assert rows(log, "select count(*) from log") == [(6,)]


def test_a_rotation_meanwhile_loses_no_record(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another file stands at the log's path by the time it is read, the files are listed anew."""

    def rotate() -> None:
        if not (log.parent / "qwen-2023-11-15T22-13-20.000Z.log").exists():
            log.rename(log.parent / "qwen-2023-11-15T22-13-20.000Z.log")
            log.write_bytes(lines_of(a_record(6, seq=6)))

    with_trouble(monkeypatch, rotate)
    assert rows(log, "select seq from log") == [(seq,) for seq in range(7)]


def test_an_answer_that_may_lack_records_ends_with_an_error(log: Path) -> None:
    """When the log rotates while a long answer is read, its end says so."""
    answer = query(log, "select seq from log", fetched_rows=1)
    log.rename(log.parent / "qwen-2023-11-15T22-13-20.000Z.log")
    with pytest.raises(LogChangedError, match="try again"):
        list(answer.rows)


def test_a_log_that_never_stands_still_is_an_error(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than a wrong answer there is an error after some tries."""
    versions = count()

    def replace() -> None:
        other = log.parent / "other"
        other.write_bytes(b'{"seq":%d}\n' % next(versions))
        other.replace(log)

    with_trouble(monkeypatch, replace)
    with pytest.raises(LogChangedError):
        query(log, "from log")


def test_queries_can_be_asked_from_several_threads(log: Path) -> None:
    """Each query has a room of its own."""
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(rows(log, "select count(*) from log"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[(6,)]] * 4
