"""The dashboard tab: layout, one callback on a timer, wiring."""

import html
import json
from pathlib import Path
from typing import Any

import gradio as gr
import plotly
from plotly.utils import PlotlyJSONEncoder

from monitoring import LiveLog, figures
from monitoring.aggregate import summarize
from monitoring.logger import log_writer
from ui.dashboard_view import cards, table
from ui.text import choose
from ui.turn import Words

TICK_SECONDS = 1.5
ASSETS = Path(__file__).parent / "assets"
PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
CHARTS = (figures.latency, figures.memory, figures.cpu)


def add_dashboard_tab(live: LiveLog, log_path: Path) -> None:
    """Lay the tab out inside the current `gr.Blocks`, and wire it to the live log."""
    gr.set_static_paths([PLOTLY_JS])
    seen = gr.State(None)
    health = gr.HTML(elem_id="log-health")
    at_a_glance = gr.HTML(elem_id="cards")
    latency = _chart("latency-chart")
    with gr.Row(elem_id="resource-charts"):
        memory = _chart("memory-chart")
        cpu = _chart("cpu-chart")
    records = gr.HTML(elem_id="records")
    timer = gr.Timer(TICK_SECONDS)

    def refresh(seen_state: object, request: gr.Request) -> Any:
        words = choose(request.headers.get("accept-language"))
        frame = live.snapshot()
        log_health = _health(live, len(frame), log_path, words)
        state = (live.version, log_health)  # a disk that refuses brings no new records
        if state == seen_state:
            return gr.skip()
        return [
            state,
            log_health,
            cards(summarize(frame), words),
            *(json.dumps(draw(frame, words), cls=PlotlyJSONEncoder) for draw in CHARTS),
            table(frame, words),
        ]

    timer.tick(
        refresh,
        seen,
        [seen, health, at_a_glance, latency, memory, cpu, records],
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


def _health(live: LiveLog, count: int, log_path: Path, words: Words) -> str:
    """Say what is read, and what is wrong with the log."""
    scope = words["scope"].format(count=f"{count:,}", path=log_path.name)
    parts = [scope, words["newest_points"].format(points=f"{figures.MAX_POINTS:,}")]
    problems = []
    if live.broken:
        problems.append(words["broken"].format(count=live.broken))
    writer = log_writer()
    if writer is not None and writer.dropped:
        problems.append(words["dropped"].format(count=writer.dropped))
    if writer is not None and writer.error is not None:
        problems.append(words["disk_error"].format(error=writer.error))
    warning = f"<span class='warning' role='alert'>{html.escape(' · '.join(problems))}</span>"
    return f"<div class='scope'>{html.escape(' · '.join(parts))} {warning if problems else ''}</div>"
