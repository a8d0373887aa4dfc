"""One message with everything that came back for it."""

import html
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from inference import Message
from inference.errors import (
    ClientBusy,
    EngineBusy,
    EngineClosed,
    EngineFailed,
    InferenceError,
    InputError,
    KVMemoryTooSmall,
    ModelFailed,
    ModelNotReady,
    ModelRetried,
    ModelStalled,
    RequestCancelled,
    SessionBusy,
)
from inference.events import Accepted, Event, Failed
from inference.tasks.message import check_message
from inference.types import Chunk, FinishReason, Label, Usage
from ui.chat.html import bubbles, describe, telemetry, turn_at
from ui.chat.turn import Turn, history, readable
from ui.texts.page import EN, ZH
from ui.texts.words import Words

HOSTILE = "<script>alert(1)</script>\n'\"&"


def a_chunk(text: str, reason: FinishReason | None = None, **changes: float | None) -> Chunk:
    """Return a piece of a reply."""
    return Chunk(
        text,
        Usage(prompt_tokens=20, cached_tokens=5, output_tokens=7),
        queue_wait_ms=1.0,
        ttft_ms=changes.get("ttft_ms", 250.0),
        tokens_per_second=changes.get("tokens_per_second", 12.34),
        finish_reason=reason,
        task="chat",
    )


def a_turn(*events: Event, message: str = "hello") -> Turn:
    """Return the turn after some events."""
    turn = Turn(message, ("sentiment",))
    for event in events:
        turn = turn.after(event)
    return turn


def content(turn: Turn, role: str, words: Words = EN) -> str:
    """Return the one bubble of a role."""
    (text,) = (bubble["content"] for bubble in bubbles([turn], words) if bubble["role"] == role)
    assert isinstance(text, str)
    return text


def a_label(task: str, label: str, confidence: float, **more: Any) -> Label:
    """Return an answer."""
    return Label(task, label, confidence, {label: confidence}, **more)


def ids_at(turns: Sequence[Turn]) -> list[str]:
    """Return the request of the turn at each place of a conversation."""
    found = (turn_at(turns, place) for place in range(len(bubbles(turns, EN))))
    return [turn.request_id for turn in found if turn is not None]


def test_a_turn_collects_its_events() -> None:
    """Id, sentiment and the pieces of the reply add up; the last chunk's counters count."""
    last = a_chunk(" there", "stop")
    label = a_label("sentiment", "正面", 0.9)
    turn = a_turn(Accepted("abc"), label, a_chunk("hi"), last)
    assert (turn.request_id, turn.of("sentiment").label, turn.chat.text) == ("abc", label, "hi there")
    assert turn.chat.last is last
    assert not turn.is_rejected


def test_a_turn_does_not_change() -> None:
    """An event makes a new turn and leaves the old one alone."""
    turn = Turn("hello")
    turn.after(a_chunk("hi"))
    assert turn == Turn("hello")


def test_failures_are_kept_by_task() -> None:
    """A failed sentiment is not a failed chat."""
    error = InferenceError("boom")
    assert a_turn(Failed("sentiment", error)).of("sentiment").error is error
    assert a_turn(Failed("sentiment", error)).chat.error is None
    assert a_turn(Failed("chat", error)).chat.error is error


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (InputError("empty", "empty"), True),
        (EngineBusy("busy"), True),
        (ModelNotReady("loading"), True),
        (RequestCancelled("stopped"), False),
        (InferenceError("broken"), False),
        (RuntimeError("broken"), False),
    ],
)
def test_a_message_that_was_not_taken_is_refused(error: Exception, refused: bool) -> None:
    """Only an error that rejects the request returns the message to the text box."""
    assert a_turn(Failed("chat", error)).is_rejected is refused


def test_the_history_is_what_the_model_should_remember() -> None:
    """Messages and replies alternate; a message without a reply stands alone."""
    turns = [a_turn(a_chunk("hi")), a_turn(Failed("chat", RuntimeError()), message="and?")]
    assert history(turns) == [Message("user", "hello"), Message("assistant", "hi"), Message("user", "and?")]


def test_no_turns_have_no_history_and_no_bubbles() -> None:
    """A new conversation is empty."""
    assert history([]) == []
    assert bubbles([], EN) == []


def test_the_badge_tells_the_sentiment() -> None:
    """Beside the message stands what the sentiment task found, or that it runs, or failed."""
    positive = a_label("sentiment", "正面", 0.93, tone="positive")
    negative = a_label("sentiment", "负面", 0.5, tone="negative")
    assert "badge positive'>Positive 93%<" in content(a_turn(positive), "user")
    assert "badge negative'>负面 50%<" in content(a_turn(negative), "user", ZH)
    assert "badge running'>Sentiment …<" in content(a_turn(), "user")
    assert "badge failed'>Sentiment: failed<" in content(a_turn(Failed("sentiment", RuntimeError())), "user")


