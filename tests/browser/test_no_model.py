"""The page while the model cannot be loaded, in a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture
def folder(tmp_path: Path, small_cache: Path) -> Path:
    """A folder with the small model, whose weights are cut short."""
    folder = tmp_path / "model"
    shutil.copytree(small_cache / SMALL_MODEL, folder)
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(1_000_000)
    return folder


@pytest.fixture
def app(fresh_log_dir: Path, folder: Path) -> Iterator[RunningApp]:
    """An app of the test's own with that model."""
    with RunningApp(fresh_log_dir, MODEL=str(folder)) as started:
        started.wait_for_page()
        yield started


def test_a_damaged_model_is_named_until_it_is_mended(
    app: RunningApp, folder: Path, small_cache: Path, open_page: OpenPage
) -> None:
    """The page says why there is no model and when it is tried again; once the file is whole, it answers."""
    page = open_page(app, ".status.failed").page
    status = page.locator("#head .status.failed")
    expect(status).to_contain_text("could not be loaded")
    expect(status).to_contain_text("model.safetensors is damaged: its 1,000,000 bytes")
    box = page.locator("#message textarea")
    box.fill("Hello")
    box.press("Enter")
    notice = page.locator(".notice:visible")
    expect(notice).to_contain_text("The model could not be loaded")
    expect(notice).to_contain_text("model.safetensors is damaged")
    expect(notice).not_to_contain_text(str(folder.parent))
    expect(box).to_have_value("Hello")
    expect(status).to_contain_text("It is tried again in")
    shutil.copy(small_cache / SMALL_MODEL / "model.safetensors", folder)
    expect(page.locator("#head .status.ready")).to_be_visible(timeout=240_000)
    box.press("Enter")
    expect(page.locator("#conversation .bot")).to_be_visible(timeout=240_000)
    assert [record["level"] for record in app.records("model.loaded")] == ["INFO"]
    assert {record["error_type"] for record in app.records("model.failed")} == {"WeightsError"}
