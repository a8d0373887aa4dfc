"""Lines of text, wrapped or not, become records of ours, and lose neither their time nor their level."""

import json
from contextlib import suppress
from typing import Any

import pytest

from monitoring.formats.parts import NotARecordError
from monitoring.formats.row_decoder import RowDecoder
from monitoring.formats.translator import Translator
from monitoring.record.schema import COLUMNS, MAX_LINE_BYTES

TIME = "2026-01-21T16:00:00.000Z"
COLOURED = '\x1b[32mINFO\x1b[0m:     1.2.3.4:5 - "\x1b[1mGET /x HTTP/1.1\x1b[0m" \x1b[31m500 Internal\x1b[0m'
TGI = (
    f'{TIME}  INFO generate{{kind=Extension(Kind("1-l4"))}}:run{{parameters=P {{ best: None }} '
    'total_time="1.5s" queue_time="50ms" time_per_token="17ms"}: '
    "text_generation_router::server: src/server.rs:322: Success"
)
COLOURED_TGI = (
    f"\x1b[2m{TIME}\x1b[0m \x1b[32m INFO\x1b[0m \x1b[1mgenerate\x1b[0m\x1b[1m{{\x1b[0m"
    '\x1b[3mtotal_time\x1b[0m\x1b[2m=\x1b[0m"1.5s"'
    "\x1b[1m}\x1b[0m\x1b[2m:\x1b[0m \x1b[2mrouter\x1b[0m\x1b[2m:\x1b[0m Success"
)


def wrapped(text: str) -> list[str]:
    """Return a line in every wrapper that tells a time."""
    return [
        json.dumps({"log": f"{text}\n", "stream": "stdout", "time": TIME}),
        f"{TIME} stdout F {text}",
        json.dumps(
            {"__REALTIME_TIMESTAMP": "1769011200000000", "MESSAGE": list(text.encode()), "PRIORITY": "6"}
        ),
        f"<14>1 {TIME} host app 1 - - {text}",
        f'<14>1 {TIME} host app 1 ID1 [a@1 b="c"] {text}',
        f"<14>{TIME} host app[1]: {text}",
        f"2026-01-21T16:00:00+0000 host app[1]: {text}",
        f"web-1  | {TIME} {text}",
        f"\x1b[36mweb-1  | \x1b[0m{TIME} {text}",
        f"[pod/a-1/web] {TIME} {text}",
        f"{TIME} {text}",
    ]


def read(line: str) -> dict[str, Any]:
    """Return the one record of a line."""
    (record,) = Translator().records(line.encode())
    return record.fields


def records_of(lines: list[str]) -> tuple[list[dict[str, Any]], RowDecoder]:
    """Return the records of a log, and what has read it."""
    decoder = RowDecoder(COLUMNS)
    kept = decoder.rows_and_lines("\n".join(lines).encode())[1]
    return [json.loads(line) for line in kept], decoder


@pytest.mark.parametrize("line", wrapped("level=warn msg=done duration=12ms status=502"))
def test_logfmt_takes_the_time_of_its_wrapper(line: str) -> None:
    """It tells how long a request took and how it ended, wherever its time stands."""
    assert {
        "timestamp": TIME,
        "level": "WARNING",
        "message": "done",
        "response_time_ms": 12,
        "status": "error",
        "event": "task.finished",
    }.items() <= read(line).items()


@pytest.mark.parametrize("line", wrapped(COLOURED))
def test_colours_are_passed_over_in_every_wrapper(line: str) -> None:
    """uvicorn's level and status are read."""
    told = {"timestamp": TIME, "level": "INFO", "status": "error", "http_status": 500, "message": "GET /x"}
    assert told.items() <= read(line).items()


@pytest.mark.parametrize("line", wrapped("GET /x 500 12.3 ms - 15"))
def test_a_brief_access_log_takes_the_time_of_its_wrapper(line: str) -> None:
    """morgan's tiny and dev forms have none."""
    assert {"timestamp": TIME, "status": "error", "response_time_ms": 12.3}.items() <= read(line).items()


