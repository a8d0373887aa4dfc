"""The dashboard's addresses: what its page asks for beside Gradio's own."""

import gzip
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import plotly
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from drills.runner import DrillError
from monitoring.alerts.rules import Rules
from monitoring.analysis.request_trace import trace
from monitoring.reading.sources import MAX_UPLOAD_BYTES, UnknownSourceError
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.html.alerts import SILENCE_SECONDS
from ui.dashboard.html.request import not_found, request_view
from ui.dashboard.tab import ASSETS, assets_version
from ui.texts.language import words_for
from ui.texts.words import Words
from ui.view.address import AddressError, parse
from ui.view.state import ViewState

PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
MOST_UPLOADS = 2  # at a time
MOST_TASK_CHARS = 40
KEPT = {"cache-control": "public, max-age=31536000, immutable"}  # its address changes with its version
ASKED_AGAIN = {"cache-control": "no-store"}
EXPORTS = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(dashboard: Dashboard) -> list[BaseRoute]:
    """Return the dashboard's routes, for the app that Gradio makes."""
    uploads: set[Path] = set()

    async def view(request: Request) -> Response:
        have = frozenset(request.headers.get("x-have", "").split())
        body = await run_in_threadpool(dashboard.answer, request.url.query, have, words_for(request))
        if body is None:
            return Response(status_code=204, headers=ASKED_AGAIN)
        headers = {"content-encoding": "gzip", **ASKED_AGAIN}
        return Response(body, media_type="application/json", headers=headers)

    async def one_request(request: Request) -> Response:
        markup = await run_in_threadpool(_one_request, dashboard, request, words_for(request))
        return Response(markup, media_type="text/html", headers=ASKED_AGAIN)

    async def export(request: Request) -> Response:
        kind = request.query_params.get("format", "")
        if kind not in EXPORTS:
            raise AddressError(f"format={kind}: allowed are {', '.join(EXPORTS)}")
        state = parse(request.url.query)
        selection = dashboard.selection(state, await run_in_threadpool(dashboard.snapshots.of, state))
        rows = selection.jsonl() if kind == "jsonl" else selection.csv()
        headers = {"content-disposition": f'attachment; filename="requests.{kind}"', **ASKED_AGAIN}
        return StreamingResponse(rows, media_type=EXPORTS[kind], headers=headers)

    async def upload(request: Request) -> Response:
        words = words_for(request)
        if _is_foreign(request):
            return PlainTextResponse("only this page may upload", 403)
        if len(uploads) >= MOST_UPLOADS:
            return PlainTextResponse(words["upload_busy"], 429)
        try:
            path = dashboard.sources.new_upload()
        except OSError as error:
            return _not_stored(error, words)
        uploads.add(path)
        try:
            if not await _receive(request, path):
                return PlainTextResponse(words["upload_too_large"].format(limit=MAX_UPLOAD_BYTES >> 20), 413)
            return JSONResponse({"source": dashboard.sources.take_upload(path)})
        except ClientDisconnect:
            path.unlink(missing_ok=True)
            raise
        except OSError as error:
            path.unlink(missing_ok=True)
            return _not_stored(error, words)
        finally:
            uploads.discard(path)

    async def silence(request: Request) -> Response:
        if _is_foreign(request) or dashboard.silence is None:
            return PlainTextResponse("only this page may silence alerts, where ALERT_SILENCE allows it", 403)
        rule, task = (request.query_params.get(name, "") for name in ("rule", "task"))
        if rule not in Rules.model_fields:
            return PlainTextResponse(f"rule={rule}: allowed are {', '.join(Rules.model_fields)}", 400)
        dashboard.silence(rule, task[:MOST_TASK_CHARS], time.time() + SILENCE_SECONDS)
        return Response(status_code=204)

    async def drills(request: Request) -> Response:
        if dashboard.drills is None:
            return PlainTextResponse("drills are off; start the app with DRILLS=1 to allow them", 404)
        if request.method == "GET":
            runs = await run_in_threadpool(dashboard.drill_runs)
            return JSONResponse({"names": dashboard.drills.names, "runs": [asdict(run) for run in runs]})
        if _is_foreign(request):
            return PlainTextResponse("only this page, and programs, may start drills", 403)
        try:
            run = await run_in_threadpool(dashboard.drills.start, request.query_params.get("drill", ""))
        except DrillError as error:
            return PlainTextResponse(str(error), 409)
        return JSONResponse({"run": run}, 202)

    async def banner(request: Request) -> Response:
        if await run_in_threadpool(dashboard.is_degraded):
            return PlainTextResponse(words_for(request)["degraded"], headers=ASKED_AGAIN)
        return Response(status_code=204, headers=ASKED_AGAIN)

    async def plotly_js(request: Request) -> Response:
        headers = {"content-encoding": "gzip", **KEPT}
        return Response(await run_in_threadpool(_plotly), media_type="text/javascript", headers=headers)

    return [
        Route("/dashboard/view", _explained(view)),
        Route("/dashboard/request", _explained(one_request)),
        Route("/dashboard/export", _explained(export)),
        Route("/dashboard/upload", upload, methods=["POST"]),
        Route("/dashboard/silence", silence, methods=["POST"]),
        Route("/dashboard/drills", drills, methods=["GET", "POST"]),
        Route("/dashboard/banner", banner),
        Route("/dashboard/plotly.js", plotly_js),
        Mount(f"/dashboard/assets/{assets_version()}", _KeptFiles(directory=ASSETS)),
    ]


class _KeptFiles(StaticFiles):
    """Files that a browser need not ask for again."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(KEPT)
        return response


def _is_foreign(request: Request) -> bool:
    """Tell whether a browser sends this from another site's page; programs do not say."""
    return request.headers.get("sec-fetch-site", "same-origin") != "same-origin"


def _explained(endpoint: Endpoint) -> Endpoint:
    """Answer what is wrong with an address as a text for its reader."""

    async def explained(request: Request) -> Response:
        try:
            return await endpoint(request)
        except AddressError as error:
            return PlainTextResponse(words_for(request)["view_wrong"].format(error=error), 400)
        except UnknownSourceError:
            return PlainTextResponse(words_for(request)["source_gone"], 404)

    return explained


def _one_request(dashboard: Dashboard, request: Request, words: Words) -> str:
    request_id = request.query_params.get("request", "")
    state = ViewState(source=parse(request.url.query).source, range="all")
    snapshot = dashboard.snapshots.of(state)
    found = trace(snapshot.view.frame, request_id)
    if found is None:
        return not_found(request_id, words)
    selection = dashboard.selection(state, snapshot)
    return request_view(found, list(map(selection.allowed, found.records)), words)


async def _receive(request: Request, path: Path) -> bool:
    """Write a request's body to a file; False, and no file, where it is too large."""
    received = 0
    with path.open("xb") as file:
        async for chunk in request.stream():
            received += len(chunk)
            if received > MAX_UPLOAD_BYTES:
                break
            await run_in_threadpool(file.write, chunk)
    if received > MAX_UPLOAD_BYTES:
        path.unlink()
    return received <= MAX_UPLOAD_BYTES


def _not_stored(error: OSError, words: Words) -> Response:
    return PlainTextResponse(words["upload_failed"].format(error=error.strerror or error), 507)


@cache
def _plotly() -> bytes:
    return gzip.compress(PLOTLY_JS.read_bytes())
