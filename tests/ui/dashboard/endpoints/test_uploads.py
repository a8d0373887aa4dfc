"""Uploads: stored whole, or not at all, with a reason."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from monitoring.reading.live_log import LiveLog
from monitoring.reading.sources import Sources
from tests.monitoring.helpers import a_record, lines_of, wait_until
from tests.ui.dashboard.helpers import config
from ui.dashboard.endpoints.uploads import UploadError, Uploads
from ui.texts.page import EN, ZH

FULL = OSError(28, "No space left on device")


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[Sources]:
    """The sources of a log without files."""
    settings = config(log_dir=tmp_path / "logs")
    sources = Sources(LiveLog(settings), settings)
    yield sources
    sources.close()


async def chunks_of(*parts: bytes, error: BaseException | None = None) -> AsyncIterator[bytes]:
    """Yield the body of a request, and then fail if there is an error."""
    for part in parts:
        yield part
    if error is not None:
        raise error


def run(work: Coroutine[Any, Any, str]) -> str:
    """Return the result of a coroutine; the browser of another test may have a loop in this thread."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()


def files_of(sources: Sources) -> list[Path]:
    """Return the files in the folder of uploads."""
    return list(sources.new_upload().parent.iterdir())


def refused(uploads: Uploads, *parts: bytes, error: BaseException | None = None) -> UploadError:
    """Upload a file that is refused, and return the reason."""
    with pytest.raises(UploadError) as caught:
        run(uploads.store(chunks_of(*parts, error=error)))
    return caught.value


def test_a_stored_file_becomes_a_source(sources: Sources) -> None:
    """All its records are loaded, and the file is removed after that."""
    lines = lines_of(a_record(), a_record(1))
    name = run(Uploads(sources).store(chunks_of(lines[:10], lines[10:])))
    wait_until(lambda: not sources.view(name).loading)
    assert len(sources.view(name).frame) == 2
    wait_until(lambda: files_of(sources) == [])


def test_a_file_that_is_too_large_is_refused(sources: Sources) -> None:
    """A file of exactly the limit is stored; of a larger one nothing is left."""
    uploads = Uploads(sources, max_bytes=1 << 20)
    error = refused(uploads, b"x" * (1 << 20), b"x")
    assert (error.status, error.describe(EN)) == (413, EN["upload_too_large"].format(limit=1))
    assert files_of(sources) == []
    assert run(uploads.store(chunks_of(b"x" * (1 << 20))))


def test_too_many_uploads_at_the_same_time_are_refused(sources: Sources) -> None:
    """While one upload runs and one is allowed, another is asked to wait; after that it is stored."""
    uploads = Uploads(sources, max_uploads=1)
    during: list[UploadError] = []

    async def slow() -> AsyncIterator[bytes]:
        with pytest.raises(UploadError) as caught:
            await uploads.store(chunks_of(b"{}\n"))
        during.append(caught.value)
        yield b"{}\n"

    assert run(uploads.store(slow()))
    assert [(error.status, error.describe(ZH)) for error in during] == [(429, ZH["upload_busy"])]
    assert run(uploads.store(chunks_of(b"{}\n")))


def test_a_disk_that_fails_is_the_reason(sources: Sources) -> None:
    """Nothing of the file is left, and failures do not count as running uploads."""
    uploads = Uploads(sources, max_uploads=1)
    for _ in range(3):
        error = refused(uploads, b"{}\n", error=FULL)
        assert error.status == 507
        assert error.describe(EN) == EN["upload_failed"].format(error="No space left on device")
    assert files_of(sources) == []
    assert run(uploads.store(chunks_of(b"{}\n")))


def test_a_missing_folder_is_the_reason(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where not even the folder of uploads can be made, the system's reason is given."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert "No such file or directory" in refused(Uploads(sources), b"{}\n").describe(EN)


def test_a_visitor_who_leaves_leaves_no_file(sources: Sources) -> None:
    """A connection that breaks off removes what was written so far."""
    with pytest.raises(asyncio.CancelledError):
        run(Uploads(sources).store(chunks_of(b"half of it", error=asyncio.CancelledError())))
    assert files_of(sources) == []
