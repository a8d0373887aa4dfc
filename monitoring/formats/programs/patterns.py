"""Parts of regular expressions that several forms of text lines share.

Lines come from anywhere, up to 64 KiB of anything: a repetition whose end is uncertain is possessive (`*+`),
so that reading a line takes no more time than its length, and a name has at most some hundred letters.
"""

from typing import Final

# A date and a time, perhaps with the zone.
ISO: Final = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,12})?(?: ?[+-]\d\d:?\d\d|Z| UTC| GMT)?"
# A time without a year, as syslog writes it.
SHORT_TIME: Final = r"[A-Z][a-z]{2} ++\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,12})?"
# Levels in capitals, as loggers write them without anything around.
LEVEL: Final = (
    r"TRACE|DEBUG|VERBOSE|INFO|NOTICE|SUCCESS|WARN(?:ING)?|ERROR|SEVERE|CRIT(?:ICAL)?|ALERT|EMERG(?:ENCY)?|"
    r"FATAL|PANIC|VRB|DBG|INF|WRN|ERR|FTL"
)
# Levels in any letters: they count only where something around them tells that they are levels.
ANY_LEVEL: Final = (
    r"(?i:trace|debug|verbose|info|notice|success|warn(?:ing)?|error|severe|crit(?:ical)?|alert|emerg(?:ency)?|"
    r"fatal|panic)"
)
# What stands between the parts in front of a message, up to a space.
GAP: Final = r"(?:[:|,-]*+\s++)++"

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def date_of(year: str, month: str, day: str, clock: str) -> str | None:
    """Return a time whose month is a name in the form of ISO 8601; None where that is no month's."""
    if month not in MONTHS:
        return None
    return f"{year}-{MONTHS.index(month) + 1:02}-{int(day):02}T{clock}"
