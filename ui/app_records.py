"""What the app says about itself, in its log and in the terminal, and tells the dashboard of that log."""

import logging
import sys

from inference import Loader
from inference.errors import ModelNotReady
from inference.tasks.chat import Chat
from inference.weights.progress import Progress
from monitoring import Recorder
from monitoring.record.timestamps import timestamp
from monitoring.writing.logger import event_log
from monitoring.writing.resources import KVUse
from ui.api.access import Access
from ui.dashboard.snapshot import LogState
from ui.mcp.installed import described
from ui.server.connections import Reason
from ui.terminal import Console


def show_progress(recorder: Recorder, console: Console, progress: Progress) -> None:
    """Show how far loading is, and record a damaged file."""
    console(progress)
    if progress.stage == "damaged":
        recorder.event(
            "model.damaged",
            f"模型文件损坏，重新获取: {progress.subject}",
            logging.WARNING,
            error_message=progress.subject,
        )


def record_model_event(recorder: Recorder, event: str, message: str, level: int, /, **fields: object) -> None:
    """Record what happened to a model that serves, and say it in the terminal."""
    recorder.event(event, message, level, **fields)
    print(fields.get("error_message", message), file=sys.stderr, flush=True)


def record_loading(recorder: Recorder, loader: Loader) -> None:
    """Record that the model was loaded, or why it was not."""
    if (failure := loader.failure) is None:
        name, kind = loader.engine.model_name, loader.engine.kind
        recorder.event("model.loaded", f"模型就绪: {name}", model=name, engine=kind, origin=loader.origin)
        return
    what = "模型加载没有进展"
    if failure.retry_at is not None:
        what = f"模型加载失败（{loader.retry_seconds(failure)} 秒后重试）"
    recorder.event(
        "model.failed",
        f"{what}: {' '.join(failure.problem.split())}",
        logging.ERROR,
        status="error",
        error_type=type(failure.error).__name__,
        error_message=failure.problem,
        failures=failure.failures,
    )
    print(failure.error, file=sys.stderr, flush=True)


def kv_use(loader: Loader) -> KVUse | None:
    """Return the memory of the model's keys and values; None where no model is loaded."""
    try:
        engine = loader.engine
    except ModelNotReady:
        return None
    return KVUse(engine.kv_bytes, engine.kv_budget_bytes)


def record_silence(recorder: Recorder, rule: str, task: str, until: float) -> None:
    """Record that the operator silenced an alert until a moment, in s since the epoch."""
    recorder.event(
        "alert.silenced", f"告警静音: {rule} ({task})", rule=rule, task_type=task, until=timestamp(until)
    )


def record_rating(recorder: Recorder, request_id: str, rating: str) -> None:
    """Record the rating of a reply."""
    recorder.event("feedback", f"评价: {rating}", request_id=request_id, rating=rating, task_type=Chat.name)


def record_turned_away(recorder: Recorder, reason: Reason) -> None:
    """Record why new connections are closed."""
    recorder.event("log", f"连接被关闭 / connections are closed: {reason.value}", logging.WARNING)


def tell_access(access: Access, url: str) -> None:
    """Say in the terminal how programs and agents may use the app, whose page is at `url`."""
    for sentence in (access.described, described(access, url)):
        if sentence is not None:
            print(sentence, flush=True)


def log_state() -> LogState:
    """Return what the dashboard shows of the log that this process writes."""
    log = event_log()
    return LogState() if log is None else LogState(log.dropped, log.write_error, log.left_alone)
