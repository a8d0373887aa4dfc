"""The usual names of our fields in other programs' records, the most telling ones first.

Names are compared in their plain form: `requestId`, `request_id` and `Request-ID` are all `requestid`. A dot
parts the name of an object from that of a field in it.
"""

import re
from collections.abc import Iterable
from typing import Final

from monitoring.formats.values.durations import unit_of_name

# Values of access lines that have no name are `extra_1`, `extra_2`...
EXTRA: Final = "extra_"
# The fields whose values are durations in ms.
DURATIONS: Final = ("response_time_ms", "ttft_ms", "queue_wait_ms")
# The plain names of each field. Of durations, the unit at the end of a name is left out.
USUAL: Final[dict[str, tuple[str, ...]]] = {
    "timestamp": (
        "timestamp",
        "@timestamp",
        "time",
        "ts",
        "@t",
        "datetime",
        "asctime",
        "timeiso8601",
        "msec",
        "timelocal",
        "createdat",
        "eventtime",
        "starttime",
        "startutc",
        "record.time.timestamp",
        "realtimetimestamp",
        "date",
        "created",
        "instant",
        "timemillis",
        "receivetimestamp",
    ),
    "level": (
        "level",
        "severity",
        "levelname",
        "log.level",
        "lvl",
        "loglevel",
        "@l",
        "severitytext",
        "record.level.name",
        "priority",
        "levelno",
    ),
    "message": (
        "message",
        "msg",
        "shortmessage",
        "@m",
        "@mt",
        "record.message",
        "fields.message",
        "textpayload",
        "jsonpayload.message",
        "messagetemplate",
        "body",
        "text",
        "request",
    ),
    "task_type": ("tasktype", "task.type", "genai.operation.name"),
    "request_id": (
        "requestid",
        "reqid",
        "xrequestid",
        "http.request.id",
        "req.id",
        "traceid",
        "trace.id",
        "correlationid",
        "@tr",
    ),
    "response_time_ms": (
        "responsetime",
        "duration",
        "latency",
        "elapsed",
        "elapsedtime",
        "requesttime",
        "requestduration",
        "requestlatency",
        "totalduration",
        "totaltime",
        "totallatency",
        "e2elatency",
        "took",
        "timetaken",
        "processtime",
        "processingtime",
        "runtime",
        "dur",
        "costtime",
        "timecost",
        "rt",
    ),
    "queue_wait_ms": ("queuewait", "queuetime", "timeinqueue"),
    "ttft_ms": ("ttft", "timetofirsttoken", "firsttokenlatency", "timetofirstchunk"),
    "status": (
        "status",
        "statuscode",
        "httpstatus",
        "httpstatuscode",
        "res.statuscode",
        "res.status",
        "response.status",
        "response.statuscode",
        "http.response.statuscode",
        "httprequest.status",
        "http.statuscode",
        "responsecode",
        "downstreamstatus",
        "event.outcome",
        "outcome",
        "success",
    ),
    "event": ("event", "eventname", "event.name"),
    "error_type": (
        "errortype",
        "error.type",
        "err.type",
        "err.name",
        "error.name",
        "exception.type",
        "exctype",
        "record.exception.type",
        "thrown.name",
    ),
    "error_message": (
        "errormessage",
        "error.message",
        "err.message",
        "exception.message",
        "record.exception.value",
        "thrown.message",
        "error",
        "err",
    ),
    "session_id": ("sessionid", "session.id", "genai.conversation.id"),
    "model": ("model", "modelname", "genai.response.model", "genai.request.model"),
    "prompt_tokens": (
        "genai.usage.inputtokens",
        "prompttokens",
        "inputtokens",
        "prompteval.count",
        "promptevalcount",
        "numprompttokens",
        "nprompttokens",
    ),
    "cached_tokens": ("cachedtokens", "genai.usage.cacheread.inputtokens"),
    "output_tokens": (
        "outputtokens",
        "completiontokens",
        "evalcount",
        "generatedtokens",
        "numgeneratedtokens",
        "numoutputtokens",
        "ndecoded",
    ),
    "tokens_per_second": ("tokenspersecond", "tokenspersec"),
    "finish_reason": ("finishreason", "donereason", "stopreason", "genai.response.finishreasons"),
    "traceback": (
        "exception.stacktrace",
        "error.stacktrace",
        "err.stack",
        "stacktrace",
        "stack",
        "exception",
        "excinfo",
    ),
    "pid": ("pid", "process.pid", "processid", "process"),
}
# The units of OpenTelemetry's durations, whose names tell none: the ends of their plain names.
_SECONDS: Final = (
    "http.server.request.duration",
    "http.client.request.duration",
    "rpc.server.call.duration",
    "rpc.client.call.duration",
    "genai.client.operation.duration",
    "genai.client.operation.timetofirstchunk",
    "genai.server.request.duration",
    "genai.server.timetofirsttoken",
)
# Fields that are found in any object, such as `usage.completion_tokens` and `attributes.duration_ms`, and
# the plain names that are too common for that.
ANYWHERE: Final = (*DURATIONS, "request_id", "prompt_tokens", "cached_tokens", "output_tokens", "status")
_TOO_COMMON: Final = frozenset({"elapsed", "runtime", "status", "outcome", "success", "responsecode"})
# By these a record is told from any other object: what happened, how bad it is, how long it took.
_OF_AN_EVENT: Final = ("timestamp", "level", "status", "response_time_ms")
_OF_A_RECORD: Final = (*_OF_AN_EVENT, "message")
# Objects in which some programs put whatever a record tells.
_BAGS = re.compile(
    r"(?:jsonpayload|properties|state|record\.extra|record\.metrics|record|extra|fields|attributes|data|"
    r"payload|context)\."
)

