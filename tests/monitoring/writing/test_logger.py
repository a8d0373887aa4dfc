"""`setup_logger()`: one handler, kept through whatever other code does, flushed at every end."""

import json
import logging
import logging.config
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from monitoring import MonitoringConfig, close_logger, setup_logger
from monitoring.record.schema import FIELDS
from monitoring.writing.logger import LOGGER_NAME, LogHandler, event_log, open_log
from tests.monitoring.helpers import Record, StalledDisks, read_records
from tests.monitoring.writing.programs import run, running, told


def written(config: MonitoringConfig) -> list[Record]:
    """Return what stands in the log once everything queued is written."""
    log = event_log()
    if log is not None:
        log.flush()
    return read_records(config.log_path)


def own_handlers() -> list[logging.Handler]:
    """Return the logger's handlers without those that pytest adds."""
    handlers = logging.getLogger(LOGGER_NAME).handlers
    return [handler for handler in handlers if isinstance(handler, LogHandler)]


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


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
    assert list(record)[:8] == list(FIELDS[:8])
    assert list(record)[-1] == "zebra"
    assert {**record, **extra} == record
    assert (record["message"], record["level"], record["event"]) == ("text", "INFO", "task.finished")
    assert record["memory_usage_mb"] > 1
    assert record["cpu_usage_percent"] is None or record["cpu_usage_percent"] >= 0


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


@pytest.mark.timeout(60)
def test_dictconfig_does_not_wait_for_the_disk(config: MonitoringConfig) -> None:
    """dictConfig() holds a lock that the writing thread needs, too: neither waits for the other."""
    disks = StalledDisks()
    log = open_log(config, disks)
    log._writer._close_seconds = 3600  # A wait for the disk would not end.
    logging.getLogger(LOGGER_NAME).info("before")
    assert disks[0].entered.wait(20)
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    assert not config.log_path.exists()
    disks[0].release()
    assert len(written(config)) == 1


def test_close_takes_the_handler_off(config: MonitoringConfig) -> None:
    """close_logger() writes the rest and leaves no handler and no thread; twice is once."""
    logger = setup_logger(config)
    for _ in range(1000):
        logger.info("x")
    close_logger()
    close_logger()
    assert len(read_records(config.log_path)) == 1000
    assert own_handlers() == []
    assert event_log() is None
    assert not {"log-writer", "log-archive", "resources"} & {thread.name for thread in threading.enumerate()}


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


def test_both_faces_write_to_one_log(config: MonitoringConfig) -> None:
    """Records of the log itself and of the logger share one file and one row of numbers."""
    log = open_log(config)
    assert open_log() is log is event_log()
    log.write({"message": "direct"})
    setup_logger().info("by logging")
    log.write({"message": "direct"})
    records = [(record["seq"], record["message"]) for record in written(config)]
    assert records == [(1, "direct"), (2, "by logging"), (3, "direct")]


def test_a_loggers_own_fields_are_those_of_the_process(config: MonitoringConfig) -> None:
    """Neither process nor number nor time can be forged by `extra=`."""
    setup_logger(config).info("text", extra={"pid": -1, "seq": -1, "timestamp": "never"})
    (record,) = written(config)
    assert (record["pid"], record["seq"]) == (os.getpid(), 1)
    assert record["timestamp"] != "never"


def test_a_message_that_fails_is_counted(config: MonitoringConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message whose text raises costs this record only, never the caller; the loss is told."""
    monkeypatch.setattr(logging, "raiseExceptions", False)  # It keeps the traceback off stderr.
    logger = setup_logger(config)
    logger.info(Unprintable())
    logger.info("fine")
    close_logger()
    fine, told_loss = read_records(config.log_path)
    assert (fine["message"], fine["seq"]) == ("fine", 2)
    assert told_loss["dropped"] == 1


def test_an_extra_value_that_fails_costs_only_itself(config: MonitoringConfig) -> None:
    """A field whose text raises is written as its type's name."""
    setup_logger(config).info("fine", extra={"shelf": Unprintable(), "label": Unprintable()})
    (record,) = written(config)
    assert record["message"] == "fine"
    assert "Unprintable" in record["shelf"]
    assert "Unprintable" in record["label"]


def test_a_handler_level_is_respected(config: MonitoringConfig) -> None:
    """The handler is an ordinary one: its level filters."""
    logger = setup_logger(config)
    own_handlers()[0].setLevel(logging.ERROR)
    logger.info("no")
    logger.error("yes")
    assert [record["message"] for record in written(config)] == ["yes"]


def test_a_logger_that_was_disabled_is_enabled(config: MonitoringConfig) -> None:
    """Where another part's dictConfig() had disabled the logger, opening the log enables it."""
    logging.getLogger(LOGGER_NAME).disabled = True
    setup_logger(config).info("text")
    assert len(written(config)) == 1


def test_importing_starts_nothing(tmp_path: Path) -> None:
    """Importing the package adds no handler and starts no thread."""
    assert run("nothing", log_dir=tmp_path)[:2] == (0, "[1, 0]\n")


def test_sigterm_amid_logging_leaves_whole_lines(tmp_path: Path) -> None:
    """SIGTERM in the middle of a busy program leaves whole lines and no gap in them, and ends it."""
    with running("busy", log_dir=tmp_path) as process:
        assert told(process) == '"busy"'
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    records = read_records(tmp_path / "qwen.log")
    numbers = [record["seq"] for record in records if record["message"] == "busy"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [record["event"] for record in records[len(numbers) :]] in ([], ["log.dropped"])
