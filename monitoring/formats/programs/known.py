"""Tell by its fields which program wrote a record, and what its names mean.

A program is known by what it always writes; the usual names of `names.py` do the rest. Where each fact was
found is said in docs/formats.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from monitoring.formats.values.field_paths import lookup

Fields = Mapping[str, Any]

# Names that Traefik alone writes, and others of its access log; any of them may be left out.
_TRAEFIKS_OWN: Final = frozenset(
    {
        "DownstreamContentSize",
        "DownstreamStatus",
        "OriginContentSize",
        "OriginDuration",
        "OriginStatus",
        "RouterName",
        "ServiceURL",
        "entryPointName",
    }
)
_TRAEFIKS: Final = _TRAEFIKS_OWN | {
    "ClientAddr",
    "ClientHost",
    "Duration",
    "RequestHost",
    "RequestPath",
    "StartUTC",
}


@dataclass(frozen=True, slots=True)
class Program:
    """How one program writes its records."""

    name: str
    # Tells whether a record is of this program.
    wrote: Callable[[Fields], bool]
    # The unit of durations whose names tell none; None where the program has no habit.
    unit: str | None = None
    # Paths of its own for fields of ours: they win over the usual names.
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Whether numbers of levels are those of Python's logging.
    has_python_levels: bool = False
    # The level of records that tell none.
    level: str | None = None


def program_of(fields: Fields) -> Program | None:
    """Return the program that wrote a record; None where the names are those of nobody."""
    return next((program for program in PROGRAMS if program.wrote(fields)), None)


def _has(*names: str) -> Callable[[Fields], bool]:
    return lambda fields: all(lookup(fields, name) is not None for name in names)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_ollama(fields: Fields) -> bool:
    return "total_duration" in fields and ("eval_count" in fields or "created_at" in fields)


def _is_tgi(fields: Fields) -> bool:
    target = fields.get("target")
    return isinstance(target, str) and target.startswith(("text_generation", "text_embeddings"))


def _is_tracing(fields: Fields) -> bool:
    return "target" in fields and isinstance(fields.get("fields"), dict) and "timestamp" in fields


def _is_llama_server(fields: Fields) -> bool:
    return _has("function", "line", "msg", "timestamp")(fields) and ("tid" in fields or "id_slot" in fields)


def _is_ecs(fields: Fields) -> bool:
    return "@timestamp" in fields and any(
        lookup(fields, name) is not None for name in ("ecs.version", "log.level", "event.duration")
    )


def _is_bunyan(fields: Fields) -> bool:
    return _has("v", "name", "msg", "time")(fields) and _is_int(fields.get("level"))


def _is_pino(fields: Fields) -> bool:
    has_text = "msg" in fields or "responseTime" in fields or "pid" in fields
    # Its levels may be set to words, its time to a text. These names are its own, the last one pino-http's.
    is_named = ("pid" in fields and "hostname" in fields) or "responseTime" in fields
    is_pino = _is_int(fields.get("level")) or is_named
    return is_pino and "level" in fields and "time" in fields and has_text


def _is_caddy(fields: Fields) -> bool:
    return str(fields.get("logger", "")).startswith("http.log") and "ts" in fields


def _is_zap(fields: Fields) -> bool:
    return "level" in fields and "msg" in fields and ("ts" in fields or "caller" in fields)


def _is_go_kit(fields: Fields) -> bool:
    """Tell lines of go-kit (Loki, older Prometheus) from those of zap, which writes the level first."""
    names = list(fields)
    is_known = "level" in names and "caller" in names and "ts" in names
    return is_known and names.index("caller") < names.index("level")


def _is_traefik(fields: Fields) -> bool:
    return not _TRAEFIKS_OWN.isdisjoint(fields) and len(_TRAEFIKS.intersection(fields)) > 1


def _is_serilog(fields: Fields) -> bool:
    return "@t" in fields or ("Timestamp" in fields and "MessageTemplate" in fields)


def _is_slog(fields: Fields) -> bool:
    level = fields.get("level")
    return _has("time", "msg")(fields) and isinstance(level, str) and level.isupper()


def _is_logrus(fields: Fields) -> bool:
    level = fields.get("level")
    return _has("time", "msg")(fields) and isinstance(level, str) and level.islower()


def _is_zerolog(fields: Fields) -> bool:
    level = fields.get("level")
    return _has("time", "level")(fields) and isinstance(level, str) and "timestamp" not in fields


def _is_structlog(fields: Fields) -> bool:
    event = fields.get("event")
    is_text = isinstance(event, str) and "message" not in fields and "msg" not in fields
    return is_text and "timestamp" in fields


def _is_python_json_logger(fields: Fields) -> bool:
    return ("asctime" in fields or "levelname" in fields) and "message" in fields


def _is_nginx(fields: Fields) -> bool:
    has_time = any(name in fields for name in ("time_iso8601", "time_local", "msec", "request_time"))
    return has_time and any(name in fields for name in ("status", "request", "request_uri", "remote_addr"))


def _is_google(fields: Fields) -> bool:
    return "severity" in fields and any(
        name in fields for name in ("httpRequest", "insertId", "logName", "jsonPayload", "textPayload")
    )


def _is_dotnet(fields: Fields) -> bool:
    return "Timestamp" in fields and ("LogLevel" in fields or "Level" in fields)


# The first one that fits is taken.
PROGRAMS: Final = (
    Program(
        "ollama",
        _is_ollama,
        "ns",
        {"response_time_ms": ("total_duration",), "ttft_ms": (), "status": ()},
    ),
    Program(
        "TGI",
        _is_tgi,
        paths={
            "response_time_ms": ("span.total_time", "total_time"),
            "queue_wait_ms": ("span.queue_time", "queue_time"),
            "message": ("message", "fields.message"),
        },
    ),
    Program("tracing", _is_tracing, paths={"message": ("fields.message", "message")}),
    Program(
        "llama-server",
        _is_llama_server,
        "ms",
        {"response_time_ms": ("t_total",), "output_tokens": ("n_decoded", "n_tokens_predicted")},
    ),
    Program("Elastic Common Schema", _is_ecs, paths={"response_time_ms": ("event.duration",)}, unit="ns"),
    Program(
        "MongoDB",
        _has("t.$date", "s", "c", "msg"),
        paths={"timestamp": ("t",), "level": ("s",), "request_id": ()},
    ),
    Program("lograge", _has("method", "controller", "action", "status"), "ms"),
    Program("logstash", _has("@timestamp", "@version"), "ms"),
    Program("Traefik", _is_traefik, "ns", {"response_time_ms": ("Duration",)}),
    Program("bunyan", _is_bunyan, "ms"),
    Program("pino", _is_pino, "ms"),
    Program("Caddy", _is_caddy, "s", {"timestamp": ("ts",)}),
    Program("go-kit", _is_go_kit),
    Program("zap", _is_zap, "s", {"timestamp": ("ts",)}),
    Program("Envoy", _has("response_code", "start_time"), "ms"),
    Program("nginx", _is_nginx, "s"),
    Program(
        "Google Cloud",
        _is_google,
        "s",
        {"response_time_ms": ("httpRequest.latency",), "request_id": ("trace",)},
    ),
    Program("Serilog", _is_serilog, "ms", level="INFO"),
    Program("slog", _is_slog, "ns"),
    Program("logrus", _is_logrus, "ns"),
    Program("zerolog", _is_zerolog, "ms"),
    Program("Log4j 2", _has("level", "loggerName", "thread")),
    Program("loguru", _has("text", "record.level.name")),
    Program("GELF", _has("short_message", "host"), "s"),
    Program(".NET", _is_dotnet, "ms"),
    Program("python-json-logger", _is_python_json_logger, has_python_levels=True),
    Program("structlog", _is_structlog),
)
