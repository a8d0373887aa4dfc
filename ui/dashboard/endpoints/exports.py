"""Send exports, a bounded number at a time; a reader who stalls holds no thread, and nobody up for long."""

from collections.abc import Callable, Generator
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ui.dashboard.endpoints.export_file import FORMATS, ExportFile, ExportLimits
from ui.dashboard.endpoints.turns import Asker, Turns
from ui.dashboard.endpoints.workers import Workers
from ui.roles import Role

# Exports that are open at the same time, each with up to 16 MiB of lines; one at a time makes its next piece.
MAX_OPEN = 4
MAX_WAITING = 8
WAIT_SECONDS = 10.0
# Nobody else may export.
OPERATOR = Asker("", Role.OPERATOR)


class Exports:
    """The exports that are being read."""

    def __init__(
        self, limits: ExportLimits, max_open: int = MAX_OPEN, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self.limits = limits
        self._open = Turns(max_open, MAX_WAITING, wait_seconds, per_visitor=0)
        # Whoever has begun waits for the next piece for as long as the export may take.
        self._workers = Workers(1, max_open, limits.seconds, per_visitor=0)

    async def answer(self, kind: str, make: Callable[[], ExportFile]) -> Response:
        """Return the response that sends what `make` returns; `kind` is its format.

        Raises:
            BusyError: too many exports are open.
        """
        await self._open.enter(OPERATOR)
        try:
            file = await self._workers.run(OPERATOR, make)
        except BaseException:
            self._open.leave(OPERATOR)
            raise
        return ExportResponse(kind, file, self.limits, self._workers, partial(self._open.leave, OPERATOR))


class ExportResponse(Response):
    """An export on its way to its reader."""

    def __init__(
        self,
        kind: str,
        file: ExportFile,
        limits: ExportLimits,
        workers: Workers,
        on_end: Callable[[], None],
    ) -> None:
        self.status_code = 200
        self.media_type = FORMATS[kind]
        self.background = None
        self._pieces = file.pieces()
        self._workers = workers
        self._on_end = on_end
        self.init_headers(
            {
                "content-disposition": f'attachment; filename="requests.{kind}"',
                "cache-control": "no-store",
                # With these a program can tell whether it got everything.
                "x-export-records": str(file.selected),
                "x-export-limits": f"EXPORT_MB={limits.mb:g}, EXPORT_SECONDS={limits.seconds:g}",
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send piece after piece; whatever ends it, the export's place becomes free."""
        request = Request(scope, receive)
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            if scope["method"] != "HEAD":
                while not await request.is_disconnected():
                    piece = await self._workers.run(OPERATOR, _next, self._pieces)
                    if piece is None:
                        break
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._pieces.close()
            self._on_end()


def _next(pieces: Generator[bytes, None, None]) -> bytes | None:
    return next(pieces, None)
