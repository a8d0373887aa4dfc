"""What one visitor's many requests leave of the dashboard to others: over HTTP, at every address."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import dashboard_of, live
from ui.dashboard.endpoints.routes import MAX_PER_VISITOR, MAX_WAITING, routes
from ui.dashboard.endpoints.workers import RETRY_SECONDS
from ui.dashboard.reader import Reader
from ui.roles import Role, set_role
from ui.texts.page import EN

SOON = 20.0  # more than anything here takes
ADDRESSES = ("view?range=all", "request?request=ab", "banner")


class Busy:
    """A dashboard that has no time for views until it is told so, and its readers."""

    def __init__(self) -> None:
        self.dashboard = dashboard_of(live(a_record()))
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self._app = Starlette(routes=routes(self.dashboard))
        answer = self.dashboard.answer

        def slow(query: str, have: frozenset[str], reader: Reader) -> bytes | None:
            self.begun.release()
            assert self.may_end.wait(SOON)
            return answer(query, have, reader)

        self.dashboard.answer = slow  # type: ignore[method-assign]

    async def get(self, path: str, client: str, role: Role = Role.VISITOR) -> Response:
        """Ask as one client."""

        async def with_role(scope: Scope, receive: Receive, send: Send) -> None:
            set_role(scope, role)
            await self._app(scope, receive, send)

        transport = ASGITransport(with_role, client=(client, 1))
        async with AsyncClient(transport=transport, base_url="http://test") as browser:
            return await browser.get(f"/dashboard/{path}")

    async def fill(self, client: str) -> list[asyncio.Task[Response]]:
        """Let one visitor have as many views in work and waiting as it may."""
        tasks = [asyncio.create_task(self.get("view", client)) for _ in range(MAX_PER_VISITOR)]
        for _ in range(2):
            assert await asyncio.to_thread(self.begun.acquire, timeout=SOON)
        return tasks


@pytest.mark.parametrize("path", ADDRESSES)
def test_one_visitor_is_refused_before_others_are(path: str) -> None:
    """With three under way, a visitor's fourth is refused with the time to wait; another's is answered."""
    busy = Busy()

    async def trial() -> None:
        tasks = await busy.fill("192.0.2.1")
        refused = await busy.get(path, "192.0.2.1")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, str(RETRY_SECONDS))
        assert refused.text == EN["busy"].format(seconds=RETRY_SECONDS)
        other = asyncio.create_task(busy.get(path, "192.0.2.2"))
        await asyncio.sleep(0)
        busy.may_end.set()
        assert (await other).status_code in (200, 204)
        assert [(await task).status_code for task in tasks] == [200] * MAX_PER_VISITOR

    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, trial()).result()


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_operator_is_answered_while_visitors_are_refused(path: str) -> None:
    """With so many visitors that others are refused, the operator is not, at a visitor's address, too."""
    busy = Busy()

    async def trial() -> None:
        tasks = await busy.fill("192.0.2.1")
        crowd = [asyncio.create_task(busy.get("view", str(number))) for number in range(MAX_WAITING + 20)]
        done, _ = await asyncio.wait(crowd, timeout=SOON, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result().status_code for task in done} == {503}
        operator = asyncio.create_task(busy.get(path, "192.0.2.1", Role.OPERATOR))
        await asyncio.sleep(0)
        busy.may_end.set()
        assert (await operator).status_code in (200, 204)
        statuses = [response.status_code for response in await asyncio.gather(*tasks, *crowd)]
        assert statuses.count(503) >= 20

    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, trial()).result()
