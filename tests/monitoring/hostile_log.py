"""A small log in which everything stands that a filter could stumble over."""

import json
from typing import Any

from monitoring.formats.row_decoder import RowDecoder
from monitoring.record.schema import COLUMNS
from tests.monitoring.helpers import MOMENT, a_record, stamp

TEXTS = (
    'it\'s "quoted" `so`',
    "'; drop table log; --",
    r"back\slash \n \u0041 \(1+1) \\",
    "$(touch here) ${HOME} $$ !! ~ & ; > <",
    "two\nlines\ttab\rreturn",
    "情感分析完成: 正面，今天天气真好！",
    "<script>alert('1')</script>&amp;",
    "100 % %s %(name)s {0} {{x}} _",
    "a.b*c+d?[e](f)|{g}^h$ -#/",
    "UPPER lower MiXeD",
    "ÄÖÜ äöü ß \u0130 \u017f \u212a",
    "nul\x00esc\x1b[31m del\x7f",
    "line\u2028paragraph\u2029 bom\ufeff",
    "😀 emoji 👍🏽",
    "# no comment",
    "null",
    "true",
    " ",
)
SEARCHED = ("message", "input_text", "output_text", "error_message")
COMPARED = ("label", "session_id", "request_id")
# Records of other programs, which have no event and perhaps little else.
PROGRAMS = (
    {"timestamp": stamp(40), "message": "search done", "task_type": "search", "response_time_ms": 12.5},
    {"timestamp": stamp(41), "message": "search begun", "task_type": "search"},
    {"timestamp": stamp(42), "message": "nothing", "response_time_ms": 0, "tags": ["a", {"b": None}]},
    {
        "timestamp": stamp(43),
        "response_time_ms": 1e9,
        "status": None,
        "level": None,
        "nested": {"event": "x"},
    },
    {"timestamp": stamp(44), "message": None, "input_text": None, "response_time_ms": None, "event": None},
    {"timestamp": stamp(45), "level": "info", "message": "lower level", "task_type": ""},
    {"timestamp": stamp(46), "event": "", "response_time_ms": 99, "message": "empty event", "status": ""},
    {"timestamp": stamp(47), "event": "", "message": "empty event"},
    {"timestamp": stamp(48), "event": "TASK.FINISHED", "response_time_ms": 5, "message": "other case"},
)


def _numbered() -> list[dict[str, Any]]:
    records = []
    for number, text in enumerate(TEXTS):
        fields = {SEARCHED[number % 4]: text, COMPARED[number % 3]: text}
        status = ("ok", "error", "cancelled", "rejected")[number % 4]
        task = ("chat", "sentiment")[number % 2]
        records.append(a_record(number, **{"status": status, "task_type": task, **fields}))
    records += [
        a_record(20, response_time_ms=100.001, level="WARNING", label="正面", task_type="sentiment"),
        a_record(20.001, response_time_ms=99.999, label="负面", task_type="sentiment"),
        a_record(20.002, response_time_ms=None, status="error", level="ERROR", error_message="显存不足 OOM"),
        a_record(21, event="resource.sample", task_type="system", response_time_ms=None, message="sample"),
        a_record(22, event="app.started", task_type="system", response_time_ms=None, message="应用启动"),
        a_record(23, event="alert.fired", level="WARNING", rule="<b>p95</b>", response_time_ms=None),
        a_record(24, event="feedback", response_time_ms=None, message="👍 helpful", request_id="r" * 32),
        a_record(25, event="log", task_type=None, request_id=None, response_time_ms=None, status=None),
        a_record(26, event="log", response_time_ms=250.0, message="an event with a time"),
        a_record(timestamp="2023-11-14T22:13:46Z", message="no fraction of a second"),
        a_record(timestamp="2023-11-14T22:13:46.0000Z", message="four digits"),
        a_record(timestamp="2023-11-14T22:13:46.000600Z", message="more than milliseconds"),
        a_record(timestamp="2023-11-14T22:13:46.002999Z", message="just before a millisecond"),
        a_record(27, status=None, level="ERROR", message="failed without a status"),
        a_record(28, status="", level="INFO", message="fine with an empty status"),
        *PROGRAMS,
    ]
    return [{**record, "seq": number} for number, record in enumerate(records)]


RECORDS = _numbered()
# Some lines have escapes, as other programs write them.
LINES = [json.dumps(record, ensure_ascii=record["seq"] % 3 == 0).encode() + b"\n" for record in RECORDS]
# What `python -m monitoring records` prints of them: other programs' records are records of ours there.
OUR_LINES = [line + b"\n" for line in RowDecoder(COLUMNS).rows_and_lines(b"".join(LINES))[1]]
MOMENTS = [MOMENT + seconds for seconds in (-1, 0, 3, 20, 20.001, 20.002, 26, 26.001, 26.003, 43, 99)]
