"""Tests of `inference.model.template_check`."""

import pytest

from inference.errors import ModelError
from inference.model.template_check import MAX_CHARS, check_template

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] }}"
    "{{ eos_token }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.mark.parametrize(
    "template",
    [
        CHATML,
        "{{ raise_exception('this model knows no system role') }}",
        "{{ messages[0].nothing.there }}",
        "x" * MAX_CHARS,
    ],
)
def test_template_within_its_bounds(template: str) -> None:
    """A usual template is fine, and so is one that refuses a conversation by itself."""
    check_template(template, {"eos_token": "<|im_end|>", "additional_special_tokens": ["<|im_start|>"]})


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 9 ** (9 ** 9) }}",
        "{% if messages | length > 30 %}{{ (messages | length) ** (9 ** 9) }}{% endif %}",
    ],
)
def test_template_that_does_not_end(template: str) -> None:
    """A template that computes for hours is a ModelError after seconds, also in a step without a loop."""
    with pytest.raises(ModelError, match="its chat template takes more than 1 s"):
        check_template(template, {}, cpu_seconds=1)


@pytest.mark.parametrize(
    "template",
    ["{{ 'a' * 10 ** 10 }}", "{% for a in range(60) %}{{ 'a' * 9999999 }}{% endfor %}"],
)
def test_template_that_fills_the_memory(template: str) -> None:
    """A template that wants more memory than there is for it is a ModelError, and the app keeps its own."""
    with pytest.raises(ModelError, match="its chat template"):
        check_template(template, {})


def test_template_with_a_long_text() -> None:
    """A template that makes a book of a greeting is a ModelError with the length and the limit."""
    with pytest.raises(ModelError, match=r"makes 100,001 characters .* 100,000 are allowed"):
        check_template("x" * (MAX_CHARS + 1), {})


def test_template_with_an_error() -> None:
    """A template that is none is a ModelError."""
    with pytest.raises(ModelError, match="its chat template cannot be used"):
        check_template("{{ messages[0] + 1 }}", {})
