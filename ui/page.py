"""The page around the tabs, and the app that serves it."""

from collections.abc import Callable, Mapping, Sequence

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp

from inference import EngineConfig, Loader, Service, TypedTask
from inference.errors import ModelStalled
from monitoring import MonitoringConfig
from ui.api.parts import ApiParts
from ui.api.routes import add_api
from ui.chat.conversations import Conversations
from ui.chat.functions import add_functions
from ui.chat.parts import UPDATE_SECONDS, ChatParts, Rate
from ui.chat.readers import Readers
from ui.chat.result_queue import ResultQueue, ResultStreams
from ui.chat.tab import add_chat_tab
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.endpoints.browser_files import ASSETS, assets_version
from ui.dashboard.endpoints.routes import routes
from ui.dashboard.tab import add_dashboard_tab
from ui.guard.config import GuardConfig
from ui.guard.guard import Guard
from ui.guard.operators import Operators
from ui.guard.rules import MCP
from ui.guard.sign_in.endpoints import SignIn
from ui.header import TITLE, header
from ui.mcp.endpoint import McpEndpoint
from ui.mcp.installed import is_installed
from ui.mcp.parts import McpParts
from ui.roles import Role, role_of
from ui.server.event_bodies import EventBodies
from ui.server.page_head import PageHead
from ui.texts.language import words_for
from ui.texts.page import EN, ZH

STATUS_SECONDS = 0.7  # between two updates of the header while the model is loading
# The same while it cannot be loaded, which may last for hours: the guard counts each update as a button.
FAILED_SECONDS = 10.0
QUEUE_SECONDS = 0.01  # between two polls of the queue
MAX_SESSIONS = 200  # most recently used sessions of which Gradio keeps something; its default is 10,000
MAX_QUEUE = 1_000  # events that have not begun; the engine bounds those that have
FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
MONO_FONTS = ("ui-monospace", "Consolas", "Noto Sans Mono CJK SC", "monospace")
# Threads for buttons, the page itself and its files; each running message takes one more.
OTHER_THREADS = 40


def build_page(
    service: Service,
    loader: Loader,
    rate: Rate,
    operators: Operators,
    update_seconds: float = UPDATE_SECONDS,
    readers: Readers | None = None,
    tasks: Sequence[TypedTask] = (),
    stats: Callable[[], Mapping[str, object]] = dict,
) -> gr.Blocks:
    """Build the page with its tabs; nothing runs before it is served.

    `readers` tells who reads results, where the guard has been given the same. `tasks` and `stats` are those
    of the functions for programs.
    """
    i18n = gr.I18n()
    parts = ChatParts(service, rate, Conversations(), readers, update_seconds)
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    # On a Space, Gradio would add a header of its own, with fonts and scripts from elsewhere.
    page.space_id = None
    with page:  # `with ... as page` would lose the type
        head = gr.HTML(elem_id="head")
        with gr.Tabs():
            with gr.Tab(i18n("tab_chat"), id="chat"):
                add_chat_tab(parts, i18n)
                gr.Markdown(i18n("fine_print"), elem_id="fine-print")
                gr.Markdown(i18n("too_long"), elem_id="too-long")  # message_limit.js shows it
            with gr.Tab(i18n("tab_dashboard"), id="dashboard"):
                add_dashboard_tab()
        timer = gr.Timer(STATUS_SECONDS)

        def show_head(request: gr.Request) -> tuple[str, gr.Timer]:
            words = words_for(request)
            next_update = gr.Timer(status_seconds(loader), active=not loader.ready)
            return header(loader, operators, _role(request), words), next_update

        def leave(request: gr.Request) -> None:
            service.cancel(request.session_hash)
            parts.conversations.on_leave(request.session_hash)

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
        add_functions(parts, tasks, stats)
    # Without `api_open=False`, a program could pass the queue by.
    page.queue(api_open=False, max_size=MAX_QUEUE)
    # Gradio polls its queue every 1 ms, which costs CPU. Private attribute: Gradio has no public setting.
    page._queue.sleep_when_free = QUEUE_SECONDS
    return page


def build_app(
    page: gr.Blocks,
    dashboard: Dashboard,
    engine_config: EngineConfig,
    monitoring_config: MonitoringConfig,
    guard_config: GuardConfig,
    operators: Operators,
    sign_in: SignIn,
    max_sessions: int = MAX_SESSIONS,
    readers: Readers | None = None,
    api: ApiParts | None = None,
) -> ASGIApp:
    """Return what a server runs: Gradio's page, the dashboard's routes and the API, behind the guard."""
    page.state_session_capacity = max_sessions
    page.max_threads = page._queue.max_thread_count = (
        engine_config.max_batch + engine_config.max_waiting + OTHER_THREADS
    )
    app = FastAPI(
        title=TITLE,
        routes=[*sign_in.routes(), *routes(dashboard)],
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    has_mcp = api is not None and is_installed()
    if api is not None:
        add_api(app, api)
        if has_mcp:
            app.router.routes.append(Route(MCP, McpEndpoint(McpParts(api, dashboard)), methods=["POST"]))
    gr.mount_gradio_app(
        app,
        page,
        "/",
        i18n=_i18n(engine_config, monitoring_config),
        theme=gr.themes.Soft(primary_hue="indigo", font=FONTS, font_mono=MONO_FONTS).set(
            body_text_color_subdued="*neutral_600"  # the theme's default has too little contrast on white
        ),
        css_paths=[ASSETS / "style.css", ASSETS / "dashboard.css"],
        root_path=guard_config.gradio_root_path,
        max_file_size=1,  # the guard lets no file through to Gradio
        show_error=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
    )
    readers = readers or Readers()
    readers.results = results = ResultQueue(page)
    inner = ResultStreams(EventBodies(PageHead(app, _head()), page), results, readers)
    return Guard(inner, guard_config, operators, readers, absent=() if has_mcp else (MCP,))


def status_seconds(loader: Loader) -> float:
    """Return the time until the next update of the header: soon where something may have happened by then."""
    failure = loader.failure
    if failure is None:
        return STATUS_SECONDS
    if failure.retry_at is None:
        return FAILED_SECONDS if isinstance(failure.error, ModelStalled) else STATUS_SECONDS
    return min(FAILED_SECONDS, max(STATUS_SECONDS, loader.retry_seconds(failure)))


def _role(request: gr.Request) -> Role:
    """Return who sends a request to Gradio."""
    return Role.VISITOR if request.request is None else role_of(request.request.scope)


def _head() -> str:
    return (
        # Browsers would look for an icon, and Gradio's page for a manifest, above the path of a proxy.
        '<link rel="icon" href="favicon.ico"><link rel="manifest" href="manifest.json">'
        f"<script>{(ASSETS / 'language.js').read_text(encoding='utf-8')}</script>"
        f'<script type="module" src="dashboard/assets/{assets_version()}/main.js"></script>'
    )


def _i18n(engine_config: EngineConfig, monitoring_config: MonitoringConfig) -> gr.I18n:
    def texts(words: dict[str, str]) -> dict[str, str]:
        limits = words["limits"].format(chars=f"{engine_config.max_input_chars:,}")
        fine_print = f"{limits} {words[f'content_{monitoring_config.log_content}']}"
        too_long = words["error_too_long"].format(length="{length}", limit=engine_config.max_input_chars)
        return {**words, "fine_print": fine_print, "too_long": too_long}

    zh = texts(ZH)
    return gr.I18n(**{"en": texts(EN), "zh": zh, "zh-CN": zh, "zh-TW": zh})
