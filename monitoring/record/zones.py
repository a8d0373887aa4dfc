"""The zone of times that tell none."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(name: object) -> tzinfo:
    """Return the zone of a name of the IANA database.

    Raises:
        ValueError: there is no such zone.
    """
    if isinstance(name, tzinfo):
        return name
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no zone; allowed are names such as Asia/Shanghai and UTC") from error
