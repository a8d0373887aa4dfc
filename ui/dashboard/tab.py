"""The frame of the dashboard tab; the page's script fills it with what the routes answer."""

import gradio as gr
from markupsafe import Markup

from ui.dashboard.charts import CAPACITY, CHARTS
from ui.dashboard.endpoints.browser_files import PLOTLY_ADDRESS

PARTS = ("view", "health", "reading", "notice", "mapping", "alerts", "drills", "cards", "window")


def add_dashboard_tab() -> None:
    """Lay the frame out inside the current `gr.Blocks`."""
    chart = Markup(
        "<figure class='chart {name}'>"
        "<figcaption><span class='title'></span> <small class='note'></small> "
        "<button type='button' data-log-scale hidden></button></figcaption>"
        "<div role='img' data-chart='{name}'></div></figure>"
    )
    frame = Markup(
        "<div data-plotly='{plotly}'><div data-part='problem' class='notice' role='alert' hidden></div>"
        "<div data-part='upload' hidden><span role='status'></span> <progress max='1'></progress></div>"
        "{parts}<div class='charts'>{charts}</div>"
        "<div data-part='filter'></div><div data-part='table'></div></div>"
    ).format(
        plotly=PLOTLY_ADDRESS,
        parts=Markup().join(Markup("<div data-part='{}'></div>").format(name) for name in PARTS),
        charts=Markup().join(chart.format(name=name) for name in (*CHARTS, CAPACITY)),
    )
    gr.HTML(str(frame), elem_id="dashboard")
