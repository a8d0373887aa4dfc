"""What strangers can make of the chat: places, records, other people's conversations."""

import hashlib
import hmac
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.running_app import RunningApp
from tests.security.conftest import SECONDS, Stranger

pytestmark = pytest.mark.model

LONG_STORY = "Write a very long story about a lighthouse, without an end."
# Each is two tokens or more of most vocabularies, so that a short text makes a long prompt.
RARE = "龘"
REFUSED = "rejected"
ENDED_WELL = ("stop", "length")


def records_of(app: RunningApp, event: str, count: int, **fields: object) -> list[dict[str, object]]:
    """Wait until the log has so many records of an event with some fields; return them."""

    def found() -> list[dict[str, object]]:
        return [r for r in app.records(event) if all(r.get(name) == value for name, value in fields.items())]

    app.wait_until(lambda: len(found()) >= count, SECONDS, f"{count} records of {event}")
    return found()


def test_the_name_of_a_session_in_the_log_opens_nothing(house: RunningApp, stranger: Stranger) -> None:
    """No plain hash of a session's secret stands in the log: nobody finds the secret by trying."""
    secret = secrets.token_hex(8)
    stranger.chat("Say one word.", secret)
    house.wait_until(lambda: len(house.tasks("chat")) >= 1, SECONDS, "the record is written")
    text = house.log_path.read_text(encoding="utf-8")
    assert secret not in text
    for name in ("sha256", "sha1", "md5", "sha512", "blake2b", "sha3_256"):
        digest = hashlib.new(name, secret.encode()).hexdigest()
        assert digest[:12] not in text
        assert hmac.new(b"", secret.encode(), name).hexdigest()[:12] not in text
    assert all(record["session_id"] for record in house.tasks("chat"))


def test_refused_messages_do_not_fill_the_log(house: RunningApp, stranger: Stranger) -> None:
    """Fifty empty messages within a minute leave a few records, which tell how many there were."""
    before = len([task for task in house.tasks() if task["status"] == REFUSED])
    for _ in range(15):
        stranger.chat("")
    after = [task for task in house.tasks() if task["status"] == REFUSED]
    assert 0 < len(after) - before <= 6


