"""OpenAI's own client asks typed questions: all types, refusals, errors, limits, cancelling and records."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from inference import Loader
from tests.fakes import FakeModel
from tests.ui.api.served_api import ServedApi, served_api, served_without_a_model

ID = "16f029d043944176923da62f9eb4ebcb"
PREDICATE: Any = {"type": "predicate", "instructions": "Is it good?"}
FRUIT: Any = {
    "type": "choice",
    "name": "fruit",
    "instructions": "Which fruit?",
    "choices": [{"value": "pear"}, {"value": "fig", "description": "a soft one"}, {"value": "kiwi"}],
}
URGENT: Any = {
    "type": "score",
    "name": "haste",
    "instructions": "How urgent?",
    "levels": [{"label": "can wait"}, {"label": "today"}, {"label": "now", "description": "at once"}],
}
SENTIMENT: Any = {
    "type": "choice",
    "name": "sentiment",
    "instructions": "What is it?",
    "choices": [{"value": "负面"}, {"value": "正面"}],
}


@pytest.fixture(scope="module")
def api() -> Iterator[ServedApi]:
    """The API with a fake model that prefers words with a p."""
    with served_api(FakeModel(score_for="p"), max_input_chars=2000) as served:
        yield served


def post(api: ServedApi, **changes: Any) -> httpx2.Response:
    """Ask one question with plain HTTP, and with these changes."""
    body: dict[str, Any] = {"model": "fake", "input": "The soup was cold.", "questions": [PREDICATE]}
    # Half a character can only be written as an escape.
    headers = {"content-type": "application/json"}
    return api.http.post("/v1/decisions", content=json.dumps(body | changes), headers=headers)


def error_of(response: httpx2.Response) -> tuple[int, str, str]:
    """Return the status, the code and the field of a refusal."""
    error = response.json()["error"]
    return response.status_code, error["code"], error["param"]


def test_the_three_types_of_questions(api: ServedApi) -> None:
    """The answers come in the order of the questions, with their names, and probabilities that sum to 1."""
    decision = api.client().decisions.create(
        model="fake", input="The soup was cold.", questions=[PREDICATE, FRUIT, URGENT]
    )
    good, fruit, haste = decision.answers
    assert (good.type, good.name, fruit.name, haste.name) == ("predicate", None, "fruit", "haste")
    assert good.type == "predicate"
    assert good.probability == pytest.approx(0.5)
    assert fruit.type == "choice"
    assert [each.value for each in fruit.probabilities] == ["pear", "fig", "kiwi"]
    assert sum(each.probability for each in fruit.probabilities) == pytest.approx(1)
    assert 0 <= fruit.confidence <= 1
    assert haste.type == "score"
    assert [(each.label, each.value) for each in haste.probabilities] == [
        ("can wait", 0),
        ("today", 1),
        ("now", 2),
    ]
    expected = sum(each.value * each.probability for each in haste.probabilities)
    assert haste.score == pytest.approx(expected)
    assert decision.model == "fake"
    usage = decision.usage
    assert usage.input_tokens == usage.total_tokens > 0
    assert (usage.output_tokens, usage.input_tokens_details.cache_write_tokens) == (0, 0)


def test_a_string_and_a_boolean_of_the_same_text_are_two_choices(api: ServedApi) -> None:
    """The model is asked for different words; the answer has the values with their types."""
    values: list[str | bool] = ["true", True, False]
    question = {**FRUIT, "choices": [{"value": value} for value in values]}
    (answer,) = post(api, questions=[question]).json()["answers"]
    assert [each["value"] for each in answer["probabilities"]] == values
    assert [type(each["value"]) for each in answer["probabilities"]] == [str, bool, bool]


def test_a_question_that_cannot_be_asked_is_a_refusal(api: ServedApi) -> None:
    """Levels of the same words are no choice to the model; the other questions are answered."""
    same = {**URGENT, "levels": [{"label": "now"}, {"label": "now"}]}
    huge = {**PREDICATE, "instructions": "x" * 5000}
    answers = post(api, questions=[same, PREDICATE, huge]).json()["answers"]
    assert answers[0] == {"type": "refusal", "name": "haste"}
    assert answers[1]["type"] == "predicate"
    assert answers[2] == {"type": "refusal", "name": None}
    assert post(api, questions=[same]).json()["answers"] == [{"type": "refusal", "name": "haste"}]


def test_a_question_of_a_declared_task_is_that_task() -> None:
    """It is asked with the task's own prompt, and leaves the record of a message from the page."""
    model = FakeModel()
    with served_api(model) as api:
        words = {**SENTIMENT, "choices": [{"value": "positive"}, {"value": "negative"}]}
        answers = post(api, questions=[SENTIMENT, PREDICATE, words]).json()["answers"]
        sentiment = api.observer.of("sentiment")
        decision = api.observer.of("decision")
        list(api.service.respond("The soup was cold."))
        record = next(r for r in api.observer.records[2:] if r.task_type == "sentiment")
    assert [answers[0]["choice"], answers[2]["choice"]] == ["正面", "positive"]
    assert answers[0]["probabilities"][0]["value"] == "负面"
    assert answers[0]["probabilities"][1]["probability"] == pytest.approx(record.fields["confidence"])
    assert (sentiment.fields["label"], sentiment.fields["confidence"]) == (
        record.fields["label"],
        record.fields["confidence"],
    )
    assert decision.fields["questions"] == 1
    asked = [prompt for prompt in model.prompts if "Classify the sentiment" in prompt]
    assert len(set(asked)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {**PREDICATE, "name": "sentiment"},
        {**SENTIMENT, "choices": [{"value": "正面"}, {"value": "negative"}]},
        {**SENTIMENT, "choices": [{"value": "正面"}, {"value": "负面"}, {"value": "中性"}]},
    ],
)
def test_another_question_with_the_name_of_a_task_is_asked_as_it_is(other: dict[str, Any]) -> None:
    """Where type or choices differ, it leaves the record of a made-up question."""
    with served_api() as api:
        assert post(api, questions=[other]).status_code == 200
        assert [record.task_type for record in api.observer.records] == ["decision"]


