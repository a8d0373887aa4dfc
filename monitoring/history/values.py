"""Values of a log or of an answer as text."""

from datetime import date, time

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def to_json(value: object) -> str:
    """Return any value as one line of JSON."""
    return _encoder.encode(value).decode()


def to_text(value: object, null: str) -> str:
    """Return a value as text: numbers without noise, times as ISO 8601, nested values as JSON."""
    if value is None:
        return null
    if isinstance(value, bool | list | dict | tuple):
        return to_json(value)
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
