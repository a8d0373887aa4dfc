"""Answer the typed questions of programs about one input: OpenAI's decisions."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from inference.call import Call
from inference.errors import InferenceError
from inference.events import Event, Failed
from inference.tasks.priors import Priors
from inference.types import Answers, Label, Usage
from ui.api.callers import calling
from ui.api.decisions.answers import answer, usage_of
from ui.api.decisions.plan import DeclaredQuestion, Plan, plan
from ui.api.decisions.request import QUESTIONS_TO_INPUT, DecisionRequest
from ui.api.errors import ApiError, api_error
from ui.api.parts import ApiParts

# Why a question cannot be asked while others are answered.
UNASKABLE = ("same_labels", "too_many_tokens", "kv_memory")


def decisions_router(parts: ApiParts) -> APIRouter:
    """Return the route of the decisions."""
    router = APIRouter()
    priors = Priors()

    @router.post("/v1/decisions", dependencies=[Depends(parts.check_access)])
    async def decisions(body: DecisionRequest, request: Request) -> JSONResponse:
        """Answer typed questions about an input, each with probabilities."""
        parts.check_model(body.model)
        who = calling(request, parts.access, body.safety_identifier)
        planned = plan(body.questions, parts.tasks)
        _check_size(planned, QUESTIONS_TO_INPUT * parts.config.max_input_chars)
        # A question that one key has asked tells the others nothing.
        tasks = planned.tasks(priors, str(who.fields.get("key_name")))
        call = Call(body.text, caller=who.caller, tasks=tasks, request_id=who.request_id, fields=who.fields)
        found = _Found()
        async for event in parts.runner.events(call, request):
            found.take(event)
        probabilities = found.of(planned)
        told = {
            "model": parts.loader.engine.model_name,
            "answers": [answer(*each) for each in zip(body.questions, probabilities, strict=True)],
            "usage": usage_of(found.usages),
        }
        return JSONResponse(told, headers=who.headers)

    return router


def _check_size(planned: Plan, allowed: int) -> None:
    if planned.chars > allowed:
        text = f"the questions have {planned.chars} characters together, {allowed} are allowed"
        raise ApiError(400, f"{text}: ask them in several calls", param="questions", code="too_long")


class _Found:
    """What the service has answered to a call."""

    def __init__(self) -> None:
        self.usages: list[Usage] = []
        self._labels: dict[str, Label] = {}
        self._answers: Answers | None = None
        self._errors: dict[str, Exception] = {}

    def take(self, event: Event) -> None:
        """Note an event of the service."""
        match event:
            case Label():
                self._labels[event.task] = event
                self.usages.append(event.usage)
            case Answers():
                self._answers = event
                self.usages.append(event.usage)
            case Failed():
                self._errors[event.task] = event.error

    def of(self, planned: Plan) -> list[Sequence[float] | None]:
        """Return the probabilities of each question's answers; None for one that cannot be asked.

        Raises:
            ApiError: a task failed for another reason, or nothing fits the context.
        """
        for error in self._errors.values():
            code = error.code if isinstance(error, InferenceError) else ""
            if code not in UNASKABLE or (code != "same_labels" and not self.usages):
                raise api_error(error)
        none = (None,) * len(planned.made_up)
        made_up = iter(self._answers.probabilities if self._answers else none)
        return [
            self._of_task(part) if isinstance(part, DeclaredQuestion) else next(made_up)
            for part in planned.parts
        ]

    def _of_task(self, part: DeclaredQuestion) -> Sequence[float] | None:
        label = self._labels.get(part.task.name)
        return None if label is None else [label.probabilities[value] for value in part.values]
