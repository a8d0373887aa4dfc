"""The HTTP addresses of the dashboard, which stand beside Gradio's own."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from drills.runner import DrillError
from monitoring.alerts.rules import Rules
from monitoring.analysis.request_trace import trace
from monitoring.reading.sources import UnknownSourceError
from monitoring.record.reasons import reason_of
from ui.dashboard.access import ForbiddenError, view_for
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.endpoints.browser_files import ASSETS, AssetFiles, assets_version, plotly_js
from ui.dashboard.endpoints.compressed import answer_compressed
from ui.dashboard.endpoints.export_file import FORMATS, ExportFile, ExportLimits
from ui.dashboard.endpoints.exports import Exports
from ui.dashboard.endpoints.turns import Asker, BusyError
from ui.dashboard.endpoints.uploads import UploadError, Uploads, owner_of
from ui.dashboard.endpoints.workers import RETRY_SECONDS, Workers
from ui.dashboard.html.request import not_found, request_view
from ui.dashboard.html.visitor import forbidden
from ui.dashboard.reader import Reader
from ui.texts.language import words_for
from ui.texts.words import Words
from ui.view.address import AddressError, parse
from ui.view.state import ALL, ViewState

MAX_TASK_CHARS = 40
MAX_DIGITS = 9  # of a number of files
SILENCE_SECONDS = 3600
NOT_STORED = {"cache-control": "no-store"}
# Views that are worked on at the same time, those of visitors and those of operators that may wait for it,
# for how long they do, and how many of them one visitor may have.
MAX_VIEWS = 2
MAX_WAITING = 64
WAIT_SECONDS = 10.0
MAX_PER_VISITOR = 3
DRILLS_OFF = "drills are off; start the app with DRILLS=1 to allow them"

Endpoint = Callable[[Request], Awaitable[Response]]


class StillReadingError(Exception):
    """An export would lack records, since its source is still being read."""


def routes(
    dashboard: Dashboard, uploads: Uploads | None = None, exports: Exports | None = None
) -> list[BaseRoute]:
    """Return the dashboard's routes, for the server of the page."""
    config = dashboard.config
    uploads = uploads or Uploads(dashboard.sources, seconds=config.upload_seconds)
    endpoints = _Endpoints(dashboard, uploads, exports or Exports(ExportLimits.of(config)))
    return [
        Route("/dashboard/view", _explained(endpoints.view)),
        Route("/dashboard/request", _explained(endpoints.one_request)),
        Route("/dashboard/export", _explained(endpoints.export)),
        Route("/dashboard/upload", endpoints.upload, methods=["POST"]),
        Route("/dashboard/silence", endpoints.silence, methods=["POST"]),
        Route("/dashboard/old-files", endpoints.remove_old_files, methods=["POST"]),
        Route("/dashboard/drills", _explained(endpoints.list_drills), methods=["GET"]),
        Route("/dashboard/drills", endpoints.start_drill, methods=["POST"]),
        Route("/dashboard/banner", _explained(endpoints.banner)),
        Route("/dashboard/plotly.js", plotly_js),
        Mount(f"/dashboard/assets/{assets_version()}", AssetFiles(directory=ASSETS)),
    ]