@pytest.mark.parametrize("line", [*wrapped(TGI), f"web-1 | {TGI}", f"[pod/a-1] {TGI}"])
def test_spans_tell_of_a_request(line: str) -> None:
    """Their values may hold braces and parentheses."""
    told = {"timestamp": TIME, "level": "INFO", "response_time_ms": 1500, "queue_wait_ms": 50, "status": "ok"}
    assert told.items() <= read(line).items()


def test_spans_may_be_coloured() -> None:
    """Each mark has a colour of its own there."""
    told = {"timestamp": TIME, "level": "INFO", "response_time_ms": 1500, "message": "router: Success"}
    assert told.items() <= read(COLOURED_TGI).items()


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("<10>1 2026-01-21T16:00:00Z host app 1 - - hello", "CRITICAL"),
        ('<11>1 2026-01-21T16:00:00Z host app 1 - [a b="c"][d] hello', "ERROR"),
        ("<12>Jan 21 16:00:00 host app[1]: hello", "WARNING"),
        ("<15>Jan 21 16:00:00 host app: hello", "DEBUG"),
        ('<11>1 2026-01-21T16:00:00Z host app 1 - - {"level":"info","message":"hello"}', "INFO"),
    ],
)
def test_the_priority_of_syslog_is_the_level_of_a_line_without_one(line: str, level: str) -> None:
    """What the line tells itself counts more."""
    found = read(line)
    assert (found["level"], found["message"], found["service"]) == (level, "hello", "app")


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (
            "[2026-01-21 16:00:00] Finish: obj=A(b=1), out={'meta': {}}",
            None,
            "Finish: obj=A(b=1), out={'meta': {}}",
        ),
        ('2026-01-21 16:00:00,000 WARNING could not parse {"a": 1}', "WARNING", 'could not parse {"a": 1}'),
        ('2026-01-21 16:00:00 could not parse {"a": 1}', None, 'could not parse {"a": 1}'),
        (f"{TIME} stdout F {{'a': 1}}", None, "{'a': 1}"),
        (json.dumps({"time": TIME, "level": "warn", "message": "{'a': 1}"}), "WARNING", "{'a': 1}"),
        (json.dumps({"time": TIME, "level": "warn", "message": '{"a":1}'}), "WARNING", '{"a":1}'),
    ],
)
def test_braces_in_a_message_are_no_record(line: str, level: str | None, message: str) -> None:
    """The line's own time, level and message stand."""
    found = read(line)
    assert (found["timestamp"], found.get("level"), found["message"]) == (TIME, level, message)


def test_a_record_behind_a_text_has_the_time_and_the_level_of_the_text() -> None:
    """The text is its message; where it tells one itself, the text stands beside it."""
    found = read('2026-01-21 16:00:00,000 - app - WARNING - request done {"status": 502, "duration_ms": 12}')
    assert {
        "timestamp": TIME,
        "level": "WARNING",
        "message": "request done",
        "response_time_ms": 12,
        "http_status": 502,
    }.items() <= found.items()
    found = read(f'app[1] {{"time":"{TIME}","level":"info","msg":"a"}}')
    assert (found["timestamp"], found["level"], found["message"], found["prefix"]) == (
        TIME,
        "INFO",
        "a",
        "app[1]",
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[2026-01-21T16:00:00Z WARN  app::a] hello", "WARNING"),
        ("2026-01-21T16:00:00Z [warn]: hello", "WARNING"),
        ("2026-01-21T16:00:00Z warn: hello", "WARNING"),
        ("2026-01-21T16:00:00.000Z\twarn\thello", "WARNING"),
        ("2026-01-21T16:00:00Z WRN hello", "WARNING"),
        ("2026-01-21 16:00:00.000 UTC [31] FATAL:  hello", "CRITICAL"),
        ("2026-01-21 16:00:00.000 UTC [31] LOG:  hello", "INFO"),
        ("2026-01-21 16:00:00.000 [http-nio-8080-exec-1] WARN hello", "WARNING"),
        ("2026-01-21 16:00:00.000 | SUCCESS  | hello", "INFO"),
        ("2026-01-21T16:00:00.000000Z 0 [Warning] hello", "WARNING"),
        ("2026/01/21 16:00:00 [crit] 31#31: *5 hello", "CRITICAL"),
        ("[Wed Jan 21 16:00:00.000 2026] [proxy:warn] [pid 1:tid 2] hello", "WARNING"),
    ],
)
def test_levels_of_loggers_in_all_their_forms(line: str, told: str) -> None:
    """env_logger, winston, zap, zerolog, PostgreSQL, logback, loguru, MySQL, nginx, Apache."""
    found = read(line)
    assert (found["timestamp"], found["level"], found["message"]) == (TIME, told, "hello")