_MARKS = re.compile(r"[^a-z0-9@.]")


def plain(name: str) -> str:
    """Return a field's name in its plain form: small letters, without marks but dots."""
    return _MARKS.sub("", name.lower())


def plain_duration(name: str) -> tuple[str, str | None]:
    """Return the plain name of a duration without its unit, and the unit; None where it tells none."""
    unit = unit_of_name(name)
    if unit is None:
        name = plain(name)
        return name, "s" if name.endswith(_SECONDS) else None
    # The longest name of a unit has 12 letters; the search tries each place to begin at.
    start, end = name[:-20], name[-20:]
    return plain(start + re.sub(r"(?:[A-Z]?[a-zµμ]+|[A-Z]+)$", "", end)).removesuffix("in"), unit


def rank_of(field: str, name: str) -> int | None:
    """Return how well a plain name fits a field of ours, 0 best; None where it does not."""
    usual = USUAL[field]
    if name in usual:
        return usual.index(name)
    inner = _BAGS.sub("", name, count=1) if _BAGS.match(name) else name
    if inner in usual:
        return len(usual) + usual.index(inner)
    last = name.rpartition(".")[2]
    if "." in name and field in ANYWHERE and last in usual and last not in _TOO_COMMON:
        return 2 * len(usual) + usual.index(last)
    return None


def is_usual(name: str) -> bool:
    """Tell whether a field is read for one of ours by its name."""
    forms = {"": plain(name), "duration": plain_duration(name)[0]}
    return any(rank_of(field, forms["duration" if field in DURATIONS else ""]) is not None for field in USUAL)


def are_of_a_record(names: Iterable[str]) -> bool:
    """Tell whether one of the names is usual for a time, a level, a message, a status or a duration."""
    return _has_usual_one(names, _OF_A_RECORD)


def are_of_an_event(names: Iterable[str]) -> bool:
    """Tell the same without a message, since parts of a text may be called so, too."""
    return _has_usual_one(names, _OF_AN_EVENT)


def _has_usual_one(names: Iterable[str], fields: tuple[str, ...]) -> bool:
    forms = {form for name in names for form in (plain(name), plain_duration(name)[0])}
    return any(form in USUAL[field] for field in fields for form in forms)
