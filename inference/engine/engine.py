"""The interface to the model: `prepare_reply()` or `prepare_score()`, then `submit()`."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from inference.config import EngineConfig
from inference.engine.prefix_cache import PrefixCache, common_prefix
from inference.engine.reply import Reply
from inference.engine.request import Handling, Request
from inference.engine.scheduler import Scheduler
from inference.engine.scoring import Scoring, split_labels
from inference.engine.worker import Worker
from inference.errors import InputError
from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from inference.types import Chunk, Finished, Message, Sampling, Score


def never() -> bool:
    """Return False: the request is never cancelled."""
    return False


class Engine:
    """Answer several callers at once with one model; safe to call from any thread."""

    def __init__(self, model: Model, config: EngineConfig, clock: Callable[[], float] = perf_counter) -> None:
        self._model = model
        self._clock = clock
        self.request_timeout = config.request_timeout  # s
        self._prefixes = PrefixCache(config.kv_cache_mb << 20)
        scheduler = Scheduler[Request[Any]](config.max_batch, model.pass_tokens)
        self._worker = Worker(model, scheduler, self._prefixes, config.max_batch + config.max_waiting)
        self.context_tokens = min(config.context_tokens, model.max_tokens)

    @property
    def model_name(self) -> str:
        """The name of the model."""
        return self._model.name

    @property
    def kind(self) -> str:
        """The value of `engine` in records, e.g. `torch-bf16`."""
        return f"torch-{self._model.dtype}"

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return the number of prompt tokens of a conversation, including those of the chat template."""
        return len(self._model.encode_chat(messages))

    def pin(self, build_prompt: Callable[[str], Sequence[Message]]) -> None:
        """Read the constant prefix of a task's prompts, and keep its cache; call this before any request."""
        first, second = (self._model.encode_chat(build_prompt(text)) for text in ("A", "一"))
        if not (count := common_prefix(first, second)):
            return
        cache = self._model.new_cache()
        self._model.forward([SequenceSlice(first[:count], cache, None)])
        self._prefixes.pin(cache)

    def prepare_reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_result: Callable[[Chunk | Finished], object],
        cancelled: Callable[[], bool] = never,
        queue: str = "reply",
    ) -> Request[Chunk]:
        """Tokenize the request of a reply: `on_result` gets its chunks, then `Finished`, and must not wait.

        Only the last chunk has a `finish_reason`. The model stops before its next token once `cancelled()` is
        true. The number of requests is limited per `queue`.

        Raises:
            InputError: the prompt and the reply do not fit the context.
        """
        prompt = self._model.encode_chat(messages)
        _check_room(len(prompt), self.context_tokens - sampling.max_new_tokens)
        text, end_ids = self._model.text_stream(), self._model.end_ids
        handling: Handling[Chunk] = Handling(on_result, cancelled, queue, self.request_timeout, self._clock)
        return Reply(prompt, sampling, text, end_ids, handling)

    def prepare_score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        on_result: Callable[[Score | Finished], object],
        cancelled: Callable[[], bool] = never,
        queue: str = "score",
    ) -> Request[Score]:
        """Tokenize a request for each label's probability: `on_result` gets the score, then `Finished`.

        Labels are compared by their first token after their common prefix; the prefix is appended to the
        prompt. The number of requests is limited per `queue`.

        Raises:
            ValueError: two labels have the same token there.
            InputError: the prompt does not fit the context.
        """
        common, next_ids = split_labels([self._model.encode(label) for label in labels])
        prompt = self._model.encode_chat(messages) + common
        _check_room(len(prompt), self.context_tokens)
        handling: Handling[Score] = Handling(on_result, cancelled, queue, self.request_timeout, self._clock)
        return Scoring(prompt, next_ids, handling)

    def submit(self, requests: Sequence[Request[Any]]) -> None:
        """Run prepared requests; they start with the same pass.

        The `Finished` of a request holds the error that ended it: `EngineBusy` or `EngineClosed` where it was
        refused, `RequestCancelled` or `RequestTimeout` where a score was stopped, or what the model raised.
        """
        self._worker.submit(requests)

    def close(self) -> None:
        """Cancel all requests, wait for their ends, and accept no more."""
        self._worker.close()


def _check_room(tokens: int, room: int) -> None:
    if tokens > room:
        raise InputError(
            "too_many_tokens",
            f"the prompt has {tokens} tokens, {room} are allowed",
            tokens=tokens,
            limit=room,
        )
