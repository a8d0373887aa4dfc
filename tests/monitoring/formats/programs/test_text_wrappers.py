"""What stands around a program's line of text."""

import pytest

from monitoring.formats.programs.syslog import JournalHeads
from monitoring.formats.programs.text_wrappers import WORKER, of_stamped_text, of_text, without_colours
from monitoring.formats.programs.wrappers import Inner

TIME = "2026-01-21T16:00:00.5Z"
POD = {"pod": "a-1", "container": "web"}
WEB = {"service": "web-1"}
ENGINE = {"process_name": "Engine_0", "pid": 27}


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        (f"{TIME} stdout F {{}}", Inner("{}", TIME, None, False, "CRI", "stdout")),
        (f"{TIME} stderr P a", Inner("a", TIME, None, True, "CRI", "stderr")),
        (f"{TIME} stdout F", Inner("", TIME, None, False, "CRI", "stdout")),
        (f"{TIME} stderr F     at b", Inner("    at b", TIME, None, False, "CRI", "stderr")),
        ("[pod/a-1/web]   x", Inner("  x", None, None, False, "kubectl", "a-1", POD)),
        ("[pod/a-1] x", Inner("x", None, None, False, "kubectl", "a-1", {"pod": "a-1"})),
        ("web-1  | {}", Inner("{}", None, None, False, "docker compose", "web-1", WEB)),
        ("web-1  |   x", Inner("  x", None, None, False, "docker compose", "web-1", WEB)),
        ("web-1  |", Inner("", None, None, False, "docker compose", "web-1", WEB)),
        (
            "web.1.x7@node1    | a",
            Inner("a", None, None, False, "docker compose", "web.1.x7@node1", {"service": "web.1.x7@node1"}),
        ),
        ("16:00:00 web-1 | a", Inner("a", None, None, False, "docker compose", "web-1", WEB)),
        ("(Engine_0 pid=27)   x", Inner("  x", None, None, False, WORKER, "Engine_0 27", ENGINE)),
        ("(Engine_0 pid=27, ip=10.0.0.1)", Inner("", None, None, False, WORKER, "Engine_0 27", ENGINE)),
        ("(see pid 27) x", None),
        ("hello", None),
        ("    a | b", None),
    ],
)
def test_wrappers_of_text_are_taken_off(text: str, inner: Inner | None) -> None:
    """They tell a time, from where the line comes, and whether it goes on; its indentation stays."""
    assert of_text(text) == inner


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        (
            "Jan 21 16:00:00 host app[1]: a",
            Inner("a", "Jan 21 16:00:00", None, False, "journald", "app", {"service": "app", "pid": 1}),
        ),
        (f"{TIME} a", Inner("a", TIME, None, False, "text with a time")),
        (f"{TIME}  a", Inner(" a", TIME, None, False, "text with a time")),
        (f"[{TIME}] a", Inner("a", TIME, None, False, "text with a time")),
        (f"[{TIME} TP0] a", Inner("a", TIME, None, False, "text with a time")),
        (f"a {TIME}", None),
        (f"{TIME} worker started: a", Inner("worker started: a", TIME, None, False, "text with a time")),
    ],
)
def test_a_time_in_front_is_taken_off(text: str, inner: Inner | None) -> None:
    """Syslog's head, or a time alone."""
    assert of_stamped_text(text, JournalHeads()) == inner


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[32mINFO\x1b[0m: \x1b[1;31ma\x1b[m",
        "#033[32mINFO#033[0m: a",
        "\x1b[38;5;208mINFO:\x1b[K a\x1b[?25h",
        "INFO: a",
    ],
)
def test_colours_are_taken_out(text: str) -> None:
    """Also in the form that rsyslog gives their first character."""
    assert without_colours(text) == "INFO: a"
