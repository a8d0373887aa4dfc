"""Tests of `drills.faults`, with a fake model, a real log and the real alert rules."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from drills.client import Client
from drills.faults import MAX_LEAK_SHARE, Faults, Pace, Switches
from inference.model.language_model import Model
from inference.service import Service
from monitoring import MonitoringConfig, Recorder
from monitoring.alerts.replay import replay
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules
from monitoring.machine import Machine
from monitoring.writing.event_log import EventLog
from tests.fakes import FakeModel
from tests.inference.doubles import make_config
from tests.inference.serving import serving
from tests.monitoring.helpers import Record, read_records, wait_until

ENDLESS = "x" * 200
MACHINE = Machine(1, 64.0)
USUAL = Pace()
QUEUE = 500  # lines
MIB = 2**20


class Drilled:
    """Faults, and the log with the records of their requests."""

    def __init__(self, faults: Faults, log: EventLog, path: Path, switches: Switches) -> None:
        self.faults = faults
        self.log = log
        self.switches = switches
        self._path = path

    def tasks(self, task_type: str, status: str) -> list[Record]:
        """Return the records of a task's requests with this status."""
        found = self.records("task.finished")
        return [record for record in found if (record["task_type"], record["status"]) == (task_type, status)]

    def records(self, event: str | None = None) -> list[Record]:
        """Return all records of the log, or those of one event."""
        self.log.flush()
        records = read_records(self._path) if self._path.exists() else []
        return [record for record in records if event in (None, record.get("event"))]

    def alerts(self, rules: Rules) -> list[tuple[str, str, str]]:
        """Return the alerts that the rules find in the log: event, rule and task."""
        self.log.flush()
        return [(change.event, change.rule, change.task) for change in replay(self._path, rules, MACHINE)]

    @contextmanager
    def running(self, fault: Callable[[threading.Event], None]) -> Iterator[None]:
        """Cause a fault in a thread while the block runs; it must end when `stop` is set."""
        stop = threading.Event()
        thread = threading.Thread(target=fault, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(30)
        assert not thread.is_alive()
        self.assert_ended()

    def assert_ended(self) -> None:
        """Check that no fault is left."""
        assert self.switches.model.actions == {}
        assert not self.switches.disk.is_full.is_set()


MakeFaults = Callable[..., Drilled]


@pytest.fixture
def make_faults(tmp_path: Path) -> Iterator[MakeFaults]:
    """A function that makes the faults for rules; the model and the log end with the test."""
    config = MonitoringConfig(log_dir=tmp_path, sample_seconds=3600, log_queue=QUEUE)
    switches = Switches()
    log = EventLog(config, switches.disk.open_file, retry_seconds=0.01)
    recorder = Recorder(log, config)
    model = cast(FakeModel, switches.model.wrap(cast(Model, FakeModel(ENDLESS))))
    with serving(model) as served:
        loader, settings = served.service._loader, make_config(temperature=0)

        def make(rules: Rules, pace: Pace = USUAL, machine: Machine = MACHINE) -> Drilled:
            service = Service(loader, recorder, settings)
            faults = Faults(switches, Client(service, "sentiment"), log, lambda: rules, machine, pace)
            return Drilled(faults, log, config.log_path, switches)

        yield make
    log.stop()


def rules_with(**changes: dict[str, object]) -> Rules:
    """Return the shipped rules with other values of some rules."""
    shipped = load_rules()
    changed = {name: getattr(shipped, name).model_copy(update=values) for name, values in changes.items()}
    return shipped.model_copy(update=changed)


def test_a_slow_model_takes_too_long_for_each_token(make_faults: MakeFaults) -> None:
    """Each chat during the fault is slower than the rule's limit, and the alert fires."""
    rules = rules_with(slow_request={"chat_token_ms": 20.0})
    drilled = make_faults(rules)
    with drilled.running(drilled.faults.slow_model):
        wait_until(lambda: len(drilled.tasks("chat", "ok")) >= 2)
    chats = drilled.tasks("chat", "ok")
    assert all(1000 / chat["tokens_per_second"] > 20 for chat in chats)
    assert ("alert.fired", "slow_request", "chat") in drilled.alerts(rules)


@pytest.mark.parametrize("failures", [1, 3, 5])
def test_as_many_labels_fail_as_the_rule_counts(make_faults: MakeFaults, failures: int) -> None:
    """The last failure fires the alert, the next successful request resolves it, and no fault is left."""
    rules = rules_with(failing_task={"failures": failures}, error_rate={"enabled": False})
    drilled = make_faults(rules)
    drilled.faults.failing_model(threading.Event())
    drilled.assert_ended()
    assert len(drilled.tasks("sentiment", "error")) == failures
    assert drilled.alerts(rules) == [("alert.fired", "failing_task", "sentiment")]
    drilled.faults.recover()
    assert len(drilled.tasks("sentiment", "ok")) == 1
    assert drilled.alerts(rules)[1:] == [("alert.resolved", "failing_task", "sentiment")]


@pytest.mark.parametrize("failures", [3, 5])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.7])
def test_what_fails_is_no_high_error_rate(make_faults: MakeFaults, failures: int, share: float) -> None:
    """Enough requests succeeded before, so only the alert of the failing task fires."""
    rules = rules_with(failing_task={"failures": failures}, error_rate={"share": share, "requests": 1})
    drilled = make_faults(rules)
    drilled.faults.succeed_first()
    drilled.faults.failing_model(threading.Event())
    assert drilled.alerts(rules) == [("alert.fired", "failing_task", "sentiment")]


