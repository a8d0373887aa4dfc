"""A hub with one repository on 127.0.0.1, with the answers that huggingface_hub needs."""

import json
import re
import threading
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34
LFS_SUFFIXES = (".safetensors", ".gguf", ".bin")


class FakeHub:
    """Serve `files`; the attributes below make it misbehave."""

    def __init__(self, repo: str, files: dict[str, bytes]) -> None:
        self.repo = repo
        self.files = files
        self.downloads: list[str] = []  # an entry for each GET of a file: name, or name@offset
        self.revisions: set[str] = set()  # that were asked for
        self.authorizations: set[str | None] = set()  # the headers of all requests
        self.status = 200  # status of every answer
        self.error_code = ""  # the hub's name of the error
        self.listing = b""  # if set, it replaces the listing of the repository
        self.down_after_listing = False
        self.wrong_sums: set[str] = set()  # files that are listed with a wrong SHA-256
        self.go_on = threading.Event()  # until it is set, files are sent half-way
        self.go_on.set()
        self.cuts: dict[str, int] = {}  # file -> number of its downloads that are cut off half-way
        self.cut_how: Literal["abort", "end"] = "abort"  # "end" sends no Content-Length
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.answer(self)

            def do_HEAD(self) -> None:
                hub.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> "FakeHub":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one HTTP request."""
        path = unquote(urlsplit(request.path).path)
        self.authorizations.add(request.headers.get("Authorization"))
        if asked := re.search(r"/(revision|tree|resolve)/([^/]+)", path):
            self.revisions.add(asked[2])
        model = f"/api/models/{self.repo}"
        if self.status != 200:
            _send(request, self.status, b"{}", {"X-Error-Code": self.error_code})
        elif path in (f"{model}", f"{model}/revision/main", f"{model}/revision/{COMMIT}"):
            _send(request, 200, self.listing or json.dumps(self._info()).encode(), {})
            if self.down_after_listing:
                self.status = 500
        elif path.startswith(f"{model}/tree/"):
            _send(request, 200, json.dumps(self._tree()).encode(), {})
        elif path.startswith(f"/{self.repo}/resolve/"):
            self._send_file(request, path.split("/resolve/")[1].partition("/")[2])
        else:
            _send(request, 404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _info(self) -> dict[str, object]:
        siblings = []
        for name, content in self.files.items():
            sibling: dict[str, object] = {
                "rfilename": name,
                "size": len(content),
                "blobId": sha1(content).hexdigest(),
            }
            if name.endswith(LFS_SUFFIXES):
                sibling["lfs"] = {"sha256": self._sum(name), "size": len(content), "pointerSize": 100}
            siblings.append(sibling)
        return {"id": self.repo, "modelId": self.repo, "sha": COMMIT, "siblings": siblings}

    def _tree(self) -> list[dict[str, object]]:
        return [
            {"type": "file", "path": name, "size": len(content), "oid": sha1(content).hexdigest()}
            for name, content in self.files.items()
        ]

    def _sum(self, name: str) -> str:
        return sha256(self.files[name] + (b"?" if name in self.wrong_sums else b"")).hexdigest()

    def _send_file(self, request: BaseHTTPRequestHandler, name: str) -> None:
        if name not in self.files:
            _send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        content = self.files[name]
        headers = {"ETag": f'"{sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        if request.command == "HEAD":
            _send(request, 200, content, headers)
            return
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.downloads.append(f"{name}@{start}" if start else name)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        status, rest = (206 if start else 200), content[start:]
        if self.cuts.get(name, 0):
            self.cuts[name] -= 1
            if self.cut_how == "end":
                headers["Content-Length"] = ""
            _send(request, status, rest, headers, written=len(rest) // 2)
        else:
            _send(request, status, rest[: len(rest) // 2], {**headers, "Content-Length": str(len(rest))})
            self.go_on.wait()
            request.wfile.write(rest[len(rest) // 2 :])


def _send(
    request: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: dict[str, str],
    written: int | None = None,
) -> None:
    """Send an answer; with `written`, only that many bytes of its body."""
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        if value:
            request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(body[:written])
