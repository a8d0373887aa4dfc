"""Tests of the whole app's end: SIGTERM in each of its states, with a complete log and the status 0."""

import json
import socket
import urllib.request
from pathlib import Path

import psutil
import pytest

from tests.inference.weights.fake_hub import FakeHub
from tests.running_app import RunningApp


def ended_well(app: RunningApp) -> bool:
    """End the app; tell whether it ended by itself, without an error, and its last record says so."""
    assert app.terminate() == 0
    lines = app.log_path.read_text(encoding="utf-8").splitlines()
    return json.loads(lines[-1])["event"] == "app.stopped" and "ERROR:" not in app.output()


def test_while_a_model_is_downloaded(fresh_log_dir: Path, tmp_path: Path) -> None:
    """The end waits for no download: the hub sends the rest of the files only after it."""
    with FakeHub("owner/tiny", {"config.json": b"{}", "model.safetensors": b"x" * 10_000}) as hub:
        hub.go_on.clear()
        settings = {"MODEL_CACHE": str(tmp_path / "cache"), "HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.url}
        app = RunningApp(fresh_log_dir, MODEL="owner/tiny", **settings)
        try:
            app.wait_for_page()
            app.wait_until(lambda: len(hub.downloads) == 2, 60, "the download has begun")
            assert ended_well(app)
        finally:
            app.process.kill()
            hub.go_on.set()


def test_while_pip_downloads(fresh_log_dir: Path, tmp_path: Path) -> None:
    """The pip that fetches wheels ends with the app: it waits for an index that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        app = RunningApp(
            fresh_log_dir,
            MODEL="smollm2-135m-instruct",
            MODEL_CACHE=str(tmp_path / "cache"),
            PIP_INDEX_URL=index,
            PIP_NO_INDEX="0",
        )
        children = psutil.Process(app.process.pid).children
        app.wait_for_page()
        app.wait_until(lambda: bool(children()), 60, "pip was started")
        (pip,) = children()
        assert ended_well(app)
        psutil.wait_procs([pip], 60)
        assert not pip.is_running()


def test_with_open_streams(fresh_log_dir: Path) -> None:
    """A page that listens to the app does not keep it, and is no error."""
    app = RunningApp(fresh_log_dir, MODEL=str(fresh_log_dir))
    try:
        app.wait_for_page()
        with urllib.request.urlopen(f"{app.url}/gradio_api/heartbeat/some-session", timeout=60) as stream:
            assert stream.status == 200
            assert ended_well(app)
    finally:
        app.process.kill()


@pytest.mark.model
def test_when_idle(small_app: RunningApp) -> None:
    """An app with its model in memory ends in order."""
    small_app.wait_for_model()
    assert ended_well(small_app)


def wait_for(app: RunningApp, event: str, count: int) -> None:
    """Wait until the log has so many records of an event."""
    app.wait_until(lambda: len(app.records(event)) >= count, 60, f"{count} {event}")


def test_a_crash_loop_is_one_alert_with_a_count(fresh_log_dir: Path) -> None:
    """Each kill is recorded once by the next start; the first one fires, and each other raises the count."""
    for kills in range(4):
        app = RunningApp(fresh_log_dir, program="tests/patient_app.py", MODEL=str(fresh_log_dir / "nowhere"))
        try:
            app.wait_for_page()
            wait_for(app, "unexpected_end", kills)
            wait_for(app, "alert.fired", min(kills, 1))
            wait_for(app, "alert.updated", kills - 1)
        finally:
            app.process.kill()
            app.process.wait()
    started, ends = app.records("app.started"), app.records("unexpected_end")
    assert [end["ended_instance"] for end in ends] == [start["instance"] for start in started[:-1]]
    (fired,) = [record for record in app.records("alert.fired") if record["rule"] == "unexpected_end"]
    assert fired["value"] == 1
    assert "memory at last" in fired["measure"]
    assert [record["value"] for record in app.records("alert.updated")] == [2, 3]
