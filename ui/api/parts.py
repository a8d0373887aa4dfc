"""What the API works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from starlette.requests import Request

from inference import EngineConfig, Loader, Service, TypedTask
from ui.api.access import Access
from ui.api.errors import ApiError
from ui.api.running import Runner

# What a caller says who does not ask which model there is.
ANY_MODEL = (None, "", "default")
MAX_NAME_CHARS = 100  # of a model that is not there, in the answer


@dataclass(frozen=True, eq=False)
class ApiParts:
    """The parts of the app that the API works with."""

    service: Service
    loader: Loader
    config: EngineConfig
    access: Access
    tasks: Sequence[TypedTask]

    @cached_property
    def runner(self) -> Runner:
        """What runs all calls of programs and of agents."""
        return Runner(self.service, self.config.max_batch + self.config.max_waiting)

    def check_access(self, request: Request) -> None:
        """Refuse those who may not call; as a dependency of a route, before their body is looked at.

        Raises:
            ApiError: the caller has no key that is known, or the API is off.
        """
        self.access.key_name(request)

    def check_model(self, name: str | None) -> None:
        """Refuse a model that is not there; before one is loaded, none can be told.

        Raises:
            ApiError: there is another one.
        """
        if name in ANY_MODEL or not self.loader.ready:
            return
        there = self.loader.engine.model_name
        if name != there:
            text = f"the model {str(name)[:MAX_NAME_CHARS]!r} is not here: the one that is there is {there!r}"
            raise ApiError(404, text, param="model", code="model_not_found")
