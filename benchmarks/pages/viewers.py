"""Pages of the dashboard without a browser: they send the same requests as real pages, as often.

python -m benchmarks.pages.viewers URL COUNT
"""

import argparse
import gzip
import json
import threading
import urllib.request

REFRESH_SECONDS = 2.0  # the interval of the real page


class Viewer:
    """One open page."""

    def __init__(self, url: str, query: str = "range=all") -> None:
        self._url = f"{url}/dashboard/view?{query}"
        self._tags: dict[str, str] = {}

    def refresh(self) -> int:
        """Ask once for the parts that have changed; return the size of the answer's body in bytes."""
        headers = {"X-Have": " ".join(self._tags.values()), "Accept-Encoding": "gzip"}
        with urllib.request.urlopen(urllib.request.Request(self._url, headers=headers), timeout=60) as answer:
            body: bytes = answer.read()
        if body:
            parts = json.loads(gzip.decompress(body))
            self._tags |= {name: part["tag"] for name, part in parts.items()}
        return len(body)


def watch(viewer: Viewer, stopped: threading.Event, after: float) -> None:
    """Refresh at each interval until stopped; the first one starts after `after` seconds."""
    stopped.wait(after)
    while not stopped.wait(REFRESH_SECONDS):
        viewer.refresh()


def main() -> None:
    """Keep as many pages open as the command line says, until a line comes from standard input."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    stopped = threading.Event()
    for number in range(options.count):
        after = REFRESH_SECONDS * number / options.count
        threading.Thread(target=watch, args=(Viewer(options.url), stopped, after), daemon=True).start()
    input()


if __name__ == "__main__":
    main()
