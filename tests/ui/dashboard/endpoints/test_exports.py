"""Exports on their way to their readers: few at a time, and none holds its place for ever."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import Message

from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import EVERYTHING, config, snapshot_of, view_of
from ui.dashboard.endpoints.export_file import ExportFile, ExportLimits
from ui.dashboard.endpoints.exports import Exports
from ui.dashboard.endpoints.turns import BusyError
from ui.dashboard.selection import Selection
from ui.texts.page import EN

VIEW = view_of(*(a_record(second, message="x" * 60_000) for second in range(20)))
SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end; the browser of another test may have a loop in this thread."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, work).result()


def make() -> ExportFile:
    """Return an export of several pieces."""
    selection = Selection(EVERYTHING, snapshot_of(VIEW), config(), hides_texts=False)
    return ExportFile(selection, "jsonl", ExportLimits(), EN)


class Connection:
    """A reader's connection: keeps what is sent, and fails or leaves when it is told so."""

    def __init__(self, fail_at: int | None = None, leave_at: int | None = None) -> None:
        self.sent: list[Message] = []
        self._fail_at = fail_at
        self._leave_at = leave_at

    async def receive(self) -> Message:
        if self._leave_at is not None and len(self.sent) >= self._leave_at:
            return {"type": "http.disconnect"}
        return await asyncio.Future()

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if len(self.sent) == self._fail_at:
            raise TimeoutError("nothing was read")

    @property
    def body(self) -> bytes:
        """All pieces together."""
        return b"".join(message.get("body", b"") for message in self.sent)


async def read(exports: Exports, connection: Connection, method: str = "GET") -> None:
    """Send an export to a reader."""
    response = await exports.answer("jsonl", make)
    await response({**SCOPE, "method": method}, connection.receive, connection.send)


def test_an_export_comes_in_pieces_and_ends() -> None:
    """The reader gets the whole file, and headers that tell how many records it has and what limits hold."""
    connection = Connection()
    run(read(Exports(ExportLimits(3, 9)), connection))
    assert connection.body == b"".join(make().pieces())
    assert connection.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert len(connection.sent) > 5
    headers = dict(connection.sent[0]["headers"])
    assert headers[b"x-export-records"] == b"20"
    assert headers[b"x-export-limits"] == b"EXPORT_MB=3, EXPORT_SECONDS=9"


def test_a_look_at_the_headers_makes_nothing() -> None:
    """HEAD gets the headers, and no record is read."""
    connection = Connection()
    run(read(Exports(ExportLimits()), connection, "HEAD"))
    assert connection.body == b""
    assert dict(connection.sent[0]["headers"])[b"x-export-records"] == b"20"


def test_whoever_leaves_is_not_worked_for() -> None:
    """After a reader has left, no further piece is made."""
    connection = Connection(leave_at=3)
    run(read(Exports(ExportLimits()), connection))
    assert 0 < len(connection.body) < len(b"".join(make().pieces()))


@pytest.mark.parametrize("fail_at", [1, 2, 4])
def test_a_reader_who_is_given_up_frees_the_place(fail_at: int) -> None:
    """Whenever sending fails, the export's place is free again, and its file is closed."""
    exports = Exports(ExportLimits(), max_open=1, wait_seconds=0.01)
    ended: list[bool] = []

    class WatchedFile(ExportFile):
        """A file that tells when it is closed."""

        def pieces(self):  # type: ignore[no-untyped-def]  # as the original
            try:
                yield from super().pieces()
            finally:
                ended.append(True)

    def watched() -> ExportFile:
        selection = Selection(EVERYTHING, snapshot_of(VIEW), config(), hides_texts=False)
        return WatchedFile(selection, "jsonl", ExportLimits(), EN)

    async def trial() -> None:
        connection = Connection(fail_at=fail_at)
        response = await exports.answer("jsonl", watched)
        with pytest.raises(TimeoutError):
            await response(SCOPE, connection.receive, connection.send)
        await read(exports, Connection())

    run(trial())
    assert ended == ([True] if fail_at > 1 else [])


def test_too_many_open_exports_are_refused() -> None:
    """An export that is open, though nobody reads it, holds a place until it ends."""
    exports = Exports(ExportLimits(), max_open=1, wait_seconds=0.01)

    async def trial() -> None:
        response = await exports.answer("jsonl", make)
        with pytest.raises(BusyError):
            await exports.answer("jsonl", make)
        connection = Connection()
        await response(SCOPE, connection.receive, connection.send)
        await read(exports, Connection())

    run(trial())


def test_an_export_that_cannot_begin_holds_no_place() -> None:
    """A source that is gone, or anything else that fails, leaves the place to the next one."""
    exports = Exports(ExportLimits(), max_open=1, wait_seconds=0.01)

    def fail() -> ExportFile:
        raise LookupError

    async def trial() -> None:
        for _ in range(2):
            with pytest.raises(LookupError):
                await exports.answer("jsonl", fail)
        await read(exports, Connection())

    run(trial())
