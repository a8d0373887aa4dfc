"""The dashboard tab: layout, one callback on a timer, wiring."""

import json
from pathlib import Path
from typing import Any

import gradio as gr
import plotly
from plotly.utils import PlotlyJSONEncoder

from monitoring import LiveLog, figures
from monitoring.logger import event_log
from ui.dashboard_view import cards, health, table
from ui.text import choose

TICK_SECONDS = 1.5
ASSETS = Path(__file__).parent / "assets"
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
CHARTS = (figures.latency, figures.memory, figures.cpu)


def add_dashboard_tab(live: LiveLog, log_path: Path) -> None:
    """Lay the tab out inside the current `gr.Blocks`, and wire it to the live log."""
    gr.set_static_paths([PLOTLY_JS])
    seen = gr.State(None)
    log_health = gr.HTML(elem_id="log-health")
    at_a_glance = gr.HTML(elem_id="cards")
    latency = _chart("latency-chart")
    with gr.Row(elem_id="resource-charts"):
        memory = _chart("memory-chart")
        cpu = _chart("cpu-chart")
    records = gr.HTML(elem_id="records")
    timer = gr.Timer(TICK_SECONDS)

    def refresh(seen_state: object, request: gr.Request) -> Any:
        words = choose(request.headers.get("accept-language"))
        view, log = live.view(), event_log()
        dropped, disk_error = (log.dropped, log.error) if log is not None else (0, None)
        state_of_log = health(view, log_path.name, dropped, disk_error, words)
        state = (view.version, state_of_log)  # a disk that refuses brings no new records
        if state == seen_state:
            return gr.skip()
        return [
            state,
            state_of_log,
            cards(view.summary, words),
            *(json.dumps(draw(view.frame, words), cls=PlotlyJSONEncoder) for draw in CHARTS),
            table(view.frame, words),
        ]

    timer.tick(
        refresh,
        seen,
        [seen, log_health, at_a_glance, latency, memory, cpu, records],
        concurrency_id="dashboard",
        concurrency_limit=4,
        show_progress="hidden",
        api_visibility="private",
    )


def _chart(elem_id: str) -> gr.HTML:
    return gr.HTML(
        elem_id=elem_id,
        html_template="<div class='chart' role='img'></div>",
        js_on_load=(ASSETS / "chart.js").read_text(encoding="utf-8"),
        head=f"<script src='/gradio_api/file={PLOTLY_JS}'></script>",
        min_height=320,
    )
