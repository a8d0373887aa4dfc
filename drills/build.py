"""Put the drills of an app together."""

import time

from drills.client import Visitor
from drills.disturbed_model import Disturbance
from drills.faults import Faults
from drills.runner import Drill, Drills
from inference import EngineConfig, Loader, Service
from monitoring import Recorder
from monitoring.alerts.watch import AlertWatch
from monitoring.machine import Machine
from monitoring.writing.event_log import EventLog


def build_drills(
    config: EngineConfig,
    loader: Loader,
    recorder: Recorder,
    log: EventLog,
    alerts: AlertWatch,
    machine: Machine,
    disturbance: Disturbance,
) -> Drills:
    """Return the drills of an app whose model can be disturbed, and whose log is a `DrilledFile`."""
    visitor = Visitor(lambda changed: Service(loader, recorder, changed), config)
    faults = Faults(disturbance, visitor, log, lambda: alerts.rules, machine)

    def why_not() -> str:
        return "" if loader.ready else "the model does not answer yet"

    def why_no_leak() -> str:
        warm = loader.ready_since + alerts.rules.memory_growth.warmup_seconds - time.monotonic()
        return why_not() or (f"the model is warming up for another {warm:.0f} s" if warm > 0 else "")

    slow = ("slow_request", "slow_task")
    drills = {
        "slow_model": Drill("slow_request", "chat", faults.slow_model, follows=slow, why_not=why_not),
        "failing_sentiments": Drill(
            "failing_task",
            "sentiment",
            faults.failing_sentiments,
            prepare=faults.steady,
            follows=("error_rate",),
            why_not=why_not,
        ),
        "memory_leak": Drill(
            "memory_growth", "system", faults.memory_leak, follows=("memory_limit",), why_not=why_no_leak
        ),
        "full_log_disk": Drill("log_dropped", "system", faults.full_log_disk, why_not=why_not),
        "stalled_queue": Drill(
            "queue_backing_up", "system", faults.stalled_queue, follows=slow, why_not=why_not
        ),
    }
    return Drills(
        drills, faults.recover, recorder, lambda: alerts.rules, lambda: alerts.firing, visitor.close
    )
