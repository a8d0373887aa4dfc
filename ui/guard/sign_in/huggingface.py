"""Sign in with Hugging Face, on a Space whose front matter says `hf_oauth: true`.

The authorization code flow of OAuth 2.0 (RFC 6749, section 4.1) with OpenID Connect:
https://huggingface.co/docs/hub/spaces-oauth
"""

import hmac
import secrets
from urllib.parse import urlencode

import httpx2
from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ui.guard.heads import STATE_COOKIE

CALLBACK = "/login/callback"
STATE_SECONDS = 600  # between leaving and coming back
TIMEOUT_SECONDS = 10.0


class SignInError(Exception):
    """Somebody came back from Hugging Face without being signed in."""


class HuggingFaceConfig(BaseSettings):
    """What a Space gets from Hugging Face; each is set by its upper-case name."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    oauth_client_id: str = ""
    oauth_client_secret: SecretStr = SecretStr("")
    openid_provider_url: str = "https://huggingface.co"


class HuggingFace:
    """Lead somebody to Hugging Face and back, and ask who it was."""

    def __init__(self, config: HuggingFaceConfig, key: bytes, root_path: str) -> None:
        self._config = config
        self._root_path = root_path
        self._serializer = URLSafeTimedSerializer(key, salt="sign-in")

    def page(self, request: Request) -> str:
        """Return the address of the app's page."""
        return f"{request.url.scheme}://{request.headers['host']}{self._root_path}/?tab=dashboard"

    def leave(self, request: Request) -> Response:
        """Lead somebody to Hugging Face; a cookie tells that the same browser comes back."""
        nonce = secrets.token_urlsafe()
        query = {
            "client_id": self._config.oauth_client_id,
            "redirect_uri": self._callback(request),
            "response_type": "code",
            "scope": "openid profile",
            "state": self._serializer.dumps(nonce),
        }
        response = RedirectResponse(
            f"{self._config.openid_provider_url}/oauth/authorize?{urlencode(query)}", 303
        )
        is_secure = request.url.scheme == "https"
        response.set_cookie(
            STATE_COOKIE, nonce, STATE_SECONDS, secure=is_secure, httponly=True, samesite="lax"
        )
        return response

    async def name_of(self, request: Request) -> str:
        """Return the name of whoever comes back.

        Raises:
            SignInError: nobody was signed in; the text says why.
        """
        self._check_state(request)
        if not (code := request.query_params.get("code", "")):
            raise SignInError(request.query_params.get("error", "there is no code"))
        secret = self._config.oauth_client_secret.get_secret_value()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._callback(request)}
        try:
            async with httpx2.AsyncClient(
                base_url=self._config.openid_provider_url, timeout=TIMEOUT_SECONDS
            ) as http:
                answer = await http.post(
                    "/oauth/token", data=form, auth=(self._config.oauth_client_id, secret)
                )
                token = answer.raise_for_status().json()["access_token"]
                headers = {"authorization": f"Bearer {token}"}
                user = (await http.get("/oauth/userinfo", headers=headers)).raise_for_status().json()
                return str(user["preferred_username"])
        except (httpx2.HTTPError, ImportError, ValueError, KeyError, TypeError) as error:
            raise SignInError(f"Hugging Face did not say who it was: {type(error).__name__}") from error

    def _callback(self, request: Request) -> str:
        return f"{request.url.scheme}://{request.headers['host']}{self._root_path}{CALLBACK}"

    def _check_state(self, request: Request) -> None:
        """Refuse an answer that this browser did not ask for."""
        try:
            nonce = self._serializer.loads(request.query_params.get("state", ""), max_age=STATE_SECONDS)
        except BadData as error:
            raise SignInError("the answer is too old, or was not asked for") from error
        if not hmac.compare_digest(str(nonce).encode(), request.cookies.get(STATE_COOKIE, "").encode()):
            raise SignInError("another browser had asked")
