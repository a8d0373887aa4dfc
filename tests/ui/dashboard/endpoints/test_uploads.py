"""Uploads: stored whole, or not at all, with a reason."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from monitoring.reading.live_log import LiveLog
from monitoring.reading.sources import MAX_UPLOADS, Sources
from tests.monitoring.helpers import a_record, lines_of, wait_until
from tests.ui.dashboard.helpers import config
from ui.dashboard.endpoints.uploads import GRACE_SECONDS, MIN_RATE, UploadError, Uploads, owner_of
from ui.texts.page import EN, ZH

ME = "me"
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
    path = sources.new_upload("somebody")
    sources.give_up_upload(path)
    return list(path.parent.iterdir())


def refused(
    uploads: Uploads, *parts: bytes, error: BaseException | None = None, owner: str = ME
) -> UploadError:
    """Upload a file that is refused, and return the reason."""
    with pytest.raises(UploadError) as caught:
        run(uploads.store(chunks_of(*parts, error=error), owner))
    return caught.value


def test_a_stored_file_becomes_a_source(sources: Sources) -> None:
    """All its records are loaded; the file stays, to be read with other names, until it is given up."""
    lines = lines_of(a_record(), a_record(1))
    name = run(Uploads(sources).store(chunks_of(lines[:10], lines[10:]), ME, "monday.log"))
    wait_until(lambda: not sources.view(name).loading)
    assert len(sources.view(name).frame) == 2
    assert sources.view(name).title == sources.view(name, "x=task_type").title == "monday.log"
    assert len(files_of(sources)) == 1
    sources.drop_uploads(ME)
    assert files_of(sources) == []


def test_a_file_that_is_too_large_is_refused(sources: Sources) -> None:
    """A file of exactly the limit is stored; of a larger one nothing is left."""
    uploads = Uploads(sources, max_bytes=1 << 20)
    error = refused(uploads, b"x" * (1 << 20), b"x")
    assert (error.status, error.describe(EN)) == (413, EN["upload_too_large"].format(limit=1))
    assert files_of(sources) == []
    assert run(uploads.store(chunks_of(b"x" * (1 << 20)), ME))


@pytest.mark.parametrize(("owner", "limits"), [(ME, {"max_own_running": 1}), ("another", {"max_running": 1})])
def test_too_many_uploads_at_the_same_time_are_refused(
    sources: Sources, owner: str, limits: dict[str, int]
) -> None:
    """While one upload runs, another of the same owner, or of anybody, waits; after that it is stored."""
    uploads = Uploads(sources, **limits)  # type: ignore[arg-type]  # numbers of uploads
    during: list[UploadError] = []

    async def slow() -> AsyncIterator[bytes]:
        with pytest.raises(UploadError) as caught:
            await uploads.store(chunks_of(b"{}\n"), owner)
        during.append(caught.value)
        yield b"{}\n"

    assert run(uploads.store(slow(), ME))
    assert [(error.status, error.describe(ZH)) for error in during] == [(429, ZH["upload_busy"])]
    assert "retry-after" in during[0].headers
    assert run(uploads.store(chunks_of(b"{}\n"), owner))


def test_uploads_of_one_owner_leave_room_for_others(sources: Sources) -> None:
    """Whoever has all of one owner's places does not keep others from uploading."""
    uploads = Uploads(sources, max_own_running=1)

    async def slow() -> AsyncIterator[bytes]:
        assert await uploads.store(chunks_of(b"{}\n"), "another")
        yield b"{}\n"

    assert run(uploads.store(slow(), ME))


def test_others_that_have_everything_are_told(sources: Sources) -> None:
    """Where as many files are kept as can be, none of others goes for a new one: it is refused."""
    uploads = Uploads(sources)
    kept = [run(uploads.store(chunks_of(b"{}\n"), f"owner {number}")) for number in range(MAX_UPLOADS)]
    error = refused(uploads, b"{}\n")
    assert (error.status, error.describe(EN)) == (429, EN["upload_full"].format(most=MAX_UPLOADS))
    for name in kept:
        sources.view(name)


