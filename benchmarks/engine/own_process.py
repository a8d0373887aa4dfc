"""What is measured in a process of its own: neither threads nor memory of one contender touch another."""

import multiprocessing
from collections.abc import Callable
from functools import partial
from typing import Any


class OwnProcess:
    """Build an object in a new process, and call its methods there; use it as a context."""

    def __init__(self, build: Callable[..., object], *arguments: object) -> None:
        """Both must be known by name in a module: they travel to the process."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, build, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._answer()

    def call(self, method: str, *arguments: object) -> Any:
        """Call a method; what it raises is raised here."""
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
        except Exception as error:  # the process' edge: raised where it was called
            pipe.send((None, error))
        else:
            if subject is None:
                subject, result = result, None
            pipe.send((result, None))
        try:
            method, given = pipe.recv()
        except EOFError:  # nobody asks any more
            return
        work = partial(getattr(subject, method), *given)
