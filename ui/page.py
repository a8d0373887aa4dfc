"""The page around the tabs, and the options with which Gradio serves it."""

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from inference import EngineConfig, Loader, Service
from monitoring import MonitoringConfig
from ui.chat.tab import UPDATE_SECONDS, Rate, add_chat_tab
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.endpoints.browser_files import ASSETS, assets_version
from ui.dashboard.endpoints.routes import routes
from ui.dashboard.tab import add_dashboard_tab
from ui.head_middleware import PageHead
from ui.header import TITLE, header
from ui.texts.language import words_for
from ui.texts.page import EN, ZH

STATUS_SECONDS = 0.7  # between two updates of the header while the model is loading
QUEUE_SECONDS = 0.01  # between two polls of the queue
MAX_SESSIONS = 200  # most recently used sessions whose conversation is kept; Gradio's default is 10,000
FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
MONO_FONTS = ("ui-monospace", "Consolas", "Noto Sans Mono CJK SC", "monospace")
# A reply may contain the address of an image on another server: the browser must not fetch it.
CONTENT_POLICY = (
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'"
)


def build_page(
    service: Service, loader: Loader, rate: Rate, update_seconds: float = UPDATE_SECONDS
) -> gr.Blocks:
    """Build the page with its tabs; nothing runs before `launch()`."""
    i18n = gr.I18n()
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:  # `with ... as page` would lose the type
        head = gr.HTML(elem_id="head")
        with gr.Tabs():
            with gr.Tab(i18n("tab_chat"), id="chat"):
                add_chat_tab(service, rate, i18n, update_seconds)
                gr.Markdown(i18n("fine_print"), elem_id="fine-print")
            with gr.Tab(i18n("tab_dashboard"), id="dashboard"):
                add_dashboard_tab()
        timer = gr.Timer(STATUS_SECONDS)

        def show_head(request: gr.Request) -> tuple[str, gr.Timer]:
            words = words_for(request)
            settled = loader.ready or loader.error is not None
            return header(loader, words), gr.Timer(active=not settled)

        def leave(request: gr.Request) -> None:
            service.cancel(request.session_hash)

        gr.on(
            [page.load, timer.tick],
            show_head,
            None,
            [head, timer],
            show_progress="hidden",
            queue=False,
            api_visibility="private",
        )
        page.unload(leave)
    # Gradio polls its queue every 1 ms, which costs CPU. Private attribute: Gradio has no public setting.
    page._queue.sleep_when_free = QUEUE_SECONDS
    return page


def launch_options(
    engine_config: EngineConfig,
    monitoring_config: MonitoringConfig,
    dashboard: Dashboard,
    max_sessions: int = MAX_SESSIONS,
) -> dict[str, Any]:
    """Return the arguments of `gr.Blocks.launch()`: theme, the dashboard's routes, unused features off."""
    return {
        "i18n": _i18n(engine_config, monitoring_config),
        "theme": gr.themes.Soft(primary_hue="indigo", font=FONTS, font_mono=MONO_FONTS).set(
            body_text_color_subdued="*neutral_600"  # the theme's default has too little contrast on white
        ),
        "css_paths": [ASSETS / "style.css", ASSETS / "dashboard.css"],
        "app_kwargs": {
            "routes": routes(dashboard),
            "middleware": [Middleware(PageHead, markup=_head())],
        },
        "state_session_capacity": max_sessions,
        "max_threads": engine_config.max_batch + engine_config.max_waiting + 40,
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "share": False,
        "quiet": True,
    }


def _head() -> str:
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">'
        f"<script>{(ASSETS / 'language.js').read_text(encoding='utf-8')}</script>"
        f'<script type="module" src="dashboard/assets/{assets_version()}/main.js"></script>'
    )


def _i18n(engine_config: EngineConfig, monitoring_config: MonitoringConfig) -> gr.I18n:
    def texts(words: dict[str, str]) -> dict[str, str]:
        limits = words["limits"].format(chars=f"{engine_config.max_input_chars:,}")
        return {**words, "fine_print": f"{limits} {words[f'content_{monitoring_config.log_content}']}"}

    zh = texts(ZH)
    return gr.I18n(**{"en": texts(EN), "zh": zh, "zh-CN": zh, "zh-TW": zh})
