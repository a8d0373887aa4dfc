"""`setup_logger()`: one handler, kept through whatever other code does, flushed at every end."""

import json
import logging
import logging.config
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from monitoring import MonitoringConfig, close_logger, setup_logger
from monitoring.events import ALWAYS
from monitoring.logger import LOGGER_NAME, log_writer
from monitoring.writer import QueueWriter
from tests.monitoring.helpers import ROOT, Record, read_records, wait_until


def written(config: MonitoringConfig) -> list[Record]:
    """Return what stands in the log once everything queued is written."""
    writer = log_writer()
    if writer is not None:
        writer.flush()
    return read_records(config.log_path)


def own_handlers() -> list[logging.Handler]:
    """Return the logger's handlers without those that pytest adds."""
    handlers = logging.getLogger(LOGGER_NAME).handlers
    return [handler for handler in handlers if isinstance(handler, QueueWriter)]


def run_script(script: str, log_dir: Path) -> "subprocess.Popen[str]":
    """Start a program of its own that uses the package."""
    environment = {**os.environ, "LOG_DIR": str(log_dir), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_second_call_changes_nothing(config: MonitoringConfig, tmp_path: Path) -> None:
    """setup_logger() twice gives the same logger, one handler, one line a record, in the first file."""
    first = setup_logger(config)
    second = setup_logger(MonitoringConfig(log_dir=tmp_path / "elsewhere"))
    assert first is second
    assert len(own_handlers()) == 1
    second.info("once")
    assert [record["message"] for record in written(config)] == ["once"]
    assert not (tmp_path / "elsewhere").exists()


def test_the_logger_has_its_name_and_level(logger: logging.Logger) -> None:
    """The logger is `qwen_monitor`, lets INFO through, and keeps its records from the root logger."""
    assert logger is logging.getLogger("qwen_monitor")
    assert logger.isEnabledFor(logging.INFO)
    assert not logger.isEnabledFor(logging.DEBUG)
    assert logger.propagate is False


def test_settings_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a config, setup_logger() reads the environment."""
    monkeypatch.setenv("LOG_DIR", str(tmp_path / "here"))
    setup_logger().info("hello")
    close_logger()
    assert len(read_records(tmp_path / "here" / "qwen.log")) == 1


def test_a_program_that_knows_only_logging_gets_valid_records(config: MonitoringConfig) -> None:
    """The standard library alone writes whole records, unknown fields at the end."""
    setup_logger(config)
    extra = {"zebra": [1, 2], "task_type": "sentiment", "request_id": "r", "response_time_ms": 892}
    logging.getLogger("qwen_monitor").info("text", extra=extra)
    (record,) = written(config)
    assert list(record)[:8] == list(ALWAYS)
    assert list(record)[-1] == "zebra"
    assert {**record, **extra} == record
    assert (record["message"], record["level"], record["event"]) == ("text", "INFO", "log")
    assert record["memory_usage_mb"] > 1
    assert record["cpu_usage_percent"] >= 0


def test_the_average_of_the_readme_works_on_the_file(config: MonitoringConfig) -> None:
    """`select(.task_type == "sentiment") | .response_time_ms` on the file as it is gives the times."""
    logger = setup_logger(config)
    for task_type, milliseconds in (("sentiment", 100), ("chat", 5000), ("sentiment", 300.5)):
        logger.info("x\n\u2028y", extra={"task_type": task_type, "response_time_ms": milliseconds})
    written(config)
    if shutil.which("jq"):
        selection = 'select(.task_type == "sentiment") | .response_time_ms'
        with config.log_path.open("rb") as file:
            run = subprocess.run(["jq", selection], stdin=file, capture_output=True, text=True, check=True)
        times = [float(line) for line in run.stdout.splitlines()]
    else:
        records = map(json.loads, config.log_path.read_text(encoding="utf-8").splitlines())
        times = [r["response_time_ms"] for r in records if r["task_type"] == "sentiment"]
    assert times == [100, 300.5]


@pytest.mark.parametrize("name", ["", "some.server"])
def test_the_handler_survives_dictconfig(config: MonitoringConfig, name: str) -> None:
    """A server that calls logging.config.dictConfig(), which closes all handlers, stops nothing."""
    logger = setup_logger(config)
    logger.info("before")
    settings = {"level": "WARNING", "handlers": []}
    loggers = {"root": settings} if not name else {"loggers": {name: settings}}
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **loggers})
    logger.info("after")
    assert [record["message"] for record in written(config)] == ["before", "after"]
    close_logger()
    assert len(read_records(config.log_path)) == 2


def test_close_takes_the_handler_off(config: MonitoringConfig) -> None:
    """close_logger() writes the rest and leaves no handler and no thread; twice is once."""
    logger = setup_logger(config)
    for _ in range(1000):
        logger.info("x")
    close_logger()
    close_logger()
    assert len(read_records(config.log_path)) == 1000
    assert own_handlers() == []
    assert log_writer() is None
    assert not {"log-writer", "resources"} & {thread.name for thread in threading.enumerate()}


def test_the_logger_can_be_set_up_again(config: MonitoringConfig) -> None:
    """After close_logger(), setup_logger() continues the file with new numbers."""
    for message in ("first", "second"):
        setup_logger(config).info(message)
        close_logger()
    assert [(r["message"], r["seq"]) for r in read_records(config.log_path)] == [("first", 1), ("second", 1)]


def test_handlers_of_others_stay(config: MonitoringConfig) -> None:
    """A handler that someone else added is neither counted as ours nor taken off."""
    foreign = logging.NullHandler()
    logger = logging.getLogger(LOGGER_NAME)
    logger.addHandler(foreign)
    try:
        setup_logger(config)
        assert len(own_handlers()) == 1
        close_logger()
        assert foreign in logger.handlers
        assert own_handlers() == []
    finally:
        logger.removeHandler(foreign)


def test_samples_are_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory and CPU are recorded also while no request comes."""
    monkeypatch.setattr("monitoring.resources.INTERVAL_SECONDS", 0.01)
    config = MonitoringConfig(log_dir=tmp_path, sample_seconds=0.02)
    setup_logger(config)
    wait_until(lambda: config.log_path.exists() and config.log_path.stat().st_size)
    close_logger()
    record = read_records(config.log_path)[0]
    assert (record["event"], record["task_type"]) == ("resource.sample", "system")
    assert record["memory_usage_mb"] > 1


def test_a_programs_own_sigterm_handler_is_left_alone(config: MonitoringConfig) -> None:
    """Where a program handles SIGTERM itself, setup_logger() does not take it over."""

    def mine(number: int, frame: object) -> None:
        raise AssertionError("no signal was sent")

    signal.signal(signal.SIGTERM, mine)
    setup_logger(config)
    assert signal.getsignal(signal.SIGTERM) is mine


def test_setup_works_outside_the_main_thread(config: MonitoringConfig) -> None:
    """A thread, which may set no signal handlers, can set the logger up."""
    thread = threading.Thread(target=setup_logger, args=(config,))
    thread.start()
    thread.join()
    logging.getLogger(LOGGER_NAME).info("x")
    assert len(written(config)) == 1


def test_importing_starts_nothing() -> None:
    """Importing the package adds no handler and starts no thread."""
    script = (
        "import logging, threading, monitoring\n"
        "print(threading.active_count(), logging.getLogger('qwen_monitor').handlers)"
    )
    assert run_script(script, Path("unused")).communicate(timeout=60)[0] == "1 []\n"


LOG_MANY = """
import threading
from monitoring import setup_logger
logger = setup_logger()
for number in range(3000):
    logger.info("record", extra={"number": number})
"""


# A disk that is behind: nothing is in the file before the program begins to close its log.
SLOW_DISK = """
import time
from monitoring import setup_logger
from monitoring.logger import log_writer
from monitoring.rotation import RotatingFile

setup_logger()
writer, append = log_writer(), RotatingFile.append

def append_late(file, lines, now):
    while not writer._closing:
        time.sleep(0.01)
    append(file, lines, now)

RotatingFile.append = append_late
"""


def test_a_normal_exit_flushes(tmp_path: Path) -> None:
    """A program that simply ends leaves every record, in whole lines."""
    process = run_script(SLOW_DISK + LOG_MANY, tmp_path)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert [record["number"] for record in read_records(tmp_path / "qwen.log")] == list(range(3000))


def test_an_unhandled_exception_flushes(tmp_path: Path) -> None:
    """A program that dies of an exception leaves every record, and its exit status."""
    process = run_script(SLOW_DISK + LOG_MANY + "raise SystemError('boom')", tmp_path)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "boom" in errors
    assert read_records(tmp_path / "qwen.log")[-1]["number"] == 2999


def test_sigterm_flushes_and_ends_as_before(tmp_path: Path) -> None:
    """SIGTERM ends the program by that signal, with every record in the file."""
    waiting = "print('ready', flush=True)\nthreading.Event().wait(60)"
    process = run_script(SLOW_DISK + LOG_MANY + waiting, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert not (tmp_path / "qwen.log").exists()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert [record["number"] for record in read_records(tmp_path / "qwen.log")] == list(range(3000))


def test_sigterm_amid_logging_leaves_whole_lines(tmp_path: Path) -> None:
    """SIGTERM in the middle of a busy program leaves whole lines and no gap in them."""
    busy = "print('ready', flush=True)\nwhile True:\n    logger.info('more')"
    process = run_script(LOG_MANY + busy, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    numbers = [r["seq"] for r in read_records(tmp_path / "qwen.log") if r["event"] == "log"]
    assert len(numbers) >= 3000
    assert numbers == list(range(1, len(numbers) + 1))
