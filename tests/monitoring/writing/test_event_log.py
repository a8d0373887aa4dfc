"""The log as the app sees it: every record is stamped, numbered, and never costs the caller anything."""

import gzip
import json
import os
import re
import threading
from pathlib import Path

import pytest

from monitoring import MonitoringConfig
from monitoring.record.schema import FIELDS, MAX_LINE_BYTES
from monitoring.storage.paths import rotated_files
from monitoring.writing.event_log import EventLog
from monitoring.writing.resources import KVSource, KVUse
from tests.monitoring.helpers import Record, StalledDisks, read_records, wait_until, whole_log
from tests.monitoring.record.test_encode import INJECTIONS


class Nameless:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")

    __repr__ = __str__


def written(log: EventLog, config: MonitoringConfig) -> list[Record]:
    """Return what stands in the log once everything queued is written."""
    log.flush()
    return read_records(config.log_path)


def test_a_record_is_stamped(log: EventLog, config: MonitoringConfig) -> None:
    """Time, measures, process and number are filled in; level and task have defaults."""
    log.write({"message": "text"})
    (record,) = written(log, config)
    assert list(record) == [*FIELDS[:8], "pid", "seq", "instance"]
    assert (record["level"], record["task_type"], record["request_id"]) == ("INFO", "unknown", None)
    assert (record["pid"], record["seq"]) == (os.getpid(), 1)
    assert record["timestamp"].endswith("Z")
    assert record["memory_usage_mb"] > 1
    assert record["cpu_usage_percent"] is None or record["cpu_usage_percent"] >= 0


def test_a_record_may_bring_its_own_time_and_measures(log: EventLog, config: MonitoringConfig) -> None:
    """What the fields say is not replaced by what the log would say."""
    fields = {"timestamp": "then", "level": "ERROR", "memory_usage_mb": 5, "cpu_usage_percent": 1.5}
    log.write(fields)
    (record,) = written(log, config)
    assert {**record, **fields} == record


def test_process_and_number_cannot_be_forged(log: EventLog, config: MonitoringConfig) -> None:
    """`pid`, `seq` and `instance`, by which losses are counted, are the log's own."""
    log.write({"pid": -1, "seq": -1, "instance": "mine"})
    (record,) = written(log, config)
    assert (record["pid"], record["seq"]) == (os.getpid(), 1)
    assert re.fullmatch("[0-9a-f]{12}", record["instance"])


def test_each_start_has_an_instance_of_its_own(config: MonitoringConfig) -> None:
    """Records of two starts are told apart, also where the process is the same; those of one are not."""
    for _ in range(2):
        log = EventLog(config)
        log.write({})
        log.write({})
        log.stop()
    first, again, other, _ = (record["instance"] for record in read_records(config.log_path))
    assert first == again != other


def test_numbers_follow_the_order_of_the_file(log: EventLog, config: MonitoringConfig) -> None:
    """`seq` rises by one from line to line, from however many threads the records come."""

    def write() -> None:
        for _ in range(300):
            log.write({})

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record["seq"] for record in written(log, config)] == list(range(1, 2401))


def test_what_changes_after_the_call_does_not_change_the_record(
    log: EventLog, config: MonitoringConfig
) -> None:
    """A record is what its fields were when it was written."""
    shelf = [1]
    log.write({"shelf": shelf})
    shelf.append(2)
    assert written(log, config)[0]["shelf"] == [1]


def test_eight_threads_with_tiny_files_that_are_compressed_leave_each_record_once(
    config: MonitoringConfig,
) -> None:
    """Rotation and compression under load neither lose nor double a record."""
    log = EventLog(config.model_copy(update={"log_rotate_mb": 0.005, "log_keep": 100_000}))

    def write(worker: int) -> None:
        for number in range(250):
            log.write({"message": f"{worker}/{number}"})

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.flush()
    wait_until(lambda: all(file.suffix == ".gz" for file in rotated_files(config.log_path)))
    log.stop()
    records = whole_log(config.log_path)
    assert len(rotated_files(config.log_path)) > 50
    assert [record["seq"] for record in records] == list(range(1, 2001))
    assert {record["message"] for record in records} == {f"{w}/{n}" for w in range(8) for n in range(250)}


