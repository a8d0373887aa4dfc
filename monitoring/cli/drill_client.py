"""A client that runs drills in a running app over HTTP."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

POLL_SECONDS = 0.25
TIMEOUT_SECONDS = 10.0
# The longest drill: a rule may take long to resolve its alert.
MAX_SECONDS = 900.0
ALL = "all"


class DrillClientError(ValueError):
    """A drill could not be run; the text says why, and what to do."""


def run_drills(
    url: str,
    name: str,
    on_start: Callable[[str], None] = lambda text: None,
    poll_seconds: float = POLL_SECONDS,
    max_seconds: float = MAX_SECONDS,
) -> Iterator[dict[str, Any]]:
    """Run a drill, or `all` one after the other, in the app at `url`; yield the result of each.

    `on_start` receives a text for the user when a fault is made.

    Raises:
        DrillClientError: the app does not answer, allows no drills, or refuses this one.
    """
    with _app_at(url) as app:
        names = _ask(app, "GET", "drills", "names")
        if name not in (ALL, *names):
            raise DrillClientError(f"there is no drill {name!r}; allowed are {', '.join(names)}, and {ALL}")
        for each in names if name == ALL else [name]:
            run = _ask(app, "POST", f"drills?drill={each}", "run")
            on_start(f"{each}: the fault is made; waiting for its alert and the alert's end")
            yield _wait_for_end(app, run, poll_seconds, max_seconds)


def names_of(url: str) -> list[str]:
    """Return the names of the drills.

    Raises:
        DrillClientError: the app does not answer, or allows no drills.
    """
    with _app_at(url) as app:
        return list(_ask(app, "GET", "drills", "names"))


def describe(run: dict[str, Any]) -> str:
    """Describe the result of a drill in one line."""
    fired, resolved = run["fired_after_s"], run["resolved_after_s"]
    parts = [
        f"{run['rule']} did not fire" if fired is None else f"{run['rule']} fired after {fired:.1f} s",
        "was not resolved" if resolved is None else f"was resolved {resolved:.1f} s after the fault's end",
    ]
    if run["followed"]:
        parts.append(f"of the same fault: {', '.join(run['followed'])}")
    if run["unrelated"]:
        parts.append(f"should not have fired: {', '.join(run['unrelated'])}")
    if run["problem"]:
        parts.append(run["problem"])
    return f"{run['drill']}: {'passed' if run['passed'] else 'NOT PASSED'}: {'; '.join(parts)}"


def _wait_for_end(app: httpx2.Client, run: str, poll_seconds: float, max_seconds: float) -> dict[str, Any]:
    deadline = time.monotonic() + max_seconds
    while time.monotonic() < deadline:
        time.sleep(poll_seconds)
        for found in _ask(app, "GET", "drills", "runs"):
            if found["run"] == run and found["has_ended"]:
                return dict(found)
    raise DrillClientError(f"the drill has not ended within {max_seconds:.0f} s; see the app's log")


def _app_at(url: str) -> httpx2.Client:
    try:
        return httpx2.Client(base_url=f"{url.rstrip('/')}/dashboard/", timeout=TIMEOUT_SECONDS)
    except httpx2.InvalidURL as error:
        raise DrillClientError(f"{url} is no address: {error}") from error


def _ask(app: httpx2.Client, method: str, address: str, wanted: str) -> Any:
    """Return the value that the app's answer has under the name `wanted`."""
    try:
        answer = app.request(method, address)
    except httpx2.InvalidURL as error:
        raise DrillClientError(f"{app.base_url} is no address: {error}") from error
    except httpx2.HTTPError as error:
        raise DrillClientError(
            f"no app answers at {app.base_url} ({error}); start it with DRILLS=1, or name it with --url"
        ) from error
    if answer.status_code not in (200, 202):
        raise DrillClientError(answer.text.strip() or f"the app answers with status {answer.status_code}")
    try:
        return answer.json()[wanted]
    except (ValueError, LookupError, TypeError) as error:
        raise DrillClientError(f"what answers at {app.base_url} is not this app") from error
