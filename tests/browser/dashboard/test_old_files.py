"""A folder with far more old files of the log than would stay, as the operator sees it."""

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import expect

from monitoring.storage.paths import rotated_files
from tests.browser.conftest import IdleApp, OpenDashboard

pytestmark = pytest.mark.browser


def test_old_files_go_when_the_operator_agrees(
    fresh_log_dir: Path, idle_app: IdleApp, open_dashboard: OpenDashboard
) -> None:
    """What goes is read first, in a fold; the button removes just that, and is gone."""
    fresh_log_dir.mkdir()
    for number in range(100):
        name = f"qwen-2026-01-01T00-00-00.{number:03}Z.log.gz"
        (fresh_log_dir / name).write_bytes(gzip.compress(b"{}\n"))
    app = idle_app()
    dashboard = open_dashboard(app)
    fold = dashboard.part("health").locator(".old-files")
    button = fold.get_by_role("button", name="Remove these 70 files")
    expect(button).to_be_hidden()
    fold.locator("summary").click()
    expect(fold).to_contain_text("The oldest 70 files are removed for good")
    button.click()
    expect(fold).to_have_count(0)
    app.wait_until(lambda: len(rotated_files(app.log_path)) == 30, 60, "the files are gone")
    texts = [record["message"] for record in app.records("log")]
    assert any("the operator agreed to remove 70 old log files" in text for text in texts)