class Time:
    """A clock that goes on as the chunks of an upload say."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now

    async def chunks(self, count: int, size: int, seconds: float) -> AsyncIterator[bytes]:
        """Yield so many chunks, each of which takes so long."""
        for _ in range(count):
            self.now += seconds
            yield b"\n" * size


def test_an_upload_may_take_a_bounded_time(sources: Sources) -> None:
    """However fast it comes, after UPLOAD_SECONDS it is given up, and nothing of it is left."""
    timer = Time()
    uploads = Uploads(sources, seconds=60, timer=timer)
    with pytest.raises(UploadError) as caught:
        run(uploads.store(timer.chunks(100, 100_000, 1), ME))
    assert caught.value.status == 408
    assert caught.value.describe(EN) == EN["upload_slow"].format(seconds=60)
    assert files_of(sources) == []
    assert run(uploads.store(timer.chunks(50, 100_000, 1), ME))


@pytest.mark.parametrize("burst", [0, 10 << 20])
def test_an_upload_that_trickles_is_given_up(sources: Sources, burst: int) -> None:
    """A byte now and then keeps no place, not even after a fast beginning; the least rate does."""
    timer = Time()
    uploads = Uploads(sources, seconds=10_000, timer=timer)

    async def trickle() -> AsyncIterator[bytes]:
        yield b"\n" * burst
        async for chunk in timer.chunks(1000, 1, 5):
            yield chunk

    with pytest.raises(UploadError) as caught:
        run(uploads.store(trickle(), ME))
    assert caught.value.status == 408
    assert caught.value.describe(EN) == EN["upload_stalled"].format(rate=MIN_RATE >> 10)
    assert timer.now < 50 + 2 * GRACE_SECONDS
    assert files_of(sources) == []
    assert run(uploads.store(timer.chunks(100, 5 * MIN_RATE, 5), ME))


def test_an_upload_that_stops_coming_is_given_up(sources: Sources) -> None:
    """A sender who falls silent is not waited for; the place is free again."""
    uploads = Uploads(sources, max_running=1, grace_seconds=0.01)

    async def silent() -> AsyncIterator[bytes]:
        yield b"half of it"
        await asyncio.Event().wait()

    for _ in range(2):
        with pytest.raises(UploadError) as caught:
            run(uploads.store(silent(), ME))
        assert caught.value.status == 408
        assert caught.value.headers["connection"] == "close"
    assert files_of(sources) == []


def test_nobody_else_on_the_machine_can_read_an_upload(sources: Sources) -> None:
    """The folder and the files in it are its owner's alone, whatever the umask is."""
    modes: list[int] = []

    async def watched() -> AsyncIterator[bytes]:
        yield b"{}\n"
        (path,) = files_of(sources)
        modes.extend(stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent))

    before = os.umask(0)
    try:
        run(Uploads(sources).store(watched(), ME))
    finally:
        os.umask(before)
    assert modes == [0o600, 0o700]


def request_of(cookie: str = "", host: str = "192.0.2.1") -> Request:
    """Return a request with the cookie of a sign-in, from an address."""
    headers = [(b"cookie", f"operator={cookie}; lang=en".encode())] if cookie else []
    return Request({"type": "http", "headers": headers, "client": (host, 0)})


def test_each_sign_in_is_an_owner() -> None:
    """Two sign-ins from one address are two owners; without one, the address is; no name tells a cookie."""
    requests = [request_of("a"), request_of("b"), request_of(), request_of(host="192.0.2.2")]
    names = {owner_of(request) for request in requests}
    assert len(names) == 4
    assert owner_of(request_of("a", "192.0.2.9")) == owner_of(request_of("a"))
    assert all(len(name) == 64 for name in names)


def test_a_disk_that_fails_is_the_reason(sources: Sources) -> None:
    """Nothing of the file is left, and failures do not count as running uploads."""
    uploads = Uploads(sources, max_running=1)
    for _ in range(3):
        error = refused(uploads, b"{}\n", error=FULL)
        assert error.status == 507
        assert error.describe(EN) == EN["upload_failed"].format(error="No space left on device")
    assert files_of(sources) == []
    assert run(uploads.store(chunks_of(b"{}\n"), ME))


def test_a_missing_folder_is_the_reason(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where not even the folder of uploads can be made, the system's reason is given."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert "No such file or directory" in refused(Uploads(sources), b"{}\n").describe(EN)


def test_a_visitor_who_leaves_leaves_no_file(sources: Sources) -> None:
    """A connection that breaks off removes what was written so far."""
    with pytest.raises(asyncio.CancelledError):
        run(Uploads(sources).store(chunks_of(b"half of it", error=asyncio.CancelledError()), ME))
    assert files_of(sources) == []
