"""Start the app: put settings, engine, service, monitoring and page together."""

import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from types import FrameType
from typing import NoReturn

from container.ending import end_process
from container.open_files import raise_open_files
from container.proxies import use_proxies
from container.system import shortcomings
from container.thread_pools import limit_thread_pools

limit_thread_pools()
# A wrong proxy would end the import of gradio, which builds a client.
for problem in use_proxies():
    print(problem, file=sys.stderr)
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# Gradio summarizes so many of its newest events after each event; nobody reads that summary.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")

import ui.fast_import  # noqa: F401  # must come before the first import of gradio

# isort: split
import gradio as gr
from pydantic import ValidationError
from starlette.types import ASGIApp

from drills.build import build_drills
from drills.client import Client
from drills.disturbed_model import Disturbance
from drills.faults import Faults, Switches
from drills.runner import Drills
from inference import EngineConfig, Loader, Service, load_engine
from inference.tasks import TypedTask, load_tasks, tasks_of_message
from inference.tasks.chat import Chat
from inference.tasks.decision import Decision
from inference.tasks.task import TaskKind
from inference.tasks.tasks_file import UnknownTask
from monitoring import LiveLog, MonitoringConfig, Recorder, close_logger, open_log
from monitoring.alerts.limits import limits_of
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules
from monitoring.alerts.watch import AlertWatch
from monitoring.alerts.watching.clock_jumps import ClockJumps
from monitoring.alerts.watching.turn import Turn, lock_beside
from monitoring.alerts.webhook import Webhook
from monitoring.config import explain
from monitoring.reading.sources import Sources
from monitoring.storage.rotation import RotatingFile
from monitoring.writing.event_log import EventLog
from monitoring.writing.resources import machine
from settings.toml_file import TomlFileError
from ui.api.access import Access
from ui.api.config import ApiConfig
from ui.api.parts import ApiParts
from ui.app_records import (
    kv_use,
    log_state,
    record_loading,
    record_model_event,
    record_rating,
    record_silence,
    record_turned_away,
    show_progress,
    tell_access,
)
from ui.chat.readers import Readers
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.endpoints.uploads import owner_of
from ui.guard.config import GuardConfig
from ui.guard.operators import Operators
from ui.guard.sign_in.endpoints import SignIn
from ui.guard.sign_in.huggingface import HuggingFace, HuggingFaceConfig
from ui.page import build_app as build_web_app
from ui.page import build_page
from ui.server.server import ServeError, Server
from ui.terminal import Console
from ui.texts.log_folder import cannot_write
from ui.texts.page import EN, LANGUAGES, ZH
from ui.texts.tasks import add_task_words
from ui.texts.words import task_name

SLICE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class App:
    """The parts of a running app."""

    page: gr.Blocks
    web_app: ASGIApp
    log: EventLog
    loader: Loader
    service: Service
    live: LiveLog
    dashboard: Dashboard
    recorder: Recorder
    alerts: AlertWatch
    webhook: Webhook | None
    drills: Drills | None

    def close(self) -> None:
        """Stop the running requests, close all parts, and leave a complete log."""
        if self.drills is not None:
            self.drills.close()
        self.service.close()
        self.loader.close()
        self.alerts.stop()
        if self.webhook is not None:
            self.webhook.stop()
        self.live.stop()
        self.dashboard.sources.close()
        self.recorder.close()
        self.recorder.event("app.stopped", "应用停止")
        close_logger()


