"""Tests of `inference.engine.prefix_cache`; each token of a cache takes one byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.prefix_cache import PrefixCache, common_prefix
from inference.types import NOBODY, Caller
from tests.fakes import FakeCache

ME = Caller("10.0.0.1", "mine")


def prefixes_of(*kept: str, pinned: str = "", budget: int = 1000, max_kept: int = 100) -> PrefixCache:
    """Return a prefix cache with these conversations; each begins with its session, which is its client."""
    prefixes = PrefixCache(budget, max_kept)
    if pinned:
        prefixes.pin(FakeCache(pinned.encode()))
    for text in kept:
        prefixes.keep(FakeCache(text.encode()), Caller(text[0], text[0]), 0)
    return prefixes


def taken(prefixes: PrefixCache, prompt: str, caller: Caller | None = None, running: int = 0) -> str | None:
    """Take the cache for a prompt, whose first letter is the session; return its tokens as text."""
    who = Caller(prompt[0], prompt[0]) if caller is None else caller
    cache = prefixes.take(prompt.encode(), len(prompt) + 10, who, running)
    if cache is None:
        return None
    assert cache.nbytes == len(prompt) + 10, "it has the capacity that was asked for"
    return bytes(cache.tokens).decode()


def test_an_empty_cache_knows_nothing() -> None:
    """An empty prefix cache returns None."""
    assert taken(prefixes_of(), "abc") is None


def test_the_identical_prompt_is_known_but_for_its_last_token() -> None:
    """The last token is never taken from the cache, because the model must read it for its logits."""
    assert taken(prefixes_of("abc"), "abc") == "ab"


def test_a_conversation_goes_on() -> None:
    """A prompt that continues a conversation takes its cache away, so a second prompt finds nothing."""
    prefixes = prefixes_of("abc")
    assert taken(prefixes, "abcde") == "abc"
    assert taken(prefixes, "abcde") is None
    assert prefixes.nbytes == 0


@pytest.mark.parametrize(("prompt", "known"), [("abX", "ab"), ("ab", "a"), ("abcX", "abc")])
def test_an_edited_conversation_is_known_up_to_the_edit(prompt: str, known: str) -> None:
    """A prompt that diverges earlier gets a copy; the old conversation stays until the new one is kept."""
    prefixes = prefixes_of("abcdef")
    assert taken(prefixes, prompt) == known
    assert taken(prefixes, "abcdef") == "abcde"
    prefixes.keep(FakeCache(b"abX!"), Caller("a", "a"), 0)
    assert taken(prefixes, "abcdef") == "ab"


def test_no_overlap_is_nothing() -> None:
    """A prompt with another first token gets None, and the kept cache stays."""
    prefixes = prefixes_of("abc")
    assert taken(prefixes, "xbc", Caller("a", "a")) is None
    assert prefixes.nbytes == 3


@pytest.mark.parametrize("other", [Caller("a", "another"), Caller("b", None), NOBODY, Caller(None, "other")])
def test_nobody_uses_the_conversation_of_another_session(other: Caller) -> None:
    """The same prompt finds nothing of another session, not even of the same client; pins are for all."""
    prefixes = prefixes_of("abcdef", pinned="ab")
    assert taken(prefixes, "abcdef", other) == "ab"
    assert taken(prefixes, "abcdef") == "abcde"


def test_without_a_session_nothing_is_kept() -> None:
    """What somebody without a session has said is not remembered."""
    prefixes = prefixes_of()
    prefixes.keep(FakeCache(b"abc"), Caller("10.0.0.1", None), 0)
    assert prefixes.nbytes == 0


def test_the_longest_beginning_is_taken() -> None:
    """Of the session's conversation and a pinned prefix, the longer common prefix is taken."""
    prefixes = prefixes_of("sys:ab", pinned="sys:")
    assert taken(prefixes, "sys:abcd") == "sys:ab"
    assert taken(prefixes, "sys:zzz") == "sys:"


def test_a_constant_beginning_is_copied() -> None:
    """A pinned prefix is handed out as a copy, and counts towards the budget alone."""
    prefixes = prefixes_of(pinned="sys:", budget=100, max_kept=0)
    first = prefixes.take(b"sys:a", 20, ME, 20)
    assert first is not None
    first.tokens += b"more"
    assert taken(prefixes, "sys:b") == "sys:"
    assert (prefixes.nbytes, prefixes.kept_bytes, prefixes.room) == (4, 0, 96)


