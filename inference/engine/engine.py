"""The interface to the model: `prepare_reply()` or `prepare_score()`, then `submit()`."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from inference.config import EngineConfig
from inference.engine.label_tree import LabelTree
from inference.engine.places import Places
from inference.engine.prefix_cache import PrefixCache, common_prefix
from inference.engine.reply import Reply
from inference.engine.request import Handling, Request
from inference.engine.scheduler import Scheduler
from inference.engine.scoring import Scoring, TokenizedQuestion
from inference.engine.token_counts import TokenCounts
from inference.engine.worker import CLOSE_SECONDS, Worker
from inference.errors import InputError, KVMemoryTooSmall
from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from inference.observer import ModelEvents, no_events
from inference.types import NOBODY, Caller, Chunk, Finished, Message, Question, Sampling, Score

PINNED_SHARE = 4  # all pinned prefixes together take at most one of so many parts of the budget


def never() -> bool:
    """Return False: the request is never cancelled."""
    return False


class Engine:
    """Answer several callers at once with one model; safe to call from any thread.

    The keys and values of all sequences together, whether they run, are remembered or pinned, never take more
    than `kv_budget_bytes`. A request starts when there is room for the longest sequence that it may become.
    """

    def __init__(
        self,
        model: Model,
        config: EngineConfig,
        clock: Callable[[], float] = perf_counter,
        on_event: ModelEvents = no_events,
        close_seconds: float = CLOSE_SECONDS,
    ) -> None:
        self._model = model
        self._clock = clock
        self.request_timeout = config.request_timeout  # s
        self.context_tokens = min(config.context_tokens, model.max_tokens)
        self.kv_budget_bytes = config.kv_memory_mb << 20
        self.places = Places(config.max_batch + config.max_waiting, config.max_per_client)
        self._counts = TokenCounts(lambda messages: len(model.encode_chat(messages)))
        self._prefixes = PrefixCache(self.kv_budget_bytes, self._max_kept(config))
        scheduler = Scheduler[Request[Any]](config.max_batch, model.pass_tokens)
        self._worker = Worker(model, scheduler, self._prefixes, on_event, close_seconds)

    @property
    def model_name(self) -> str:
        """The name of the model."""
        return self._model.name

    @property
    def kind(self) -> str:
        """The value of `engine` in records, e.g. `torch-bf16`."""
        return f"torch-{self._model.dtype}"

    @property
    def kv_bytes(self) -> int:
        """Bytes of keys and values now: pinned, remembered, and what running requests have reserved."""
        return self._worker.kv_bytes

    def count_tokens(self, messages: Sequence[Message], session: str | None = None) -> int:
        """Return the number of prompt tokens of a conversation, including those of the chat template.

        What a session has once counted is remembered for it.
        """
        return self._counts.count(messages, session)

    def prompt_limit(self, max_new_tokens: int) -> int:
        """Return how many tokens a prompt may have, beside a reply, in the context and in memory."""
        possible = range(1, self.context_tokens + 1)
        return bisect_right(possible, self._prefixes.room, key=self._model.cache_bytes) - max_new_tokens

    def pin(self, build_prompt: Callable[[str], Sequence[Message]]) -> None:
        """Read the constant prefix of a task's prompts, and keep its cache; call this before any request.

        It is not kept if pinned prefixes would take too much of the budget.
        """
        first, second = (self._model.encode_chat(build_prompt(text)) for text in ("A", "一"))
        count = common_prefix(first, second)
        size = self._model.cache_bytes(count)
        if not count or self._prefixes.nbytes + size > self.kv_budget_bytes // PINNED_SHARE:
            return
        cache = self._model.new_cache(count)
        self._model.forward([SequenceSlice(first[:count], cache, None)])
        self._prefixes.pin(cache)

    def prepare_reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_result: Callable[[Chunk | Finished], object],
        cancelled: Callable[[], bool] = never,
        caller: Caller = NOBODY,
    ) -> Request[Chunk]:
        """Tokenize the request of a reply: `on_result` gets its chunks, then `Finished`, and must not wait.

        Only the last chunk has a `finish_reason`. The model stops before its next token once `cancelled()` is
        true.

        Raises:
            InputError: the prompt and the reply do not fit the context.
            KVMemoryTooSmall: they would never have room in memory.
        """
        prompt = self._model.encode_chat(messages)
        more = sampling.max_new_tokens
        handling = self._handling(len(prompt) + more, more, on_result, cancelled, caller)
        return Reply(prompt, sampling, self._model.text_stream(), self._model.end_ids, handling)

    def tokenize(self, question: Question) -> TokenizedQuestion:
        """Tokenize a question for `prepare_score()`.

        Raises:
            InputError: the prompt does not fit the context, or two labels are the same to the model.
            KVMemoryTooSmall: it would never have room in memory.
        """
        labels = [self._model.encode(label) for label in question.labels]
        try:
            tree = LabelTree(labels, self._model.end_ids)
        except ValueError as error:
            text = f"the labels {list(question.labels)} are not two or more that differ for this model"
            raise InputError("same_labels", f"{text}: choose other words") from error
        prompt = [*self._model.encode_chat(question.messages), *self._model.encode(question.lead)]
        tokenized = TokenizedQuestion(prompt, tree)
        self._check_room(tokenized.longest, tokenized.longest - len(tokenized.prompt))
        return tokenized

    def prepare_score(
        self,
        questions: Sequence[TokenizedQuestion],
        on_result: Callable[[Score | Finished], object],
        cancelled: Callable[[], bool] = never,
        caller: Caller = NOBODY,
    ) -> Request[Score]:
        """Return a request for the probability of each label of some questions, at least one.

        `on_result` gets a score for each question, in their order, then `Finished`. What a prompt has in
        common with the one before is read once.
        """
        capacity = max(question.longest for question in questions)
        return Scoring(questions, self._handling(capacity, 0, on_result, cancelled, caller))

    def submit(self, requests: Sequence[Request[Any]]) -> None:
        """Run prepared requests; those for which there is room start with the same pass.

        The `Finished` of a request holds the error that ended it: `EngineClosed` where it was refused,
        `RequestCancelled` or `RequestTimeout` where a score was stopped, or what the model raised.
        """
        self._worker.submit(requests)

    def close(self) -> None:
        """Cancel all requests, wait for their ends, and accept no more."""
        self._worker.close()

    def _handling(
        self,
        capacity: int,
        more: int,
        on_result: Callable[[Any], object],
        cancelled: Callable[[], bool],
        caller: Caller,
    ) -> Handling[Any]:
        """Return the handling of a request of `capacity` tokens, of which `more` come behind its prompt."""
        kv_bytes = self._check_room(capacity, more)
        return Handling(on_result, cancelled, caller, capacity, kv_bytes, self.request_timeout, self._clock)

    def _check_room(self, capacity: int, more: int) -> int:
        """Return the bytes that the keys and values of a sequence may take."""
        room = self.context_tokens - more
        if capacity - more > room:
            raise InputError(
                "too_many_tokens",
                f"the message has {capacity - more} tokens with its prompt, {room} are allowed: shorten it",
                tokens=capacity - more,
                limit=room,
            )
        kv_bytes = self._model.cache_bytes(capacity)
        if kv_bytes > self._prefixes.room:
            raise self._too_small(capacity, kv_bytes)
        return kv_bytes

    def _max_kept(self, config: EngineConfig) -> int:
        """Return how many bytes the remembered conversations may take."""
        if config.kv_cache_mb is not None:
            return config.kv_cache_mb << 20
        return min(2 * self._model.cache_bytes(self.context_tokens), self.kv_budget_bytes // 2)

    def _too_small(self, tokens: int, kv_bytes: int) -> KVMemoryTooSmall:
        needed, room = -(-kv_bytes >> 20), self._prefixes.room >> 20
        return KVMemoryTooSmall(
            f"the keys and values of {tokens} tokens may take {needed} MiB, and KV_MEMORY_MB="
            f"{self.kv_budget_bytes >> 20} has room for {room}: raise it, shorten the message, or "
            "lower MAX_NEW_TOKENS",
            tokens=tokens,
            needed_mb=needed,
            room_mb=room,
        )
