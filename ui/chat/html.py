"""The HTML of a conversation: bubbles, badges, marks, and the line of counters.

A reply is Markdown, which Gradio renders without its scripts; marks are HTML after that Markdown.
"""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from inference.errors import InferenceError
from ui.chat.turn import Outcome, Turn
from ui.texts.words import Words, label_name, task_name


def bubbles(turns: Sequence[Turn], words: Words) -> list[dict[str, Any]]:
    """Return the conversation as messages of a `gr.Chatbot`."""
    return [bubble for turn in turns for bubble in _bubbles_of(turn, words)]


def turn_at(turns: Sequence[Turn], place: int) -> Turn | None:
    """Return the turn to which the message at a place of `bubbles()` belongs; None where there is none."""
    if place < 0:
        return None
    for turn in turns:
        place -= _bubble_count(turn)
        if place < 0:
            return turn
    return None


def telemetry(turn: Turn, words: Words, is_cut: bool = False) -> str:
    """Return one line of HTML with the request's counters.

    `is_cut` adds that the conversation's beginning is left out.
    """
    link = Markup("{name} <a href='?request={id}' data-request='{id}'><code>{short}</code></a>")
    parts: list[str] = [link.format(name=words["request"], id=turn.request_id, short=turn.request_id[:8])]
    if (last := turn.chat.last) is not None:
        parts.append(f"{last.usage.prompt_tokens} → {last.usage.output_tokens} {words['tokens']}")
        if last.ttft_ms is not None:
            parts.append(f"{words['first_token']} {last.ttft_ms / 1000:.2f} s")
        if last.tokens_per_second is not None:
            parts.append(f"{last.tokens_per_second:.1f} {words['tokens']}/s")
    if is_cut:
        parts.append(words["conversation_cut"])
    return str(Markup("<div class='telemetry'>{}</div>").format(Markup(" · ").join(parts)))


def notice(text: str) -> str:
    """Return a notice below the conversation."""
    return str(Markup("<div class='notice' role='alert'>{}</div>").format(text))


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
            heading = _mark("stopped", task_name(task, words))
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
    mark = _end_mark(outcome, words)
    return f"{outcome.text}\n\n{mark}" if mark else outcome.text


def _end_mark(outcome: Outcome, words: Words) -> str:
    if outcome.error is not None:
        return _mark("error", describe(outcome.error, words))
    if outcome.last is not None and outcome.last.finish_reason == "cancelled":
        return _mark("stopped", words["stopped"])
    if outcome.last is not None and outcome.last.finish_reason == "length":
        return _mark("stopped", words["cut"].format(tokens=outcome.last.usage.output_tokens))
    return ""


def _user_bubble(turn: Turn, words: Words) -> str:
    text = escape(turn.message).replace("\n", Markup("&#10;"))  # a line break would end the bubble's HTML
    badges = [_answer_badge(task, outcome, words) for task, outcome in turn.answers.items()]
    return str(Markup("<div class='user-text'>{}</div>{}").format(text, Markup(" ").join(badges)))


def _answer_badge(task: str, outcome: Outcome, words: Words) -> Markup:
    """Return the badge of a typed question: its answer, or why there is none yet."""
    name = task_name(task, words)
    if outcome.error is not None:
        return _badge("failed", words["label_failed"].format(task=name))
    if (answer := outcome.label) is None:
        return _badge("running", words["label_running"].format(task=name))
    if answer.score is not None:
        described = f"{answer.score:.1f}"
    else:
        described = f"{label_name(answer.label, words)} {answer.confidence:.0%}"
    if answer.is_unsure:
        return _badge("unsure", f"{name}: {words['label_unsure'].format(label=described)}")
    # A label that is good or bad news says by its colour what it is about.
    return _badge(answer.tone, described) if answer.tone else _badge("answer", f"{name}: {described}")


def _badge(kind: str, text: str) -> Markup:
    return Markup("<span class='badge {}'>{}</span>").format(kind, text)


def _mark(kind: str, text: str) -> str:
    """Return HTML that may stand in Markdown: as a `Markup` it would escape the Markdown beside it."""
    return str(Markup("<span class='mark {}'>{}</span>").format(kind, text))
