"""Who is the operator, and the signed cookie that shows it."""

import hmac
import secrets
from enum import Enum

from cachetools import TTLCache
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from ui.guard.config import GuardConfig, is_loopback
from ui.guard.hosts import HostError, split_host
from ui.roles import OPERATOR_COOKIE, Role

MAX_ENDED = 10_000  # sign-ins that have been ended and are remembered


class Access(Enum):
    """How somebody becomes the operator of this app."""

    EVERYBODY = "everybody"  # the app is reached from this machine alone
    SIGN_IN = "sign_in"
    OFF = "off"


class Operators:
    """Tell the operator from visitors.

    Without a password everybody on this machine is the operator, as long as the app is served to nobody else.
    """

    def __init__(self, config: GuardConfig, key: bytes) -> None:
        self._config = config
        self._seconds = int(config.operator_hours * 3600)
        self._serializer = URLSafeTimedSerializer(key, salt="operator")
        # Cookies of those who have signed out, for as long as they would be worth something.
        self._ended: TTLCache[str, None] = TTLCache(MAX_ENDED, self._seconds)
        self.has_password = config.operator_password is not None
        self.has_hugging_face = config.is_space and bool(config.operator_users)
        self.access = self._access()

    def _access(self) -> Access:
        if self.has_password or self.has_hugging_face:
            return Access.SIGN_IN
        return Access.EVERYBODY if self._config.is_local else Access.OFF

    def role(self, scope: Scope, through_proxy: bool) -> Role:
        """Return who sends a request; `through_proxy` tells whether somebody passed it on."""
        if self.access is Access.EVERYBODY and not through_proxy and _names_loopback(scope):
            return Role.OPERATOR
        return Role.OPERATOR if self._has_cookie(scope) else Role.VISITOR

    def knows_password(self, password: str) -> bool:
        """Return whether a password is the operator's; the comparison takes the same time for all."""
        expected = self._config.operator_password
        if expected is None:
            return False
        return _same(password, expected.get_secret_value())

    def knows_user(self, name: str) -> bool:
        """Return whether a user of Hugging Face may sign in as the operator."""
        return any(_same(name.lower(), user.lower()) for user in self._config.operator_users)

    def cookie(self, scope: Scope) -> str:
        """Return the `Set-Cookie` header that signs somebody in; each sign-in gets another cookie."""
        value = [Role.OPERATOR.value, secrets.token_hex(8)]
        return self._set_cookie(scope, self._serializer.dumps(value), self._seconds)

    def no_cookie(self, scope: Scope) -> str:
        """Return the `Set-Cookie` header that signs somebody out."""
        return self._set_cookie(scope, "", 0)

    def _set_cookie(self, scope: Scope, value: str, seconds: int) -> str:
        # In a frame of another site, a browser keeps and sends only cookies that say so, and only for
        # encrypted or local pages. The guard's check of `Origin` protects them as `SameSite` protects others.
        is_framed = self._config.is_space or bool(self._config.frame_ancestors)
        if is_framed and (scope["scheme"] == "https" or _names_loopback(scope)):
            site = "; SameSite=None; Secure; Partitioned"
        else:
            site = "; SameSite=Strict" + ("; Secure" if scope["scheme"] == "https" else "")
        path = self._config.gradio_root_path or "/"
        return f"{OPERATOR_COOKIE}={value}; Max-Age={seconds}; Path={path}; HttpOnly{site}"

    def end(self, scope: Scope) -> None:
        """Let the cookie of somebody who signs out be worth nothing from now on, wherever it is."""
        if self._has_cookie(scope):
            self._ended[_cookie_of(scope)] = None

    def _has_cookie(self, scope: Scope) -> bool:
        value = _cookie_of(scope)
        if self.access is not Access.SIGN_IN or not value or value in self._ended:
            return False
        try:
            role, _ = self._serializer.loads(value, max_age=self._seconds)
        except BadData:
            return False
        return bool(role == Role.OPERATOR.value)


def _cookie_of(scope: Scope) -> str:
    """Return the operator's cookie of a request, in whose head only our own cookies are left."""
    return HTTPConnection(scope).cookies.get(OPERATOR_COOKIE, "")


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(errors="replace"), second.encode(errors="replace"))


def _names_loopback(scope: Scope) -> bool:
    """Return whether a request is made to this machine, by a name that only this machine has for itself."""
    try:
        return is_loopback(split_host(Headers(scope=scope).get("host", ""))[0])
    except HostError:
        return False
