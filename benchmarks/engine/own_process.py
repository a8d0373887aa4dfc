"""An object in a process of its own, so that threads and memory of one contender do not affect another."""

import multiprocessing
from collections.abc import Callable
from functools import partial
from typing import Any


class OwnProcess:
    """Build an object in a new process, and call its methods there; it is a context manager."""

    def __init__(self, build: Callable[..., object], *arguments: object) -> None:
        """Start the process; `build` must be a name in a module, and its arguments must be picklable."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, build, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._answer()

    def call(self, method: str, *arguments: object) -> Any:
        """Call a method; an exception of the method is raised here."""
        self._pipe.send((method, arguments))
        return self._answer()

    def __enter__(self) -> "OwnProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self._pipe.close()
        self._process.join(30)
        self._process.kill()

    def _answer(self) -> Any:
        result, error = self._pipe.recv()
        if error is not None:
            raise error
        return result


def _serve(pipe: Any, build: Callable[..., object], arguments: tuple[object, ...]) -> None:
    subject: Any = None
    work: Callable[[], Any] = partial(build, *arguments)
    while True:
        try:
            result = work()
        # The exception is raised in the calling process.
        except Exception as error:
            pipe.send((None, error))
        else:
            if subject is None:
                subject, result = result, None
            pipe.send((result, None))
        try:
            method, given = pipe.recv()
        # The calling process has closed the pipe.
        except EOFError:
            return
        work = partial(getattr(subject, method), *given)
