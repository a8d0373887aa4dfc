"""Lines of error logs."""

import pytest

from monitoring.formats.programs.error_lines import read_error

LEVELS = ("emerg", "alert", "crit", "error", "warn", "notice", "info", "debug")


@pytest.mark.parametrize("level", LEVELS)
def test_nginx_and_apache_have_the_levels_of_syslog(level: str) -> None:
    """Each line tells a time, a level and a message."""
    assert read_error(f"2026/01/21 16:00:00 [{level}] 31#32: *5 a, client: 1.2.3.4") == {
        "timestamp": "2026/01/21 16:00:00",
        "level": level,
        "pid": 31,
        "message": "a, client: 1.2.3.4",
    }
    assert read_error(
        f"[Wed Jan 21 16:00:00.123456 2026] [proxy:{level}] [pid 1:tid 2] [client 1.2.3.4:5] a"
    ) == {
        "timestamp": "2026-01-21T16:00:00.123456",
        "level": level,
        "pid": 1,
        "message": "[client 1.2.3.4:5] a",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026/01/21 16:00:00 [notice] 1#1: start worker", ("2026/01/21 16:00:00", "notice", "start worker")),
        (
            "[Wed Jan  1 16:00:00 2026] [error] [client 1.2.3.4] a",
            ("2026-01-01T16:00:00", "error", "[client 1.2.3.4] a"),
        ),
        ("[Wed Jan 21 16:00:00.5 2026] [core:trace3] [pid 1] a", ("2026-01-21T16:00:00.5", "trace", "a")),
        ("[21-Jan-2026 16:00:00 UTC] PHP Warning:  a", ("2026-01-21T16:00:00Z", "Warning", "a")),
        ("[21-Jan-2026 16:00:00 Asia/Shanghai] PHP Fatal error:  a", ("2026-01-21T16:00:00", "Fatal", "a")),
        (
            "[21-Jan-2026 16:00:00] NOTICE: fpm is running",
            ("2026-01-21T16:00:00", "NOTICE", "fpm is running"),
        ),
        ("[21-Jan-2026 16:00:00] hello: a", ("2026-01-21T16:00:00", None, "hello: a")),
        ("21-Jan-2026 16:00:00.123 SEVERE [main] a", ("2026-01-21T16:00:00.123", "SEVERE", "[main] a")),
        ("E0121 16:00:00.123456       1 main.go:12] a", ("01-21 16:00:00.123456", "E", "a")),
    ],
)
def test_each_has_its_own_way_to_write_a_date(text: str, told: tuple[str, str | None, str]) -> None:
    """nginx, Apache, PHP, PHP-FPM, Tomcat, glog."""
    found = read_error(text)
    assert found is not None
    assert (found["timestamp"], found.get("level"), found["message"]) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[error] a",
        "2026/01/21 16:00:00 [odd] 1#1: a",
        "[Wed Foo 21 16:00:00 2026] [error] a",
        "[1] [error]",
    ],
)
def test_other_texts_are_no_error_logs(text: str) -> None:
    """Months and levels have names of their own."""
    assert read_error(text) is None
