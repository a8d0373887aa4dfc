"""Programs that end in every way there is, and what stands in their log then."""

import json
import os
import random
import signal
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from monitoring.storage.archive import PARTIAL, Archive
from monitoring.storage.keeping import Keeping
from monitoring.storage.paths import COMPRESSED, open_log_file, rotated_files
from tests.monitoring.helpers import Record, numbers_by_process, read_records, wait_until, whole_log
from tests.monitoring.writing.programs import run, running, told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the programs log to."""
    return tmp_path / "logs" / "qwen.log"


def size(path: Path) -> int:
    """Return the size of a file; 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def wait_for_size(path: Path, wanted: int) -> None:
    """Wait until a file has grown to a size."""
    wait_until(lambda: size(path) >= wanted)


def whole_lines(path: Path) -> list[Record]:
    """Return the records of a log whose writers were killed: a torn line only where one of them ended."""
    records: list[Record] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            records.append({})
    for torn, following in zip(records, [*records[1:], {"seq": 1}], strict=True):
        assert torn or following["seq"] == 1
    return [record for record in records if record]


def test_kill_amid_logging_leaves_whole_lines_and_no_gap(path: Path) -> None:
    """`kill -9` at random moments: every line is whole but the last, and a restart goes on after it."""
    path.parent.mkdir()
    for _ in range(5):
        with running("busy", log_dir=path.parent) as process:
            wait_for_size(path, size(path) + random.randrange(1, 300_000))
            process.kill()
        with path.open("ab") as file:
            file.write(b'{"half":"a li' * random.randrange(2))
    processes = numbers_by_process(whole_lines(path))
    assert len(processes) == 5
    for numbers in processes.values():
        assert numbers == list(range(1, len(numbers) + 1))


def test_what_was_logged_before_a_program_fell_idle_survives_a_kill(path: Path) -> None:
    """Nobody flushes: records reach the file by themselves, and `kill -9` finds all of them there."""
    with running("idle", 3000, log_dir=path.parent) as process:
        assert told(process) == '"done"'
        wait_until(lambda: path.exists() and path.read_bytes().count(b"\n") == 3000)
        process.kill()
    assert [record["seq"] for record in read_records(path)] == list(range(1, 3001))


@pytest.mark.parametrize(
    ("kind", "number", "status", "said"),
    [
        ("return", None, 0, ""),
        ("error", None, 1, "SystemError: boom"),
        ("exit", None, 3, ""),
        ("signal", signal.SIGTERM, -signal.SIGTERM, ""),
        ("signal", signal.SIGINT, -signal.SIGINT, "KeyboardInterrupt"),
    ],
    ids=["return", "unhandled exception", "sys.exit", "SIGTERM", "SIGINT"],
)
def test_nothing_is_lost_at_the_end(
    path: Path, kind: str, number: signal.Signals | None, status: int, said: str
) -> None:
    """However a program ends, all that its threads logged is in the file, and it ends as it would without."""
    with running("ending", kind, 2000, log_dir=path.parent) as process:
        assert told(process) == "true"  # Nothing was in the file by then.
        if number is not None:
            process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert errors.strip().endswith(said)
    records = read_records(path)
    assert [record["seq"] for record in records] == list(range(1, 2001))
    assert {record["number"] for record in records} == set(range(2000))


