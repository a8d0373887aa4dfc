"""Answers that are kept compressed, for whoever takes them so, and as they were for all others."""

import gzip
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response


async def answer_compressed(
    request: Request, body: bytes, media_type: str, headers: Mapping[str, str]
) -> Response:
    """Return a response with a body that is gzipped, which is unpacked for a client that takes no gzip."""
    headers = {**headers, "vary": "accept-encoding"}
    if takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(body, media_type=media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(await run_in_threadpool(gzip.decompress, body), media_type=media_type, headers=headers)


def takes_gzip(accepted: str) -> bool:
    """Tell whether a client takes gzip, by its `Accept-Encoding`; one that says nothing may not know it."""
    weights = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        weights[name] = weight
    weight = weights.get("gzip", weights.get("*", "0"))
    return not weight or weight.strip("0.") != ""
