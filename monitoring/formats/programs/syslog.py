"""Take off what syslog and journalctl put in front of a line."""

import re

from monitoring.formats.programs.patterns import ISO, SHORT_TIME
from monitoring.formats.programs.wrappers import Inner

# RFC 5424: priority, version, time, host, app, process, message id, structured data, text.
_RFC_5424 = re.compile(
    rf"<(?P<priority>\d{{1,3}})>\d{{1,2}} (?P<time>-|{ISO}) \S++ (?P<app>\S++) "
    r"(?:(?P<pid>\d++)(?= )|\S++) \S++ "
    r'(?:-|(?:\[[^\s="\]]++(?: ++[^\s="\]]++="(?:[^"\\]|\\.)*+")*+ *+\])++)(?: \ufeff?(?P<text>.*))?',
    re.DOTALL,
)
_TAG = r"(?P<app>[\w./@-]++)(?:\[(?P<pid>\d++)\])?: ?(?:@cee: ?)?"
# RFC 3164 with its priority; the time, the host and the tag may be missing.
_RFC_3164 = re.compile(
    rf"<(?P<priority>\d{{1,3}})>(?:(?P<time>{ISO}|{SHORT_TIME}) )?(?:[^\s:\[\]{{]++ )?"
    rf"(?:{_TAG})?(?P<text>.*)",
    re.DOTALL,
)
# journalctl -o short, short-iso, short-precise, short-unix, short-full; files that syslog writes. None
# of them writes `Z` for UTC, as containers do.
_JOURNAL_TIME = (
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,12})?[+-]\d\d:?\d\d"
    r"|(?<=[a-z]{2} )\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,12})?(?: UTC)?"
    r"|\d{10}\.\d{6}"
)
_JOURNAL = re.compile(
    rf"(?P<day>[A-Z][a-z]{{2}} (?=\d{{4}}-))?(?P<time>{SHORT_TIME}|{_JOURNAL_TIME}) (?P<host>\S++) "
    rf"{_TAG}(?P<text>.*)",
    re.DOTALL,
)
# What journalctl writes between the lines.
_MARK = re.compile(
    r"-- (?:(?:Journal|Logs) begins? at |Boot [\da-f]++ --|Reboot --|No entries --|cursor: ).*", re.DOTALL
)
# So many hosts are remembered; a log has one or a few.
MAX_HOSTS = 100
# A longer number is no process's.
MAX_PID_DIGITS = 10


def of_priority(text: str) -> Inner | None:
    """Take the head of syslog off a line that begins with a priority; None where it has none."""
    if text[:1] != "<":
        return None
    found = _RFC_5424.fullmatch(text) or _RFC_3164.fullmatch(text)
    if found is None or int(found["priority"]) > 191:
        return None
    return _inner(found, int(found["priority"]) % 8, "syslog")


def is_mark_of_journal(text: str) -> bool:
    """Tell whether a line is one that journalctl adds to those of programs, such as `-- Reboot --`."""
    return text[:3] == "-- " and _MARK.fullmatch(text) is not None


class JournalHeads:
    """Take the heads off lines that syslog or journalctl wrote as text.

    `time host program: text` may as well be a time and a text with a colon. It is such a head if it has a
    `[pid]`, a time that journalctl alone writes, or a host of which that is known.
    """

    def __init__(self) -> None:
        self._hosts: set[str] = set()

    def take(self, text: str) -> Inner | None:
        """Return a line without its head; None where it has none for sure.

        Lines of other forms may look like that, so that those are to be tried first.
        """
        found = _JOURNAL.fullmatch(text)
        if found is None:
            return None
        is_proven = found["pid"] or found["day"] or found["app"] == "kernel" or found["time"][:10].isdecimal()
        if is_proven:
            if len(self._hosts) < MAX_HOSTS:
                self._hosts.add(found["host"])
        elif found["host"] not in self._hosts:
            return None
        return _inner(found, None, "journald")


def _inner(found: "re.Match[str]", severity: int | None, wrapper: str) -> Inner:
    app = found["app"] if found["app"] not in (None, "-") else ""
    time = found["time"] if found["time"] != "-" else None
    told: dict[str, str | int] = {"service": app} if app else {}
    if (pid := found.groupdict().get("pid")) is not None and len(pid) < MAX_PID_DIGITS:
        told["pid"] = int(pid)
    return Inner(found["text"] or "", time, severity, False, wrapper, app, told)
