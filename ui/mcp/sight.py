"""What a caller may see of the log's records.

The operator sees all, as on the dashboard. Whoever has a key sees all of the records that calls with this key
left, and of others what a visitor of the dashboard sees: the numbers of finished tasks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from monitoring.analysis.filters import Kind
from ui.api.access import Access
from ui.dashboard.selection import searched_fields, without_texts
from ui.roles import Role, role_of

# The fields that a visitor sees of a record: none that somebody wrote, or that the model made of a text.
VISITOR_FIELDS = frozenset(
    {
        "timestamp",
        "task_type",
        "status",
        "request_id",
        "response_time_ms",
        "queue_wait_ms",
        "ttft_ms",
        "prompt_tokens",
        "cached_tokens",
        "output_tokens",
        "tokens_per_second",
    }
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one caller may see; `hides_texts` is what LOG_CONTENT says, for everybody."""

    is_operator: bool
    key_name: str | None
    hides_texts: bool

    @classmethod
    def of(cls, request: Request, access: Access, hides_texts: bool) -> "Sight":
        """Return what the sender of a request may see.

        Raises:
            ApiError: the sender may not use the API.
        """
        key_name = access.key_name(request)
        return cls(role_of(request.scope) is Role.OPERATOR, key_name, hides_texts)

    @property
    def kind(self) -> Kind:
        """The kind of records of a request that the caller may see."""
        return "all" if self.is_operator else "requests"

    @property
    def searched(self) -> tuple[str, ...]:
        """The fields in which the operator may search."""
        return searched_fields(self.hides_texts)

    def allowed(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record without the fields that the caller may not see."""
        is_own = self.key_name is not None and record.get("key_name") == self.key_name
        if not (self.is_operator or is_own):
            return {name: value for name, value in record.items() if name in VISITOR_FIELDS}
        return without_texts(record, self.hides_texts)
