"""Tests of the whole app: its start, its end, and its connections."""

import html
import json
import re
import socket
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.conftest import SMALL_MODEL
from tests.inference.weights.fake_hub import FakeHub
from tests.ordinary_user import PREFIX
from tests.running_app import RunningApp

# A file of the app cannot have more bytes where its disk is full.
FULL_BYTES = 1 << 16


@pytest.mark.model
def test_sigterm_in_the_middle_of_a_reply_leaves_a_whole_log(small_app: RunningApp) -> None:
    """SIGTERM while a reply streams leaves complete lines, and a `cancelled` record for that request."""
    small_app.wait_for_model()
    job = Client(small_app.url, verbose=False).submit("Tell me a very long story.", api_name="/chat")
    small_app.wait_until(lambda: len(job.outputs()) > 6, 60, "the reply streams")
    assert small_app.terminate() == 0
    text = small_app.log_path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    records = [json.loads(line) for line in text.splitlines()]
    (chat,) = small_app.tasks()
    assert (chat["task_type"], chat["source"]) == ("chat", "gradio")
    assert chat["status"] == chat["finish_reason"] == "cancelled"
    assert chat["output_tokens"] > 0
    assert records[-1]["event"] == "app.stopped"
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))


def test_the_page_is_up_and_the_log_begins_before_the_model_is_there(fresh_log_dir: Path) -> None:
    """If there are no weights, the page still answers, and the log says what is wrong and what to do."""
    app = RunningApp(fresh_log_dir, MODEL=str(fresh_log_dir / "nowhere"))
    try:
        app.wait_for_page()
        app.wait_until(lambda: bool(app.records("model.failed")), 60, "the failure is logged")
        failed = app.records("model.failed")[0]
        assert failed["level"] == "ERROR"
        assert failed["error_type"] == "WeightsError"
        assert "nowhere has no config.json" in failed["error_message"]
        assert str(fresh_log_dir) not in app.log_path.read_text(encoding="utf-8")
        assert f"{fresh_log_dir}/nowhere has no config.json" in app.output()
        with pytest.raises(AppError, match=r"has no config\.json"):
            Client(app.url, verbose=False).predict("hello", api_name="/respond")
        app.wait_until(lambda: len(app.tasks()) >= 2, 20, "both records are written")
        assert [task["status"] for task in app.tasks()] == ["rejected", "rejected"]
    finally:
        assert app.terminate() == 0


def test_a_bad_setting_is_refused_with_its_name_and_value(fresh_log_dir: Path) -> None:
    """A wrong setting ends the start with status 2 and one line that a person can act on."""
    app = RunningApp(fresh_log_dir, DTYPE="float12", THREADS="many")
    assert app.process.wait(60) == 2
    lines = app.output().strip().splitlines()
    assert lines == [
        "DTYPE='float12': Input should be 'auto', 'fp32', 'bf16' or 'int8'",
        "THREADS='many': Input should be a valid integer, unable to parse string as an integer",
    ]


def test_wrong_alert_rules_are_refused_with_their_line(fresh_log_dir: Path) -> None:
    """The start ends with status 2, and names the wrong line and the allowed values."""
    rules = fresh_log_dir.with_name("rules.toml")
    rules.write_text("[slow_task]\nrequests = 0\n", encoding="utf-8")
    app = RunningApp(fresh_log_dir, ALERT_RULES=str(rules))
    assert app.process.wait(60) == 2
    expected = f"{rules}, line 2: slow_task.requests = 0: Input should be greater than or equal to 1"
    assert app.output().strip() == expected


