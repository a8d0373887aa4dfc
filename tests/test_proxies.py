"""Tests of the whole app with proxies in its environment."""

from pathlib import Path

import pytest

from tests.inference.weights.fake_hub import FakeHub
from tests.running_app import RunningApp

AWAY = "127.0.0.1:9"  # a port where nobody listens


@pytest.mark.parametrize(
    "settings",
    [
        {"ALL_PROXY": f"socks5://{AWAY}"},
        {"all_proxy": f"socks5h://{AWAY}", "HTTP_PROXY": f"http://{AWAY}", "https_proxy": f"https://{AWAY}"},
        {"HTTP_PROXY": "foo", "HTTPS_PROXY": "http://", "ALL_PROXY": "://", "NO_PROXY": "[::1"},
        {"http_proxy": "http://user:secret@host:port", "https_proxy": "socks4://a", "all_proxy": "ftp://a"},
    ],
)
def test_no_proxy_keeps_the_page_away(settings: dict[str, str], fresh_log_dir: Path) -> None:
    """Whatever the environment says of proxies, the page answers, and no password of one is printed."""
    with RunningApp(fresh_log_dir, MODEL=str(fresh_log_dir), **settings) as app:
        app.wait_for_page()
        app.wait_until(lambda: bool(app.records("model.failed")), 60, "the loading thread has ended")
    assert app.process.returncode == 0
    assert "secret" not in app.output()


def test_this_machine_is_asked_without_a_proxy(fresh_log_dir: Path, tmp_path: Path) -> None:
    """A hub on this machine is reached although the proxies for everything else do not answer."""
    with FakeHub("owner/tiny", {"config.json": b"{}", "model.safetensors": b"tiny"}) as hub:
        with RunningApp(
            fresh_log_dir,
            MODEL="owner/tiny",
            MODEL_CACHE=str(tmp_path / "cache"),
            HF_HOME=str(tmp_path / "client"),
            HF_ENDPOINT=hub.url,
            HTTP_PROXY=f"http://{AWAY}",
            ALL_PROXY=f"socks5://{AWAY}",
        ) as app:
            app.wait_until(lambda: bool(app.records("model.failed")), 60, "the loading thread has ended")
        assert set(hub.downloads) == {"config.json", "model.safetensors"}
