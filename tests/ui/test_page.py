"""What stands around the tabs: how the page is served."""

from pathlib import Path

import gradio as gr
import pytest
from gradio_client import Client

from app import build_app
from inference import EngineConfig, Loader
from inference.errors import ModelStalled, WeightsError
from inference.loader import Failure
from monitoring import MonitoringConfig
from monitoring.alerts.rules_file import load_rules
from tests.fakes import FakeModel
from tests.ui.chat.served_chat import served_chat, whole_states
from ui import page as page_module
from ui.guard.config import GuardConfig
from ui.guard.operators import Operators
from ui.guard.sign_in.endpoints import SignIn
from ui.guard.sign_in.huggingface import HuggingFace, HuggingFaceConfig
from ui.page import FAILED_SECONDS, STATUS_SECONDS, status_seconds
from ui.page import build_app as build_web_app
from ui.server.server import Server


def test_a_bounded_number_of_visitors_is_remembered(fresh_log_dir: Path) -> None:
    """What Gradio holds of a visitor goes when others have come since; else memory would grow for ever."""
    engine_config, config, guard_config = (
        EngineConfig(),
        MonitoringConfig(log_dir=fresh_log_dir),
        GuardConfig(),
    )
    app = build_app(engine_config, config, load_rules(), guard_config)
    operators = Operators(guard_config, b"key")
    sign_in = SignIn(operators, HuggingFace(HuggingFaceConfig(), b"key", ""))
    web_app = build_web_app(
        app.page, app.dashboard, engine_config, config, guard_config, operators, sign_in, max_sessions=2
    )
    server = Server(web_app, guard_config)
    try:
        server.start()
        for _ in range(4):
            Client(server.url, verbose=False).predict(api_name="/stats")
        assert len(app.page.state_holder.session_data) == 2
    finally:
        server.stop()
        app.close()


def test_the_page_looks_for_messages_less_often_than_gradio_would() -> None:
    """Gradio still has the pause that is made longer here, and a shorter one."""
    assert 0 < gr.Blocks()._queue.sleep_when_free < page_module.QUEUE_SECONDS


def test_a_fast_reply_is_shown_in_few_steps() -> None:
    """Tokens that come faster than a reader sees are shown together; at the end all of them are there."""
    with served_chat(FakeModel("a long story " * 20), update_seconds=600) as chat:
        visitor = chat.visitor("fast")
        visitor.join(data=["hi"]).raise_for_status()
        states = whole_states(visitor.results())
    assert "a long story " * 20 in str(states[-1])
    assert len(states) < 10


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (None, STATUS_SECONDS),
        (Failure(WeightsError("broken"), "broken", 1), STATUS_SECONDS),
        (Failure(WeightsError("broken"), "broken", 1, retry_at=1003.0), 3),
        (Failure(WeightsError("broken"), "broken", 1, retry_at=2000.0), FAILED_SECONDS),
        (Failure(WeightsError("broken"), "broken", 1, retry_at=999.0), STATUS_SECONDS),
        (Failure(ModelStalled("no progress"), "no progress", 0), FAILED_SECONDS),
    ],
)
def test_a_page_without_a_model_asks_when_something_may_have_happened(
    failure: Failure | None, seconds: float
) -> None:
    """While loading goes on the header is soon up to date; a failure of hours costs few questions."""
    loader = Loader(lambda report: pytest.fail("it must not be started"), clock=lambda: 1000.0)
    loader.failure = failure
    assert status_seconds(loader) == seconds
