"""The files that the browser keeps: scripts and styles of this project, and plotly.js."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import plotly
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from ui.dashboard.endpoints.compressed import answer_compressed

ASSETS = Path(__file__).parents[2] / "assets"
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_ADDRESS = f"dashboard/plotly.js?v={plotly.__version__}"
# A file's address changes with its version, so that the browser never has to ask for it again.
IMMUTABLE = {"cache-control": "public, max-age=31536000, immutable"}


class AssetFiles(StaticFiles):
    """The project's own files."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file that the browser may keep."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(IMMUTABLE)
        return response


def assets_version(folder: Path = ASSETS) -> str:
    """Return a hash of the files in a folder, which changes with each of them."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


async def plotly_js(request: Request) -> Response:
    """Answer with the plotly.js of the installed package."""
    body = await run_in_threadpool(_compressed_plotly)
    return await answer_compressed(request, body, "text/javascript", IMMUTABLE)


@cache
def _compressed_plotly() -> bytes:
    return gzip.compress(PLOTLY_JS.read_bytes())
