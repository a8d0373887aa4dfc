"""What somebody asks of the service, and how."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inference.tasks.task import TaskKind
from inference.types import NOBODY, Caller, Message, Sampling


@dataclass(frozen=True, slots=True)
class Call:
    """One message with the tasks that it is for."""

    # Not checked yet: an API takes any JSON value.
    text: object
    # The conversation before it.
    history: Sequence[Message] = ()
    caller: Caller = NOBODY
    # None: those of a message of the chat.
    tasks: Sequence[TaskKind] | None = None
    # None: that of the settings.
    sampling: Sampling | None = None
    # 32 lower-case hex digits; None draws them.
    request_id: str | None = None
    # Setting it stops the call: the model stops before its next token.
    cancelled: threading.Event | None = None
    # Further fields of all its records, such as the way in.
    fields: Mapping[str, object] = field(default_factory=dict)
