"""What the archive of old files tells becomes a record of the log."""

from typing import Any

from monitoring.record.reasons import reason_of
from monitoring.storage.keeping import Agreed, ArchiveEvent, LeftAlone, Removal
from monitoring.storage.paths import readable_moment


def record_of(event: ArchiveEvent) -> dict[str, Any]:
    """Return the fields of the record that tells of an event, in Chinese and in English."""
    fields = {"level": "WARNING", "task_type": "system", "event": "log"}
    if isinstance(event, Removal):
        return {**fields, "message": _removal(event), "removed_files": event.files}
    if isinstance(event, LeftAlone):
        return {**fields, "message": _left_alone(event), "kept_files": event.files}
    if isinstance(event, Agreed):
        return {**fields, "message": _agreed(event), "agreed_files": event.surplus.files}
    reason = reason_of(event)
    message = f"旧日志无法整理 / old log files cannot be tidied: {reason}"
    return {**fields, "message": message, "error_type": type(event).__name__, "error_message": reason}


def _removal(removal: Removal) -> str:
    by_count = removal.reason == "count"
    setting = f"LOG_KEEP={removal.keeping.files}" if by_count else f"LOG_KEEP_DAYS={removal.keeping.days:g}"
    first, last = readable_moment(removal.first), readable_moment(removal.last)
    return (
        f"已删除旧日志 {removal.files} 个 ({first} 至 {last}), 因 {setting} / "
        f"removed {removal.files} old log files (put aside from {first} to {last}), as {setting} says"
    )


def _left_alone(event: LeftAlone) -> str:
    count, keep = event.files, event.keeping.files
    return (
        f"旧日志有 {count} 个, 默认只保留 {keep} 个: 未删除任何文件, 请设置 LOG_KEEP / "
        f"{count} old log files, and only {keep} would stay by default: nothing was removed; set LOG_KEEP to "
        f"{keep} to remove the oldest, or to {count} or more to keep them"
    )


def _agreed(event: Agreed) -> str:
    surplus, keep = event.surplus, event.keeping.files
    first, last = readable_moment(surplus.first), readable_moment(surplus.last)
    return (
        f"操作员同意删除旧日志 {surplus.files} 个 ({first} 至 {last}), 今后只保留 {keep} 个 / "
        f"the operator agreed to remove {surplus.files} old log files (put aside from {first} to {last}) and "
        f"to keep {keep} from now on"
    )
