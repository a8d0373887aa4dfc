"""Values that records hold, by their names."""

FINISHED = "task.finished"
UNKNOWN_TASK = "unknown"
