"""The zone of times that tell none."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def utc() -> ZoneInfo:
    """Return the zone that counts where nothing else is set."""
    return ZoneInfo("UTC")


def zone_of(name: object) -> ZoneInfo:
    """Return the zone of a name of the IANA database.

    Raises:
        ValueError: there is no such zone.
    """
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no zone; allowed are names such as Asia/Shanghai and UTC") from error