def test_a_taken_port_is_passed_over(fresh_log_dir: Path) -> None:
    """If the port is taken, the app serves on the next free one, and prints its address."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        app = RunningApp(fresh_log_dir, GRADIO_SERVER_PORT=str(port), MODEL=str(fresh_log_dir))
        try:
            app.wait_until(lambda: "Open http" in app.output(), 60, "the page is served")
        finally:
            assert app.terminate() == 0
    (served,) = re.findall(r"Open http://127.0.0.1:(\d+)", app.output())
    assert int(served) != port


@pytest.mark.model
def test_a_model_comes_from_the_hub_and_then_from_the_cache(tmp_path: Path, small_cache: Path) -> None:
    """A model is taken from a hub that answers, and later the app starts without the hub."""
    folder = small_cache / SMALL_MODEL
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "origin.json"}
    origins = []
    with FakeHub("owner/small", files) as hub:
        settings = {
            "MODEL": "owner/small",
            "MODEL_CACHE": str(tmp_path / "cache"),
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "client"),
        }
        for log_dir in (tmp_path / "first", tmp_path / "second"):
            with RunningApp(log_dir, **settings) as app:
                app.wait_for_page()
                app.wait_for_model()
                Client(app.url, verbose=False).predict("Hello!", api_name="/respond")
                app.wait_until(lambda: len(app.tasks()) >= 2, 20, "both records are written")
                assert {task["model"] for task in app.tasks()} == {"owner/small"}
                origins.append(app.records("model.loaded")[0]["origin"])
            hub.status = 503  # the second start must do without it
    assert origins == ["hub repository owner/small"] * 2


@pytest.mark.model
def test_it_connects_to_nothing_but_itself(fresh_log_dir: Path, small_cache: Path) -> None:
    """With the weights in the cache, start, page, chat and end open no connection to elsewhere."""
    with RunningApp(
        fresh_log_dir,
        program="tests/audited_app.py",
        MODEL=SMALL_MODEL,
        MODEL_CACHE=str(small_cache),
    ) as app:
        app.wait_for_page()
        app.wait_for_model()
        Client(app.url, verbose=False).predict("Hello!", api_name="/respond")
        app.wait_until(lambda: len(app.tasks()) >= 2, 20, "both records are written")
        assert app.tasks("chat")[0]["status"] == "ok"
    assert "audit hook is on" in app.output()
    assert "OUTGOING" not in app.output()


def unwritable(tmp_path: Path) -> dict[str, tuple[Path, Sequence[str], str, str]]:
    """Return folders that take no log: the folder, a command that starts the app, and what helps."""
    file, closed = tmp_path / "file", tmp_path / "closed"
    file.write_bytes(b"")
    closed.mkdir(mode=0o500)
    full = tmp_path / "full"
    full.mkdir()
    (full / "qwen.log").write_bytes(b"{}".ljust(FULL_BYTES - 1) + b"\n")
    return {
        "a file": (file, (), "move it away", "请移走该文件"),
        "below a file": (file / "logs", (), "move it away", "请移走该文件"),
        "not to be made": (Path("/proc/nothing/logs"), (), "Make the folder", "请创建该文件夹"),
        "no right": (closed, PREFIX, "the right to write there", "写权限"),
        "full": (full, ("prlimit", f"--fsize={FULL_BYTES}"), "Make room", "请清理磁盘空间"),
    }


@pytest.mark.parametrize("kind", ["a file", "below a file", "not to be made", "no right", "full"])
def test_a_folder_that_takes_no_log_is_named_at_the_start(kind: str, tmp_path: Path) -> None:
    """One sentence in each language says which folder it is and what to do; the page says it, too."""
    folder, prefix, remedy, remedy_zh = unwritable(tmp_path)[kind]
    settings = {"LOG_DIR": str(folder), "MODEL": str(tmp_path / "nowhere")}
    with RunningApp(tmp_path / "app", program="tests/patient_app.py", prefix=prefix, **settings) as app:
        app.wait_for_page()
        told = [line for line in app.output().splitlines() if str(folder) in line]
        english, chinese = told
        assert english.startswith(f"The log cannot be written to the folder {folder} (")
        assert remedy in english
        assert chinese.startswith(f"日志无法写入文件夹 {folder}（")
        assert remedy_zh in chinese
        shown = httpx2.get(f"{app.url}/dashboard/view", trust_env=False, timeout=60).json()["overview"][
            "health"
        ]
        assert english in html.unescape(shown)