def test_the_badge_of_a_score_is_its_number() -> None:
    """With one decimal."""
    turn = a_turn(a_label("urgency", "4", 0.5, score=3.72))
    assert "badge answer'>Urgency: 3.7<" in content(turn, "user")


def test_an_unsure_answer_says_so() -> None:
    """Its colour is that of no answer, and it names what it is unsure about."""
    unsure = a_label("sentiment", "正面", 0.51, tone="positive", is_unsure=True)
    assert "badge unsure'>Sentiment: unsure (Positive 51%)<" in content(a_turn(unsure), "user")
    assert "badge unsure'>情感分析: 不确定（正面 51%）<" in content(a_turn(unsure), "user", ZH)


def test_a_message_is_shown_as_text() -> None:
    """Markup in a message is escaped, and its lines stay within the bubble's HTML."""
    bubble = content(a_turn(message=HOSTILE), "user")
    assert "<script" not in bubble
    assert "\n" not in bubble
    assert HOSTILE in html.unescape(bubble)


def test_there_is_no_reply_before_its_first_piece() -> None:
    """An answer that has not begun has no bubble."""
    assert [bubble["role"] for bubble in bubbles([a_turn(Accepted("abc"))], EN)] == ["user"]


@pytest.mark.parametrize(
    ("reason", "mark"), [("stop", None), ("cancelled", "stopped"), ("length", "cut at 7 tokens")]
)
def test_an_early_end_is_marked(reason: FinishReason, mark: str | None) -> None:
    """A reply that was stopped or cut says so; one that ended by itself does not."""
    text = content(a_turn(a_chunk("hi", reason)), "assistant")
    assert text == "hi" if mark is None else (text.startswith("hi") and f">{mark}<" in text)


def test_an_error_is_shown_after_what_came_before_it() -> None:
    """A reply that broke off keeps its beginning and gets the escaped error."""
    text = content(a_turn(a_chunk("hi"), Failed("chat", RuntimeError(HOSTILE))), "assistant")
    assert text.startswith("hi\n\n<span class='mark error'>")
    assert "<script" not in text
    assert HOSTILE in html.unescape(text)


def test_telemetry_shows_the_requests_counters() -> None:
    """The line below the chat holds the short id, the tokens, the first token's time and the speed."""
    line = telemetry(a_turn(Accepted("0123456789abcdef"), a_chunk("hi")), EN)
    for part in ("<code>01234567</code>", "20 → 7 tokens", "first token 0.25 s", "12.3 tokens/s"):
        assert part in line


def test_telemetry_leads_to_the_request() -> None:
    """The short id links to the request's panel by the whole id."""
    line = telemetry(a_turn(Accepted("0123456789abcdef")), EN)
    link = "<a href='?request=0123456789abcdef' data-request='0123456789abcdef'><code>01234567</code></a>"
    assert link in line


def test_each_bubble_belongs_to_its_turn() -> None:
    """Whichever message is rated, its turn is found, also after turns without a reply."""
    turns = [
        a_turn(Accepted("first"), a_chunk("hi")),
        a_turn(Accepted("silent")),
        a_turn(Accepted("failed"), Failed("chat", RuntimeError())),
        a_turn(Accepted("last"), a_chunk("bye")),
    ]
    found = ids_at(turns)
    assert found == ["first", "first", "silent", "failed", "failed", "last", "last"]


@pytest.mark.parametrize("place", [-3, -1, 2, 10**30])
def test_a_place_outside_of_the_conversation_has_no_turn(place: int) -> None:
    """A wrong place, which a program may send, is no turn's."""
    assert turn_at([a_turn(Accepted("a"), a_chunk("hi"))], place) is None


def test_a_conversation_that_was_cut_says_so() -> None:
    """The line of counters tells that the oldest messages are gone, and only then."""
    turn = a_turn(Accepted("a"), a_chunk("hi"))
    assert telemetry(turn, EN, is_cut=True).count(EN["conversation_cut"]) == 1
    assert EN["conversation_cut"] not in telemetry(turn, EN)


@pytest.mark.parametrize("message", [None, 5, True, ["hi"], {"text": "hi"}])
def test_what_is_no_text_is_shown_as_nothing(message: object) -> None:
    """A program may send anything as a message."""
    assert readable(message) == ""


def test_half_a_character_is_shown_as_a_whole_one() -> None:
    """JSON may hold half of a surrogate pair, which no page can be told; whole pairs stay."""
    assert readable("a\ud83d b 😀") == "a\ufffd b 😀"


