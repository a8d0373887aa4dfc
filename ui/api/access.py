"""Who may use the API: whoever has a key; without keys, whoever is on this machine."""

import hashlib
import hmac

from starlette.requests import Request

from ui.api.config import ApiConfig
from ui.api.errors import ApiError
from ui.guard.config import GuardConfig
from ui.roles import was_forwarded


class Access:
    """Lets those in who may use the API, and says how it is open."""

    def __init__(self, config: ApiConfig, guard_config: GuardConfig) -> None:
        # Digests have one length, so that a comparison tells nothing about a key.
        self._digests = {name: _digest(key.get_secret_value()) for name, key in config.api_keys.items()}
        self.is_open = not self._digests and guard_config.is_local

    @property
    def is_off(self) -> bool:
        """Whether nobody may use the API."""
        return not (self._digests or self.is_open)

    @property
    def described(self) -> str:
        """Return a sentence for the start, in both languages."""
        if self._digests:
            names = ", ".join(self._digests)
            return f"API: /v1, keys / 密钥: {names}"
        if self.is_open:
            return "API: /v1, open on this machine, without keys / 仅本机可用，无需密钥"
        return "API: off; set API_KEYS to open it / 未开放，设置 API_KEYS 后可用"

    def key_name(self, request: Request) -> str | None:
        """Return the name of the key that a request has; None where none is needed.

        Raises:
            ApiError: it has no key, or none that is known, or the API is off.
        """
        if not self._digests:
            if self.is_open and not was_forwarded(request.scope):
                return None
            text = "without keys, the API is for this machine alone: set API_KEYS=name=key"
            raise ApiError(403, text, "permission_error", code="api_off")
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            text = "this API needs a key: send the header Authorization: Bearer KEY"
            raise ApiError(401, text, "authentication_error", code="missing_api_key")
        given, found = _digest(key.strip()), None
        for name, digest in self._digests.items():  # all of them, so that the time tells nothing
            if hmac.compare_digest(given, digest):
                found = name
        if found is None:
            raise ApiError(401, "the key is not known", "authentication_error", code="invalid_api_key")
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()
