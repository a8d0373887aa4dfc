"""The tools that ask the model."""

from contextlib import aclosing
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field
from starlette.requests import Request

from inference.call import Call
from inference.events import Failed
from inference.types import Chunk, Label
from ui.api.callers import calling
from ui.api.chat import chat_call, chunks_of
from ui.api.chat_request import ChatMessage, ChatRequest
from ui.api.errors import ApiError
from ui.api.parts import ApiParts
from ui.mcp.errors import readable, tool_error
from ui.mcp.requests import request_of
from ui.mcp.results import Classified, Replied

SOURCE = "mcp"
MAX_NAME_CHARS = 100  # of a task that is not there, in the answer


class ModelTools:
    """Ask the model, as the API does: with the same limits, and a record of each call."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._tasks = {task.name: task for task in parts.tasks}

    @property
    def known_tasks(self) -> str:
        """The tasks and their labels, one on each line."""
        return "\n".join(f"- {task.name}: {', '.join(task.values)}" for task in self._tasks.values())

    async def classify(
        self,
        task: Annotated[str, Field(description="The name of the task, such as sentiment.")],
        text: Annotated[str, Field(description="The text that is judged.")],
        context: Context[Any, Any],
    ) -> Classified:
        """Ask the model one typed question about a text, and get the probability of each answer.

        It takes one pass of the model and generates no words, so it is much faster than the chat. Take the
        answer with care where `unsure` is true. These are the tasks and the labels that each can answer:
        """
        if task not in self._tasks:
            name = readable(repr(task[:MAX_NAME_CHARS]))
            raise ToolError(f"there is no task {name}; there are {', '.join(self._tasks)}")
        request = request_of(context)
        who = calling(request, self._parts.access, source=SOURCE)
        call = Call(
            text,
            caller=who.caller,
            tasks=[self._tasks[task]],
            request_id=who.request_id,
            fields=who.fields,
        )
        return _classified(await self._label(call, request), who.request_id)

    async def _label(self, call: Call, request: Request) -> Label:
        async with aclosing(self._parts.runner.events(call, request)) as events:
            async for event in events:
                if isinstance(event, Failed):
                    raise tool_error(event.error)
                if isinstance(event, Label):
                    return event
        raise ToolError("the model gave no answer")

    async def chat(
        self,
        message: Annotated[str, Field(description="What the model is to answer.")],
        context: Context[Any, Any],
        system: Annotated[str | None, Field(description="Instructions before the message.")] = None,
        max_tokens: Annotated[int | None, Field(ge=1, description="The longest reply, in tokens.")] = None,
    ) -> Replied:
        """Let the small language model of this app answer one message.

        Each call stands for itself: nothing of earlier calls is remembered, so put all that the model needs
        into the message. A reply that was cut at its longest has the finish_reason `length`.
        """
        texts = [("system", system)] if system is not None else []
        body = ChatRequest(
            messages=[
                ChatMessage.model_validate({"role": role, "content": text})
                for role, text in [*texts, ("user", message)]
            ],
            max_tokens=max_tokens,
        )
        request = request_of(context)
        who = calling(request, self._parts.access, source=SOURCE)
        events = self._parts.runner.events(chat_call(body, who, self._parts), request)
        try:
            chunks = [chunk async for chunk in chunks_of(events)]
        except ApiError as error:
            raise tool_error(error) from error
        return _replied(chunks, who.request_id)


def _classified(label: Label, request_id: str) -> Classified:
    return Classified(
        request_id=request_id,
        label=label.label,
        confidence=label.confidence,
        probabilities=dict(label.probabilities),
        unsure=label.is_unsure,
        score=label.score,
        probability=label.probability,
    )


def _replied(chunks: list[Chunk], request_id: str) -> Replied:
    last = chunks[-1]
    return Replied(
        request_id=request_id,
        reply="".join(chunk.text for chunk in chunks),
        finish_reason=last.finish_reason,
        prompt_tokens=last.usage.prompt_tokens,
        cached_tokens=last.usage.cached_tokens,
        output_tokens=last.usage.output_tokens,
        ttft_ms=last.ttft_ms,
        tokens_per_second=last.tokens_per_second,
    )
