"""One message with everything that came back for it, and how it looks."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inference import Message
from inference.errors import InferenceError
from inference.service import Accepted, Event, Failed
from inference.types import Chunk, Sentiment

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, and what the service said of it so far."""

    message: str
    request_id: str = ""
    sentiment: Sentiment | None = None
    sentiment_error: Exception | None = None
    reply: str = ""
    last: Chunk | None = None  # the newest chunk: its counters are the reply's
    chat_error: Exception | None = None

    def after(self, event: Event) -> "Turn":
        """Return the turn as it is after one more event."""
        match event:
            case Accepted():
                return replace(self, request_id=event.request_id)
            case Sentiment():
                return replace(self, sentiment=event)
            case Chunk():
                return replace(self, reply=self.reply + event.text, last=event)
            case Failed(task_type="sentiment"):
                return replace(self, sentiment_error=event.error)
            case Failed():
                return replace(self, chat_error=event.error)

    @property
    def refused(self) -> bool:
        """Whether the message was not taken at all."""
        return isinstance(self.chat_error, InferenceError) and self.chat_error.status == "rejected"


def history(turns: Sequence[Turn]) -> list[Message]:
    """Return the conversation as the model should remember it."""
    messages = []
    for turn in turns:
        messages.append(Message("user", turn.message))
        if turn.reply:
            messages.append(Message("assistant", turn.reply))
    return messages


def bubbles(turns: Sequence[Turn], words: Words) -> list[dict[str, Any]]:
    """Return the conversation as messages of a `gr.Chatbot`."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": _user_bubble(turn, words)})
        reply = turn.reply
        if turn.chat_error is not None:
            reply += _mark("error", describe(turn.chat_error, words))
        elif turn.last is not None and turn.last.finish_reason == "cancelled":
            reply += _mark("stopped", words["stopped"])
        elif turn.last is not None and turn.last.finish_reason == "length":
            reply += _mark("stopped", words["cut"].format(tokens=turn.last.usage.output_tokens))
        if reply:
            messages.append({"role": "assistant", "content": reply})
    return messages


def turn_at(turns: Sequence[Turn], place: int, words: Words) -> Turn:
    """Return the turn to which the message at a place of `bubbles()` belongs."""
    return [turn for turn in turns for _ in bubbles([turn], words)][place]


def telemetry(turn: Turn, words: Words) -> str:
    """Return one line of HTML with the request's counters."""
    link = f"<a href='?request={turn.request_id}' data-request='{turn.request_id}'>"
    parts = [f"{words['request']} {link}<code>{turn.request_id[:8]}</code></a>"]
    if turn.last is not None:
        usage = turn.last.usage
        parts.append(f"{usage.prompt_tokens} → {usage.output_tokens} {words['tokens']}")
        if turn.last.ttft_ms is not None:
            parts.append(f"{words['first_token']} {turn.last.ttft_ms / 1000:.2f} s")
        if turn.last.tokens_per_second is not None:
            parts.append(f"{turn.last.tokens_per_second:.1f} {words['tokens']}/s")
    return f"<div class='telemetry'>{' · '.join(parts)}</div>"


def describe(error: Exception, words: Words) -> str:
    """Say what went wrong, in the reader's language."""
    if isinstance(error, InferenceError) and f"error_{error.code}" in words:
        return words[f"error_{error.code}"].format(**{"message": error, **error.details})
    return words["error_failed"].format(message=f"{type(error).__name__}: {error}")


def _user_bubble(turn: Turn, words: Words) -> str:
    text = html.escape(turn.message).replace("\n", "&#10;")
    if turn.sentiment is not None:
        tone = "positive" if turn.sentiment.label == "正面" else "negative"
        badge = f"<span class='badge {tone}'>{words[tone]} {turn.sentiment.confidence:.0%}</span>"
    elif turn.sentiment_error is not None:
        badge = f"<span class='badge failed'>{words['sentiment_failed']}</span>"
    else:
        badge = f"<span class='badge running'>{words['sentiment_running']}</span>"
    return f"<div class='user-text'>{text}</div>{badge}"


def _mark(kind: str, text: str) -> str:
    return f"\n\n<span class='mark {kind}'>{html.escape(text)}</span>"
