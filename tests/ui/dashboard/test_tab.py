"""The dashboard's frame, and the version of the browser's files."""

from pathlib import Path

import gradio as gr
import pytest

from tests.ui.dashboard.helpers import Elements
from ui.dashboard import tab
from ui.dashboard.charts import CAPACITY, CHARTS


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two of the browser's files."""
    (tmp_path / "a.js").write_text("one")
    (tmp_path / "b.css").write_text("two")
    monkeypatch.setattr(tab, "ASSETS", tmp_path)
    return tmp_path


def test_the_version_stays_while_the_files_do(assets: Path) -> None:
    """Files that are written again with what they held have the same version."""
    before = tab.assets_version()
    (assets / "a.js").write_text("one")
    assert tab.assets_version() == before
    assert before.isalnum()


@pytest.mark.parametrize(("name", "text"), [("a.js", "One"), ("b.css", ""), ("c.js", "new")])
def test_the_version_changes_when_a_file_does(assets: Path, name: str, text: str) -> None:
    """A file that is changed, emptied or added changes the version, and so its address."""
    before = tab.assets_version()
    (assets / name).write_text(text)
    assert tab.assets_version() != before


def test_the_frame_has_a_place_for_everything() -> None:
    """Each part and each chart of an answer has one place, and the frame has no text of its own."""
    with gr.Blocks() as page:
        tab.add_dashboard_tab()
    (block,) = (block for block in page.blocks.values() if isinstance(block, gr.HTML))
    frame = Elements(str(block.value))
    assert frame.values("data-chart") == [*CHARTS, CAPACITY]
    assert sorted(map(str, frame.values("data-part"))) == sorted(
        (*tab.PARTS, "filter", "problem", "table", "upload")
    )
    assert frame.text.strip() == ""
