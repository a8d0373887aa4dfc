"""The frame of the dashboard tab."""

import gradio as gr

from tests.ui.dashboard.helpers import Elements
from ui.dashboard import tab
from ui.dashboard.charts import CAPACITY, CHARTS


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