def test_telemetry_leaves_out_what_is_not_known() -> None:
    """Before the first token there is an id and no invented number."""
    early = telemetry(a_turn(Accepted("abc")), EN)
    assert "abc" in early
    assert "tokens" not in early
    line = telemetry(a_turn(a_chunk("", ttft_ms=None, tokens_per_second=None)), EN)
    assert "first token" not in line
    assert "tokens/s" not in line


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("text", [None, "", "  \n", "x" * 30, "a\x00b", "\ud800"])
def test_every_refusal_of_a_message_is_explained(text: object, words: Words) -> None:
    """Each way in which a message can be wrong has a text of its own, its values filled in."""
    with pytest.raises(InputError) as caught:
        check_message(text, 20)
    shown = describe(caught.value, words)
    assert shown != words["error_failed"].format(message=f"InputError: {caught.value}")
    assert "{" not in shown
    assert all(str(value) in shown for value in caught.value.details.values())


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("kind", [EngineBusy, EngineClosed, EngineFailed, ModelNotReady, RequestCancelled])
def test_every_other_refusal_is_explained(kind: type[InferenceError], words: Words) -> None:
    """Errors of the engine are said in the reader's language."""
    assert describe(kind("detail"), words) == words[f"error_{kind.code}"]


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_refusals_with_figures_are_explained(words: Words) -> None:
    """Who has too many messages, or one that never fits into memory, or no model, reads the figures."""
    for error in (
        ClientBusy("detail", limit=4),
        SessionBusy("detail", limit=2),
        KVMemoryTooSmall("detail", tokens=5000, needed_mb=977, room_mb=512),
        ModelFailed("detail", reason="no network", seconds=20),
        ModelRetried("detail", reason="no network"),
        ModelStalled("detail", seconds=61),
    ):
        shown = describe(error, words)
        assert "detail" not in shown
        assert all(str(value) in shown for value in error.details.values())


def test_too_many_tokens_is_explained() -> None:
    """The refusal of a prompt that does not fit names both numbers."""
    shown = describe(InputError("too_many_tokens", "x", tokens=40, limit=30), EN)
    assert "40" in shown
    assert "30" in shown


@pytest.mark.parametrize("error", [RuntimeError("{braces} 100%"), InputError("new_code", "{braces} 100%")])
def test_an_unknown_error_is_named(error: Exception) -> None:
    """An error without a text of its own shows its class and message as they are."""
    assert f"{type(error).__name__}: {{braces}} 100%" in describe(error, EN)


def test_a_failed_model_says_its_reason() -> None:
    """A plain inference error shows its message."""
    assert describe(InferenceError("no {memory}"), EN) == "The model failed: no {memory}"


def a_translation(text: str, reason: FinishReason | None = None) -> Chunk:
    """Return a piece of what a task says that the page does not know by name."""
    return replace(a_chunk(text, reason), task="translation")


def test_two_streams_are_told_apart() -> None:
    """A further task's text has a bubble of its own below the reply, headed by the task's name."""
    turn = a_turn(a_chunk("hel"), a_translation("bon"), a_chunk("lo", "stop"), a_translation("jour", "stop"))
    user, reply, translation = (bubble["content"] for bubble in bubbles([turn], EN))
    assert "badge" in user
    assert reply == "hello"
    assert translation == "<span class='mark stopped'>translation</span>\n\nbonjour"
    assert history([turn]) == [Message("user", "hello"), Message("assistant", "hello")]


def test_a_further_label_is_a_badge() -> None:
    """A further task's label stands beside the sentiment, escaped, with the task's name."""
    sentiment = a_label("sentiment", "正面", 0.93, tone="positive")
    turn = a_turn(sentiment, a_label("topic", "<food>", 0.5))
    assert "Positive 93%</span> <span class='badge answer'>topic: &lt;food&gt; 50%<" in content(turn, "user")


def test_a_further_failure_is_shown_under_its_name() -> None:
    """A further task that fails says so, and neither the reply nor the message is refused."""
    turn = a_turn(a_chunk("hi", "stop"), Failed("translation", EngineBusy("busy")))
    assert not turn.is_rejected
    _, reply, translation = (bubble["content"] for bubble in bubbles([turn], EN))
    assert reply == "hi"
    assert translation.startswith("<span class='mark stopped'>translation</span>")
    assert EN["error_busy"] in html.unescape(translation)


def test_further_bubbles_belong_to_their_turn() -> None:
    """A rating of a further task's text is one of its turn."""
    turns = [a_turn(Accepted("a"), a_translation("x")), a_turn(Accepted("b"), a_chunk("y"))]
    found = ids_at(turns)
    assert found == ["a", "a", "b", "b"]
