"""Whether the app is alive, whether its model answers, and which model that is."""

from starlette.responses import JSONResponse

from inference import Loader
from inference.errors import ModelNotReady
from ui.api.errors import LOADING_SECONDS, api_error


class Health:
    """The answers about the app itself."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def alive(self) -> JSONResponse:
        """Return 200 as long as the app answers anything."""
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})

    def ready(self) -> JSONResponse:
        """Return 200 once the model is loaded, until then 503 with the reason."""
        headers = {"cache-control": "no-store"}
        try:
            name = self._loader.engine.model_name
        except ModelNotReady as error:
            told = {"status": "not ready", "code": error.code, "reason": str(error)}
            return JSONResponse(told, 503, headers | {"retry-after": f"{LOADING_SECONDS:.0f}"})
        return JSONResponse({"status": "ok", "model": name}, headers=headers)

    def models(self) -> dict[str, object]:
        """Return the model as OpenAI lists models; none before it is loaded."""
        if not self._loader.ready:
            return {"object": "list", "data": []}
        return {"object": "list", "data": [self.model()]}

    def model(self) -> dict[str, object]:
        """Return the model as OpenAI describes one.

        Raises:
            ApiError: none is loaded.
        """
        try:
            name = self._loader.engine.model_name
        except ModelNotReady as error:
            raise api_error(error) from error
        return {"id": name, "object": "model", "created": 0, "owned_by": "local"}