def test_scores_of_a_declared_task_count_from_0(api: ServedApi) -> None:
    """The levels of the task are those of the question, in the same order."""
    levels = [{"label": str(number)} for number in range(1, 6)]
    question = {"type": "score", "name": "urgency", "instructions": "?", "levels": levels}
    (answer,) = post(api, questions=[question]).json()["answers"]
    assert [each["value"] for each in answer["probabilities"]] == [0, 1, 2, 3, 4]
    assert answer["score"] == pytest.approx(2)


def test_a_conversation_is_judged_as_a_whole() -> None:
    """Each message stands behind its role; JSON is compact; one message alone is a text."""
    model = FakeModel()
    data = {"type": "input_json", "data": {"dish": "soup", "stars": [1, None]}}
    conversation = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "Look:"}, data]},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ]
    with served_api(model) as api:
        assert post(api, input=conversation).status_code == 200
        assert post(api, input=conversation[:1]).status_code == 200
    whole = 'developer: Be brief.\nuser: Look:\n{"dish":"soup","stars":[1,null]}\nassistant: No.\nIs it good?'
    assert whole in model.prompts[0]
    assert "user:Be brief.\nIs it good?" in "".join(model.prompts)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"questions": []}, "too_short"),
        ({"questions": [PREDICATE] * 401}, "too_long"),
        ({"questions": [{**FRUIT, "choices": [{"value": "a"}]}]}, "too_short"),
        ({"questions": [{**FRUIT, "choices": [{"value": str(n)} for n in range(256)]}]}, "too_long"),
        ({"questions": [{**FRUIT, "choices": [{"value": "a"}, {"value": "a"}]}]}, "same_choices"),
        ({"questions": [{**FRUIT, "choices": [{"value": "a"}, {"value": ""}]}]}, "too_short"),
        ({"questions": [{**FRUIT, "choices": [{"value": "a"}, {"value": "b" * 101}]}]}, "too_long"),
        ({"questions": [{**FRUIT, "choices": [{"value": "a"}, {"value": "\x00"}]}]}, "control_character"),
        ({"questions": [{**FRUIT, "choices": [{"value": "a"}, {"value": 3}]}]}, "string_type"),
        ({"questions": [{**URGENT, "levels": [{"label": str(n)} for n in range(11)]}]}, "too_long"),
        ({"questions": [{**PREDICATE, "instructions": " "}]}, "empty"),
        ({"questions": [{**PREDICATE, "instructions": "\x00"}]}, "control_character"),
        ({"questions": [{**PREDICATE, "name": "\ud800"}]}, "control_character"),
        ({"questions": [{**PREDICATE, "type": "\ud800"}]}, "union_tag_invalid"),
        ({"questions": [{**PREDICATE, "instructions": "long " * 500}] * 20}, "too_long"),
        ({"input": ""}, "empty"),
        ({"input": "\x00"}, "control_character"),
        ({"input": "long " * 500}, "too_long"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "unsupported_input"),
        ({"input": [{"type": "function_call", "name": "f"}]}, "unsupported_input"),
        ({"input": [{"type": {}}]}, "literal_error"),
        ({"input": None}, "string_type"),
    ],
)
def test_what_cannot_be_asked_is_told(api: ServedApi, changes: dict[str, Any], code: str) -> None:
    """A wrong body is a 400 with the reason; nothing of it reaches the model."""
    response = post(api, **changes)
    assert error_of(response)[:2] == (400, code)


