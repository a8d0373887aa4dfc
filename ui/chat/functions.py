"""The functions that programs call with Gradio's client; the page's own events are private."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from inference import TypedTask
from inference.call import Call
from inference.tasks.chat import Chat
from inference.tasks.task import TaskKind
from inference.types import Caller, Label
from ui.chat.html import describe
from ui.chat.parts import ChatParts, client_of
from ui.chat.turn import Outcome, Turn, history, readable
from ui.texts.language import words_for

SOURCE = {"source": "gradio"}


def add_functions(
    parts: ChatParts, tasks: Sequence[TypedTask], stats: Callable[[], Mapping[str, object]]
) -> None:
    """Add the functions to the current `gr.Blocks`; `stats` returns the numbers of the live log."""
    functions = Functions(parts, {task.name: task for task in tasks}, stats)
    # The engine has its own queue, and measures the wait.
    options: dict[str, Any] = {"concurrency_limit": None, "concurrency_id": "model"}
    api(functions.respond, api_name="respond", **options)
    api(functions.chat, api_name="chat", **options)
    api(functions.classify, api_name="classify", **options)
    api(functions.feedback, api_name="feedback", queue=False)
    api(functions.stats, api_name="stats", queue=False)


def refusal(text: str) -> gr.Error:
    """Return the error that a program gets for what it asked; no failure of the app, which prints nothing."""
    return gr.Error(text, print_exception=False)


class Functions:
    """What programs may call; a session of Gradio's client is one conversation."""

    def __init__(
        self, parts: ChatParts, tasks: Mapping[str, TypedTask], stats: Callable[[], Mapping[str, object]]
    ) -> None:
        self._parts = parts
        self._tasks = tasks
        self._stats = stats

    def respond(self, message: str, request: gr.Request) -> dict[str, Any]:
        """Answer a message with all tasks that run for it, as the page does.

        Returns the request's id, the answers to the typed questions by task, the reply, and its counters.
        """
        asked = Turn(readable(message), self._parts.service.asked)
        turn = _last(self._turns(asked, message, None, request))
        self._keep(turn, request)
        return {
            "request_id": turn.request_id,
            "labels": {name: _answer(outcome) for name, outcome in turn.answers.items()},
            "reply": turn.chat.text,
            **_counters(turn.chat),
        }

    def chat(self, message: str, request: gr.Request) -> Generator[str, None, None]:
        """Answer a message, and stream the reply: each value is the whole text so far."""
        asked = turn = Turn(readable(message))
        for turn in self._turns(asked, message, (Chat,), request):
            if turn.chat.text:
                yield turn.chat.text
        self._keep(turn, request)

    def classify(self, task: str, text: str, request: gr.Request) -> dict[str, Any]:
        """Ask one typed question about a text, such as `sentiment`.

        Returns the request's id, the label, the probability of each label, and whether the answer is unsure.
        """
        if task not in self._tasks:
            raise refusal(f"there is no task {task[:100]!r}; there are {', '.join(self._tasks)}")
        asked = Turn(readable(text), (task,))
        turn = _last(self._turns(asked, text, (self._tasks[task],), request))
        return {"request_id": turn.request_id, **_answer(turn.of(task))}

    def feedback(self, request_id: str, rating: Literal["like", "dislike"], request: gr.Request) -> str:
        """Rate a reply of this session; it becomes a record beside that of the request."""
        if rating not in ("like", "dislike"):
            raise refusal("a rating is like or dislike")
        if not self._parts.conversations.rate(request.session_hash, request_id, rating):
            raise refusal("this session has no such reply, or the reply has this rating already")
        self._parts.rate(request_id, rating)
        return "ok"

    def stats(self) -> dict[str, Any]:
        """Tell the numbers of the live log: requests, errors and times of each task, speed, memory, CPU."""
        return dict(self._stats())

    def _turns(
        self, turn: Turn, text: object, tasks: Sequence[TaskKind] | None, request: gr.Request
    ) -> Generator[Turn, None, None]:
        """Yield the turn after each event.

        Raises:
            gr.Error: the message was not answered.
        """
        session = request.session_hash
        before = (
            history(self._parts.conversations.of(session).turns) if tasks is None or Chat in tasks else ()
        )
        call = Call(text, before, Caller(client_of(request), session), tasks, fields=SOURCE)
        with closing(self._parts.service.ask(call)) as events, self._parts.watched(session):
            for event in events:
                turn = turn.after(event)
                yield turn
        failed = [turn.chat, *turn.answers.values()] if tasks is None else list(turn.outcomes.values())
        error = next((outcome.error for outcome in failed if outcome.error is not None), None)
        if error is not None and not turn.chat.text:
            raise refusal(describe(error, words_for(request)))

    def _keep(self, turn: Turn, request: gr.Request) -> None:
        self._parts.conversations.append(request.session_hash, client_of(request), turn)


def _last(turns: Iterator[Turn]) -> Turn:
    """Return the turn as it is at its end."""
    return deque(turns, maxlen=1).pop()


def _answer(outcome: Outcome) -> dict[str, Any]:
    """Return the answer to a typed question, as programs read it."""
    if (label := outcome.label) is None:
        return {"error": type(outcome.error).__name__ if outcome.error is not None else "no answer"}
    return {
        "label": label.label,
        "confidence": label.confidence,
        "probabilities": dict(label.probabilities),
        "unsure": label.is_unsure,
        **_number(label),
    }


def _number(label: Label) -> dict[str, float]:
    if label.score is not None:
        return {"score": label.score}
    return {} if label.probability is None else {"probability": label.probability}


def _counters(chat: Outcome) -> dict[str, Any]:
    if (last := chat.last) is None:
        return {}
    return {
        "finish_reason": last.finish_reason,
        "prompt_tokens": last.usage.prompt_tokens,
        "cached_tokens": last.usage.cached_tokens,
        "output_tokens": last.usage.output_tokens,
        "ttft_ms": last.ttft_ms,
        "tokens_per_second": last.tokens_per_second,
    }
