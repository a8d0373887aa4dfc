"""The log as the app sees it: each record is stamped, encoded, and handed to the writer."""

import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from monitoring.config import MonitoringConfig
from monitoring.record.encode import to_line
from monitoring.record.timestamps import timestamp
from monitoring.record.vocabulary import SAMPLED, UNKNOWN_TASK
from monitoring.storage.archive import Archive
from monitoring.storage.keeping import ArchiveEvent, Keeping, LeftAlone
from monitoring.storage.rotation import RotatingFile
from monitoring.storage.write_error import WriteError
from monitoring.writing.archive_records import record_of
from monitoring.writing.ended_processes import EndedProcesses, lost_task
from monitoring.writing.in_flight import InFlight, Progress
from monitoring.writing.line_writer import RETRY_SECONDS, LineWriter
from monitoring.writing.resources import KVSource, ResourceSampler, Sample

# The longest wait for the lock before a report of dropped records.
REPORT_SECONDS = 1.0
# A start of the log is named by so many random bytes, two hexadecimal digits each.
INSTANCE_BYTES = 6

NewFile = Callable[[Path, int, float, Callable[[], None]], RotatingFile]


class EventLog:
    """Write records to `LOG_DIR/qwen.log` without ever waiting for the disk.

    The caller's thread encodes. Queueing the fields instead would cost it less, but queued fields could still
    change, would have no known size, and would take the interpreter later. A direct append would lose nothing
    at a `kill -9`, which costs the last 10 ms here, but it waits for the disk. `benchmarks/logging_bench.py`
    measures all three. A disk that refuses is tried again after `retry_seconds`.
    """

    def __init__(
        self,
        config: MonitoringConfig,
        new_file: NewFile = RotatingFile,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._config = config
        self._new_file = new_file
        self._retry_seconds = retry_seconds
        self._kv: KVSource = lambda: None
        self._begin()
        self._in_flight.start()
        itself = weakref.ref(self)
        if hasattr(os, "register_at_fork"):  # Windows has no forks.
            os.register_at_fork(after_in_child=lambda: _begin_again(itself()))

    def _begin(self) -> None:
        config, path = self._config, self._config.log_path
        self._stopped = False
        # Reentrant, since a signal may come amid write(), and its handler may write too.
        self._lock = threading.RLock()
        self._pid = os.getpid()
        # Where every container calls its process 1, a pid tells nobody which process it was.
        self._instance = secrets.token_hex(INSTANCE_BYTES)
        self._numbers = count(1)
        self._sampler = ResourceSampler(self._write_sample, config.sample_seconds)
        is_chosen = "log_keep" in config.model_fields_set
        keeping = Keeping(config.log_keep, config.log_keep_days, is_chosen)
        self._archive = Archive(path, keeping, self._report_archive)
        max_bytes, max_seconds = int(config.log_rotate_mb * 2**20), config.log_rotate_hours * 3600
        file = self._new_file(path, max_bytes, max_seconds, self._archive.tidy_soon)
        self._writer = LineWriter(
            file, config.log_queue, self._report_dropped, retry_seconds=self._retry_seconds
        )
        ended = EndedProcesses(path, self._tell)
        self._in_flight = InFlight(path, self._instance, self._pid, self._progress, ended)
        self._archive.start()
        self._sampler.start()

    @property
    def dropped(self) -> int:
        """The number of records that were lost: the queue was full, or they could not be encoded."""
        return self._writer.dropped

    @property
    def error(self) -> OSError | None:
        """Why the disk refuses; None while it does not."""
        return self._writer.error

    @property
    def write_error(self) -> WriteError | None:
        """The same with the folder and a remedy."""
        return None if (error := self.error) is None else WriteError.of(error, self._writer.path)

    @property
    def left_alone(self) -> LeftAlone | None:
        """What is known of a folder with far more old files than would stay; None where there is none."""
        return self._archive.left_alone

    def agree(self, files: int, last: str) -> bool:
        """Let the surplus go of a folder that was left alone, as `Archive.agree` tells."""
        return self._archive.agree(files, last)

    @property
    def resources(self) -> Sample:
        """The last sample of what this process uses."""
        return self._sampler.last

    def write(self, fields: dict[str, Any]) -> None:
        """Write one record, without waiting or raising; what every record has is filled in."""
        with self._lock:
            self._put(fields)

    def begin(self, task_type: str, request_id: str, session_id: str | None) -> Callable[[], None]:
        """Note that a task runs, without waiting or raising; call the result when its record was written.

        Where the process is killed before that, another one writes a record of the task.
        """
        with self._lock:
            self._in_flight.start()
        in_flight, writer = self._in_flight, self._writer
        task = in_flight.begin(task_type, request_id, session_id)
        return lambda: in_flight.end(task, writer.lines_queued)

    def report_kv(self, source: KVSource) -> None:
        """Let the samples tell the memory of the model's keys and values, which `source` is asked for."""
        self._kv = source

    def count_lost(self) -> None:
        """Count a record that could not even be made; it leaves a gap in `seq`, as every lost record does."""
        with self._lock:
            next(self._numbers)
            self._writer.dropped += 1

    def flush(self) -> None:
        """Wait until everything is written, or the disk refuses, or a few seconds have passed."""
        self._writer.flush()

    def stop(self) -> None:
        """Write the queued records and end the threads; a second call does nothing.

        Tasks that still run get their record now.
        """
        self._stopped = True
        self._sampler.stop()
        for task in self._in_flight.running():
            self._in_flight.end(task, self._tell(lost_task(task, self._instance)))
        self._writer.stop()
        self._in_flight.stop()
        self._archive.stop()

    def _put(self, fields: dict[str, Any], *, urgent: bool = False) -> None:
        sample = self._sampler.last
        stamped = {
            "timestamp": timestamp(time.time()),
            "level": "INFO",
            "message": None,
            "task_type": UNKNOWN_TASK,
            "request_id": None,
            "response_time_ms": None,
            "cpu_usage_percent": sample.cpu_percent,
            "memory_usage_mb": sample.memory_mb,
            **fields,
            "pid": self._pid,
            "seq": next(self._numbers),
            "instance": self._instance,
        }
        try:
            line = to_line(stamped)
        except Exception:  # An error in the code of a value must not reach the caller.
            self._writer.dropped += 1
            return
        self._writer.put(line, urgent=urgent)

    def _tell(self, fields: dict[str, Any]) -> int:
        """Write a record; return the number of lines that are queued or written then."""
        self.write(fields)
        return self._writer.lines_queued

    def _progress(self) -> Progress:
        return Progress(self._writer.lines_written, self._sampler.last.memory_mb)

    def _write_sample(self, sample: Sample) -> None:
        cpu = "-" if sample.cpu_percent is None else f"{sample.cpu_percent:.0f}%"
        message = f"资源采样: CPU {cpu}, 内存 {sample.memory_mb:.0f} MiB"
        self.write({"message": message, "task_type": "system", "event": SAMPLED, **self._kv_fields()})

    def _kv_fields(self) -> dict[str, Any]:
        try:
            use = self._kv()
        except Exception as error:  # An error in the code of the source must not end the samples.
            return {"level": "ERROR", "error_type": type(error).__name__, "error_message": str(error)}
        if use is None:
            return {}
        return {"kv_mb": round(use.used / 2**20, 1), "kv_budget_mb": round(use.budget / 2**20, 1)}

    def _report_dropped(self, dropped: int) -> None:
        # A signal handler may interrupt a write() that holds the lock, and wait for the thread that reports.
        if self._lock.acquire(timeout=REPORT_SECONDS):
            try:
                message = f"日志丢失: {dropped} 条"
                fields = {"level": "WARNING", "message": message, "task_type": "system"}
                self._put({**fields, "event": "log.dropped", "dropped": dropped}, urgent=True)
            finally:
                self._lock.release()

    def _report_archive(self, event: ArchiveEvent) -> None:
        self.write(record_of(event))


def _begin_again(log: EventLog | None) -> None:
    """Give a forked child threads and numbers of its own; its parent writes the lines that were queued."""
    if log is not None and not log._stopped:
        log._in_flight.leave()
        log._begin()
