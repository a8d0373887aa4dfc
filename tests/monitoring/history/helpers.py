"""What the tests of queries share: a log of several files, and short ways to ask it."""

import gzip
from pathlib import Path
from typing import Any

from monitoring.history.sql import query
from tests.monitoring.helpers import a_record, lines_of

OLD = "qwen-2023-11-13T22-13-20.000Z.log.gz"
NEWER = "qwen-2023-11-14T22-13-20.000Z.log"


def three_files(folder: Path) -> Path:
    """Write a log of three files, one of them compressed, into a folder of its own."""
    log = folder / "logs" / "qwen.log"
    log.parent.mkdir()
    (log.parent / OLD).write_bytes(
        gzip.compress(lines_of(*(a_record(second, seq=second) for second in range(3))))
    )
    (log.parent / NEWER).write_bytes(lines_of(a_record(3, seq=3), a_record(4, seq=4)))
    log.write_bytes(lines_of(a_record(5, seq=5, task_type="sentiment", message="情感分析完成: 正面")))
    return log


def rows(path: Path, sql: str, **mapping: str) -> list[tuple[Any, ...]]:
    """Return all rows of an answer."""
    return list(query(path, sql, mapping).rows)


def write(path: Path, *lines: bytes) -> Path:
    """Let a log have these lines, and no other file."""
    for file in path.parent.iterdir():
        file.unlink()
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path
