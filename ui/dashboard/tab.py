"""The dashboard tab's frame: what is in it comes from this server's own addresses (routes.py)."""

import hashlib
from pathlib import Path

import gradio as gr
import plotly

from ui.dashboard.charts import CAPACITY, CHARTS

ASSETS = Path(__file__).parents[1] / "assets"
PARTS = ("view", "health", "notice", "alerts", "drills", "cards", "window")


def add_dashboard_tab() -> None:
    """Lay the frame out inside the current `gr.Blocks`; a script fills it, and Gradio leaves it alone."""
    caption = "<figcaption><span class='title'></span> <small class='note'></small></figcaption>"
    charts = "".join(
        f"<figure class='chart {name}'>{caption}<div role='img' data-chart='{name}'></div></figure>"
        for name in (*CHARTS, CAPACITY)
    )
    parts = "".join(f"<div data-part='{name}'></div>" for name in PARTS)
    gr.HTML(
        f"<div data-plotly='dashboard/plotly.js?v={plotly.__version__}'>"
        "<div data-part='problem' class='notice' role='alert' hidden></div>"
        "<progress data-part='upload' max='1' value='0' hidden></progress>"
        f"{parts}<div class='charts'>{charts}</div>"
        "<div data-part='filter'></div><div data-part='table'></div></div>",
        elem_id="dashboard",
    )


def assets_version() -> str:
    """Return what changes whenever one of the browser's files does."""
    digest = hashlib.sha256()
    for path in sorted(ASSETS.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
