"""Lines of tracebacks belong to the event before them."""

from typing import Any

import pytest

from monitoring.formats.continuations import MAX_STREAMS, Continuations, Head, begins
from monitoring.record.schema import MAX_LINE_BYTES

PYTHON = """\
Traceback (most recent call last):
  File "a.py", line 5, in f
    res = {"a": 1}
ValueError: boom
During handling of the above exception, another exception occurred:
Traceback (most recent call last):
> File "a.py", line 6, in g
    main()
app.errors.Bad: no"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "a.py", line 5, in f
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: boom
    +------------------------------------"""
JAVA = """\
java.lang.IllegalStateException: boom
\tat a.B.c(B.java:5)
\tat a.B$1.run(Unknown Source)
\tSuppressed: java.io.IOException: y
Caused by: java.io.IOException: x
\t... 12 more"""
GO = """\
goroutine 1 [running]:
main.main()
\t/app/main.go:10 +0x1d
net/http.(*conn).serve(0xc0000b4000, {0x7, 0x8})
\t/usr/local/go/src/net/http/server.go:1 +0x2
created by net/http.(*Server).Serve in goroutine 1
exit status 2"""
NODE = """\
    at f (/app/x.js:1:2)
    at async Promise.all (index 0) {
  code: 'ECONNREFUSED'
}
Node.js v20.1.0"""
DOT_NET = """\
System.InvalidOperationException: boom
 ---> System.Exception: inner
   at A.B.C() in /app/a.cs:line 5
   --- End of inner exception stack trace ---
   at A.D()"""
PHP = """\
PHP Stack trace:
#0 /app/a.php(5): f()
#1 {main}
  thrown in /app/a.php on line 5"""
RICH = """\
\u256d\u2500\u2500\u2500 Traceback (most recent call last) \u2500\u2500\u2500\u256e
\u2502 /app/a.py:5 in f \u2502
\u2570\u2500\u2500\u2500\u256f
ValueError: boom"""


@pytest.mark.parametrize("has_time", [True, False])
@pytest.mark.parametrize("traceback", [PYTHON, GROUP, JAVA, GO, NODE, DOT_NET, PHP, RICH])
def test_all_lines_of_a_traceback_belong_to_the_event(traceback: str, has_time: bool) -> None:
    """Whether each has a wrapper of its own, which tells a time, or not."""
    continuations, fields = Continuations(), dict[str, Any](message="failed")
    continuations.begin("", fields)
    assert all(continuations.take("", line, has_time) for line in traceback.splitlines())
    assert fields == {"message": "failed", "traceback": traceback}


@pytest.mark.parametrize(
    "line",
    [
        "TypeError: x is not a function",
        "Error: connect ECONNREFUSED",
        "panic: runtime error: index out of range",
        'Exception in thread "main" java.lang.Error: x',
        "thread 'main' panicked at src/main.rs:2:5:",
        "Unhandled exception. System.Exception: x",
        "Uncaught Error [ERR_X]: a",
    ],
)
def test_what_nobody_has_logged_is_an_event_where_its_wrapper_tells_a_time(line: str) -> None:
    """A traceback may begin with it; without a time, it belongs to the event before it."""
    continuations, fields = Continuations(), dict[str, Any](message="ready")
    continuations.begin("", fields)
    assert not continuations.take("", line, has_time=True)
    assert begins(line)
    assert continuations.take("", line, has_time=False)
    assert fields == {"message": "ready", "traceback": line}


@pytest.mark.parametrize(
    "line", ["hello", "Error", "ready: yes", "at noon", "app.Config: x", "Done", "{'a': 1}"]
)
def test_other_lines_begin_no_traceback(line: str) -> None:
    """They are left to others."""
    continuations = Continuations()
    continuations.begin("", {})
    assert not continuations.take("", line, has_time=True)


def test_an_indented_line_goes_on_with_the_message() -> None:
    """Unless its wrapper tells a time: programs indent what they write."""
    continuations, fields = Continuations(), dict[str, Any](message="select")
    continuations.begin("", fields)
    assert continuations.take("", "  from a", has_time=False)
    assert not continuations.take("", "  from a", has_time=True)
    assert fields == {"message": "select\n  from a"}


def test_a_traceback_is_at_an_end_with_a_line_that_is_none_of_it() -> None:
    """What is indented behind that is not its own, where a wrapper tells a time."""
    continuations = Continuations()
    continuations.begin("", {})
    assert continuations.take("", "Traceback (most recent call last):", has_time=True)
    assert not continuations.take("", "hello", has_time=True)
    assert not continuations.take("", "  hello", has_time=True)


def test_without_an_event_no_line_is_taken() -> None:
    """None was there, or another record has come between."""
    continuations = Continuations()
    assert not continuations.take("", "  a", has_time=False)
    continuations.begin("/a", {})
    continuations.end("/a")
    assert not continuations.take("/a", "\tat a", has_time=True)
    assert not continuations.take("", "\tat a", has_time=True)


def test_each_stream_has_its_event_and_lines_without_a_wrapper_that_of_the_last_one() -> None:
    """journalctl, for one, writes its head in front of the first line of a text alone."""
    continuations, first, second = Continuations(), dict[str, Any](), dict[str, Any]()
    continuations.begin("/a", first)
    continuations.begin("/b", second)
    assert continuations.take("/a", "\tat a", has_time=True)
    assert continuations.take("", "\tat b", has_time=False)
    assert (first, second) == ({"traceback": "\tat a"}, {"traceback": "\tat b"})


def test_what_is_kept_is_bounded() -> None:
    """A traceback without end, and endlessly many streams, take no memory without end."""
    continuations, fields = Continuations(), dict[str, Any]()
    continuations.begin("", fields)
    for _ in range(2000):
        assert continuations.take("", "  " + "x" * 98, has_time=False)
    assert len(fields["message"]) <= MAX_LINE_BYTES
    for number in range(100):
        continuations.begin(f"/{number}", {})
    assert len(continuations._events) <= MAX_STREAMS


HEAD = Head("vLLM", "01-21 16:00:05", "ERROR", "core.py:708")


def test_each_line_of_a_traceback_may_have_the_head_of_its_event() -> None:
    """Lines with the same head are joined from a traceback on; those with another one are not."""
    continuations, fields = Continuations(), dict[str, Any]()
    continuations.begin("", fields, "failed", HEAD)
    assert not continuations.take_headed("", HEAD, "failed again")
    assert not continuations.take_headed("", HEAD._replace(time="01-21 16:00:06"), PYTHON.splitlines()[0])
    assert all(continuations.take_headed("", HEAD, line) for line in PYTHON.splitlines())
    assert fields["traceback"] == PYTHON


def test_a_line_without_a_head_belongs_to_no_event_that_repeats_it() -> None:
    """vLLM puts the head before each line of an event: what has none was printed by something else."""
    continuations = Continuations()
    continuations.begin("", {}, "failed", HEAD)
    assert not continuations.take("", PYTHON.splitlines()[0], has_time=False)
    continuations.begin("", {}, "failed", HEAD._replace(program="uvicorn"))
    assert continuations.take("", PYTHON.splitlines()[0], has_time=False)
