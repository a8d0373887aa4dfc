"""Heads of syslog and of journalctl."""

import pytest

from monitoring.formats.programs.syslog import JournalHeads, is_mark_of_journal, of_priority

TIME = "2026-01-21T16:00:00.003Z"


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        (f'<34>1 {TIME} host app 12 ID47 [x@1 a="b"] {{}}', ("{}", TIME, 2, "app")),
        (f"<165>1 {TIME} host app - - - \ufeffhello", ("hello", TIME, 5, "app")),
        (f'<14>1 {TIME} - - - ID47 [a@1 b="c\\"]\\\\" d=""][e f="g h"] x', ("x", TIME, 6, "")),
        (f"<11>1 {TIME} host app 12 - [only]", ("", TIME, 3, "app")),
        ("<11>1 - host app 12 - - x", ("x", None, 3, "app")),
        ("<27>Jan 21 16:00:00 host app[12]: x", ("x", "Jan 21 16:00:00", 3, "app")),
        ("<28>Jan  1 16:00:00 app: x", ("x", "Jan  1 16:00:00", 4, "app")),
        ("<28>Jan 21 16:00:00 host app: @cee: {}", ("{}", "Jan 21 16:00:00", 4, "app")),
        ('<15>Jan 21 16:00:00 host {"a": 1}', ('{"a": 1}', "Jan 21 16:00:00", 7, "")),
        (f"<30>{TIME} host docker/web[1]:   x", ("  x", TIME, 6, "docker/web")),
        ("<30>app[1]: x", ("x", None, 6, "app")),
    ],
)
def test_a_priority_tells_the_severity(text: str, inner: tuple[object, ...]) -> None:
    """RFC 5424 with whatever structured data, RFC 3164 with as much of its head as there is."""
    found = of_priority(text)
    assert found is not None
    assert (found.text, found.time, found.level, found.fields.get("service", "")) == inner
    assert found.wrapper == "syslog"


@pytest.mark.parametrize("text", ["hello", "<p>hello", "<999>1 a", "", "<34"])
def test_other_texts_have_no_priority(text: str) -> None:
    """A number that is no priority, too."""
    assert of_priority(text) is None


@pytest.mark.parametrize(
    "time",
    [
        "Jan 21 16:00:00",
        "Jan 21 16:00:00.123456",
        "2026-01-21T16:00:00+0000",
        "2026-01-21T16:00:00.123456+00:00",
        "1769011200.123456",
        "Wed 2026-01-21 16:00:00 UTC",
    ],
)
def test_journalctl_writes_times_in_many_forms(time: str) -> None:
    """`short`, `short-precise`, `short-iso`, `short-iso-precise`, `short-unix`, `short-full`."""
    found = JournalHeads().take(f"{time} host app[12]: x")
    assert found is not None
    assert (found.text, found.time, found.fields) == (
        "x",
        time.removeprefix("Wed "),
        {"service": "app", "pid": 12},
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-21T16:00:00+0800 Connection refused: retrying in 5s",
        "2026-01-21T16:00:00.250+08:00 disk full: cannot write",
        "Jan 21 16:00:00 Request failed: out of memory",
    ],
)
def test_two_words_and_a_colon_are_no_head(text: str) -> None:
    """A time that others write, too, proves nothing, so that no word of the text is taken off."""
    assert JournalHeads().take(text) is None


@pytest.mark.parametrize(
    "proven",
    [
        "Jan 21 16:00:00 edge systemd[1]: x",
        "Jan 21 16:00:00 edge kernel: x",
        "1769011200.123456 edge sudo: x",
        "Wed 2026-01-21 16:00:00 UTC edge sudo: x",
    ],
)
def test_a_host_that_is_known_proves_a_head(proven: str) -> None:
    """A pid, the kernel, or a time that journalctl alone writes tells that the word before is a host."""
    heads = JournalHeads()
    assert heads.take(proven) is not None
    found = heads.take("Jan 21 16:00:01 edge sudo: root ran it")
    assert found is not None
    assert (found.text, found.fields) == ("root ran it", {"service": "sudo"})
    assert heads.take("Jan 21 16:00:01 Request failed: y") is None


@pytest.mark.parametrize(
    "text",
    [
        "-- Journal begins at Mon 2026-01-05 10:00:00 CST, ends at Wed 2026-01-21 16:00:00 CST. --",
        "-- Logs begin at Mon 2026-01-05 10:00:00 CST, end at Wed 2026-01-21 16:00:00 CST. --",
        "-- Boot 0123456789abcdef0123456789abcdef --",
        "-- Reboot --",
        "-- No entries --",
    ],
)
def test_marks_of_journalctl_are_told(text: str) -> None:
    """They are no lines of a program; other texts between dashes are."""
    assert is_mark_of_journal(text)
    assert not is_mark_of_journal(f"{text[:4]}x")
