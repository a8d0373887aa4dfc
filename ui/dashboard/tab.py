"""The frame of the dashboard tab; the page's script fills it with what the routes answer."""

import gradio as gr

from ui.dashboard.browser_files import PLOTLY_ADDRESS
from ui.dashboard.charts import CAPACITY, CHARTS

PARTS = ("view", "health", "notice", "alerts", "drills", "cards", "window")


def add_dashboard_tab() -> None:
    """Lay the frame out inside the current `gr.Blocks`."""
    caption = "<figcaption><span class='title'></span> <small class='note'></small></figcaption>"
    charts = "".join(
        f"<figure class='chart {name}'>{caption}<div role='img' data-chart='{name}'></div></figure>"
        for name in (*CHARTS, CAPACITY)
    )
    parts = "".join(f"<div data-part='{name}'></div>" for name in PARTS)
    gr.HTML(
        f"<div data-plotly='{PLOTLY_ADDRESS}'>"
        "<div data-part='problem' class='notice' role='alert' hidden></div>"
        "<progress data-part='upload' max='1' value='0' hidden></progress>"
        f"{parts}<div class='charts'>{charts}</div>"
        "<div data-part='filter'></div><div data-part='table'></div></div>",
        elem_id="dashboard",
    )