def test_without_them_the_error_rate_would_be_high(make_faults: MakeFaults) -> None:
    """Without earlier successes the failures fire both alerts."""
    rules = rules_with(error_rate={"requests": 1})
    drilled = make_faults(rules)
    drilled.faults.failing_model(threading.Event())
    assert {rule for _, rule, _ in drilled.alerts(rules)} == {"failing_task", "error_rate"}


def test_a_leak_keeps_memory_within_bounds_and_releases_it(make_faults: MakeFaults) -> None:
    """The leak takes at most a share of the machine's memory, and gives it back at its end."""
    # The limit leaves no room, so the leak has its lowest speed.
    rules = rules_with(memory_limit={"limit_mb": 1.0})
    drilled = make_faults(rules, Pace(min_leak_mb=100.0, leak_seconds=0.01))
    most = MAX_LEAK_SHARE * MACHINE.memory_mb * MIB
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        with drilled.running(drilled.faults.memory_leak):
            wait_until(lambda: tracemalloc.get_traced_memory()[0] - before >= most)
            asked = len(drilled.tasks("sentiment", "ok"))
            wait_until(lambda: len(drilled.tasks("sentiment", "ok")) >= asked + 5)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < most + 4 * MIB  # of everything else
    assert after - before < 4 * MIB


def test_a_leak_is_as_fast_as_the_rule_needs(make_faults: MakeFaults) -> None:
    """With more room the leak is faster, so that it reaches the limit in time."""
    rules = rules_with(memory_limit={"limit_mb": 1e6}, memory_growth={"leak_horizon_seconds": 3600.0})
    drilled = make_faults(rules, Pace(min_leak_mb=0.001, leak_seconds=0.01), Machine(1, 2e6))
    tracemalloc.start()
    try:
        with drilled.running(drilled.faults.memory_leak):  # some 400 MiB a second
            wait_until(lambda: tracemalloc.get_traced_memory()[0] >= 10 * MIB)
    finally:
        tracemalloc.stop()


def test_a_full_disk_loses_records_and_the_log_says_so(make_faults: MakeFaults) -> None:
    """The fault ends by itself once records are lost; then the log goes on, and tells their number."""
    rules = load_rules()
    drilled = make_faults(rules, Pace(full_seconds=0.05))
    drilled.log.write({"message": "before"})
    assert drilled.records()[0]["message"] == "before"
    drilled.faults.full_log_disk(threading.Event())
    drilled.assert_ended()
    wait_until(lambda: drilled.records("log.dropped"))
    drilled.log.write({"message": "after"})
    records = drilled.records()
    assert records[-1]["message"] == "after"
    lost = sum(record["dropped"] for record in drilled.records("log.dropped"))
    assert lost == drilled.log.dropped > 0
    assert records[-1]["seq"] == len(records) + lost
    assert drilled.alerts(rules) == [("alert.fired", "log_dropped", "system")]


def test_a_full_disk_that_is_stopped_early_loses_nothing(make_faults: MakeFaults) -> None:
    """After the fault the refused records are written."""
    drilled = make_faults(load_rules())
    with drilled.running(drilled.faults.full_log_disk):
        wait_until(drilled.switches.disk.is_full.is_set)
        drilled.log.write({"message": "meanwhile"})
        wait_until(lambda: drilled.log.error)
    wait_until(lambda: not drilled.log.error)
    assert [record["message"] for record in drilled.records()] == ["meanwhile"]
    assert drilled.log.dropped == 0


def test_a_stalled_queue_lets_labels_wait(make_faults: MakeFaults) -> None:
    """Label requests wait longer than the rule allows, until the fault is stopped."""
    limit_ms = 50.0
    drilled = make_faults(rules_with(queue_backing_up={"queue_wait_ms": limit_ms}))

    def waited() -> list[Record]:
        return [task for task in drilled.tasks("sentiment", "ok") if task["queue_wait_ms"] > limit_ms]

    with drilled.running(drilled.faults.stalled_queue):
        wait_until(lambda: len(waited()) >= 3)
    chats = drilled.tasks("chat", "cancelled") + drilled.tasks("chat", "ok")
    assert any(chat.get("output_tokens") for chat in chats)


def test_a_stalled_queue_ends_at_once_where_it_is_told_before(make_faults: MakeFaults) -> None:
    """With `stop` set from the start neither thread waits for the other."""
    drilled = make_faults(load_rules())
    stop = threading.Event()
    stop.set()
    drilled.faults.stalled_queue(stop)
    drilled.assert_ended()
    assert drilled.tasks("chat", "ok") == drilled.tasks("sentiment", "ok") == []
