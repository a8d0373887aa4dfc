"""Run a call of the service in a thread, and hand its events on to the event loop."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from starlette.requests import Request

from inference import Service
from inference.call import Call
from inference.events import Event

# Calls beyond the engine's places are refused at once, each in a thread of these.
SPARE_THREADS = 4


class Runner:
    """Threads for the calls of the API, as many as the engine has places, and some for those it refuses."""

    def __init__(self, service: Service, places: int) -> None:
        self._service = service
        self._threads = ThreadPoolExecutor(places + SPARE_THREADS, thread_name_prefix="api")

    async def events(self, call: Call, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the events of a call; it is cancelled when its caller leaves, or nobody reads on."""
        cancelled = threading.Event()
        loop = asyncio.get_running_loop()
        results: asyncio.Queue[Event | None] = asyncio.Queue()

        def put(event: Event | None) -> None:
            loop.call_soon_threadsafe(results.put_nowait, event)

        def run() -> None:
            try:
                for event in self._service.ask(replace(call, cancelled=cancelled)):
                    put(event)
            finally:
                put(None)

        running = loop.run_in_executor(self._threads, run)
        leaving = asyncio.create_task(_left(request, cancelled))
        try:
            while (event := await results.get()) is not None:
                yield event
            await running
        finally:
            cancelled.set()
            leaving.cancel()


async def _left(request: Request, cancelled: threading.Event) -> None:
    """Set the event when the caller's connection is closed."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.2)
    cancelled.set()
