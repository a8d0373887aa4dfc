"""Lines that somebody writes into a log to break whatever reads it; each of them is one line of bytes."""

import json
from typing import Any

from monitoring.record.schema import EVENT_FIELDS, FIELDS
from tests.monitoring.helpers import a_record, stamp

# What a number may look like in JSON, and half of it is none.
NUMBERS: tuple[str, ...] = (
    "9" * 5000,
    "-" + "9" * 5000,
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e308",
    "5e-324",
)
NUMBERS += ("18446744073709551616", "-9223372036854775809", "0." + "3" * 5000, "1" + "0" * 4400 + ".5e-4390")
# Values that are no plain text or number.
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**70,
    1e300,
    "",
    "x",
    "\x00",
    "\u202e\u2066",
    "[]",
    [],
    [[]],
    {},
)
VALUES += (
    [1, None, {"a": []}],
    {"a": {"b": 1}},
    "9" * 5000,
    "NaN",
    "1e999",
    " 7 ",
    "</td><script>alert(1)</script>",
)
EVENTS: tuple[str, ...] = (
    "alert.fired",
    "alert.resolved",
    "alert.silenced",
    "drill.started",
    "drill.ended",
    "app.started",
)
EVENTS += ("task.finished", "resource.sample", "feedback", "log.dropped", "requests.rejected", "model.loaded")
# The fields of single events.
SPECIAL: tuple[str, ...] = (
    "rule",
    "measure",
    "value",
    "limit",
    "since",
    "decided",
    "requests",
    "silenced",
    "until",
    "drill",
    "run",
)
SPECIAL += ("passed", "followed", "unrelated", "problem", "cpu_cores", "memory_total_mb", "rating", "comment")
TIMES = (
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "0000-00-00T00:00:00Z",
    "99999-01-01T00:00:00Z",
)


def raw(name: str, value: str, **fields: Any) -> bytes:
    """Return a record in which one field has a value as it stands, which may be no JSON."""
    line = json.dumps({**a_record(**fields), name: "here"}, ensure_ascii=False)
    return line.replace('"here"', value).encode()


def _with_each(value: object) -> list[bytes]:
    """Return a record of each event in which each field has this value."""
    names = (*FIELDS, *EVENT_FIELDS, *SPECIAL)
    times = ("timestamp", "event")
    everywhere = {name: value for name in names if name not in times}
    return [json.dumps({"timestamp": stamp(), "event": event, **everywhere}).encode() for event in EVENTS]


def _deep(levels: int, opening: str, closing: str) -> str:
    return opening * levels + closing * levels


HOSTILE_LINES = [
    *(raw(name, value) for name in ("response_time_ms", "extra", "seq", "timestamp") for value in NUMBERS),
    *(raw("rejected", value, event="requests.rejected") for value in NUMBERS),
    *(
        raw(name, "9" * 5000, event=event)
        for event in EVENTS
        for name in ("extra", "value", "requests", "until")
    ),
    *(line for value in VALUES for line in _with_each(value)),
    *(raw("extra", _deep(levels, "[", "]")) for levels in (50, 99, 101, 5000)),
    *(raw("extra", _deep(levels, '{"a":', "}").replace(":}", ":1}", 1)) for levels in (50, 99, 101, 5000)),
    *(raw("message", _deep(levels, "[", "]")) for levels in (50, 99, 101, 5000)),
    *(raw("timestamp", f'"{time}"') for time in TIMES),
    *(raw("timestamp", str(number)) for number in (-62135596801, 253402300800, 1e18, -1e18, 1e300, -1)),
    raw("extra", "1").replace(b'"extra"', b'"seq"'),
    raw("extra", '"\\u0000"'),
    raw("extra", '"\\ud800"'),
    raw("extra", '"\\udc00\\ud800"'),
    raw("extra", '{"\\ud800": "\\udfff"}'),
    raw("message", '"\\ud800"'),
    raw("request_id", '"\\ud800"'),
    raw("task_type", '"\\ud800\\u0000\\u202e"'),
    raw("message", '"\u202egnp.exe\u2066\u2069\u200b\u061c\ufeff"'),
    raw("extra", "1").replace(b'"extra"', b'"level":"A","level":"B","LEVEL":"C","Level"'),
    raw("extra", "1").replace(b'"extra"', b'"extra":2,"Extra":3,"EXTRA"'),
    raw("extra", "1").replace(
        b'"extra"', b'"":1,"\\u0000":2,"x\\ny":3,"\\ud800":4,"\\"":5," ":6,"\xe2\x80\xae"'
    ),
    raw("requests", "[" + ",".join(['"a"'] * 15000) + "]", event="alert.fired"),
    raw("requests", "[" + ",".join(["[]"] * 15000) + "]", event="alert.fired"),
    raw("followed", "[" + ",".join(["{}"] * 15000) + "]", event="drill.ended", run="r"),
    raw("a", "1," + ",".join(f'"field{n}":{n}' for n in range(3000))),
    b'{"timestamp":"' + stamp().encode() + b'"}',
    b"\xef\xbb\xbf" + raw("extra", "1"),
    raw("extra", "1") + b"\r",
]
