"""The chat tab: layout, callbacks, wiring."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

import gradio as gr

from inference import Service
from inference.events import Failed
from inference.types import Chunk
from ui.chat.html import bubbles, describe, notice, telemetry, turn_at
from ui.chat.turn import Turn, history
from ui.texts.language import words_for
from ui.texts.words import Words

EXAMPLES = (
    "今天的天气真好，我们去公园走走吧！",
    "The delivery was two hours late and the food was cold.",
    "用三句话介绍一下杭州。",
    "What is a KV cache, in two sentences?",
)
UPDATE_SECONDS = 0.06  # minimum between two updates of a reply: each update delays the model's next token

Rate = Callable[[str, Literal["like", "dislike"]], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Components:
    """The components that callbacks write to."""

    turns: gr.State
    conversation: gr.Chatbot
    below: gr.HTML
    box: gr.Textbox

    @property
    def outputs(self) -> list[Any]:
        """All components, for Gradio."""
        return [self.turns, self.conversation, self.below, self.box]


def add_chat_tab(service: Service, rate: Rate, i18n: gr.I18n, update_seconds: float) -> None:
    """Add the tab to the current `gr.Blocks`, and connect it to the service.

    `rate` is called with a request's id and the reader's rating of the reply.
    """
    components, new_chat = _add_components(i18n)
    callbacks = _Callbacks(service, rate, components, update_seconds)
    options: dict[str, Any] = {
        "concurrency_id": "model",
        "concurrency_limit": None,  # the engine has its own queue, and measures the wait
        "show_progress": "hidden",
    }
    conversation, box, outputs = components.conversation, components.box, components.outputs
    sent = [
        box.submit(callbacks.send, [box, components.turns], outputs, api_name="chat", **options),
        conversation.example_select(_example_text, None, box, queue=False, api_visibility="private").then(
            callbacks.send, [box, components.turns], outputs, api_visibility="private", **options
        ),
    ]
    conversation.like(callbacks.like, components.turns, None, queue=False, api_visibility="private")
    box.stop(callbacks.stop, queue=False, api_visibility="private")
    for event in (new_chat.click, conversation.clear):
        event(callbacks.clear, None, outputs, cancels=sent, queue=False, api_visibility="private")


def _add_components(i18n: gr.I18n) -> tuple[_Components, gr.Button]:
    """Return the components that callbacks write to, and the button of a new chat."""
    turns = gr.State([])
    conversation = gr.Chatbot(
        elem_id="conversation",
        show_label=False,
        label=i18n("conversation"),
        placeholder=i18n("chat_empty"),  # type: ignore[arg-type]  # the browser translates it too
        examples=[{"text": text} for text in EXAMPLES],
        height="50vh",
        buttons=["copy"],
        latex_delimiters=[],
    )
    below = gr.HTML(elem_id="below")
    with gr.Row(equal_height=True):
        box = gr.Textbox(
            elem_id="message",
            show_label=False,
            label=i18n("you"),
            placeholder=i18n("placeholder"),
            lines=1,
            max_lines=8,
            submit_btn=True,
            autofocus=True,
            scale=8,
            # On a phone, the button beside it goes to a row of its own.
            min_width=280,
        )
        new_chat = gr.Button(i18n("new_chat"), elem_id="new-chat", scale=1, min_width=170)
    return _Components(turns, conversation, below, box), new_chat


class _Callbacks:
    """The functions that Gradio calls; each returns the new values of the components that change."""

    def __init__(self, service: Service, rate: Rate, components: _Components, update_seconds: float) -> None:
        self._service = service
        self._rate = rate
        self._update_seconds = update_seconds
        self._components = components

    def send(self, message: str, turns: list[Turn], request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Answer a message, and update the conversation as the answers come."""
        components, words = self._components, words_for(request)
        turn = Turn(message)
        # Yield every output but `box`: Gradio deep-copies omitted outputs for each message.
        yield {
            components.box: gr.Textbox(value="", submit_btn=False, stop_btn=True),
            components.conversation: bubbles([*turns, turn], words),
            components.below: "",
        }
        with closing(self._service.respond(message, history(turns), request.session_hash)) as events:
            next_update = 0.0
            for event in events:
                turn = turn.after(event)
                can_wait = isinstance(event, Chunk) and event.finish_reason is None
                if isinstance(event, Failed) or (can_wait and monotonic() < next_update):
                    continue
                next_update = monotonic() + self._update_seconds
                yield {
                    components.conversation: bubbles([*turns, turn], words),
                    components.below: telemetry(turn, words),
                }
        yield self._ended(turn, turns, words)

    def like(self, turns: list[Turn], event: gr.LikeData) -> None:
        """Record a rating of a reply."""
        turn = turn_at(turns, event.index if isinstance(event.index, int) else event.index[0])
        if isinstance(event.liked, bool):  # Gradio also reports a withdrawn rating, which is not recorded
            self._rate(turn.request_id, "like" if event.liked else "dislike")

    def stop(self, request: gr.Request) -> None:
        """Cancel the visitor's running request."""
        self._service.cancel(request.session_hash)

    def clear(self) -> dict[Any, Any]:
        """Start a new conversation."""
        components = self._components
        return {
            components.turns: [],
            components.conversation: [],
            components.below: "",
            components.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }

    def _ended(self, turn: Turn, turns: list[Turn], words: Words) -> dict[Any, Any]:
        """Keep an answered turn; put a rejected message back into the text box, with the reason."""
        components = self._components
        if turn.is_rejected and turn.chat.error is not None:
            return {
                components.box: gr.Textbox(value=turn.message, submit_btn=True, stop_btn=False),
                components.conversation: bubbles(turns, words),
                components.below: notice(describe(turn.chat.error, words)),
            }
        turns = [*turns, turn]
        return {
            components.turns: turns,
            components.conversation: bubbles(turns, words),
            components.below: telemetry(turn, words),
            components.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }


def _example_text(event: gr.SelectData) -> str:
    return str(event.value["text"])
