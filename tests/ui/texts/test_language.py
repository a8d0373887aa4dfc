"""Which language a visitor reads."""

from dataclasses import dataclass, field

import pytest

from ui.texts.language import COOKIE, choose, words_for
from ui.texts.page import LANGUAGES


@dataclass
class FakeVisit:
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("en", "en"),
        ("EN-us,en;q=0.5", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ZH-Hant-TW", "zh"),
        ("de-DE, de;q=0.9", "en"),
        ("de, zh;q=0.8, en;q=0.5", "zh"),
        ("fr,en;q=0.8,zh;q=0.5", "en"),
        (",;, ,", "en"),
    ],
)
def test_the_browsers_first_known_language_counts(header: str | None, language: str) -> None:
    """The first language that there is wins; where there is none, it is English."""
    assert choose(header) is LANGUAGES[language]
    headers = {} if header is None else {"accept-language": header}
    assert words_for(FakeVisit(headers)) is LANGUAGES[language]


@pytest.mark.parametrize("chosen", LANGUAGES)
@pytest.mark.parametrize("header", ["en", "zh-CN"])
def test_what_was_chosen_on_the_page_wins(chosen: str, header: str) -> None:
    """The page's own choice counts more than the browser's languages."""
    visit = FakeVisit({"accept-language": header}, {COOKIE: chosen})
    assert words_for(visit) is LANGUAGES[chosen]


@pytest.mark.parametrize("nonsense", ["", "de", "ZH", "zh-CN", "../en", "<script>"])
def test_a_nonsense_choice_is_passed_over(nonsense: str) -> None:
    """A cookie that names no language of the page leaves it to the browser."""
    visit = FakeVisit({"accept-language": "zh"}, {COOKIE: nonsense})
    assert words_for(visit) is LANGUAGES["zh"]
