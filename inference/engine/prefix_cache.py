"""KV caches of earlier conversations, each for the next message of its own session."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from inference.model.batch import Cache
from inference.types import Caller


@dataclass(frozen=True, slots=True)
class _Kept:
    cache: Cache
    client: str | None


class PrefixCache:
    """The newest conversation of each session, plus pinned caches of the tasks' constant prefixes.

    A conversation is used by its own session only: neither what is reused, nor the time it saves, tells
    anything about others. A cache always agrees with its tokens, however its request ended.

    `budget` is the limit in bytes of everything: pinned, kept and running. The caller says how many bytes the
    running requests take; kept conversations are dropped until the rest fits beside them.
    """

    def __init__(self, budget: int, max_kept: int) -> None:
        self._budget = budget
        self._max_kept = max_kept
        self._kept: OrderedDict[str, _Kept] = OrderedDict()  # by session, the most recently used last
        self._pinned: list[Cache] = []

    @property
    def kept_bytes(self) -> int:
        """Bytes of the kept conversations."""
        return sum(kept.cache.nbytes for kept in self._kept.values())

    @property
    def nbytes(self) -> int:
        """Bytes of kept conversations and pinned prefixes."""
        return self.kept_bytes + sum(cache.nbytes for cache in self._pinned)

    @property
    def room(self) -> int:
        """Bytes that running requests may take together, if no conversation is kept."""
        return self._budget - sum(cache.nbytes for cache in self._pinned)

    def pin(self, cache: Cache) -> None:
        """Keep a prefix forever."""
        self._pinned.append(cache)

    def forget(self) -> None:
        """Drop all kept conversations; what is pinned stays."""
        self._kept.clear()

    def take(self, prompt: Sequence[int], capacity: int, caller: Caller, running: int) -> Cache | None:
        """Return a cache of the longest known prefix of a prompt without its last token, if there is one.

        The last token is left out because the model must read it to compute its logits. If the prompt
        continues the session's whole conversation, its cache itself is returned, else a copy of the prefix.
        `running` is the bytes of the running requests, with this one; the cache gets its `capacity`.
        """
        if self._continues(prompt, caller.session):
            own = self._kept.pop(str(caller.session)).cache
            self._drop_beyond(self.room - running)
            own.resize(capacity)
            return own
        self._drop_beyond(self.room - running, spared=caller.session)
        # Looked for only now: what was dropped must not stay alive here while the copy is made.
        known = [*self._pinned, *self._of(caller.session)]
        best = max(known, key=lambda cache: common_prefix(cache.tokens, prompt), default=None)
        count = min(common_prefix(best.tokens, prompt), len(prompt) - 1) if best else 0
        return best.copy(count, capacity) if best and count > 0 else None

    def keep(self, cache: Cache, caller: Caller, running: int) -> None:
        """Take back the cache of a request that has ended, for the next message of its session.

        It replaces the session's older conversation. `running` is the bytes of the other running requests.
        What does not fit is dropped.
        """
        if not caller.session or not cache.tokens:
            return
        allowed = min(self._max_kept, self.room - running)
        cache.resize(len(cache.tokens))
        if cache.nbytes > allowed:
            return
        self._kept.pop(caller.session, None)
        self._kept[caller.session] = _Kept(cache, caller.client)
        self._drop_beyond(allowed, spared=caller.session)

    def _of(self, session: str | None) -> list[Cache]:
        """Return the conversation of a session, if one is kept."""
        kept = self._kept.get(session) if session else None
        return [kept.cache] if kept else []

    def _continues(self, prompt: Sequence[int], session: str | None) -> bool:
        """Return whether a prompt goes on after the session's whole conversation, longer than any pin."""
        pinned = max((common_prefix(cache.tokens, prompt) for cache in self._pinned), default=0)
        return any(
            pinned < len(own.tokens) < len(prompt) and list(prompt[: len(own.tokens)]) == own.tokens
            for own in self._of(session)
        )

    def _drop_beyond(self, limit: int, spared: str | None = None) -> None:
        """Drop conversations until the kept ones fit; that of the session `spared` goes last.

        The first to go is the least recently used one of the client that has the most: somebody with many
        sessions loses his own.
        """
        while self._kept and self.kept_bytes > limit:
            counts = Counter(kept.client for kept in self._kept.values())
            most = max(counts.values())
            others = [
                session
                for session, kept in self._kept.items()
                if counts[kept.client] == most and session != spared
            ]
            self._kept.pop(others[0] if others else str(spared))


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """Return the length of the longest common prefix."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
