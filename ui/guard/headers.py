"""The headers that tell browsers what a page of the app may do, and who may frame it."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from ui.guard.config import GuardConfig

SPACE_FRAMES = ("https://huggingface.co",)
# Where Gradio's page asks whether its Space runs.
SPACE_STATUS = "https://huggingface.co/api/spaces/by-subdomain/"
# A reply may hold the address of an image on another server: the browser must not fetch it.
# Gradio's own page needs scripts and styles inside of its HTML, so these are not limited.
CONTENT_POLICY = (
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
    "base-uri 'self'; object-src 'none'; form-action 'self'"
)


class SecurityHeaders:
    """Add the headers to every response."""

    def __init__(self, config: GuardConfig) -> None:
        frames: Sequence[str] = (*config.frame_ancestors, *(SPACE_FRAMES if config.is_space else ()))
        ancestors = " ".join(("'self'", *frames))
        servers = f"'self' {SPACE_STATUS}" if config.is_space else "'self'"
        self._headers = {
            "content-security-policy": "; ".join(
                (CONTENT_POLICY, f"connect-src {servers}", f"frame-ancestors {ancestors}")
            ),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        if not frames:  # browsers that do not know frame-ancestors know this one
            self._headers["x-frame-options"] = "SAMEORIGIN"

    def add(self, send: Send) -> Send:
        """Return a `send` that adds the headers to the response."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        return send_with_headers
