"""What a record tells of old files that were removed, or kept."""

import pytest

from monitoring.storage.keeping import Agreed, ArchiveEvent, Keeping, LeftAlone, Removal, Surplus
from monitoring.writing.archive_records import record_of

FIRST, LAST = "2023-11-14T22-13-20.000", "2023-11-15T22-13-20.000"
SURPLUS = Surplus(1970, 1 << 30, FIRST, LAST)


@pytest.mark.parametrize(
    ("event", "texts", "fields"),
    [
        (
            Removal(1970, FIRST, LAST, "count", Keeping(30)),
            [
                "1970 个",
                "removed 1970",
                "2023-11-14T22:13:20.000Z",
                "2023-11-15T22:13:20.000Z",
                "LOG_KEEP=30",
            ],
            {"removed_files": 1970},
        ),
        (Removal(1, FIRST, LAST, "age", Keeping(30, days=2.5)), ["LOG_KEEP_DAYS=2.5"], {"removed_files": 1}),
        (
            LeftAlone(2000, Keeping(30, is_chosen=False), SURPLUS),
            ["2000 个", "nothing was removed", "set LOG_KEEP to 30", "or to 2000 or more"],
            {"kept_files": 2000},
        ),
        (
            Agreed(SURPLUS, Keeping(30, is_chosen=False)),
            ["同意删除旧日志 1970 个", "agreed to remove 1970 old", "to keep 30", "2023-11-14T22:13:20"],
            {"agreed_files": 1970},
        ),
        (
            IsADirectoryError(21, "Is a directory", "/secret/place"),
            ["旧日志无法整理", "Is a directory"],
            {"error_type": "IsADirectoryError"},
        ),
    ],
)
def test_an_event_of_the_archive_is_a_warning(
    event: ArchiveEvent, texts: list[str], fields: dict[str, object]
) -> None:
    """It says what happened, to how many files, why, and what to do, without a folder's name."""
    record = record_of(event)
    assert (record["level"], record["event"], record["task_type"]) == ("WARNING", "log", "system")
    assert record.items() >= fields.items()
    assert [text for text in texts if text not in record["message"]] == []
    assert "secret" not in record["message"]
