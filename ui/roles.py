"""Who asks, and whether somebody passed it on.

A visitor chats and sees numbers, the operator may see and do everything.
"""

from collections.abc import MutableMapping
from enum import Enum
from typing import Any

# The cookie that shows that somebody has signed in; each sign-in gets another value.
OPERATOR_COOKIE = "operator"
_KEY = "qwen_all_in_one.role"
_FORWARDED = "qwen_all_in_one.forwarded"


class Role(Enum):
    """What the sender of a request may see and do."""

    VISITOR = "visitor"
    OPERATOR = "operator"


def set_role(scope: MutableMapping[str, Any], role: Role) -> None:
    """Note in the ASGI scope of a request who sends it."""
    scope[_KEY] = role


def role_of(scope: MutableMapping[str, Any]) -> Role:
    """Return who sends a request; a visitor, unless the guard has found out that it is the operator."""
    role: Role = scope.get(_KEY, Role.VISITOR)
    return role


def set_forwarded(scope: MutableMapping[str, Any]) -> None:
    """Note in the ASGI scope of a request that a proxy passed it on, trusted or not."""
    scope[_FORWARDED] = True


def was_forwarded(scope: MutableMapping[str, Any]) -> bool:
    """Return whether a proxy passed a request on, so that its sender may be on another machine."""
    return bool(scope.get(_FORWARDED))