class _Endpoints:
    """The answers to the dashboard's addresses; work that takes long runs in threads of its own."""

    def __init__(self, dashboard: Dashboard, uploads: Uploads, exports: Exports) -> None:
        self._dashboard = dashboard
        self._uploads = uploads
        self._exports = exports
        self._workers = Workers(MAX_VIEWS, MAX_WAITING, WAIT_SECONDS, MAX_PER_VISITOR)

    async def view(self, request: Request) -> Response:
        """Return the parts of a view that the page does not have."""
        have = frozenset(request.headers.get("x-have", "").split())
        reader = Reader.of(request)
        body = await self._workers.run(
            Asker.of(request), self._dashboard.answer, request.url.query, have, reader
        )
        if body is None:
            return Response(status_code=204, headers=NOT_STORED)
        return await answer_compressed(request, body, "application/json", NOT_STORED)

    async def one_request(self, request: Request) -> Response:
        """Return one request as HTML."""
        reader = Reader.of(request)
        asked = view_for(reader, request.url.query)
        state = ViewState(source=asked.source, mapping=asked.mapping, range=ALL)
        request_id = request.query_params.get("request", "")
        markup = await self._workers.run(Asker.of(request), self._request_html, state, request_id, reader)
        return Response(markup, media_type="text/html", headers=NOT_STORED)

    def _request_html(self, state: ViewState, request_id: str, reader: Reader) -> Markup:
        snapshot = self._dashboard.snapshots.of(state)
        selection = self._dashboard.selection(state, snapshot)

        def html() -> Markup:
            found = trace(snapshot.view.frame, request_id)
            if found is None:
                return not_found(request_id, reader.words)
            records = list(map(selection.allowed, found.records)) if reader.is_operator else None
            return request_view(found, records, reader.words)

        return self._dashboard.guard.html("request", html, reader)

    async def export(self, request: Request) -> Response:
        """Return the selected records as a file."""
        kind = request.query_params.get("format", "")
        if kind not in FORMATS:
            raise AddressError(f"format={kind}: allowed are {', '.join(FORMATS)}")
        state = parse(request.url.query)
        return await self._exports.answer(kind, partial(self._export_file, state, kind, words_for(request)))

    def _export_file(self, state: ViewState, kind: str, words: Words) -> ExportFile:
        snapshot = self._dashboard.snapshots.of(state)
        if snapshot.view.loading:
            raise StillReadingError
        selection = self._dashboard.selection(state, snapshot)
        return ExportFile(selection, kind, self._exports.limits, words)

    async def upload(self, request: Request) -> Response:
        """Store a log file; return the name of its source."""
        title = request.query_params.get("name", "")
        try:
            source = await self._uploads.store(request.stream(), owner_of(request), title)
            return JSONResponse({"source": source})
        except UploadError as error:
            return PlainTextResponse(error.describe(words_for(request)), error.status, error.headers)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    async def silence(self, request: Request) -> Response:
        """Silence an alert for an hour."""
        if self._dashboard.silence is None:
            return PlainTextResponse("alerts cannot be silenced: ALERT_SILENCE is off", 403)
        rule, task = (request.query_params.get(name, "") for name in ("rule", "task"))
        if rule not in Rules.model_fields:
            return PlainTextResponse(f"rule={rule}: allowed are {', '.join(Rules.model_fields)}", 400)
        self._dashboard.silence(rule, task[:MAX_TASK_CHARS], time.time() + SILENCE_SECONDS)
        return Response(status_code=204)

    async def remove_old_files(self, request: Request) -> Response:
        """Remove the old files that the operator was shown, and agreed to."""
        files, last = (request.query_params.get(name, "") for name in ("files", "last"))
        words = words_for(request)
        if not files.isdecimal():
            return PlainTextResponse(f"files={files}: a number of files is needed", 400)
        try:
            if await run_in_threadpool(self._dashboard.remove_old_files, int(files[:MAX_DIGITS]), last):
                return Response(status_code=204)
        except OSError as error:
            return PlainTextResponse(words["old_files_error"].format(error=reason_of(error)), 500)
        return PlainTextResponse(words["old_files_other"], 409)

    async def list_drills(self, request: Request) -> Response:
        """Return which drills there are, and the newest runs."""
        if self._dashboard.drills is None:
            return PlainTextResponse(DRILLS_OFF, 404)
        runs = await self._workers.run(Asker.of(request), self._dashboard.drill_runs)
        return JSONResponse({"names": self._dashboard.drills.names, "runs": [asdict(run) for run in runs]})

    async def start_drill(self, request: Request) -> Response:
        """Start a drill; return the id of its run."""
        if self._dashboard.drills is None:
            return PlainTextResponse(DRILLS_OFF, 404)
        try:
            name = request.query_params.get("drill", "")
            run = await run_in_threadpool(self._dashboard.drills.start, name)
        except DrillError as error:
            return PlainTextResponse(str(error), 409)
        return JSONResponse({"run": run}, 202)

    async def banner(self, request: Request) -> Response:
        """Return a warning while the model fails repeatedly."""
        if await self._workers.run(Asker.of(request), self._dashboard.is_degraded):
            return PlainTextResponse(words_for(request)["degraded"], headers=NOT_STORED)
        return Response(status_code=204, headers=NOT_STORED)


def _explained(endpoint: Endpoint) -> Endpoint:
    """Answer a wrong address, or one for which there is no time now, with the reason in words."""

    async def explained(request: Request) -> Response:
        try:
            return await endpoint(request)
        except AddressError as error:
            return PlainTextResponse(words_for(request)["view_wrong"].format(error=error), 400)
        except ForbiddenError as error:
            return _forbidden(error, request)
        except UnknownSourceError:
            return PlainTextResponse(words_for(request)["source_gone"], 404)
        except (BusyError, StillReadingError) as error:
            reason = "busy" if isinstance(error, BusyError) else "export_reading"
            text = words_for(request)[reason].format(seconds=RETRY_SECONDS)
            return PlainTextResponse(text, 503, {"retry-after": str(RETRY_SECONDS), **NOT_STORED})

    return explained


def _forbidden(error: ForbiddenError, request: Request) -> Response:
    """Answer a visitor with what only the operator sees, and with the view without it."""
    words = words_for(request)
    parts = request.query_params.items()
    allowed = {"tab": "dashboard", **{name: value for name, value in parts if name not in error.parts}}
    markup = forbidden(error.describe(words), allowed, words)
    return Response(markup, 403, media_type="text/html", headers=NOT_STORED)
