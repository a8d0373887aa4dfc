"""What stands around the tabs: how the page is served."""

from pathlib import Path

import pytest
from gradio_client import Client

from app import build_app
from inference import EngineConfig
from monitoring import MonitoringConfig
from monitoring.alerts.rules import load_rules
from ui import page as page_module
from ui.page import launch_options


def test_a_bounded_number_of_visitors_is_remembered(
    fresh_log_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Gradio holds of a visitor goes when others have come since; else memory would grow for ever."""
    monkeypatch.setattr(page_module, "SESSIONS", 2)
    engine_config, config = EngineConfig(), MonitoringConfig(log_dir=fresh_log_dir)
    app = build_app(engine_config, config, load_rules())
    options = launch_options(engine_config, config, app.dashboard)
    try:
        _, url, _ = app.page.launch(prevent_thread_lock=True, server_name="127.0.0.1", **options)
        for _ in range(4):
            Client(url, verbose=False).predict("", api_name="/chat")
        assert len(app.page.state_holder.session_data) == 2
    finally:
        app.close()
