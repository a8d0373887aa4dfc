"""Who may use the API: whoever has a key; without keys, whoever is on this machine."""

import hashlib
import hmac
from ipaddress import ip_address

from ui.api.config import ApiConfig
from ui.api.errors import ApiError
from ui.guard.config import LOOPBACK_NAMES, GuardConfig


class Access:
    """Lets those in who may use the API, and says how it is open."""

    def __init__(self, config: ApiConfig, guard_config: GuardConfig) -> None:
        # Digests have one length, so that a comparison tells nothing about a key.
        self._digests = {name: _digest(key.get_secret_value()) for name, key in config.api_keys.items()}
        self.is_open = not self._digests and is_loopback(guard_config)

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

    def key_name(self, authorization: str | None) -> str | None:
        """Return the name of the key that a request has; None where none is needed.

        Raises:
            ApiError: it has no key, or none that is known, or the API is off.
        """
        if not self._digests:
            if self.is_open:
                return None
            text = "the API is off on a public address without keys: set API_KEYS=name=key"
            raise ApiError(403, text, "permission_error", code="api_off")
        scheme, _, key = (authorization or "").partition(" ")
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


def is_loopback(config: GuardConfig) -> bool:
    """Return whether only this machine can reach the server."""
    if config.is_space:
        return False
    try:
        return ip_address(config.address).is_loopback
    except ValueError:
        return config.address in LOOPBACK_NAMES


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="replace")).digest()
