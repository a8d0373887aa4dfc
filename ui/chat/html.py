"""The HTML of a conversation: bubbles, badges, marks, and the line of counters."""

import html
from collections.abc import Sequence
from typing import Any

from inference.errors import InferenceError
from ui.chat.turn import Outcome, Turn
from ui.texts.words import Words, task_name


def bubbles(turns: Sequence[Turn], words: Words) -> list[dict[str, Any]]:
    """Return the conversation as messages of a `gr.Chatbot`."""
    return [bubble for turn in turns for bubble in _bubbles_of(turn, words)]


def turn_at(turns: Sequence[Turn], place: int) -> Turn:
    """Return the turn to which the message at a place of `bubbles()` belongs."""
    for turn in turns:
        place -= _bubble_count(turn)
        if place < 0:
            return turn
    raise IndexError("the conversation has no message at this place")


def telemetry(turn: Turn, words: Words) -> str:
    """Return one line of HTML with the request's counters."""
    link = f"<a href='?request={turn.request_id}' data-request='{turn.request_id}'>"
    parts = [f"{words['request']} {link}<code>{turn.request_id[:8]}</code></a>"]
    if (last := turn.chat.last) is not None:
        parts.append(f"{last.usage.prompt_tokens} → {last.usage.output_tokens} {words['tokens']}")
        if last.ttft_ms is not None:
            parts.append(f"{words['first_token']} {last.ttft_ms / 1000:.2f} s")
        if last.tokens_per_second is not None:
            parts.append(f"{last.tokens_per_second:.1f} {words['tokens']}/s")
    return f"<div class='telemetry'>{' · '.join(parts)}</div>"


def describe(error: Exception, words: Words) -> str:
    """Return what went wrong, in the reader's language."""
    if isinstance(error, InferenceError) and f"error_{error.code}" in words:
        return words[f"error_{error.code}"].format(**{"message": error, **error.details})
    return words["error_failed"].format(message=f"{type(error).__name__}: {error}")


def _bubbles_of(turn: Turn, words: Words) -> list[dict[str, Any]]:
    """Return the user's message with its badges, the reply, and the texts of all other tasks."""
    found = [{"role": "user", "content": _user_bubble(turn, words)}]
    if _has_bubble(turn.chat):
        found.append({"role": "assistant", "content": _reply(turn.chat, words)})
    for task, outcome in turn.others.items():
        if _has_bubble(outcome):
            heading = _mark("stopped", task_name(task, words)).strip()
            found.append({"role": "assistant", "content": f"{heading}\n\n{_reply(outcome, words)}"})
    return found


def _bubble_count(turn: Turn) -> int:
    return 1 + sum(map(_has_bubble, [turn.chat, *turn.others.values()]))


def _has_bubble(outcome: Outcome) -> bool:
    """Return whether there is a text, or a mark that says why there is none."""
    ended_early = outcome.last is not None and outcome.last.finish_reason in ("cancelled", "length")
    return bool(outcome.text) or outcome.error is not None or ended_early


def _reply(outcome: Outcome, words: Words) -> str:
    """Return a task's text, with a mark where it ended early."""
    if outcome.error is not None:
        return outcome.text + _mark("error", describe(outcome.error, words))
    if outcome.last is not None and outcome.last.finish_reason == "cancelled":
        return outcome.text + _mark("stopped", words["stopped"])
    if outcome.last is not None and outcome.last.finish_reason == "length":
        return outcome.text + _mark("stopped", words["cut"].format(tokens=outcome.last.usage.output_tokens))
    return outcome.text


def _user_bubble(turn: Turn, words: Words) -> str:
    text = html.escape(turn.message).replace("\n", "&#10;")
    badges = [_sentiment_badge(turn.sentiment, words)]
    for task, outcome in turn.others.items():
        if (label := outcome.label) is not None:
            name = task_name(task, words)
            badges.append(_badge("running", f"{name}: {label.label} {label.confidence:.0%}"))
    return f"<div class='user-text'>{text}</div>{' '.join(badges)}"


def _sentiment_badge(outcome: Outcome, words: Words) -> str:
    if outcome.label is not None:
        tone = "positive" if outcome.label.label == "正面" else "negative"
        return _badge(tone, f"{words[tone]} {outcome.label.confidence:.0%}")
    if outcome.error is not None:
        return _badge("failed", words["sentiment_failed"])
    return _badge("running", words["sentiment_running"])


def _badge(kind: str, text: str) -> str:
    return f"<span class='badge {kind}'>{html.escape(text)}</span>"


def _mark(kind: str, text: str) -> str:
    return f"\n\n<span class='mark {kind}'>{html.escape(text)}</span>"
