"""The command `records`, and the ways to name a log."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from monitoring.cli.main import main
from tests.monitoring.helpers import ROOT, a_record, lines_of

PINO = b'{"level":50,"time":1700000002000,"pid":1,"hostname":"h","msg":"a","spent":"5"}\n'


def command(*arguments: str) -> list[str]:
    """Return a command of its own process."""
    return [sys.executable, "-m", "monitoring", *arguments]


def test_any_log_is_printed_as_records_of_ours(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The output is nothing but lines of JSON; what a person should know is told beside it."""
    log = tmp_path / "a.log"
    log.write_bytes(PINO + lines_of(a_record(3)) + b"torn\n")
    assert main(["records", "--log", str(log), "--map", "spent:s=response_time_ms"]) == 0
    printed = capfdbinary.readouterr()
    first, second = map(json.loads, printed.out.splitlines())
    assert (first["timestamp"], first["response_time_ms"], first["status"]) == (
        "2023-11-14T22:13:22.000Z",
        5000,
        "error",
    )
    assert second == a_record(3)
    assert b"note: 1 record was read as pino" in printed.err


def test_what_was_printed_is_printed_again_as_it_is(tmp_path: Path) -> None:
    """The output is a log of ours."""
    log, again = tmp_path / "a.log", tmp_path / "b.log"
    log.write_bytes(PINO * 3)
    first = subprocess.run(command("records", "--log", str(log)), cwd=ROOT, capture_output=True, check=True)
    again.write_bytes(first.stdout)
    second = subprocess.run(
        command("records", "--log", str(again)), cwd=ROOT, capture_output=True, check=True
    )
    assert (second.stdout, second.stderr) == (first.stdout, b"")


@pytest.mark.parametrize("arguments", [["records", "--log"], ["summary", "--log"], ["alerts", "--replay"]])
def test_a_log_may_come_from_the_standard_input(arguments: list[str]) -> None:
    """A single dash stands for it, as in most programs."""
    data = lines_of(*(a_record(second) for second in range(5)))
    done = subprocess.run(command(*arguments, "-"), cwd=ROOT, input=data, capture_output=True, check=True)
    assert done.stdout
    assert done.stderr == b""


def test_a_log_may_be_a_pipe(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What a shell's `<(...)` gives is read to its end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(lines_of(a_record(7)),))
    writer.start()
    assert main(["records", "--log", str(pipe)]) == 0
    writer.join()
    assert json.loads(capfd.readouterr().out) == a_record(7)


@pytest.mark.parametrize(
    "arguments", [["records", "--log"], ["summary", "--log"], ["query", "from log", "--log"]]
)
def test_a_folder_is_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """The error names the file in it that is meant."""
    (tmp_path / "qwen.log").touch()
    assert main([*arguments, str(tmp_path)]) == 1
    assert f"is a folder; name a file in it, such as {tmp_path / 'qwen.log'}" in capsys.readouterr().err


def test_times_without_a_zone_are_in_the_named_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option wins over the setting; a zone that is none is an error."""
    log = tmp_path / "a.log"
    log.write_bytes(b'{"time":"2026-01-21 16:00:00","msg":"a"}\n')
    monkeypatch.setenv("LOG_TIMEZONE", "Asia/Shanghai")
    for options, expected in (([], "08:00"), (["--timezone", "UTC"], "16:00")):
        assert main(["records", "--log", str(log), *options]) == 0
        assert json.loads(capfd.readouterr().out)["timestamp"] == f"2026-01-21T{expected}:00.000Z"
    assert main(["records", "--log", str(log), "--timezone", "Mars/Olympus"]) == 2
    assert "error: --timezone: 'Mars/Olympus' is no zone" in capfd.readouterr().err
    monkeypatch.setenv("LOG_TIMEZONE", "Nope")
    assert main(["records", "--log", str(log)]) == 2
    assert "error: LOG_TIMEZONE: 'Nope' is no zone; allowed are" in capfd.readouterr().err


COMMANDS = [
    ["records", "--log"],
    ["summary", "--log"],
    ["query", "from log", "--log"],
    ["alerts", "--replay"],
]


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_link_that_leads_nowhere_is_told_as_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """A link to itself, and one to a file that is missing."""
    itself, dangling = tmp_path / "a.log", tmp_path / "b.log"
    itself.symlink_to(itself)
    dangling.symlink_to("gone.log")
    assert main([*arguments, str(itself)]) in (1, 2)
    assert f"{itself} is a link that leads back to itself; name the file" in capsys.readouterr().err
    assert main([*arguments, str(dangling)]) in (1, 2)
    assert f"{dangling} is a link to gone.log, which is missing; name a file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_socket_is_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """The error says how to read what comes from it."""
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert main([*arguments, "s"]) in (1, 2)
    assert "s is a socket, which cannot be opened as a file; send what comes" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", COMMANDS)
def test_an_empty_name_is_no_folder(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """It is what a variable leaves that is not set."""
    with pytest.raises(SystemExit) as end:
        main([*arguments, ""])
    assert end.value.code == 2
    assert "the name is empty; name a file" in capsys.readouterr().err
