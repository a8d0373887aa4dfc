"""The chat tab: layout, callbacks, wiring."""

import html
from collections.abc import Callable, Iterator
from contextlib import closing
from time import monotonic
from typing import Any, Literal

import gradio as gr

from inference import Service
from inference.events import Failed
from inference.types import Chunk
from ui.chat.html import bubbles, describe, telemetry, turn_at
from ui.chat.turn import Turn, history
from ui.texts.language import words_for

EXAMPLES = (
    "今天的天气真好，我们去公园走走吧！",
    "The delivery was two hours late and the food was cold.",
    "用三句话介绍一下杭州。",
    "What is a KV cache, in two sentences?",
)
UPDATE_SECONDS = 0.06  # at least, between two states of a reply: each takes time from the model's next token

Rate = Callable[[str, Literal["like", "dislike"]], None]


def add_chat_tab(service: Service, rate: Rate, i18n: gr.I18n) -> None:
    """Lay the tab out inside the current `gr.Blocks`, and wire it to the service.

    `rate` is told a request's id and what its reader thinks of the reply.
    """
    turns_state = gr.State([])
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
        )
        new_chat = gr.Button(i18n("new_chat"), elem_id="new-chat", scale=1, min_width=170)

    def send(message: str, turns: list[Turn], request: gr.Request) -> Iterator[dict[Any, Any]]:
        words = words_for(request)
        turn = Turn(message)
        # Gradio keeps a copy of each output that is left out, for every message: only the box ever is
        yield {
            box: gr.Textbox(value="", submit_btn=False, stop_btn=True),
            conversation: bubbles([*turns, turn], words),
            below: "",
        }
        with closing(service.respond(message, history(turns), request.session_hash)) as events:
            next_update = 0.0
            for event in events:
                turn = turn.after(event)
                can_wait = isinstance(event, Chunk) and event.finish_reason is None
                if isinstance(event, Failed) or (can_wait and monotonic() < next_update):
                    continue
                next_update = monotonic() + UPDATE_SECONDS
                yield {conversation: bubbles([*turns, turn], words), below: telemetry(turn, words)}
        if turn.refused and turn.chat.error is not None:
            text = html.escape(describe(turn.chat.error, words))
            yield {
                box: gr.Textbox(value=message, submit_btn=True, stop_btn=False),
                conversation: bubbles(turns, words),
                below: f"<div class='notice' role='alert'>{text}</div>",
            }
        else:
            turns = [*turns, turn]
            yield {
                turns_state: turns,
                conversation: bubbles(turns, words),
                below: telemetry(turn, words),
                box: gr.Textbox(submit_btn=True, stop_btn=False),
            }

    def like(turns: list[Turn], event: gr.LikeData) -> None:
        place = event.index if isinstance(event.index, int) else event.index[0]
        turn = turn_at(turns, place)
        if isinstance(event.liked, bool):  # a rating that is taken back is no rating
            rate(turn.request_id, "like" if event.liked else "dislike")

    def stop(request: gr.Request) -> None:
        service.cancel(request.session_hash)

    def clear() -> dict[Any, Any]:
        return {
            turns_state: [],
            conversation: [],
            below: "",
            box: gr.Textbox(submit_btn=True, stop_btn=False),
        }

    outputs = [turns_state, conversation, below, box]
    how: dict[str, Any] = {
        "concurrency_id": "model",
        "concurrency_limit": None,  # the engine has its own queue, and measures the wait
        "show_progress": "hidden",
    }
    sent = [
        box.submit(send, [box, turns_state], outputs, api_name="chat", **how),
        conversation.example_select(_example_text, None, box, queue=False, api_visibility="private").then(
            send, [box, turns_state], outputs, api_visibility="private", **how
        ),
    ]
    conversation.like(like, turns_state, None, queue=False, api_visibility="private")
    box.stop(stop, queue=False, api_visibility="private")
    for event in (new_chat.click, conversation.clear):
        event(clear, None, outputs, cancels=sent, queue=False, api_visibility="private")


def _example_text(event: gr.SelectData) -> str:
    return str(event.value["text"])
