"""Questions that a caller makes up about one text."""

from collections.abc import Sequence

import pytest

from inference.call import Call
from inference.events import Accepted, Failed
from inference.tasks.decision import AskedQuestion, Decision, Option
from inference.tasks.priors import Priors
from inference.types import Answers, Message
from tests.fakes import FakeModel
from tests.inference.serving import Serving, serving

PREDICATE = AskedQuestion("predicate", "Is it good?")
CHOICE = AskedQuestion("choice", "Which topic?", (Option("food", "what people eat"), Option("travel")))
SCORE = AskedQuestion("score", "How urgent?", (Option("low"), Option("top")))
QUESTIONS = (PREDICATE, CHOICE, SCORE)
TWINS = AskedQuestion("choice", "Which?", (Option("same"), Option("same")))


def ask(
    served: Serving, text: str, questions: Sequence[AskedQuestion], priors: Priors | None = None
) -> Answers | Failed:
    """Ask the questions about a text; return the answers, or the error."""
    call = Call(text, tasks=[Decision(questions, priors)], fields={"source": "api"})
    accepted, answers = served.service.ask(call)
    assert isinstance(accepted, Accepted)
    assert isinstance(answers, Answers | Failed)
    return answers


def test_a_question_stands_behind_the_text() -> None:
    """It ends with the words of which one is the answer; what an option means is told before."""
    assert [question.prompt for question in QUESTIONS] == [
        "Is it good? Yes or No?",
        "Which topic?\nfood: what people eat\nfood or travel?",
        "How urgent? low or top?",
    ]
    asked = PREDICATE.about("It is.", [Message("user", "Hello")])
    assert [message.content for message in asked.messages[1:]] == ["Hello", "It is."]
    assert (asked.lead, asked.labels) == ("Is it good? Yes or No?", [" Yes", " No"])


def test_the_questions_of_a_call_share_the_reading_of_its_text() -> None:
    """The text is read once, and of each question what differs; all leave one record with their number."""
    text, priors = "The soup was cold. " * 10, Priors()
    model = FakeModel(score_for="f")
    with serving(model) as served:
        ask(served, "Another text.", QUESTIONS, priors)
        answers = ask(served, text, QUESTIONS, priors)
        record = served.observer.records[-1]
    assert isinstance(answers, Answers)
    found = [each for each in answers.probabilities if each is not None]
    assert [len(each) for each in found] == [2, 2, 2]
    assert [sum(each) for each in found] == pytest.approx([1, 1, 1])
    assert (record.task_type, record.fields["questions"], record.fields["source"]) == ("decision", 3, "api")
    shared = len(f"system:Answer each question about the text.\nuser:{text.strip()}\n")
    # Before each label there is a space.
    asked = sum(len(question.prompt) + 1 for question in QUESTIONS)
    assert record.fields["prompt_tokens"] == answers.usage.prompt_tokens == shared + asked


def test_a_leaning_of_the_model_is_taken_away() -> None:
    """A model that says the same word whatever the text tells nothing; it is asked about nothing once."""
    priors = Priors()
    model = FakeModel(score_for="food")
    with serving(model) as served:
        first = ask(served, "The soup was cold.", [CHOICE, CHOICE], priors)
        count = len(model.prompts)
        ask(served, "The train was late.", [CHOICE], priors)
    assert isinstance(first, Answers)
    for found in first.probabilities:
        assert found == pytest.approx((0.5, 0.5), abs=0.1)
    about_nothing = [prompt for prompt in model.prompts if "user:。\nWhich topic?" in prompt]
    assert len(about_nothing) == 1
    assert len(model.prompts) == count + 1


def test_the_record_of_one_question_tells_its_answer() -> None:
    """A predicate has its probability, a score its expectation, a choice its label."""
    priors = Priors()
    for question in QUESTIONS:
        priors.put((None, question), (0.5, 0.5))
    with serving(FakeModel(score_for="f")) as served:
        for question in QUESTIONS:
            ask(served, "A text.", [question], priors)
        told = [record.fields for record in served.observer.records]
    assert [fields["questions"] for fields in told] == [1, 1, 1]
    assert [fields["label"] for fields in told] == ["true", "food", "low"]
    assert [fields["confidence"] for fields in told] == pytest.approx([0.5, 0.9526, 0.5], abs=0.001)
    assert [fields.get("probability") for fields in told] == [0.5, None, None]
    assert [fields.get("score") for fields in told] == [None, None, 0.5]


def test_a_question_that_cannot_be_asked_leaves_the_others_alone() -> None:
    """Its place is empty; where no other is left, the call is refused with the reason."""
    with serving(FakeModel()) as served:
        answers = ask(served, "A text.", [TWINS, PREDICATE])
        refused = ask(served, "A text.", [TWINS])
    assert isinstance(answers, Answers)
    assert [each is None for each in answers.probabilities] == [True, False]
    assert isinstance(refused, Failed)
    assert getattr(refused.error, "code", "") == "same_labels"
    assert [record.status for record in served.observer.records] == ["ok", "rejected"]