def test_a_traceback_belongs_to_the_event_before_it() -> None:
    """None of its lines is broken or an event, bare or in a wrapper of its own; the next event is one."""
    head, last = (
        "2026-01-21 16:00:00.000 | ERROR    | app:f:5 - failed",
        "2026-01-21 16:00:01.000 | INFO | next",
    )
    traceback = [
        "Traceback (most recent call last):",
        '  File "a.py", line 5',
        '    res = {"a": 1}',
        "ValueError: x",
    ]
    lines = [head, *traceback, "", last]
    for wrapper in ("{}", "api-1  | {}", f"{TIME} stderr F {{}}", "[pod/a-1] {}"):
        (failed, after), decoder = records_of([wrapper.format(line) for line in lines])
        assert (failed["level"], failed["message"]) == ("ERROR", "app:f:5 - failed")
        assert failed["traceback"] == "\n".join(traceback)
        assert after["message"] == "next"
        assert not decoder.broken.total()


def test_a_traceback_that_nobody_has_logged_is_one_event() -> None:
    """Behind a record of JSON, and in a stream that has no event."""
    lines = ["Traceback (most recent call last):", '  File "a.py", line 5', "ValueError: x"]
    for before in ({"time": TIME, "msg": "a"}, {"log": '{"msg":"a"}\n', "stream": "stdout", "time": TIME}):
        (_, found), decoder = records_of([json.dumps(before), *lines])
        assert (found["timestamp"], found["message"]) == (TIME, lines[0])
        assert found["traceback"] == "\n".join(lines[1:])
        assert not decoder.broken.total()


def test_a_traceback_with_nothing_before_it_is_broken() -> None:
    """Nobody knows when it happened."""
    records, decoder = records_of(["Traceback (most recent call last):"])
    assert (records, decoder.broken["not_json"]) == ([], 1)


def test_a_traceback_in_the_next_part_of_a_log_is_passed_over() -> None:
    """The event has been handed on by then."""
    decoder = RowDecoder(COLUMNS)
    assert len(decoder.rows(b"2026-01-21 16:00:00 ERROR failed\n")) == 1
    assert decoder.rows(b"Traceback (most recent call last):\n  File\n") == []
    assert not decoder.broken.total()


def test_the_service_and_the_pod_are_kept() -> None:
    """Unless the record tells its own."""
    record = f'{{"timestamp":"{TIME}","message":"a"}}'
    assert read(f"api-1  | {record}")["service"] == "api-1"
    found = read(f"[pod/qwen-0/web] {record}")
    assert (found["pod"], found["container"]) == ("qwen-0", "web")
    assert read(f'api-1  | {{"timestamp":"{TIME}","service":"own"}}')["service"] == "own"


def test_the_fields_that_are_offered_are_those_of_the_inner_lines() -> None:
    """Never those of the wrapper; a line of text has none, but for logfmt."""
    docker = {"stream": "stdout", "time": TIME}
    for log, names in (
        ('{"took_long":5}', {"took_long"}),
        ("level=info spent=5", {"level", "spent"}),
        ("hi", set()),
    ):
        decoder = records_of([json.dumps({"log": f"{log}\n", **docker})])[1]
        assert {field.name for field in decoder.found_fields.all()} == names


