"""Put the drills of an app together."""

import time

from drills.faults import Faults
from drills.runner import Drill, Drills
from inference import Loader
from inference.tasks.chat import Chat
from monitoring import Recorder
from monitoring.alerts.watch import AlertWatch


def build_drills(
    faults: Faults, loader: Loader, recorder: Recorder, alerts: AlertWatch, asked: str | None
) -> Drills:
    """Return the drills of an app; the faults must be those of its model and its log.

    `asked` is a typed question that is asked of each message, if there is one.
    """

    def not_ready() -> str | None:
        return None if loader.ready else "the model does not answer yet"

    def not_warm() -> str | None:
        warm_at = loader.ready_since + alerts.rules.memory_growth.warmup_seconds
        left = warm_at - time.monotonic()
        return not_ready() or (f"the model is warming up for another {left:.0f} s" if left > 0 else None)

    def not_asked() -> str | None:
        return not_ready() if asked else "no typed question is asked of messages: name one in TASKS_ON"

    chat, app = Chat.name, "system"
    slow = ("slow_request", "slow_task")
    drills = {
        "slow_model": Drill("slow_request", chat, faults.slow_model, follows=slow, obstacle=not_ready),
        "failing_sentiments": Drill(
            "failing_task",
            asked or chat,
            faults.failing_model,
            prepare=faults.succeed_first,
            follows=("error_rate",),
            obstacle=not_asked,
        ),
        "memory_leak": Drill(
            "memory_growth", app, faults.memory_leak, follows=("memory_limit",), obstacle=not_warm
        ),
        "full_log_disk": Drill("log_dropped", app, faults.full_log_disk, obstacle=not_ready),
        "stalled_queue": Drill(
            "queue_backing_up", app, faults.stalled_queue, follows=slow, obstacle=not_ready
        ),
    }
    return Drills(drills, faults.recover, recorder, lambda: alerts.rules, lambda: alerts.firing, faults.close)
