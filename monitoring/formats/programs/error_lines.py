"""Read the error logs of web servers, and of others that have their own way to write a date."""

import re
from typing import Any

from monitoring.formats.programs.patterns import ANY_LEVEL, date_of

_CLOCK = r"(?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,9})?)"
# `2026/01/21 16:00:00 [error] 31#31: *5 upstream timed out`; a worker's number may be missing.
_NGINX = re.compile(
    rf"(?P<time>\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>{ANY_LEVEL})\] (?P<pid>\d{{1,9}})#\d++: ?"
    r"(?:\*\d++ )?(?P<message>.*)",
    re.DOTALL,
)
# `[Wed Jan 21 16:00:00.123456 2026] [proxy:error] [pid 1:tid 2] message`; Apache 2.2 has only the level.
_APACHE = re.compile(
    rf"\[[A-Z][a-z]{{2}} (?P<month>[A-Z][a-z]{{2}}) ++(?P<day>\d\d?) {_CLOCK} (?P<year>\d{{4}})\] "
    rf"\[(?:[\w-]*+:)?(?P<level>{ANY_LEVEL})\d?\] (?:\[pid (?P<pid>\d{{1,9}})[^\]]{{0,40}}\] )?"
    r"(?P<message>.*)",
    re.DOTALL,
)
# PHP, PHP-FPM and Tomcat: `[21-Jan-2026 16:00:00 UTC] PHP Warning:  message`.
_DAY_FIRST = re.compile(
    rf"\[?(?P<day>\d\d)-(?P<month>[A-Z][a-z]{{2}})-(?P<year>\d{{4}}) {_CLOCK}"
    r"(?: (?P<zone>[A-Z][\w/+-]*+)(?=\]))?\]?"
    rf"[ :](?:PHP )?(?:(?P<level>{ANY_LEVEL})(?: error)?(?::|(?= ))\s*+)?(?P<message>.*)",
    re.DOTALL,
)
# glog and klog (Kubernetes, Triton): `E0121 16:00:00.123456       1 main.go:12] message`.
_GLOG = re.compile(
    rf"(?P<level>[IWEF])(?P<month>\d\d)(?P<day>\d\d) {_CLOCK} ++(?P<pid>\d{{1,9}}) "
    r"[\w./-]++:\d++\] (?P<message>.*)",
    re.DOTALL,
)


def read_error(text: str) -> dict[str, Any] | None:
    """Return the time, the level and the message of a line of an error log; None where it is none."""
    if (found := _NGINX.fullmatch(text)) is not None:
        return _fields(found, found["time"])
    if (found := _APACHE.fullmatch(text)) is not None:
        return _fields(found, date_of(found["year"], found["month"], found["day"], found["clock"]))
    if (found := _DAY_FIRST.fullmatch(text)) is not None:
        time = date_of(found["year"], found["month"], found["day"], found["clock"])
        is_utc = found["zone"] in ("UTC", "GMT")
        return _fields(found, f"{time}Z" if time and is_utc else time)
    if (found := _GLOG.fullmatch(text)) is not None:
        return _fields(found, f"{found['month']}-{found['day']} {found['clock']}")
    return None


def _fields(found: "re.Match[str]", time: str | None) -> dict[str, Any] | None:
    if time is None:
        return None
    fields: dict[str, Any] = {"timestamp": time, "message": found["message"].strip()}
    if found["level"]:
        fields["level"] = found["level"]
    if found.groupdict().get("pid"):
        fields["pid"] = int(found["pid"])
    return fields
