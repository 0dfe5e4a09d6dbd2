"""What could be asked instead: names that the articles have and the question has not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer, Question, Why
from bot.quotes import quote_span
from bot.suggestions import LONGEST, suggestions
from index.articles import Passage, Span
from tests.conftest import version_of

TEXT = (
    "The river Lom was crossed in 1931. The bridge was designed by Vera Stoyan, who came from "
    "Varna. When Stoyan died, Varna mourned for a week. The mayor of Tessin wrote to Varna."
)


def silent(question: str, text: str = TEXT, near: str = "", title: str = "Lom") -> Answer:
    version = version_of(text, title)
    passage = Passage(version, 0, len(version.text))
    at = version.text.find(near)
    nearest = quote_span(Span(version, at, at + len(near))) if near else None
    why = Why("reader_abstained", nearest=nearest)
    return Answer(Question(question), "not_in_article", why, passages=[passage])


def test_they_are_names_of_the_article() -> None:
    assert suggestions(silent("How tall is it?")) == ["Vera Stoyan", "Varna", "Tessin"]


def test_a_word_with_a_capital_is_no_name_for_that() -> None:
    text = "The best Deal here\n\nThe shop sells radios. Nobody knows why."
    assert suggestions(silent("Who owns it?", text)) == []


def test_what_was_asked_in_vain_is_not_offered() -> None:
    assert suggestions(silent("How old is Stoyan?")) == ["Varna", "Tessin"]


def test_those_by_the_nearest_quote_come_first() -> None:
    near = silent("What is the mayor called?", near="wrote to Varna")
    assert suggestions(near, most=1) == ["Tessin"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He met Mr. Adamu. Later Ruth Adamu left. Mr. Adamu stayed.", ["Ruth Adamu"]),
        (
            "It has 63 passengers and 240 islanders. In 2009 ships sank for 3 days.",
            ["63 passengers"],
        ),
        ("He said the German baker met a German judge of the FDA and the DSPs.", []),
        ("They sell Unite Connect. Leveraging Unite Connect, they left.", ["Unite Connect"]),
        ("CLICK FOR FULL RESULTS\n\nBy Ann Baker\n\nThe man left for Wellington.", ["Wellington"]),
    ],
)
def test_a_phrase_says_something_by_itself(text: str, expected: list[str]) -> None:
    assert suggestions(silent("How tall is it?", text)) == expected


def test_what_the_title_has_comes_last() -> None:
    assert suggestions(
        silent("How tall is it?", "They left Lomograd for Varna.", title="Lomograd")
    ) == ["Varna", "Lomograd"]


def test_an_answer_needs_none() -> None:
    answer = silent("x")
    assert suggestions(Answer(answer.question, "answered", Why("answered"))) == []


@given(st.text(max_size=300), st.text(min_size=1, max_size=60), st.integers(1, 5))
def test_they_are_slices_of_the_text(text: str, question: str, most: int) -> None:
    try:
        answer = silent(question, f"Varna met Vera Stoyan. {text}")
    except ValueError:  # no text that an article could have
        pytest.skip()
    found = suggestions(answer, most)
    flat = " ".join(answer.passages[0].text.split())
    assert len(found) <= most
    for name in found:
        assert name in flat
        assert len(name) <= LONGEST
        assert not set(re.findall(r"\w+", name.casefold())) & set(
            re.findall(r"\w+", question.casefold())
        )