def test_callers_do_not_wait_while_the_disk_stalls(config: MonitoringConfig) -> None:
    """As many records as the queue holds are taken while nothing can be written; then all of them arrive."""
    disks = StalledDisks()
    log = EventLog(config, disks)
    try:
        for _ in range(10_000):
            log.write({"message": "text"})
        assert disks[0].entered.wait(20)
        assert not config.log_path.exists()
    finally:
        disks[0].release()
        log.stop()
    assert [r["seq"] for r in whole_log(config.log_path)] == list(range(1, 10_001))


@pytest.mark.parametrize("text", INJECTIONS, ids=ascii)
def test_nothing_that_is_logged_forges_a_line(log: EventLog, config: MonitoringConfig, text: str) -> None:
    """A hostile text as message, value and name stays inside its one line."""
    for fields in ({"message": text}, {"label": text}, {"x": [text, {text: text}]}, {text: text}):
        log.write(fields)
    records = written(log, config)
    assert [record["seq"] for record in records] == [1, 2, 3, 4]
    data = config.log_path.read_bytes()
    assert len(data.decode().splitlines()) == 4
    assert b"\x1b" not in data


def test_ten_megabytes_are_cut(log: EventLog, config: MonitoringConfig) -> None:
    """A huge text as message, value or name leaves one line of at most 64 KiB."""
    huge = "很" * 10_000_000
    for fields in ({"message": huge}, {"label": huge}, {"x": [huge]}, {huge: 1}):
        log.write(fields)
    assert [record["truncated"] for record in written(log, config)] == [True] * 4
    assert all(len(line) <= MAX_LINE_BYTES for line in config.log_path.read_bytes().splitlines(keepends=True))


def test_a_value_that_fails_costs_only_itself(log: EventLog, config: MonitoringConfig) -> None:
    """Whatever an object's own code raises, the caller never sees it, and the record is written."""
    log.write({"message": "text", "label": Nameless(), "shelf": Nameless()})
    (record,) = written(log, config)
    assert (record["message"], record["label"], record["shelf"]) == ("text", "<Nameless>", "<Nameless>")
    assert log.dropped == 0


def test_a_loss_is_told_in_the_log(log: EventLog, config: MonitoringConfig) -> None:
    """A record that could not be made is a gap in `seq`, and a `log.dropped` record tells how many."""
    log.write({"message": "before"})
    log.count_lost()
    log.count_lost()
    log.write({"message": "after"})
    log.stop()
    before, after, told = read_records(config.log_path)
    assert (before["seq"], after["seq"], told["seq"]) == (1, 4, 5)
    assert (told["event"], told["task_type"], told["level"]) == ("log.dropped", "system", "WARNING")
    assert told["dropped"] == log.dropped == 2


def test_a_disk_that_refuses_shows(tmp_path: Path) -> None:
    """`error` says why nothing can be written, while it cannot."""
    obstacle = tmp_path / "logs"
    obstacle.write_bytes(b"")
    log = EventLog(MonitoringConfig(log_dir=obstacle, sample_seconds=3600), retry_seconds=0.01)
    log.write({"message": "held"})
    wait_until(lambda: log.error is not None)
    assert str(obstacle) in str(log.error)
    obstacle.unlink()
    wait_until(lambda: log.error is None)
    log.stop()
    assert [record["message"] for record in read_records(obstacle / "qwen.log")] == ["held"]


def test_samples_are_logged(config: MonitoringConfig) -> None:
    """Memory and CPU are recorded also while no request comes."""
    log = EventLog(config.model_copy(update={"sample_seconds": 0.02}))
    wait_until(lambda: config.log_path.exists() and config.log_path.stat().st_size)
    log.stop()
    record = read_records(config.log_path)[0]
    assert (record["event"], record["task_type"]) == ("resource.sample", "system")
    assert record["memory_usage_mb"] > 1


