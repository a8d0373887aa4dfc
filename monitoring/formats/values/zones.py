"""The zone of a time that tells none: a wrapper's true moment gives it away, or a person is asked for it."""

from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final

from monitoring.formats.values.times import microseconds_of

_MINUTE: Final = 60_000_000
_QUARTER: Final = 15 * _MINUTE
# Zones of the world are from UTC-12 to UTC+14, and as far from a zone that was set.
_FARTHEST: Final = 26 * 60 * _MINUTE
_OTHER_ZONE: Final = timezone(timedelta(hours=1))
# Of the first times it is looked at whether they name a zone: a program writes all of them alike.
MAX_LOOKED_AT: Final = 100
MAX_EXAMPLE_CHARS: Final = 40


class ZonelessTimes:
    """Find out whether a log has times that name no zone, and that are read as UTC: nobody set a `zone`."""

    def __init__(self, zone: tzinfo) -> None:
        # The first time of that kind; "" where there is none.
        self.example = ""
        self._left = MAX_LOOKED_AT if zone is UTC else 0

    def look_at(self, told: object) -> None:
        """Look at a time of the log."""
        if self._left:
            self._left -= 1
            if lacks_zone(told):
                self.example, self._left = str(told)[:MAX_EXAMPLE_CHARS], 0


def lacks_zone(told: object) -> bool:
    """Tell whether a value is a time that is another moment in another zone."""
    return microseconds_of(told, UTC) != microseconds_of(told, _OTHER_ZONE)


def in_zone_of(told: object, moment: int, around: object) -> int:
    """Return the moment of a time, both of them in µs, in the zone that its wrapper's true time gives away.

    That is a whole number of quarter hours from the zone in which it was read, within a minute: a program
    writes its line when it happens. Any other time stays as it is, and so does one that tells its zone.
    """
    true = microseconds_of(around)
    if true is None or not _MINUTE < abs(moment - true) < _FARTHEST:
        return moment
    ahead = round((moment - true) / _QUARTER) * _QUARTER
    if not ahead or abs(moment - ahead - true) > _MINUTE or not lacks_zone(told) or lacks_zone(around):
        return moment
    return moment - ahead
