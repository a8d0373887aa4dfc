"""Take off what syslog and journalctl put in front of a line."""

import re

from monitoring.formats.programs.patterns import ISO
from monitoring.formats.programs.wrappers import Inner

# RFC 5424: priority, version, time, host, app, process, message id, structured data, text.
_RFC_5424 = re.compile(
    rf"<(?P<priority>\d{{1,3}})>\d{{1,2}} (?P<time>-|{ISO}) \S++ (?P<app>\S++) \S++ \S++ "
    r'(?:-|(?:\[[^\s="\]]++(?: ++[^\s="\]]++="(?:[^"\\]|\\.)*+")*+ *+\])++)(?: \ufeff?(?P<text>.*))?',
    re.DOTALL,
)
_SHORT_TIME = r"[A-Z][a-z]{2} ++\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,12})?"
_TAG = r"(?P<app>[\w./@-]++)(?:\[\d++\])?: ?(?:@cee: ?)?"
# RFC 3164 with its priority; the time, the host and the tag may be missing.
_RFC_3164 = re.compile(
    rf"<(?P<priority>\d{{1,3}})>(?:(?P<time>{ISO}|{_SHORT_TIME}) )?(?:[^\s:\[\]{{]++ )?"
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
    rf"(?:[A-Z][a-z]{{2}} (?=\d{{4}}-))?(?P<time>{_SHORT_TIME}|{_JOURNAL_TIME}) \S++ {_TAG}(?P<text>.*)",
    re.DOTALL,
)


def of_priority(text: str) -> Inner | None:
    """Take the head of syslog off a line that begins with a priority; None where it has none."""
    if text[:1] != "<":
        return None
    found = _RFC_5424.fullmatch(text) or _RFC_3164.fullmatch(text)
    if found is None or int(found["priority"]) > 191:
        return None
    return _inner(found, int(found["priority"]) % 8, "syslog")


def of_journal(text: str) -> Inner | None:
    """Take the head off a line that syslog or journalctl wrote as text; None where it has none.

    Lines of other forms may look like that, so that those are to be tried first.
    """
    found = _JOURNAL.fullmatch(text)
    return _inner(found, None, "journald") if found is not None else None


def _inner(found: "re.Match[str]", severity: int | None, wrapper: str) -> Inner:
    app = found["app"] if found["app"] not in (None, "-") else ""
    time = found["time"] if found["time"] != "-" else None
    told = {"service": app} if app else {}
    return Inner(found["text"] or "", time, severity, False, wrapper, app, told)
