"""What others' servers can do, and this one cannot: refused by name, never ignored in silence."""

from collections.abc import Mapping, Sequence
from typing import Any

from ui.api.chat_request import ChatMessage, ChatRequest
from ui.api.errors import ApiError

# By name the values with which a field changes nothing, beside null. A field that is not here is accepted:
# it cannot change the answer, as `metadata`, `store` or `service_tier`.
FIELDS: Mapping[str, Sequence[object]] = {
    # OpenAI's.
    "audio": (),
    "function_call": ("none", "auto"),
    "functions": ([],),
    "logit_bias": ({},),
    "modalities": (["text"],),
    "n": (1,),
    "prediction": (),
    "response_format": ({"type": "text"},),
    "tool_choice": ("none", "auto"),
    "tools": ([],),
    "web_search_options": (),
    # Those of vLLM, llama.cpp, SGLang and others.
    "add_generation_prompt": (True,),
    "bad_words": ([],),
    "best_of": (1,),
    "chat_template": (),
    "chat_template_kwargs": ({},),
    "continue_final_message": (False,),
    "ebnf": (),
    "echo": (False,),
    "grammar": ("",),
    "guided_choice": (),
    "guided_grammar": (),
    "guided_json": (),
    "guided_regex": (),
    "ignore_eos": (False,),
    "json_schema": (),
    "length_penalty": (1,),
    "min_p": (0,),
    "min_tokens": (0,),
    "mirostat": (0,),
    "n_probs": (0,),
    "regex": (),
    "stop_token_ids": ([],),
    "structured_outputs": (),
    "typical_p": (1,),
    "use_beam_search": (False,),
}
OF_MESSAGES: Mapping[str, Sequence[object]] = {"audio": (), "function_call": (), "tool_calls": ([],)}


def refuse_unsupported(body: ChatRequest) -> None:
    """Look for what cannot be done.

    Raises:
        ApiError: something is asked that would change the answer, and is not supported.
    """
    _refuse(body, FIELDS, "")
    for place, message in enumerate(body.messages):
        _refuse(message, OF_MESSAGES, f"messages.{place}.")
    if body.top_logprobs is not None and not body.logprobs:
        raise _wrong("top_logprobs", "is only for calls with logprobs: true")
    if body.stream_options is not None and not body.stream:
        raise _wrong("stream_options", "is only for calls with stream: true")


def _refuse(body: ChatRequest | ChatMessage, fields: Mapping[str, Sequence[object]], prefix: str) -> None:
    given: dict[str, Any] = body.model_extra or {}
    for name, neutral in fields.items():
        value = given.get(name)
        if value is not None and value not in neutral:
            raise _wrong(f"{prefix}{name}", "is not supported here: leave it out")


def _wrong(param: str, what: str) -> ApiError:
    return ApiError(400, f"{param} {what}", param=param, code="unsupported_parameter")