def test_what_cannot_be_tidied_up_is_told_in_the_log(config: MonitoringConfig) -> None:
    """A rotated file that cannot be compressed leaves a warning with the reason, and stays."""
    old = config.log_dir / "qwen-2023-11-14T22-13-20.000Z.log"
    old.with_name(old.name + ".gz").mkdir(parents=True)
    old.write_bytes(b"{}\n")
    log = EventLog(config)
    wait_until(config.log_path.exists)
    log.stop()
    (record,) = read_records(config.log_path)
    assert (record["level"], record["event"], record["task_type"]) == ("WARNING", "log", "system")
    assert record["error_type"] == "IsADirectoryError"
    assert old.name in record["error_message"]
    assert old.exists()


@pytest.mark.parametrize("keep", [None, 30])
def test_a_first_start_in_a_full_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: int | None
) -> None:
    """By default no file goes; where LOG_KEEP is set, the oldest go. Either is told in the log."""
    # An empty variable is none.
    monkeypatch.setenv("LOG_KEEP", str(keep or ""))
    config = MonitoringConfig(log_dir=tmp_path, sample_seconds=3600)
    for number in range(100):
        (tmp_path / f"qwen-2023-11-14T22-13-20.{number:03}Z.log.gz").write_bytes(gzip.compress(b"{}\n"))
    log = EventLog(config)
    wait_until(config.log_path.exists)
    (told,) = [record for record in written(log, config) if record["event"] == "log"]
    assert told["level"] == "WARNING"
    if keep is None:
        assert "nothing was removed" in told["message"]
        assert log.left_alone is not None
        assert log.left_alone.files == told["kept_files"] == len(rotated_files(config.log_path)) == 100
    else:
        assert "LOG_KEEP=30" in told["message"]
        assert (told["removed_files"], log.left_alone) == (70, None)
        assert len(rotated_files(config.log_path)) == keep
    log.stop()


def test_stop_leaves_no_thread(config: MonitoringConfig) -> None:
    """stop() writes what is queued and ends every thread of the log; twice is once."""
    before = set(threading.enumerate())
    log = EventLog(config)
    for _ in range(1000):
        log.write({})
    log.stop()
    log.stop()
    assert set(threading.enumerate()) == before
    assert len(read_records(config.log_path)) == 1000


def test_a_record_after_stop_is_counted(log: EventLog, config: MonitoringConfig) -> None:
    """What comes too late is dropped and counted, not raised."""
    log.stop()
    log.write({"message": "too late"})
    assert log.dropped == 1


def test_a_second_log_continues_the_file(config: MonitoringConfig) -> None:
    """A restart goes on in the same file, with new numbers."""
    for message in ("first", "second"):
        log = EventLog(config)
        log.write({"message": message})
        log.stop()
    records = list(map(json.loads, config.log_path.read_text(encoding="utf-8").splitlines()))
    assert [(r["message"], r["seq"]) for r in records] == [("first", 1), ("second", 1)]


def samples_with(source: KVSource, config: MonitoringConfig) -> list[Record]:
    """Return some samples of a log that asks a source for the memory of the caches."""
    log = EventLog(config.model_copy(update={"sample_seconds": 0.02}))
    log.report_kv(source)
    wait_until(lambda: config.log_path.exists() and len(read_records(config.log_path)) >= 4)
    log.stop()
    return read_records(config.log_path)


def test_samples_tell_the_memory_of_the_caches(config: MonitoringConfig) -> None:
    """Where a model is loaded, a sample has what the caches take and their budget, in MiB."""
    uses = iter([None, KVUse(used=3 << 20, budget=64 << 20)])
    samples = samples_with(lambda: next(uses, None), config)
    told = [(sample["kv_mb"], sample["kv_budget_mb"]) for sample in samples if "kv_mb" in sample]
    assert told == [(3.0, 64.0)]


def test_a_source_that_fails_ends_no_samples(config: MonitoringConfig) -> None:
    """Samples go on, and tell why they do not know the caches' memory."""

    def broken() -> KVUse | None:
        raise RuntimeError("no engine")

    assert [sample["error_message"] for sample in samples_with(broken, config)[1:3]] == ["no engine"] * 2
