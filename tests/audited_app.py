"""The app with an audit hook that prints each connection to another machine."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

LOCAL = ("127.", "0.0.0.0", "::1", "localhost")


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = str(address[0]) if isinstance(address, tuple) else ""  # a Unix socket is local
    elif event == "socket.getaddrinfo":
        host = str(arguments[0] or "")
    else:
        return
    if host and not host.startswith(LOCAL):
        print(f"OUTGOING {event} {arguments[1:]} {host}", flush=True)


if __name__ == "__main__":
    sys.addaudithook(_watch)
    print("audit hook is on", flush=True)
    from app import run

    run()
