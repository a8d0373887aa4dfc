"""What Gradio keeps for the readers of results, and how it is bounded.

Gradio has no public way to look into its queue, so this file uses private attributes; its tests run them with
the installed version.
"""

from collections.abc import Callable, Iterable
from time import monotonic

import gradio as gr
from gradio.server_messages import ProcessCompletedMessage
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.chat.readers import Readers

KEEP_SECONDS = 60.0  # results that nobody reads, after the message has ended
FORGET_SECONDS = 5.0  # at least, between two searches for such results


class ResultQueue:
    """The results that wait for their readers, by session.

    Apart from the properties, call it from the thread of the server only, which changes Gradio's queue.
    """

    def __init__(self, page: gr.Blocks, clock: Callable[[], float] = monotonic) -> None:
        self._page = page
        self._clock = clock
        # Sessions without a running event and without a reader, with their events, and since when.
        self._unread: dict[tuple[str, frozenset[str]], float] = {}
        self._next_search = clock()

    def session_of(self, key: str) -> str:
        """Return the session of an event; what is not an event is a session itself."""
        # `page.queue()` puts another queue in the place of the first one, so look it up each time.
        event = self._page._queue.event_ids_to_events.get(key)
        return key if event is None else event.session_hash

    def backlog(self, session: str) -> int:
        """Return the number of results that were not sent to their reader yet; safe to call anywhere."""
        messages = self._page._queue.pending_messages_per_session.get(session)
        return 0 if messages is None else messages.qsize()

    def forget_unread(self, readers: Readers) -> None:
        """Forget results that nobody has read for long, and all that is kept of their sessions.

        Gradio itself keeps the ids of events for ever, and the results of 2,000 sessions: without this,
        made-up sessions would push out those of others.
        """
        now = self._clock()
        if now < self._next_search:
            return
        self._next_search = now + FORGET_SECONDS
        queue = self._page._queue
        sessions = {*queue.pending_messages_per_session, *queue.pending_event_ids_session}
        events = {
            session: frozenset(queue.pending_event_ids_session.get(session, ())) for session in sessions
        }
        running = queue.event_ids_to_events.keys()
        self._unread = {
            (session, ids): self._unread.get((session, ids), now)
            for session, ids in events.items()
            if running.isdisjoint(ids) and (not readers.is_read(session) or readers.is_behind(session))
        }
        for (session, ids), since in self._unread.items():
            if readers.is_behind(session):
                self._end(session, ids)
            elif now - since > KEEP_SECONDS:
                queue.pending_messages_per_session.pop(session, None)
                queue.pending_event_ids_session.pop(session, None)

    def _end(self, session: str, events: Iterable[str]) -> None:
        """Put the end of each event in the place of all its results, for a reader who is far behind."""
        messages = self._page._queue.pending_messages_per_session[session]
        while not messages.empty():
            messages.get_nowait()
        for event in events:
            messages.put_nowait(ProcessCompletedMessage(event_id=event, output={}, success=False))


class ResultStreams:
    """Before each request, look for unread results: what is kept grows with requests only.

    A stream of a session that is not known ends with the message that Gradio sends then; it raises an error
    as well, which is left out.
    """

    def __init__(self, app: ASGIApp, results: ResultQueue, readers: Readers) -> None:
        self._app = app
        self._results = results
        self._readers = readers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        self._results.forget_unread(self._readers)
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            # So Starlette reports an `HTTPException` in the middle of a stream.
            if not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})
