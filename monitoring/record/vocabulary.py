"""The values that records hold, by their names, and which records are requests or stand for some."""

FINISHED = "task.finished"
SAMPLED = "resource.sample"
REFUSED = "requests.rejected"  # the event of a record that stands for refused requests
UNEXPECTED_END = "unexpected_end"  # the event of a record that tells of a process that did not stop itself
UNKNOWN_TASK = "unknown"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# The events of this app's records; records of other events are read, too.
EVENTS = frozenset(
    {
        FINISHED,
        SAMPLED,
        REFUSED,
        "alert.fired",
        "alert.flapping",
        "alert.resolved",
        "alert.silenced",
        "alert.updated",
        "alert.withdrawn",
        "app.started",
        "app.stopped",
        "drill.ended",
        "drill.started",
        "engine.restarted",
        "feedback",
        "log",
        "log.dropped",
        "memory.short",
        "model.damaged",
        "model.failed",
        "model.loaded",
        "unexpected_end",
    }
)

OK = "ok"
REJECTED = "rejected"
OTHER_STATUSES = ("error", REJECTED, "cancelled")
STATUSES = (OK, *OTHER_STATUSES)

# A record of `REFUSED` stands for as many refused requests as its field `rejected` tells, but for no more
# than these: beside one hostile record, the others shall still be seen.
MAX_REFUSED = 1_000_000


def refused_requests(rejected: float | None) -> int:
    """Return how many refused requests a record of `REFUSED` stands for, by its field `rejected`.

    What is no positive whole number stands for none.
    """
    if rejected is None or not rejected >= 1 or rejected % 1 != 0:
        return 0
    return int(min(rejected, MAX_REFUSED))
