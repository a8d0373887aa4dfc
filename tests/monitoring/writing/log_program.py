"""Programs that log, for tests that kill them: `python log_program.py NAME [ARGUMENT...]`.

Settings come from the environment, as for the app.
"""

import json
import logging
import logging.config
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from monitoring import MonitoringConfig, Recorder
from monitoring.storage.archive import Archive
from monitoring.storage.keeping import ArchiveEvent, Keeping
from monitoring.storage.rotation import RotatingFile
from monitoring.writing.event_log import EventLog
from monitoring.writing.logger import LOGGER_NAME, close_logger, event_log, open_log, setup_logger

THREADS = 4


def in_threads(log: EventLog, count: int, name: str = "") -> None:
    """Write `count` records from four threads."""

    def write(first: int) -> None:
        for number in range(first, count, THREADS):
            log.write({"message": name, "number": number})

    threads = [threading.Thread(target=write, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def keep_busy(log: EventLog) -> None:
    """Let four threads write for ever, no faster than the disk."""

    def write() -> None:
        while True:
            for _ in range(100):
                log.write({"message": "busy"})
            log.flush()

    for _ in range(THREADS):
        threading.Thread(target=write, daemon=True).start()


def tell(what: object) -> None:
    """Tell the test something, at once."""
    print(json.dumps(what), flush=True)


def wait_for_ever() -> None:
    """Sleep in pieces: Python handles a signal that comes just before one long wait only after it."""
    while True:
        time.sleep(0.1)


def wait_for(condition: Callable[[], object]) -> None:
    """Poll until `condition()` holds."""
    while not condition():
        time.sleep(0.005)


def nothing() -> None:
    """Tell what importing the package has started and changed."""
    tell([threading.active_count(), len(logging.getLogger(LOGGER_NAME).handlers)])


def busy() -> None:
    """Log from four threads until killed."""
    keep_busy(open_log())
    tell("busy")
    wait_for_ever()


def idle(count: str) -> None:
    """Log, tell so, and fall idle without a flush."""
    in_threads(open_log(), int(count))
    tell("done")
    wait_for_ever()


def ending(kind: str, count: str) -> None:
    """Log to a disk that takes nothing before the log is closed, then end in one of many ways."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Background jobs of a shell ignore SIGINT.
    log = open_log()
    append = RotatingFile.append

    def append_late(file: RotatingFile, lines: Sequence[bytes], now: float) -> int:
        wait_for(log._writer._closing.is_set)
        return append(file, lines, now)

    RotatingFile.append = append_late  # type: ignore[assignment, method-assign]  # a slow disk
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    in_threads(log, int(count))
    tell(event_log() is log and not log._config.log_path.exists())
    if kind == "error":
        raise SystemError("boom")
    if kind == "exit":
        sys.exit(3)
    if kind == "signal":
        wait_for_ever()


def refused(count: str) -> None:
    """Log through `logging` to a disk that refuses until the end."""
    logger = setup_logger()
    for number in range(int(count)):
        logger.info("record", extra={"number": number})


def share(name: str, count: str) -> None:
    """Log to a file that others write to as well, once told to begin."""
    log = open_log()
    tell("ready")
    sys.stdin.readline()
    in_threads(log, int(count), name)
    log.flush()
    tell(log.dropped)


def fork_amid_logging(count: str) -> None:
    """Fork while four threads log; each child logs, too."""
    log = open_log()
    writing = threading.Thread(target=in_threads, args=(log, int(count), "parent"))
    writing.start()
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            in_threads(log, int(count), "child")
            close_logger()
            os._exit(0)
        children.append(child)
    writing.join()
    for child in children:
        if os.waitpid(child, 0)[1]:
            sys.exit(1)


def fork_by_multiprocessing(count: str) -> None:
    """Log, let three children of `multiprocessing` log, and log again."""
    log = open_log()
    in_threads(log, int(count), "parent")
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_child, args=(log, int(count))) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    in_threads(log, int(count), "parent")


def _child(log: EventLog, count: int) -> None:
    in_threads(log, count, "child")
    close_logger()


def fork_after_the_end() -> None:
    """Fork when the log is closed, but still known to somebody."""
    log = open_log()
    log.write({"message": "text"})
    close_logger()
    child = os.fork()
    if child == 0:
        os._exit(threading.active_count() - 1)
    tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def tracking(running: str, finished: str) -> None:
    """Begin tasks, end some of them, and wait to be killed; their ids tell which is which."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Background jobs of a shell ignore SIGINT.
    recorder = Recorder(open_log(), MonitoringConfig())
    for number in range(int(running)):
        recorder.track("chat", f"running-{number}", session_id="secret-session", input_text="secret text")
    for number in range(int(finished)):
        with recorder.track("chat", f"finished-{number}"):
            pass
    tell("tracking")
    wait_for_ever()


def leave_unfinished() -> None:
    """End while a task runs."""
    Recorder(open_log(), MonitoringConfig()).track("chat", "unfinished")


def fork_with_tasks() -> None:
    """Fork children that are killed: one in the middle of a task, one that has none."""
    recorder = Recorder(open_log(), MonitoringConfig())
    recorder.track("chat", "of the parent")
    for request_id in ("of the child", ""):
        child = os.fork()
        if child == 0:
            if request_id:
                recorder.track("chat", request_id)
            tell(os.getpid())
            wait_for_ever()
    tell("forked")
    wait_for_ever()


def disabled(moment: str) -> None:
    """Let another part of the program disable all loggers before or after the log is opened."""
    disable = {"version": 1, "disable_existing_loggers": True}
    logger = logging.getLogger(LOGGER_NAME)
    if moment == "before":
        logging.config.dictConfig(disable)
    log = open_log()
    if moment == "after":
        logging.config.dictConfig(disable)
    log.write({"message": "by the log"})
    Recorder(log, MonitoringConfig()).event("log", "by the recorder")
    logger.info("by logging")


def memory(few: str, many: str) -> None:
    """Tell by how many MiB the process has grown between few records and many."""
    log = open_log()
    process = psutil.Process()
    sizes = []
    for stop in (int(few), int(many)):
        for number in range(stop // 1000):
            for _ in range(1000):
                log.write({"message": f"text {number}", "request_id": f"{number:032x}", "output_tokens": 12})
            log.flush()
        sizes.append(process.memory_info().rss / 2**20)
    tell(sizes[1] - sizes[0])


def compress(path: str) -> None:
    """Compress the rotated files of a log."""

    def fail(event: ArchiveEvent) -> None:
        raise AssertionError(event)

    Archive(Path(path), Keeping(100), fail).tidy(time.time())


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
