"""The usual names of our fields in other programs' records, the most telling ones first.

Names are compared in their plain form: `requestId`, `request_id` and `Request-ID` are all `requestid`. A dot
parts the name of an object from that of a field in it.
"""

import re
from typing import Final

from monitoring.formats.values.durations import unit_of_name

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
    "task_type": ("tasktype", "task.type"),
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
    ),
    "queue_wait_ms": ("queuewait", "queuetime", "timeinqueue"),
    "ttft_ms": ("ttft", "timetofirsttoken", "firsttokenlatency"),
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
    "event": ("event",),
    "error_type": (
        "errortype",
        "error.type",
        "err.type",
        "err.name",
        "error.name",
        "exception.type",
        "exctype",
        "record.exception.type",
    ),
    "error_message": (
        "errormessage",
        "error.message",
        "err.message",
        "exception.message",
        "record.exception.value",
        "error",
        "err",
    ),
    "session_id": ("sessionid", "session.id"),
    "model": ("model", "modelname", "genai.request.model"),
    "prompt_tokens": (
        "prompttokens",
        "inputtokens",
        "prompteval.count",
        "promptevalcount",
        "numprompttokens",
        "nprompttokens",
    ),
    "cached_tokens": ("cachedtokens",),
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
    "finish_reason": ("finishreason", "donereason", "stopreason"),
    "pid": ("pid", "process.pid", "processid", "process"),
}
# Fields that are found in any object, such as `usage.completion_tokens` and `attributes.duration_ms`, and
# the plain names that are too common for that.
ANYWHERE: Final = (*DURATIONS, "request_id", "prompt_tokens", "cached_tokens", "output_tokens", "status")
_TOO_COMMON: Final = frozenset({"elapsed", "runtime", "status", "outcome", "success", "responsecode"})
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
        return plain(name), None
    return plain(re.sub(r"(?:[A-Z]?[a-zµμ]+|[A-Z]+)$", "", name)).removesuffix("in"), unit


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
