"""Who reads an answer: in which language, and as a visitor or as the operator."""

from dataclasses import dataclass

from starlette.requests import Request

from ui.roles import Role, role_of
from ui.texts.language import words_for
from ui.texts.words import Words


@dataclass(frozen=True, slots=True)
class Reader:
    """Everything about a reader that an answer depends on."""

    words: Words
    role: Role

    @classmethod
    def of(cls, request: Request) -> "Reader":
        """Return who sends a request."""
        return cls(words_for(request), role_of(request.scope))

    @property
    def is_operator(self) -> bool:
        """Whether the reader may see and do everything."""
        return self.role is Role.OPERATOR

    @property
    def key(self) -> str:
        """What readers that get the same answers have in common."""
        return f"{self.words['language']}.{self.role.value}"