def test_what_the_disk_refuses_at_the_end_goes_to_stderr(path: Path) -> None:
    """A program that cannot write its last records prints them, how many they are, where to and why."""
    path.mkdir(parents=True)
    status, _, errors = run("refused", 7, log_dir=path.parent)
    *lines, sentence = errors.splitlines()
    assert status == 0
    assert [json.loads(line)["number"] for line in lines] == list(range(7))
    assert sentence.startswith(f"7 log records could not be written to {path}: ")
    assert "Is a directory" in sentence


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_share_a_log(path: Path, processes: int) -> None:
    """Each record of each process stands exactly once in all files, which are rotated and compressed."""
    each = 4000 // processes
    settings = {"LOG_ROTATE_MB": 0.02, "LOG_KEEP": 100_000, "LOG_QUEUE": 100_000}
    with ExitStack() as stack:
        children = [
            stack.enter_context(running("share", name, each, log_dir=path.parent, **settings))
            for name in range(processes)
        ]
        assert [told(child) for child in children] == ['"ready"'] * processes
        for child in children:
            print("begin", file=child.stdin, flush=True)
        outcomes = [child.communicate(timeout=60) for child in children]
    assert outcomes == [("0\n", "")] * processes
    assert any(file.suffix == COMPRESSED for file in rotated_files(path))
    tidy(path)
    assert len(rotated_files(path)) > 20
    assert {file.suffix for file in rotated_files(path)} == {COMPRESSED}
    records = whole_log(path)
    expected = {(str(name), number) for name in range(processes) for number in range(each)}
    assert len(records) == len(expected)
    assert {(record["message"], record["number"]) for record in records} == expected
    assert list(numbers_by_process(records).values()) == [list(range(1, each + 1))] * processes


def tidy(path: Path) -> None:
    """Do what the next start does with the rotated files."""
    Archive(path, Keeping(100_000), lambda event: None).tidy(time.time())


@pytest.mark.parametrize("name", ["fork_amid_logging", "fork_by_multiprocessing"])
def test_forked_children_log_too(path: Path, name: str) -> None:
    """Parent and children each have their own pid and numbers; no record is missing or doubled."""
    status, _, errors = run(name, 500, log_dir=path.parent)
    assert (status, errors) == (0, "")
    records = whole_log(path)
    processes = numbers_by_process(records)
    assert len(processes) == 4
    for numbers in processes.values():
        assert numbers == list(range(1, len(numbers) + 1))
    messages = Counter((record["pid"], record["message"], record["number"]) for record in records)
    children = {pid: message for pid, message, _ in messages}
    assert sorted(children.values()) == ["child"] * 3 + ["parent"]
    times = {"child": 1, "parent": 1 if name == "fork_amid_logging" else 2}
    assert messages == {
        (pid, message, number): times[message] for pid, message in children.items() for number in range(500)
    }


def test_a_closed_log_stays_closed_in_a_forked_child(path: Path) -> None:
    """A child gets no threads of a log that its parent had closed."""
    assert run("fork_after_the_end", log_dir=path.parent)[1] == "0\n"


def test_a_compression_that_was_killed_begins_anew(path: Path) -> None:
    """`kill -9` amid a compression leaves the file as it was; the next start finishes the work."""
    path.parent.mkdir()
    file = path.with_name("qwen-2023-11-14T22-13-20.000Z.log")
    part = file.with_name(file.name + COMPRESSED + PARTIAL)
    text = b'{"message":"text"}\n' * 1000
    file.write_bytes(text)
    os.truncate(file, 2**32)  # Compressing this hole takes some ten seconds.
    with running("compress", path, log_dir=path.parent) as process:
        wait_until(lambda: size(part) > 0)
        process.kill()
    assert part.exists()
    assert rotated_files(path) == [file]
    os.truncate(file, len(text))
    run("share", "next start", 1, log_dir=path.parent)
    tidy(path)
    (compressed,) = rotated_files(path)
    assert not part.exists()
    assert not file.exists()
    with open_log_file(compressed) as opened:
        assert opened.read() == text


def test_memory_does_not_grow_with_the_log(path: Path) -> None:
    """After 100,000 records a process is no larger than after 10,000, but for the allocator's noise."""
    _, output, _ = run("memory", 10_000, 90_000, log_dir=path.parent)
    assert float(output) < 3


@pytest.mark.parametrize("moment", ["before", "after"])
def test_disabled_loggers_do_not_stop_the_apps_records(path: Path, moment: str) -> None:
    """`dictConfig()` that disables all loggers, before or after, costs no record of the app."""
    status, _, errors = run("disabled", moment, log_dir=path.parent)
    assert (status, errors) == (0, "")
    messages = [record["message"] for record in read_records(path)]
    by_logging = ["by logging"] if moment == "before" else []
    assert messages == ["by the log", "by the recorder", *by_logging]
