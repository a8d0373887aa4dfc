"""The answer to a call of the chat, as OpenAI's clients read it: whole, or piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inference.types import Chunk, TokenLogprob, Usage

# A logarithm is never told as less.
LEAST_LOGPROB = -9999.0


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What all pieces of an answer have in common."""

    request_id: str
    created: int  # s since 1970
    model: str
    # What the model runs on: another one may draw other tokens with the same seed.
    fingerprint: str
    has_logprobs: bool = False
    # Whether a stream tells its usage at the end; its other pieces say then that they do not.
    has_usage: bool = False

    def whole(self, chunks: Sequence[Chunk]) -> dict[str, Any]:
        """Return the answer of a call that is no stream."""
        text = "".join(chunk.text for chunk in chunks)
        logprobs = [logprob for chunk in chunks for logprob in chunk.logprobs]
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": self._logprobs(logprobs),
            "finish_reason": chunks[-1].finish_reason,
        }
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage(chunks[-1].usage)}

    def first(self) -> dict[str, Any]:
        """Return the piece of a stream that says who speaks."""
        return self._piece({"role": "assistant", "content": ""}, ())

    def content(self, chunk: Chunk) -> dict[str, Any]:
        """Return the piece with the text of a chunk."""
        return self._piece({"content": chunk.text}, chunk.logprobs)

    def last(self, chunk: Chunk) -> dict[str, Any]:
        """Return the piece that says why the reply ended."""
        return self._piece({}, (), chunk.finish_reason)

    def used(self, chunk: Chunk) -> dict[str, Any]:
        """Return the piece with the tokens of the call."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": usage(chunk.usage)}

    def _piece(
        self, delta: dict[str, str], logprobs: Sequence[TokenLogprob], finish: str | None = None
    ) -> dict[str, Any]:
        told = self._logprobs(logprobs) if logprobs else None
        choice = {"index": 0, "delta": delta, "logprobs": told, "finish_reason": finish}
        piece = {**self._head("chat.completion.chunk"), "choices": [choice]}
        return {**piece, "usage": None} if self.has_usage else piece

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.request_id}",
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
        }

    def _logprobs(self, logprobs: Sequence[TokenLogprob]) -> dict[str, Any] | None:
        if not self.has_logprobs:
            return None
        content = [{**_token(each), "top_logprobs": list(map(_token, each.top))} for each in logprobs]
        return {"content": content, "refusal": None}


def usage(used: Usage) -> dict[str, Any]:
    """Return the tokens of a call; those of the prompt that the model remembered are told beside."""
    return {
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.output_tokens,
        "total_tokens": used.prompt_tokens + used.output_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cached_tokens},
    }


def _token(logprob: TokenLogprob) -> dict[str, Any]:
    return {
        "token": logprob.text,
        "bytes": list(logprob.content),
        "logprob": max(logprob.logprob, LEAST_LOGPROB),
    }
