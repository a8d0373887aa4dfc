"""Tests of `container.ending`."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
# A thread that never ends, which the interpreter would wait for, and a child that waits for its input.
PROGRAM = """
import subprocess, sys, threading
from concurrent.futures import ThreadPoolExecutor
from container.ending import end_process
begun = threading.Event()
ThreadPoolExecutor().submit(lambda: (begun.set(), threading.Event().wait()))
begun.wait()
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid)
end_process(3)
"""


def test_nothing_keeps_the_process() -> None:
    """The process ends with its status and all that it printed, whatever runs; its children end, too."""
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (3, "")
    child = int(ended.stdout)
    if psutil.pid_exists(child):
        psutil.Process(child).wait(60)


def test_a_reader_that_went_away_does_not_keep_it() -> None:
    """A pipe whose reader is gone changes nothing."""
    program = "from container.ending import end_process; print('unread'); end_process(0)"
    command = [sys.executable, "-c", program]
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=buffered) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(120) == 0
