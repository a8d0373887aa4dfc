"""The chat tab: layout, callbacks, wiring."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import Any

import gradio as gr

from inference.events import Event, Failed
from inference.types import Chunk
from ui.chat.clicks import ChosenExample, Rated
from ui.chat.conversations import Conversation, Rating
from ui.chat.html import bubbles, describe, notice, telemetry, turn_at
from ui.chat.parts import ChatParts, client_of
from ui.chat.running import RunningTurn, RunningTurns
from ui.chat.turn import Turn, history, readable
from ui.texts.language import words_for
from ui.texts.words import Words

EXAMPLES = (
    "今天的天气真好，我们去公园走走吧！",
    "The delivery was two hours late and the food was cold.",
    "用三句话介绍一下杭州。",
    "What is a KV cache, in two sentences?",
)
# The same where nobody takes the updates, or slowly: they are kept until somebody does.
UNREAD_SECONDS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class _Components:
    """The components that callbacks write to."""

    conversation: gr.Chatbot
    below: gr.HTML
    box: gr.Textbox

    @property
    def outputs(self) -> list[Any]:
        """All components, for Gradio."""
        return [self.conversation, self.below, self.box]


def add_chat_tab(parts: ChatParts, i18n: gr.I18n) -> None:
    """Add the tab to the current `gr.Blocks`, and connect it to the service."""
    components, new_chat = _add_components(i18n)
    callbacks = _Callbacks(parts, components)
    options: dict[str, Any] = {
        "concurrency_id": "model",
        "concurrency_limit": None,  # the engine has its own queue, and measures the wait
        "show_progress": "hidden",
        "preprocess": False,  # it would turn anything into text, also what a program sends by mistake
    }
    conversation, box, outputs = components.conversation, components.box, components.outputs
    sent = [
        box.submit(callbacks.send, box, outputs, api_visibility="private", **options),
        conversation.example_select(_example_text, None, box, queue=False, api_visibility="private").then(
            callbacks.send, box, outputs, api_visibility="private", **options
        ),
    ]
    conversation.like(callbacks.like, None, None, queue=False, api_visibility="private")
    box.stop(callbacks.stop, queue=False, api_visibility="private")
    for event in (new_chat.click, conversation.clear):
        event(callbacks.clear, None, outputs, cancels=sent, queue=False, api_visibility="private")


def _add_components(i18n: gr.I18n) -> tuple[_Components, gr.Button]:
    """Return the components that callbacks write to, and the button of a new chat."""
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
    return _Components(conversation, below, box), new_chat


class _Callbacks:
    """The functions that Gradio calls; each returns the new values of the components that change."""

    def __init__(self, parts: ChatParts, components: _Components) -> None:
        self._parts = parts
        self._components = components
        self._running = RunningTurns()

    def send(self, message: object, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Answer a message, and update the conversation as the answers come.

        Nothing is answered where the answers before were not taken.
        """
        components, words, session = self._components, words_for(request), request.session_hash
        if self._is_behind(session):
            return
        conversation = self._parts.conversations.of(session)
        before = bubbles(conversation.turns, words)
        turn = Turn(readable(message), self._parts.service.asked)
        # Yield every output but `box`: Gradio deep-copies omitted outputs for each message.
        yield {
            components.box: gr.Textbox(value="", submit_btn=False, stop_btn=True),
            components.conversation: [*before, *bubbles([turn], words)],
            components.below: "",
        }
        with self._running.of_message(session, turn) as running:
            with self._answers(message, conversation, request) as events, self._parts.watched(session):
                next_update = 0.0
                for event in events:
                    turn = running.turn = turn.after(event)
                    can_wait = isinstance(event, Chunk) and event.finish_reason is None
                    if isinstance(event, Failed) or (can_wait and monotonic() < next_update):
                        continue
                    next_update = monotonic() + self._pause(session)
                    yield {
                        components.conversation: [*before, *bubbles([turn], words)],
                        components.below: telemetry(turn, words),
                    }
            if turn.is_rejected and turn.chat.error is not None:
                last = self._returned(turn, before, turn.chat.error, words)
            else:
                last = self._ended(running, request, words)
        yield last

    def like(self, rated: Rated, request: gr.Request) -> None:
        """Record a rating of a reply, at its end if it still comes; one that names no reply is ignored."""
        session, running = request.session_hash, self._running.find(request.session_hash)
        turns = self._parts.conversations.of(session).turns
        turn = turn_at([*turns, running.turn] if running is not None else turns, rated.place)
        if turn is None or rated.rating is None:
            return
        # The turn may end just now: `_ended` keeps it first, and looks for the rating then.
        if running is not None and running.turn.request_id == turn.request_id:
            running.rating = rated.rating
        self._rate(session, turn, rated.rating)

    def _rate(self, session: str | None, turn: Turn, rating: Rating) -> None:
        if self._parts.conversations.rate(session, turn.request_id, rating):
            self._parts.rate(turn.request_id, rating)

    def stop(self, request: gr.Request) -> None:
        """Cancel the visitor's running request."""
        self._parts.service.cancel(request.session_hash)

    def clear(self, request: gr.Request) -> dict[Any, Any]:
        """Start a new conversation."""
        self._parts.conversations.clear(request.session_hash)
        components = self._components
        return {
            components.conversation: [],
            components.below: "",
            components.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }

    def _answers(
        self, message: object, conversation: Conversation, request: gr.Request
    ) -> closing[Generator[Event, None, None]]:
        turns, session = history(conversation.turns), request.session_hash
        return closing(self._parts.service.respond(message, turns, session, client_of(request)))

    def _is_behind(self, session: str | None) -> bool:
        readers = self._parts.readers
        return readers is not None and session is not None and readers.is_behind(session)

    def _pause(self, session: str | None) -> float:
        """Return the time until the next update, in s."""
        readers = self._parts.readers
        if readers is None or session is None or readers.keeps_up(session):
            return self._parts.update_seconds
        return max(UNREAD_SECONDS, self._parts.update_seconds)

    def _returned(
        self, turn: Turn, before: list[dict[str, Any]], error: Exception, words: Words
    ) -> dict[Any, Any]:
        """Put a rejected message back into the text box, with the reason."""
        components = self._components
        return {
            components.box: gr.Textbox(value=turn.message, submit_btn=True, stop_btn=False),
            components.conversation: before,
            components.below: notice(describe(error, words)),
        }

    def _ended(self, running: RunningTurn, request: gr.Request, words: Words) -> dict[Any, Any]:
        """Keep an answered turn, and the rating that it was given meanwhile."""
        components, session, turn = self._components, request.session_hash, running.turn
        conversation = self._parts.conversations.append(session, client_of(request), turn)
        if running.rating is not None:
            self._rate(session, turn, running.rating)
        return {
            components.conversation: bubbles(conversation.turns, words),
            components.below: telemetry(turn, words, conversation.is_cut),
            components.box: gr.Textbox(submit_btn=True, stop_btn=False),
        }


def _example_text(chosen: ChosenExample) -> str:
    """Return the text of the example; "" for one that a program made up."""
    return chosen.text if chosen.text in EXAMPLES else ""
