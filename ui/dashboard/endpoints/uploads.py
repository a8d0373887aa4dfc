"""Store the files that visitors upload."""

from collections.abc import AsyncIterable
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from monitoring.reading.sources import MAX_UPLOAD_BYTES, Sources
from ui.texts.words import Words

MAX_UPLOADS = 2  # at the same time


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


class Uploads:
    """Write uploads to disk, a bounded number at a time."""

    def __init__(
        self, sources: Sources, max_bytes: int = MAX_UPLOAD_BYTES, max_uploads: int = MAX_UPLOADS
    ) -> None:
        self._sources = sources
        self._max_bytes = max_bytes
        self._max_uploads = max_uploads
        self._running = 0

    async def store(self, chunks: AsyncIterable[bytes]) -> str:
        """Write a file and start to load it; return the name of its source.

        Raises:
            UploadError: the file is too large, the disk does not take it, or other uploads are running.
        """
        if self._running >= self._max_uploads:
            raise UploadError(429, "upload_busy")
        self._running += 1
        try:
            path = self._sources.new_upload()
            try:
                await self._write(path, chunks)
                return self._sources.take_upload(path)
            except BaseException:  # a visitor who leaves, too, must not leave half a file behind
                path.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise UploadError(507, "upload_failed", error=error.strerror or error) from error
        finally:
            self._running -= 1

    async def _write(self, path: Path, chunks: AsyncIterable[bytes]) -> None:
        size = 0
        with path.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._max_bytes:
                    raise UploadError(413, "upload_too_large", limit=self._max_bytes >> 20)
                await run_in_threadpool(file.write, chunk)
