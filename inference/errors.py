"""The named errors of `inference`."""

from typing import Literal


class InferenceError(Exception):
    """Base of the errors below.

    `code` identifies the error for a program (the page translates it), `details` holds its values, and
    `status` is the status of a request that ends with it.
    """

    code = "failed"
    status: Literal["error", "rejected", "cancelled"] = "error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.details = details


class InputError(InferenceError):
    """The message cannot be answered; `code` says why."""

    status = "rejected"

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message, **details)
        self.code = code


class ModelNotReady(InferenceError):
    """The model is still being loaded, or could not be."""

    code = "model_not_ready"
    status = "rejected"


class ModelFailed(ModelNotReady):
    """The model could not be loaded; it is tried again after a pause."""

    code = "model_failed"


class ModelRetried(ModelNotReady):
    """The model could not be loaded; it is tried again just now."""

    code = "model_retried"


class ModelStalled(ModelNotReady):
    """Loading the model makes no progress."""

    code = "model_stalled"


class EngineFailed(InferenceError):
    """The engine broke down while it had the request; it was started again."""

    code = "engine_failed"


class EngineBusy(InferenceError):
    """Too many requests already wait for the model."""

    code = "busy"
    status = "rejected"


class ClientBusy(InferenceError):
    """The client has as many requests as one may have at a time."""

    code = "client_busy"
    status = "rejected"


class SessionBusy(InferenceError):
    """The session has as many requests as one may have at a time."""

    code = "session_busy"
    status = "rejected"


class KVMemoryTooSmall(InferenceError):
    """The request can never have the memory that its keys and values may take."""

    code = "kv_memory"
    status = "rejected"


class EngineClosed(InferenceError):
    """The engine is shutting down and takes no more work."""

    code = "closed"
    status = "rejected"


class RequestCancelled(InferenceError):
    """The request was cancelled before it had a result."""

    code = "cancelled"
    status = "cancelled"


class RequestTimeout(InferenceError):
    """The request took longer than REQUEST_TIMEOUT allows."""

    code = "timeout"


class OutOfMemory(InferenceError):
    """There is not enough memory for the request."""

    code = "out_of_memory"


class BadLogits(InferenceError):
    """The model computed NaN instead of a number."""

    code = "bad_logits"


class SourceError(InferenceError):
    """A source of weights failed."""


class ChecksumError(SourceError):
    """A file has another checksum than the catalog names."""


class NoSpaceError(InferenceError):
    """The disk has no room for the weights."""


class ModelError(InferenceError):
    """A folder with weights holds no model that can serve; the text says why."""


class WeightsError(InferenceError):
    """All sources of the model's weights failed."""


def as_exception(error: BaseException) -> Exception:
    """Return what ended a task as an Exception, which a panic in the tokenizer's Rust code is not."""
    return error if isinstance(error, Exception) else EngineFailed(f"{type(error).__name__}: {error}")
