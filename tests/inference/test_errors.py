"""Tests of `inference.errors`."""

import pytest

from inference import errors
from inference.errors import InferenceError, InputError


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (errors.ModelNotReady, "model_not_ready", "rejected"),
        (errors.ModelFailed, "model_failed", "rejected"),
        (errors.ModelRetried, "model_retried", "rejected"),
        (errors.ModelStalled, "model_stalled", "rejected"),
        (errors.EngineFailed, "engine_failed", "error"),
        (errors.EngineBusy, "busy", "rejected"),
        (errors.ClientBusy, "client_busy", "rejected"),
        (errors.SessionBusy, "session_busy", "rejected"),
        (errors.KVMemoryTooSmall, "kv_memory", "rejected"),
        (errors.EngineClosed, "closed", "rejected"),
        (errors.RequestCancelled, "cancelled", "cancelled"),
        (errors.SourceError, "failed", "error"),
        (errors.ChecksumError, "failed", "error"),
        (errors.NoSpaceError, "failed", "error"),
        (errors.WeightsError, "failed", "error"),
    ],
)
def test_error_says_how_its_request_ends(kind: type[InferenceError], code: str, status: str) -> None:
    """Each error has a code for programs, the status of its request, its text and its values."""
    error = kind("what happened", limit=3)
    assert (error.code, error.status, str(error), error.details) == (
        code,
        status,
        "what happened",
        {"limit": 3},
    )


def test_input_error_has_its_own_code() -> None:
    """The code of a refused message is its own, and does not leak to others."""
    error = InputError("too_long", "shorten it", length=5)
    assert (error.code, error.status, str(error)) == ("too_long", "rejected", "shorten it")
    assert InputError.code == InferenceError.code == "failed"


def test_wrong_checksum_lets_the_next_source_be_tried() -> None:
    """A wrong checksum is the failure of one source."""
    assert issubclass(errors.ChecksumError, errors.SourceError)
