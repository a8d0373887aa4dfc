"""A call of the API runs in a thread, and ends when its caller has left."""

import time
from collections.abc import Callable

import httpx2
import pytest
from openai import APITimeoutError, AsyncOpenAI

from tests.coroutines import run
from tests.inference.doubles import SteppedModel
from tests.inference.serving import Record
from tests.ui.api.served_api import HI, ServedApi, ask, served_api, start_stream

LONG = "x" * 2000


def record_of_a_left_call(model: SteppedModel, api: ServedApi, leave: Callable[[], None]) -> Record:
    """Begin a call and leave it; return its record, which it has while the model is still slow."""
    model.allow(2)
    leave()
    deadline = time.monotonic() + 60
    while not api.observer.records:
        assert time.monotonic() < deadline, "the call that was left must end"
        model.allow(1)
        time.sleep(0.01)
    (record,) = api.observer.records
    return record


def check_cancelled(record: Record) -> None:
    """Check that a call was stopped in the middle of its reply."""
    assert (record.status, record.fields["finish_reason"]) == ("cancelled", "cancelled")
    produced = record.fields["output_tokens"]
    assert isinstance(produced, int)
    assert 0 < produced < len(LONG)


def test_whoever_closes_a_stream_stops_the_model() -> None:
    """A stream that its reader closes in the middle leaves a cancelled record, and the model rests."""
    model = SteppedModel(LONG)
    with served_api(model) as api, api.client() as client:

        def leave() -> None:
            stream = start_stream(client)
            assert next(stream).choices[0].delta.role == "assistant"
            assert next(stream).choices[0].delta.content == "x"
            stream.close()

        check_cancelled(record_of_a_left_call(model, api, leave))


def test_whoever_gives_up_waiting_stops_the_model() -> None:
    """A caller without a stream, who waits no longer, leaves a cancelled record as well."""
    model = SteppedModel(LONG)
    with served_api(model) as api, api.client() as client:

        def leave() -> None:
            with pytest.raises(APITimeoutError):
                ask(client, timeout=1.0)

        check_cancelled(record_of_a_left_call(model, api, leave))


def test_the_async_client_stops_the_model() -> None:
    """A stream that the asynchronous client closes leaves a cancelled record."""
    model = SteppedModel(LONG)
    with served_api(model) as api:

        async def read_one() -> None:
            async with (
                httpx2.AsyncClient(trust_env=False) as http,
                AsyncOpenAI(base_url=f"{api.url}/v1", api_key="x", http_client=http) as client,
            ):
                stream = await client.chat.completions.create(model="fake", messages=HI, stream=True)
                async for _ in stream:
                    break
                await stream.close()

        check_cancelled(record_of_a_left_call(model, api, lambda: run(read_one())))