def build_app(
    engine_config: EngineConfig,
    monitoring_config: MonitoringConfig,
    rules: Rules,
    guard_config: GuardConfig | None = None,
    typed_tasks: Sequence[TypedTask] | None = None,
    api_config: ApiConfig | None = None,
) -> App:
    """Put the parts together; `loader.start()` starts to load, and a `Server` serves `web_app`.

    `typed_tasks` are the questions that messages can be asked; None stands for the shipped ones.
    """
    typed_tasks = load_tasks() if typed_tasks is None else typed_tasks
    tasks = tasks_of_message(typed_tasks)
    add_task_words(typed_tasks)
    guard_config = guard_config or GuardConfig()
    access = Access(api_config or ApiConfig(), guard_config)
    switches = Switches() if monitoring_config.drills else None
    opened = time.time()
    log = open_log(monitoring_config, switches.disk.open_file if switches else RotatingFile)
    recorder = Recorder(
        log, monitoring_config, {task.name: task_name(task.name, LANGUAGES["zh"]) for task in tasks}
    )
    read_once = [*tasks, Decision(())]
    loader = _build_loader(engine_config, recorder, switches.model if switches else None, read_once)
    log.report_kv(partial(kv_use, loader))
    service = Service(loader, recorder, engine_config, tasks)
    live = LiveLog(monitoring_config)
    here = machine()
    alerts = AlertWatch(
        live.view,
        rules,
        monitoring_config.alert_rules,
        here,
        [log.write],
        turn=Turn(lock_beside(monitoring_config.log_path)),
        jumps=ClockJumps(),
        opened=opened,
    )
    webhook = drills = None
    if (address := monitoring_config.alert_webhook) is not None:
        webhook = Webhook(str(address))
        alerts.add_sink(webhook)
    if switches is not None:
        asked = next(iter(service.asked), None)
        faults = Faults(switches, Client(service, asked or Chat.name), log, lambda: alerts.rules, here)
        drills = build_drills(faults, loader, recorder, alerts, asked)
        alerts.add_listener(drills.on_alert)
    dashboard = Dashboard(
        Sources(live, monitoring_config),
        monitoring_config,
        log_state,
        limits=lambda: limits_of(alerts.rules, here),
        silence=partial(record_silence, recorder) if monitoring_config.alert_silence else None,
        drills=drills,
        remove_old_files=log.agree,
        max_active=engine_config.max_batch,
        own_tasks=[task.name for task in tasks],
    )
    key = secrets.token_bytes(32)
    operators = Operators(guard_config, key)
    readers = Readers()
    page = build_page(
        service,
        loader,
        partial(record_rating, recorder),
        operators,
        readers=readers,
        tasks=typed_tasks,
        stats=lambda: asdict(live.view().summary),
    )
    sign_in = SignIn(
        operators,
        HuggingFace(HuggingFaceConfig(), key, guard_config.gradio_root_path),
        on_sign_out=lambda request: dashboard.sources.drop_uploads(owner_of(request)),
    )
    web_app = build_web_app(
        page,
        dashboard,
        engine_config,
        monitoring_config,
        guard_config,
        operators,
        sign_in,
        readers=readers,
        api=ApiParts(service, loader, engine_config, access, typed_tasks),
    )
    return App(page, web_app, log, loader, service, live, dashboard, recorder, alerts, webhook, drills)


def _build_loader(
    config: EngineConfig, recorder: Recorder, disturbance: Disturbance | None, tasks: Sequence[TaskKind]
) -> Loader:
    """Return a loader that shows its progress in the terminal, and records its result."""
    prepare = disturbance.wrap if disturbance else None
    on_event = partial(record_model_event, recorder)
    return Loader(
        lambda report: load_engine(config, report, prepare, on_event, tasks=tasks),
        partial(record_loading, recorder),
        partial(show_progress, recorder, Console()),
        config.folders,
    )


def _tell_unwritable_log(log: EventLog) -> None:
    """Say in the terminal, at the start, where the log cannot be written and what to do."""
    log.flush()
    if (error := log.write_error) is not None:
        for words in (EN, ZH):
            print(cannot_write(error.folder, error.reason, error.remedy, words), file=sys.stderr, flush=True)


def main() -> int:
    """Run the app until SIGINT or SIGTERM; return the exit status."""
    try:
        engine_config, monitoring_config = EngineConfig(), MonitoringConfig()
        guard_config, api_config = GuardConfig(), ApiConfig()
        rules = load_rules(monitoring_config.alert_rules)
        typed_tasks = load_tasks(engine_config.tasks, engine_config.tasks_on)
    except ValidationError as error:
        print(explain(error), file=sys.stderr)
        return 2
    except (TomlFileError, UnknownTask) as error:
        print(error, file=sys.stderr)
        return 2
    for sentence in shortcomings():
        print(sentence, file=sys.stderr)
    raise_open_files()
    app = build_app(engine_config, monitoring_config, rules, guard_config, typed_tasks, api_config)
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    here = machine()
    app.recorder.event(
        "app.started", "应用启动", cpu_cores=here.cores, memory_total_mb=round(here.memory_mb, 1)
    )
    _tell_unwritable_log(app.log)
    app.live.start()
    app.alerts.start()
    server: Server | None = None
    try:
        server = Server(app.web_app, guard_config, partial(record_turned_away, app.recorder))
        server.start()
        if server.is_elsewhere:
            print(f"Port {guard_config.gradio_server_port} is taken.", flush=True)
        print(f"Open {server.url}", flush=True)
        tell_access(Access(api_config, guard_config), server.url)
        app.loader.start()
        # Wait in slices: a signal just before `wait()` is handled only after it returns.
        while not stop.wait(SLICE_SECONDS):
            pass
    except ServeError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        _end(app, server)
    return 0


def _end(app: App, server: Server | None) -> None:
    # The running replies end first: it is the server that reads them, up to their end and their records.
    app.service.close()
    app.page.close(verbose=False)  # ends the streams of open pages
    if server is not None:
        server.stop()
    app.close()


def run() -> NoReturn:
    """Run the app, and end the process with its exit status."""
    end_process(main())


if __name__ == "__main__":
    run()
