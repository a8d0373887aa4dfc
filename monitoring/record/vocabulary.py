"""The values that records hold, by their names, and which records are requests."""

FINISHED = "task.finished"
SAMPLED = "resource.sample"
UNKNOWN_TASK = "unknown"

OK = "ok"
OTHER_STATUSES = ("error", "rejected", "cancelled")
STATUSES = (OK, *OTHER_STATUSES)

# A record with one of these events is a request. True: only where it tells a response time.
# "" stands for a record without an event, as other programs write them.
REQUEST_EVENTS = {FINISHED: False, "": True}
# A request with one of these statuses ended ok; "" stands for a request without a status.
OK_STATUSES = (OK, "")


def is_request(event: str | None, is_timed: bool) -> bool:
    """Tell whether a record is a request; `is_timed` says whether it tells a response time."""
    needs_time = REQUEST_EVENTS.get(event or "")
    return needs_time is not None and (is_timed or not needs_time)
