"""A server that answers as the app does where drills are asked for."""

import json
import threading
from dataclasses import asdict, dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from monitoring.analysis.drill_runs import DrillRun

NAMES = ["slow_model", "failing_sentiments"]
NOWHERE = "http://127.0.0.1:9"
PASSED = DrillRun("", "", "slow_request", 1.0, True, True, 2.54, 61.0)


@dataclass
class DrillServer:
    """Answer what the app answers: each drill runs until it was looked at once more."""

    results: dict[str, DrillRun] = field(default_factory=dict)  # how each ends; else it is passed
    refusal: tuple[int, str] | None = None  # of a start
    is_off: bool = False
    never_ends: bool = False
    started: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._runs: list[DrillRun] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(server.answer("GET", self.path))

            def do_POST(self) -> None:
                self._answer(server.answer("POST", self.path))

            def _answer(self, answer: tuple[int, str]) -> None:
                body = answer[1].encode(errors="surrogateescape")
                self.send_response(answer[0])
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, method: str, address: str) -> tuple[int, str]:
        """Return status and text."""
        parts = urlsplit(address)
        if parts.path != "/dashboard/drills":
            return 404, "Not Found"
        if self.is_off:
            return 404, "drills are off; start the app with DRILLS=1 to allow them"
        if method == "GET":
            runs = [asdict(run) for run in self._runs]
            if not self.never_ends:
                self._runs = [replace(run, has_ended=True) for run in self._runs]
            return 200, json.dumps({"names": NAMES, "runs": runs})
        if self.refusal is not None:
            return self.refusal
        name = parse_qs(parts.query)["drill"][0]
        self.started.append(name)
        run = replace(self.results.get(name, PASSED), run=f"{len(self.started):032x}", drill=name)
        self._runs.append(replace(run, has_ended=False))
        return 202, json.dumps({"run": run.run})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