PIECES = [
    "{",
    '"',
    " ",
    "a=",
    "[",
    "(",
    "\\",
    '\\"',
    ":",
    "-",
    "|",
    "a",
    "1",
    "a.",
    '{"',
    "a{",
    "a=1 ",
    "(a) ",
    "= ",
]
HEADS = [
    "",
    f"{TIME} ",
    "2026-01-21 16:00:00,123 ",
    f"{TIME}  INFO a{{",
    "INFO [a] ",
    "INFO:     ",
    "<34>1 2026-01-21T16:00:00Z h a 1 m [a ",
    '1.2.3.4 - - [21/Jan/2026:16:00:00 +0000] "',
    '1.2.3.4 - - [21/Jan/2026:16:00:00 +0000] "GET / HTTP/1.1" 200 ',
    "[21-Jan-2026 16:00:00 ",
    "total time = ",
    '{"timestamp":"2026',
    f'{{"timestamp":"{TIME}","a":"',
]


@pytest.mark.parametrize("head", HEADS)
def test_no_repetition_takes_more_than_its_length(head: str) -> None:
    """Where an expression tried all ways to divide it, this would not come to an end."""
    translator = Translator()
    for piece in PIECES:
        for tail in ("", "x", "}"):
            end = f'{tail}"}}' if head[:1] == "{" else tail
            line = head + piece * ((MAX_LINE_BYTES - 200) // len(piece)) + end
            with suppress(NotARecordError):
                assert len(translator.records(line.encode())) <= 1


@pytest.mark.parametrize(
    "time", ["2026-01-21T16:00:00+0000", "2026-01-21T16:00:00.000+00:00", "Jan 21 16:00:00"]
)
def test_a_time_before_words_and_a_colon_takes_nothing_off(time: str) -> None:
    """What `ts` writes before a text is a time alone: the text stays whole."""
    fields = read(f"{time} disk full: cannot write checkpoint")
    assert fields["timestamp"].endswith("-01-21T16:00:00.000Z")
    assert fields["message"] == "disk full: cannot write checkpoint"
    assert "service" not in fields


def test_marks_of_journalctl_are_passed_over() -> None:
    """They are no records, and none of their lines is broken."""
    lines = [
        "-- Journal begins at Mon 2026-01-05 10:00:00 CST. --",
        "2026-01-21T16:00:00+0000 edge app[12]: up",
        "-- Reboot --",
        "2026-01-21T16:00:05+0000 edge app[3]: up again",
    ]
    records, decoder = records_of(lines)
    assert [(record["message"], record["pid"]) for record in records] == [("up", 12), ("up again", 3)]
    assert not decoder.broken.total()


def test_vllm_is_known_under_a_time_of_docker() -> None:
    """The time that lacks the year counts less, and the place in the source is kept."""
    fields = read(f"{TIME} INFO 01-21 15:59:59 [core.py:71] Initializing")
    told = {"timestamp": TIME, "level": "INFO", "message": "Initializing", "place": "core.py:71"}
    assert told.items() <= fields.items()


def test_a_wrapper_tells_the_zone_of_the_time_inside() -> None:
    """ollama's access lines tell a local time without its zone."""
    line = f'{TIME} [GIN] 2026/01/22 - 00:00:00 | 200 |  1.5s |  127.0.0.1 | POST     "/api/chat"'
    assert read(line)["timestamp"] == TIME


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-21 16:00:00,000 - app.api - INFO - request id=5 status=502 duration=0.050s",
        "2026-01-21 16:00:00 [info     ] request_finished   [api] duration_ms=50.0 path=/x status=502",
        "2026-01-21 16:00:00.000 +00:00 [INF] HTTP POST /x responded 502 in 50.0 ms",
    ],
)
def test_a_text_that_tells_its_duration_is_a_request(text: str) -> None:
    """Its message stays the whole text."""
    fields = read(text)
    told = {"timestamp": TIME, "event": "task.finished", "response_time_ms": 50.0, "status": "error"}
    assert told.items() <= fields.items()
    assert fields["http_status"] == 502
    assert text.endswith(fields["message"])


@pytest.mark.parametrize(("word", "level"), [("fail", "ERROR"), ("trce", "DEBUG"), ("dbug", "DEBUG")])
def test_levels_of_dotnets_console_are_known(word: str, level: str) -> None:
    """Its short words stand behind the time of a container."""
    told = {"timestamp": TIME, "level": level, "message": "My.Category[4]"}
    assert told.items() <= read(f"{TIME} {word}: My.Category[4]").items()
