"""Programs are known by the fields that they always write."""

from typing import Any

import pytest

from monitoring.formats.programs.known import PROGRAMS, program_of

TIME = "2026-01-21T16:00:00Z"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"model": "m", "created_at": TIME, "total_duration": 5, "eval_count": 1}, "ollama"),
        (
            {"timestamp": TIME, "level": "INFO", "target": "text_generation_router::server", "fields": {}},
            "TGI",
        ),
        ({"timestamp": TIME, "level": "INFO", "target": "app", "fields": {"message": "a"}}, "tracing"),
        ({"@timestamp": TIME, "log.level": "info", "ecs.version": "8.0"}, "Elastic Common Schema"),
        ({"@timestamp": TIME, "log": {"level": "info"}}, "Elastic Common Schema"),
        ({"@timestamp": TIME, "@version": "1", "message": "a"}, "logstash"),
        ({"name": "app", "hostname": "h", "pid": 1, "level": 30, "msg": "a", "time": TIME, "v": 0}, "bunyan"),
        ({"level": 30, "time": 1769011200000, "pid": 1, "hostname": "h", "msg": "a"}, "pino"),
        ({"level": "info", "time": TIME, "pid": 1, "hostname": "h", "msg": "a"}, "pino"),
        ({"level": "INFO", "time": TIME, "responseTime": 41.5, "message": "a"}, "pino"),
        ({"level": "info", "ts": 1769011200.5, "caller": "a.go:1", "msg": "a"}, "zap"),
        ({"ts": TIME, "caller": "a.go:1", "level": "info", "msg": "a"}, "go-kit"),
        ({"DownstreamStatus": 200, "ClientHost": "h", "level": "info", "msg": "", "time": TIME}, "Traefik"),
        ({"DownstreamStatus": 200, "Duration": 5, "level": "info", "msg": "", "time": TIME}, "Traefik"),
        ({"RequestPath": "/", "Duration": 5, "@t": TIME}, "Serilog"),
        ({"Timestamp": TIME, "Level": "Information", "MessageTemplate": "a"}, "Serilog"),
        ({"Timestamp": TIME, "LogLevel": "Information", "Message": "a"}, ".NET"),
        ({"level": "info", "time": TIME, "message": "a"}, "zerolog"),
        ({"time": TIME, "level": "INFO", "msg": "a"}, "slog"),
        ({"time": TIME, "level": "info", "msg": "a"}, "logrus"),
        ({"event": "a", "level": "info", "timestamp": TIME}, "structlog"),
        ({"asctime": TIME, "levelname": "INFO", "message": "a"}, "python-json-logger"),
        ({"time_iso8601": TIME, "status": "200", "request_time": "0.1"}, "nginx"),
        ({"@t": TIME, "@m": "a"}, "Serilog"),
        ({"t": {"$date": TIME}, "s": "I", "c": "COMMAND", "msg": "Slow query"}, "MongoDB"),
        ({"instant": {"epochSecond": 5}, "level": "INFO", "loggerName": "a", "thread": "main"}, "Log4j 2"),
        ({"timestamp": TIME, "message": "a"}, None),
        ({}, None),
    ],
)
def test_a_program_is_known_by_its_fields(fields: dict[str, Any], name: str | None) -> None:
    """The first one that fits is taken; names of nobody are nobody's."""
    found = program_of(fields)
    assert (found and found.name) == name


@pytest.mark.parametrize("value", [None, True, 5, "", [], {}, "x" * 100])
def test_values_of_any_type_are_looked_at(value: object) -> None:
    """No program's check fails, whatever stands under the names that it looks at."""
    names = (
        "level",
        "time",
        "msg",
        "target",
        "event",
        "logger",
        "timestamp",
        "ts",
        "fields",
        "v",
        "name",
        "log",
    )
    for name in names:
        program_of({**dict.fromkeys(names, 1), name: value})
    program_of(dict.fromkeys(names, value))


def test_each_program_has_a_name_of_its_own() -> None:
    """The page says by which one a record was read."""
    names = [program.name for program in PROGRAMS]
    assert len(set(names)) == len(names)