def test_images_are_refused_by_name(api: ServedApi) -> None:
    """The client reads what is not supported, and where it was."""
    image: Any = {"type": "input_image", "image_url": "https://example.org/a.png"}
    with pytest.raises(openai.BadRequestError, match="images are not supported: send text") as caught:
        api.client().decisions.create(
            model="fake", input=[{"role": "user", "content": [image]}], questions=[PREDICATE]
        )
    assert caught.value.code == "unsupported_input"


def test_data_that_is_nested_too_deep(api: ServedApi) -> None:
    """As OpenAI does, it is taken down to 32 levels."""
    deep: dict[str, Any] = {}
    for _ in range(31):
        deep = {"a": deep}
    asked = [
        {**PREDICATE, "instructions": [{"type": "input_json", "data": data}]} for data in (deep, {"a": deep})
    ]
    assert post(api, questions=asked[:1]).status_code == 200
    assert error_of(post(api, questions=asked[1:]))[:2] == (400, "too_deep")


def test_a_model_that_is_not_there(api: ServedApi) -> None:
    """The answer names the one that is."""
    with pytest.raises(openai.NotFoundError, match="'fake'") as caught:
        api.client().decisions.create(model="gpt-6-luna", input="hi", questions=[PREDICATE])
    assert caught.value.code == "model_not_found"


def test_an_input_that_does_not_fit_the_context() -> None:
    """Where no question can be asked about it, that is told."""
    with served_api(max_input_chars=20_000) as api:
        response = post(api, input="x" * 5000)
    assert error_of(response)[:2] == (400, "context_length_exceeded")


def test_many_questions_are_one_record() -> None:
    """400 questions are answered in one call, and its record says how many they were."""
    questions = [{**PREDICATE, "name": str(number)} for number in range(400)]
    with served_api() as api:
        answers = post(api, questions=questions).json()["answers"]
        (record,) = api.observer.records
    assert [answer["name"] for answer in answers] == [str(number) for number in range(400)]
    assert (record.task_type, record.fields["questions"]) == ("decision", 400)


def test_the_record_of_a_call() -> None:
    """It tells the way in, the session and the caller's request id, which comes back."""
    with served_api() as api:
        body = {"model": "fake", "input": "hi", "questions": [PREDICATE], "safety_identifier": "ann"}
        response = api.http.post("/v1/decisions", json=body, headers={"x-request-id": ID})
        (record,) = api.observer.records
    assert response.headers["x-request-id"] == record.request_id == ID
    assert (record.fields["source"], record.fields["session_id"]) == ("api", "api::ann")
    assert (record.fields["label"], record.fields["probability"]) == ("true", 0.5)


def test_what_does_no_harm_is_taken(api: ServedApi) -> None:
    """Hints about caches, which concern another server, change nothing."""
    extra = {"prompt_cache_key": "a", "prompt_cache_options": {"ttl": "30m"}, "safety_identifier": None}
    assert post(api, **extra).status_code == 200


class Gate(threading.Semaphore):
    """A gate that tells when the model stands before it."""

    def __init__(self) -> None:
        super().__init__(0)
        self.reached = threading.Event()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        self.reached.set()
        return super().acquire(blocking, timeout)


def test_a_busy_model() -> None:
    """A caller that has all its places is told to wait."""
    gate = Gate()
    with served_api(FakeModel(gate=gate), max_per_client=1) as api:
        first = threading.Thread(target=post, args=(api,))
        first.start()
        assert gate.reached.wait(60)
        response = post(api)
        gate.release(100)
        first.join()
    assert (response.status_code, response.json()["error"]["code"]) == (429, "client_busy")
    assert response.headers["retry-after"] == "1"


def test_a_model_that_is_not_loaded() -> None:
    """It is told when to come back."""
    with served_without_a_model(Loader(lambda report: pytest.fail("it is not started"))) as api:
        response = post(api)
    assert error_of(response)[:2] == (503, "model_not_ready")
    assert response.headers["retry-after"] == "5"


def test_a_caller_that_leaves_stops_the_model() -> None:
    """Closing the connection cancels the call; its record says so."""
    gate = Gate()
    with served_api(FakeModel(gate=gate), max_per_client=100) as api:
        client = api.client().with_options(timeout=1)
        # On a busy machine the first one may leave before it has arrived.
        while not gate.reached.is_set():
            with pytest.raises(openai.APITimeoutError):
                client.decisions.create(model="fake", input="hi", questions=[PREDICATE] * 50)
        while not api.observer.records:
            gate.release()
            time.sleep(0.05)
        gate.release(1000)
    assert {record.status for record in api.observer.records} == {"cancelled"}
