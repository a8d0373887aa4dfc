"""Answer the conversations of programs: OpenAI's chat completions."""

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from inference.call import Call
from inference.errors import RequestCancelled
from inference.events import Event, Failed
from inference.tasks.conversation import Conversation
from inference.types import Chunk
from ui.api.callers import Calling, calling
from ui.api.chat_answer import ChatAnswer
from ui.api.chat_request import ChatRequest
from ui.api.errors import ApiError, api_error
from ui.api.parts import ApiParts
from ui.api.unsupported import refuse_unsupported

STREAM_HEADERS = {"x-accel-buffering": "no"}  # nginx would gather the pieces


def chat_router(parts: ApiParts) -> APIRouter:
    """Return the route of the chat."""
    router = APIRouter()

    @router.post("/v1/chat/completions", dependencies=[Depends(parts.check_access)])
    async def chat_completions(body: ChatRequest, request: Request) -> Response:
        """Answer a conversation, whole or as a stream."""
        refuse_unsupported(body)
        parts.check_model(body.model)
        who = calling(request, parts.access, body.user)
        chunks = chunks_of(parts.runner.events(chat_call(body, who, parts), request))
        # Errors before the first token are answers, later ones are events of the stream.
        first = await anext(chunks)
        answer = _answer(body, who, parts)
        if body.stream:
            pieces = _pieces(answer, first, chunks)
            headers = who.headers | STREAM_HEADERS
            return StreamingResponse(pieces, headers=headers, media_type="text/event-stream")
        return JSONResponse(answer.whole([first, *[chunk async for chunk in chunks]]), headers=who.headers)

    return router


def chat_call(body: ChatRequest, who: Calling, parts: ApiParts) -> Call:
    """Return what the service is asked for a conversation."""
    messages = body.conversation
    return Call(
        messages[-1].content,
        caller=who.caller,
        tasks=[Conversation(messages)],
        sampling=body.sampling(parts.config.temperature, parts.config.max_new_tokens),
        request_id=who.request_id,
        fields=who.fields,
    )


def _answer(body: ChatRequest, who: Calling, parts: ApiParts) -> ChatAnswer:
    engine = parts.loader.engine
    return ChatAnswer(
        who.request_id,
        int(time.time()),
        engine.model_name,
        engine.kind,
        has_logprobs=bool(body.logprobs),
        has_usage=body.wants_usage,
    )


async def chunks_of(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Chunk, None]:
    """Yield the chunks of a reply.

    Raises:
        ApiError: it failed, or was stopped.
    """
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Failed):
                raise api_error(event.error)
            if isinstance(event, Chunk):
                if event.finish_reason == "cancelled":
                    raise api_error(RequestCancelled("the reply was stopped: the app is shutting down"))
                yield event


async def _pieces(
    answer: ChatAnswer, first: Chunk, rest: AsyncGenerator[Chunk, None]
) -> AsyncGenerator[str, None]:
    """Yield the events of a stream."""
    async with aclosing(rest):
        yield _data(answer.first())
        chunk = first
        try:
            while True:
                if chunk.text or chunk.logprobs:
                    yield _data(answer.content(chunk))
                if chunk.finish_reason is not None:
                    break
                chunk = await anext(rest)
        except ApiError as error:
            yield f"event: error\n{_data(error.body)}"
            return
        yield _data(answer.last(chunk))
        if answer.has_usage:
            yield _data(answer.used(chunk))
        yield "data: [DONE]\n\n"


def _data(body: dict[str, Any]) -> str:
    """Return an event; it is ASCII, since some clients take other characters for ends of lines."""
    return f"data: {json.dumps(body)}\n\n"
