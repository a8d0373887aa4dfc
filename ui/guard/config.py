"""The settings of the server and its guard, read from the environment once."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network
Names = Annotated[tuple[str, ...], NoDecode]

# A name, with a star for all below it.
HOST_NAME = re.compile(r"(\*\.)?[\w-]+(\.[\w-]+)*\.?")
LOOPBACK_NAMES = ("localhost", "ip6-localhost")
# The addresses from which the proxy of a Space, or of a container's host, reaches the app.
PRIVATE_NETWORKS = tuple(
    ip_network(network)
    for network in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


class GuardConfig(BaseSettings):
    """Settings of the server; each can be set by its upper-case name.

    Raises:
        pydantic.ValidationError: a value is not allowed; it names the setting and the allowed values.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    gradio_server_name: str = "127.0.0.1"  # the address that the server listens on
    # The first port that is tried; the next free one is taken.
    gradio_server_port: int = Field(7860, ge=1, le=65_535)
    gradio_root_path: str = ""  # the path under which a proxy serves the app, such as "/qwen"
    space_id: str = ""  # set by Hugging Face on a Space
    # Set by Hugging Face on a Space: the host name of its page; two, if it has a domain of its own.
    space_host: Names = ()
    allowed_hosts: Names = ()  # further host names by which the app may be called; "*.name" for all below
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()  # whose X-Forwarded-For is believed
    frame_ancestors: Names = ()  # origins whose pages may frame the app, beside the Space's own

    operator_password: SecretStr | None = None
    operator_users: Names = ()  # names on Hugging Face that may sign in as the operator
    operator_hours: float = Field(12, gt=0, le=720)  # how long a sign-in lasts

    # Requests of one client in a minute, on average; ten seconds of them may come at once.
    messages_per_minute: float = Field(120, gt=0)  # messages and buttons
    views_per_minute: float = Field(1_200, gt=0)  # looks at the dashboard
    requests_per_minute: float = Field(3_000, gt=0)  # files of the page, and all else
    max_streams: int = Field(64, ge=1)  # open streams of one client: two for each page
    max_connections: int = Field(256, ge=1)  # of one address; a trusted proxy's do not count
    head_seconds: float = Field(10, gt=0)  # until the head of a request must be complete
    body_seconds: float = Field(20, gt=0)  # until the body of a request must be complete, uploads excepted
    reader_seconds: float = Field(60, gt=0)  # until a reader must have taken what was sent to it

    @field_validator("space_host", "allowed_hosts", "operator_users", "frame_ancestors", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Split a list with commas or spaces between its items."""
        return _items(value) if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: Any) -> Any:
        """Read addresses and networks with commas or spaces between them."""
        if not isinstance(value, str):
            return value
        try:
            return tuple(map(ip_network, _items(value)))
        except ValueError as error:
            raise ValueError(f"{error}; allowed are 127.0.0.1, 10.0.0.0/8, ::1 and the like") from error

    @field_validator("allowed_hosts")
    @classmethod
    def _names_alone(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Accept names of hosts, without a scheme, a port or a path."""
        for name in names:
            if not HOST_NAME.fullmatch(name) and not _is_address(name):
                raise ValueError(f"{name} is no name of a host; allowed are qwen.example.org, *.example.org")
        return names

    @field_validator("gradio_root_path")
    @classmethod
    def _plain_path(cls, value: str) -> str:
        """Accept a path, or a whole address, whose path counts."""
        path = value.split("://", 1)[-1].partition("/")[2] if "://" in value else value
        path = path.strip("/")
        return f"/{path}" if path else ""

    @field_validator("operator_password")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 8:
            raise ValueError("must have at least 8 characters: strangers may guess shorter ones")
        return value

    @property
    def is_space(self) -> bool:
        """Whether the app runs as a Space of Hugging Face."""
        return bool(self.space_id)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the app: it listens on loopback, and no proxy is told of."""
        is_proxied = bool(self.allowed_hosts or self.trusted_proxies or self.gradio_root_path)
        return not (self.is_space or is_proxied) and is_loopback(self.address)

    @property
    def address(self) -> str:
        """The address that the server listens on, without the brackets of IPv6."""
        return self.gradio_server_name.strip("[]")

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The networks of the proxies that are believed; those of a Space stand in private networks."""
        if self.trusted_proxies or not self.is_space:
            return self.trusted_proxies
        return PRIVATE_NETWORKS


def _items(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Return whether a name or an address is that of this machine alone."""
    if name in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