def test_a_kept_cache_is_cut_to_its_tokens() -> None:
    """What a reply has reserved and not used is given back."""
    prefixes = prefixes_of()
    prefixes.keep(FakeCache(b"abc", capacity=90), ME, 0)
    assert prefixes.kept_bytes == 3


def test_the_least_recently_used_goes_first() -> None:
    """Beyond the limit in bytes the least recently used conversation is dropped."""
    prefixes = prefixes_of("aaaa", "bbbb", "cccc", max_kept=10)
    assert [taken(prefixes, text) for text in ("aaaaX", "bbbbX", "ccccX")] == [None, "bbbb", "cccc"]


def test_who_has_many_sessions_loses_his_own() -> None:
    """However many conversations one client begins, those of others stay."""
    prefixes = prefixes_of("aaaa", "bbbb", max_kept=20)
    for number in range(50):
        prefixes.keep(FakeCache(b"flood"), Caller("one", f"made-up {number}"), 0)
        assert prefixes.kept_bytes <= 20
    assert [taken(prefixes, text) for text in ("aaaaX", "bbbbX")] == ["aaaa", "bbbb"]


def test_what_runs_goes_before_what_is_kept() -> None:
    """Conversations are dropped until the others fit beside the running requests, one's own last."""
    prefixes = prefixes_of("mmmm", "aaaa", "bbbb", budget=30)
    caller = Caller("m", "m")
    assert taken(prefixes, "mmX", caller, running=22) == "mm"
    assert prefixes.kept_bytes == 8
    assert taken(prefixes, "mmX", caller, running=26) == "mm"
    assert prefixes.kept_bytes == 4
    assert taken(prefixes, "mmX", caller, running=27) is None
    assert prefixes.kept_bytes == 0


def test_a_continued_conversation_needs_no_room_beside_itself() -> None:
    """A conversation that goes on becomes the running request's own, also where two would not fit."""
    prefixes = prefixes_of("a" * 60, budget=100)
    assert taken(prefixes, "a" * 61, running=100) == "a" * 60
    assert prefixes.nbytes == 0


def test_nothing_is_kept_beyond_the_budget() -> None:
    """A conversation that does not fit beside the running requests is not kept, and pushes nothing out."""
    prefixes = prefixes_of("aaaa", budget=20)
    prefixes.keep(FakeCache(b"12345"), ME, 16)
    assert prefixes.kept_bytes == 4
    prefixes.keep(FakeCache(b"12345"), ME, 15)
    assert prefixes.kept_bytes == 5


def test_what_exceeds_the_limit_alone_is_not_kept() -> None:
    """A cache larger than the limit is not kept, nor is one without tokens."""
    prefixes = prefixes_of("aaaa", max_kept=3)
    prefixes.keep(FakeCache(), ME, 0)
    assert prefixes.nbytes == 0


texts = st.text("ab", min_size=1, max_size=6)
callers = st.builds(Caller, st.sampled_from([None, "x", "y"]), st.sampled_from([None, "1", "2", "3"]))


@given(st.lists(st.tuples(st.booleans(), texts, callers), max_size=30), st.integers(0, 12))
def test_whatever_is_taken_begins_the_prompt(steps: list[tuple[bool, str, Caller]], max_kept: int) -> None:
    """In any order of calls the tokens are the longest that the session knows, and the limit holds."""
    prefixes = prefixes_of(pinned="ab", max_kept=max_kept)
    for is_taken, text, caller in steps:
        prompt = text.encode()
        if is_taken:
            own = prefixes._kept.get(caller.session) if caller.session else None
            known = [list(b"ab"), *([list(own.cache.tokens)] if own else [])]
            cache = prefixes.take(prompt, 20, caller, 0)
            count = min(max(common_prefix(tokens, prompt) for tokens in known), len(text) - 1)
            assert (list(cache.tokens) if cache else []) == list(prompt[:count])
        else:
            prefixes.keep(FakeCache(prompt, capacity=20), caller, 0)
        assert prefixes.kept_bytes <= max_kept
