"""Tests of `inference.engine.prefix_cache`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engine.prefix_cache import PrefixCache, common_prefix
from inference.model.batch import Cache
from tests.fakes import FakeCache


def prefixes_of(*kept: str, pinned: str = "", max_bytes: int = 100) -> PrefixCache:
    """Return a prefix cache with these sequences; each token takes one byte."""
    prefixes = PrefixCache(max_bytes)
    if pinned:
        prefixes.pin(FakeCache(pinned.encode()))
    for text in kept:
        prefixes.release(FakeCache(text.encode()))
    return prefixes


def taken(prefixes: PrefixCache, prompt: str) -> str | None:
    """Take the cache for a prompt, and return its tokens as text."""
    cache = prefixes.take(prompt.encode())
    return None if cache is None else bytes(cache.tokens).decode()


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
    """A prompt that diverges earlier gets a copy; the old conversation stays."""
    prefixes = prefixes_of("abcdef")
    assert taken(prefixes, prompt) == known
    assert taken(prefixes, "abcdef") == "abcde"


def test_no_overlap_is_nothing() -> None:
    """A prompt with another first token gets None, and the kept cache stays."""
    prefixes = prefixes_of("abc")
    assert taken(prefixes, "xbc") is None
    assert prefixes.nbytes == 3


def test_the_longest_beginning_is_taken() -> None:
    """Of several conversations and a pinned prefix, the longest common prefix is taken."""
    prefixes = prefixes_of("sys:a", "sys:abc", "sys:x", pinned="sys:")
    assert taken(prefixes, "sys:abcd") == "sys:abc"
    assert taken(prefixes, "sys:zzz") == "sys:"


def test_a_constant_beginning_is_copied() -> None:
    """A pinned prefix is handed out as a copy, and does not count towards the limit."""
    prefixes = prefixes_of(pinned="sys:", max_bytes=0)
    first = prefixes.take(b"sys:a")
    assert first is not None
    first.tokens += b"more"
    assert taken(prefixes, "sys:b") == "sys:"
    assert prefixes.nbytes == 0


def test_the_least_recently_used_goes_first() -> None:
    """Beyond the limit in bytes the least recently used conversation is evicted; a copy counts as a use."""
    prefixes = prefixes_of("aaaa", "bbbb", max_bytes=10)
    assert taken(prefixes, "aaX") == "aa"
    prefixes.release(FakeCache(b"cccc"))
    assert [taken(prefixes, text) for text in ("aaaaX", "bbbbX", "ccccX")] == ["aaaa", None, "cccc"]


def test_what_exceeds_the_limit_alone_is_not_kept() -> None:
    """A cache larger than the limit is not kept, nor is one without tokens."""
    prefixes = prefixes_of("aaaa", "", max_bytes=3)
    assert prefixes.nbytes == 0


texts = st.text("ab", max_size=6)


@given(st.lists(st.tuples(st.booleans(), texts), max_size=30), st.integers(0, 12))
def test_whatever_is_taken_begins_the_prompt(steps: list[tuple[bool, str]], max_bytes: int) -> None:
    """In any order of calls the tokens are right, the limit holds, and no cache has two owners."""
    prefixes = prefixes_of(pinned="ab", max_bytes=max_bytes)
    owned: list[Cache] = []
    for is_taken, text in steps:
        if is_taken:
            known = [list(cache.tokens) for cache in prefixes._kept.values()] + [list(b"ab")]
            cache = prefixes.take(text.encode())
            best = max(common_prefix(tokens, text.encode()) for tokens in known)
            count = min(best, max(0, len(text) - 1))
            assert (list(cache.tokens) if cache else []) == list(text.encode()[:count])
            if cache:
                owned.append(cache)
        elif owned:
            cache = owned.pop()
            cache.tokens += text.encode()
            prefixes.release(cache)
        assert prefixes.nbytes <= max_bytes
        holders = [*owned, *prefixes._kept.values()]
        assert len({id(cache) for cache in holders}) == len(holders)
