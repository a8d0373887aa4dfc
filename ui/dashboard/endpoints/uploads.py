"""Store the files that operators upload."""

import asyncio
import hashlib
import os
import time
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from monitoring.reading.sources import MAX_UPLOAD_BYTES, MAX_UPLOADS, Sources, UploadsFullError
from ui.roles import OPERATOR_COOKIE
from ui.texts.words import Words

# Uploads at the same time, of one owner and of all together.
MAX_OWN_RUNNING = 2
MAX_RUNNING = 4
UPLOAD_SECONDS = 600.0
# So many bytes a second must come. An upload may fall back behind that by so many seconds.
MIN_RATE = 32 << 10
GRACE_SECONDS = 20.0
MAX_TITLE_CHARS = 255  # as the names of files on most systems
RETRY_SECONDS = 10  # after which somebody who was refused may ask again


class UploadError(Exception):
    """A file was not stored; nothing of it is left."""

    def __init__(self, status: int, text: str, **values: object) -> None:
        super().__init__(text)
        # The status of the HTTP response.
        self.status = status
        self._text = text
        self._values = values

    def describe(self, words: Words) -> str:
        """Return the reason in the reader's language."""
        return words[self._text].format(**self._values)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the HTTP response; the connection is closed, since the body was not read."""
        headers = {"cache-control": "no-store", "connection": "close"}
        return {**headers, "retry-after": str(RETRY_SECONDS)} if self.status == 429 else headers


def owner_of(request: Request) -> str:
    """Return a name for whoever uploads: one for each sign-in; without one, for each address."""
    host = request.client.host if request.client else ""
    return hashlib.sha256((request.cookies.get(OPERATOR_COOKIE) or host).encode()).hexdigest()


class Uploads:
    """Write uploads to disk, a bounded number at a time and each within a bounded time."""

    def __init__(
        self,
        sources: Sources,
        max_bytes: int = MAX_UPLOAD_BYTES,
        seconds: float = UPLOAD_SECONDS,
        max_own_running: int = MAX_OWN_RUNNING,
        max_running: int = MAX_RUNNING,
        grace_seconds: float = GRACE_SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = sources
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._max_own_running = max_own_running
        self._max_running = max_running
        self._grace_seconds = grace_seconds
        self._timer = timer
        self._running: Counter[str] = Counter()

    async def store(self, chunks: AsyncIterable[bytes], owner: str, title: str = "") -> str:
        """Write a file and start to load it; return the name of its source. `title` is its name there.

        Raises:
            UploadError: the file is too large or too slow, the disk does not take it, or there are too many.
        """
        async with self._place(owner):
            try:
                path = self._sources.new_upload(owner)
                try:
                    await self._write(path, chunks)
                    return self._sources.take_upload(path, title[:MAX_TITLE_CHARS])
                except BaseException:  # a visitor who leaves, too, must not leave half a file behind
                    self._sources.give_up_upload(path)
                    raise
            except UploadsFullError:
                raise UploadError(429, "upload_full", most=MAX_UPLOADS) from None
            except OSError as error:
                raise UploadError(507, "upload_failed", error=error.strerror or error) from error

    @asynccontextmanager
    async def _place(self, owner: str) -> AsyncIterator[None]:
        """Count an upload that is running.

        Raises:
            UploadError: too many are.
        """
        if self._running[owner] >= self._max_own_running or self._running.total() >= self._max_running:
            raise UploadError(429, "upload_busy")
        self._running[owner] += 1
        try:
            yield
        finally:
            self._running[owner] -= 1
            self._running += Counter()  # forgets those who have none

    async def _write(self, path: Path, chunks: AsyncIterable[bytes]) -> None:
        size = 0
        with open(path, "xb", opener=partial(os.open, mode=0o600)) as file:
            async for chunk in self._in_time(chunks):
                size += len(chunk)
                if size > self._max_bytes:
                    raise UploadError(413, "upload_too_large", limit=self._max_bytes >> 20)
                await run_in_threadpool(file.write, chunk)

    async def _in_time(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Yield the chunks as they come.

        Raises:
            UploadError: they take too long, all together or the next one.
        """
        coming = aiter(chunks)
        now = self._timer()
        # The moments at which the upload ends at the latest, and at which the next chunk must be there.
        end, needed = now + self._seconds, now + self._grace_seconds
        while True:
            try:
                chunk = await asyncio.wait_for(anext(coming), max(0.0, min(end, needed) - now))
            except StopAsyncIteration:
                return
            except TimeoutError:
                if end <= needed:
                    raise UploadError(408, "upload_slow", seconds=f"{self._seconds:g}") from None
                raise UploadError(408, "upload_stalled", rate=MIN_RATE >> 10) from None
            yield chunk
            now = self._timer()
            # What comes faster is no credit for later, beyond the seconds that everybody has.
            needed = min(needed + len(chunk) / MIN_RATE, now + self._grace_seconds)