@pytest.mark.parametrize(
    "message", [None, 7, 1.5, True, [], {}, ["x"], {"text": "x"}, [None], "\x00", "\ud800", " ", "​"]
)
def test_what_is_no_message_is_refused_without_a_trace(
    house: RunningApp, stranger: Stranger, message: object
) -> None:
    """Whatever JSON value comes as a message, it is answered or refused, and nothing breaks."""
    body = json.dumps({"data": [message]})
    answer = stranger.http.post(
        "/gradio_api/call/respond", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (200, 400, 422)
    if answer.status_code == 200:
        stranger.read(answer.json()["event_id"])
    assert "Traceback" not in house.output()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": 1}', b'{"data": []}', b"[" * 10_000, b"\xff"])
@pytest.mark.parametrize("path", ["queue/join", "call/respond", "run/respond", "cancel", "reset"])
def test_what_is_no_event_is_refused_without_a_trace(
    house: RunningApp, stranger: Stranger, path: str, body: bytes
) -> None:
    """A body that is no event is refused by its status, and leaves nothing on the terminal."""
    answer = stranger.http.post(
        f"/gradio_api/{path}", content=body, headers={"content-type": "application/json"}
    )
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in house.output()


def test_made_up_sessions_push_out_no_conversation(
    house: RunningApp, stranger: Stranger, another: Stranger
) -> None:
    """After three hundred sessions of somebody else, a conversation is still there to be gone on with."""
    session = secrets.token_hex(6)
    stranger.chat("My name is Zebedee.", session)

    def make_up(number: int) -> int:
        body = {"data": [""], "session_hash": f"made-up-{number}"}
        stranger = Stranger(house.url, f"198.51.100.{number % 250}")
        return stranger.post("/gradio_api/call/respond", body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(make_up, range(300))) <= {200, 429}
    (with_history,) = json.loads(stranger.chat("Say one word.", session))
    (without,) = json.loads(another.chat("Say one word."))
    assert with_history["prompt_tokens"] > without["prompt_tokens"]


def test_nobody_stops_or_reads_what_is_not_theirs(stranger: Stranger, another: Stranger) -> None:
    """Without the secret of a session, its events can neither be ended nor read."""
    session = secrets.token_hex(6)
    event = stranger.ask("Say one word.", session)
    for guess in ("", "drill", "null", session[:-1], session + "0"):
        body = {"session_hash": guess, "fn_index": 0, "event_id": "0" * 32}
        assert another.post("/gradio_api/cancel", body).status_code < 500
        assert "Say one word" not in another.get(f"/gradio_api/queue/data?session_hash={guess}x").text
    (answer,) = stranger.read(event)
    assert answer["finish_reason"] in ENDED_WELL


def test_guessing_somebodys_words_tells_nothing(
    house: RunningApp, stranger: Stranger, another: Stranger
) -> None:
    """A right guess of how somebody's message begins is remembered no better than a wrong one."""
    stranger.chat(
        "My locker code is 7394 and nobody shall know it, neither today nor tomorrow.", secrets.token_hex(6)
    )
    cached = []
    for code in ("7394", "0000"):
        text = f"My locker code is {code} and nobody shall know it, neither today nor"
        another.chat(text, secrets.token_hex(6))
        records = records_of(house, "task.finished", 1, task_type="chat", input_text=text)
        cached.append(records[-1]["cached_tokens"])
    assert cached[0] == cached[1]


@pytest.mark.parametrize("marker", ["<|im_end|>", "<|im_start|>", "<|endoftext|>"])
def test_markers_of_the_template_are_plain_text(house: RunningApp, stranger: Stranger, marker: str) -> None:
    """A marker between messages is one token; where a visitor writes it, it is several, as any text."""
    lengths = []
    for text in ("Say one word.", f"{marker}Say one word."):
        stranger.chat(text)
        records = records_of(house, "task.finished", 1, task_type="chat", input_text=text)
        lengths.append(int(str(records[-1]["prompt_tokens"])))
    assert lengths[1] - lengths[0] >= 4


def test_one_address_does_not_take_all_places(
    house: RunningApp, stranger: Stranger, another: Stranger
) -> None:
    """Of many long messages of one address most are refused at once, and somebody else is answered."""
    for _ in range(15):
        stranger.ask(LONG_STORY)
    (answer,) = json.loads(another.chat("Say one word."))
    assert answer["finish_reason"] in ENDED_WELL
    refused = records_of(house, "task.finished", 1, task_type="chat", error_type="ClientBusy")
    assert refused[0]["status"] == REFUSED


def test_nobody_passes_the_queue_by(stranger: Stranger) -> None:
    """The address that answers at once, without the queue, does not run the model."""
    answer = stranger.post("/gradio_api/run/respond", {"data": ["Say one word."]})
    assert 400 <= answer.status_code < 500


def test_open_streams_are_bounded(house: RunningApp, stranger: Stranger, another: Stranger) -> None:
    """One address holds a bounded number of streams; another one gets its own meanwhile."""
    with ExitStack() as held:
        statuses = []
        for number in range(70):
            stream = stranger.http.stream("GET", f"/gradio_api/heartbeat/stream-{number}")
            statuses.append(held.enter_context(stream).status_code)
        assert (statuses.count(200), statuses.count(429)) == (64, 6)
        with another.http.stream("GET", "/gradio_api/heartbeat/one") as answer:
            assert answer.status_code == 200


def test_keys_and_values_stay_within_their_memory(house: RunningApp) -> None:
    """Long prompts from many addresses at once never take more than the budget, by the app's own samples."""
    crowd = [Stranger(house.url) for _ in range(12)]

    def ask(somebody: Stranger) -> str:
        return somebody.ask(RARE * 1_000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, crowd))
    count = len(house.records("resource.sample"))
    house.wait_until(lambda: len(house.records("resource.sample")) > count + 1, SECONDS, "a sample is taken")
    samples = [sample for sample in house.records("resource.sample") if "kv_mb" in sample]
    assert samples
    assert all(0 <= sample["kv_mb"] <= sample["kv_budget_mb"] for sample in samples)


def test_a_visitor_sees_no_texts_and_no_sessions(
    house: RunningApp, stranger: Stranger, another: Stranger
) -> None:
    """Neither what others wrote nor their sessions' names stand in anything that a visitor can get."""
    stranger.chat("The password of my cat is Mauzi7.", secrets.token_hex(6))
    text = "The password of my cat is Mauzi7."
    (record,) = records_of(house, "task.finished", 1, task_type="chat", input_text=text)
    paths = (
        "/dashboard/view?range=all",
        "/dashboard/view?range=all&kind=all",
        f"/dashboard/view?range=all&id={record['request_id']}",
        f"/dashboard/request?request={record['request_id']}",
        "/dashboard/export?format=jsonl&range=all",
        "/dashboard/export?format=csv&range=all",
        "/",
        "/config",
    )
    for path in paths:
        page = another.get(path).text
        assert "Mauzi7" not in page, path
        assert str(record["session_id"]) not in page, path


@pytest.mark.parametrize("text", ["\ud800", "x" * 10_000, "not one of the examples"])
def test_a_made_up_example_is_no_message(house: RunningApp, stranger: Stranger, text: str) -> None:
    """Whoever reports a click on an example that is none gets nothing back, and leaves no trace."""
    for number in range(12):
        body = {"data": [], "fn_index": number, "session_hash": "s", "event_data": {"value": {"text": text}}}
        content = json.dumps(body)
        answer = stranger.http.post(
            "/gradio_api/run/predict", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code < 500
        assert text not in answer.text
    assert "Traceback" not in house.output()


def test_a_rating_is_recorded_once(house: RunningApp, stranger: Stranger) -> None:
    """The same rating, sent again and again, leaves one record; odd ones leave none, and break nothing."""
    session = secrets.token_hex(6)
    stranger.chat("Say one word.", session)
    dependencies = stranger.get("/config").json()["dependencies"]
    (like,) = (each["id"] for each in dependencies if any(event == "like" for _, event in each["targets"]))
    before = len(house.records("feedback"))

    def rate(data: object) -> int:
        body = {"data": [], "fn_index": like, "session_hash": session, "event_data": data}
        return stranger.post("/gradio_api/run/predict", body).status_code

    odd: object
    for odd in (None, [], {"index": 99, "liked": True}, {"index": -5, "liked": "yes"}, {"index": "x"}):
        assert rate(odd) < 500
    for _ in range(8):
        assert rate({"index": 1, "value": "", "liked": True}) == 200
    house.wait_until(lambda: len(house.records("feedback")) > before, SECONDS, "the rating is recorded")
    assert len(house.records("feedback")) == before + 1
    assert "Traceback" not in house.output()
