"""What a question asks for, told by its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms import form_of, is_open, names_in, tidy, widen
from index.articles import Span
from tests.conftest import version_of


@pytest.mark.parametrize(
    "question",
    [
        "What do the families say?",
        "what did natalia think",
        "What is known about the talks?",
        "What about the talks?",
        "Tell me more about Natalia",
        "Describe the swap.",
        "Summarise the article",
    ],
)
def test_what_no_few_words_can_answer_is_open(question: str) -> None:
    assert is_open(question)


@pytest.mark.parametrize(
    "question",
    [
        "What did the mayor say about the bridge?",  # of this, the article may be silent
        "Who said that?",
        "What did they agree to?",
        "What happened in 2014?",
        "Which families say so?",
    ],
)
def test_what_some_words_can_answer_is_not(question: str) -> None:
    assert not is_open(question)


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Have they agreed to further swaps?", "yes_no"),
        ("isn't the bridge closed", "yes_no"),
        ("And did they agree?", "yes_no"),
        ("Why was it closed?", "reason"),
        ("How did the mayor react?", "reason"),
        ("How many were there?", "words"),
        ("How long did it last?", "words"),
        ("Island of which state?", "words"),
        ("When was it closed?", "words"),
    ],
)
def test_the_form_of_a_question(question: str, form: str) -> None:
    assert form_of(question) == form


def test_yes_or_no_takes_the_sentence_and_a_reason_more_than_one_word() -> None:
    version = version_of("It rained. The bridge was closed by ice and snow.")
    word, words = Span(version, 36, 39), Span(version, 33, 48)
    assert (word.text, words.text) == ("ice", "by ice and snow")
    sentence = Span(version, 11, len(version.text))
    assert widen(words, "yes_no") == sentence
    assert widen(word, "reason") == sentence
    assert widen(words, "reason") == words
    assert widen(word, "words") == word


def test_names_are_the_words_with_a_capital_after_the_first() -> None:
    assert names_in("What did Natalia and Ольга say in 2022?") == {"natalia", "ольга"}
    assert names_in("Families of prisoners") == set()


@pytest.mark.parametrize(
    ("text", "marked", "kept"),
    [
        ("He called it “no option.” So did she.", "“no option", "no option"),
        ("He called it “no option.” So did she.", "“no option.”", "“no option.”"),
        ("He called it “no option.” So did she.", "it “no option.”", "it “no option.”"),
        ("It lies (as maps say) in Malta.", "(as maps say", "as maps say"),
        ("It lies (as maps say) in Malta.", "maps say) in Malta", "maps say) in Malta"),
        ("It lies (as maps say) in Malta.", "maps say)", "maps say"),
        ("In March, they met.", "March,", "March"),
        ("The soldiers’ letters came.", "soldiers’", "soldiers’"),
        ("„Nein“, sagte er.", "„Nein“,", "„Nein“"),
        ("He wrote: “”", "“", "“"),
    ],
)
def test_a_mark_without_its_other_half_is_left_outside(text: str, marked: str, kept: str) -> None:
    version = version_of(text)
    start = text.index(marked)
    found = tidy(Span(version, start, start + len(marked)))
    assert found.text == kept


@given(st.text("ab “”(),;"), st.data())
def test_tidying_only_takes_away_and_never_all(text: str, data: st.DataObject) -> None:
    version = version_of(f"x{text}x")
    start = data.draw(st.integers(0, len(version.text) - 1))
    span = Span(version, start, data.draw(st.integers(start + 1, len(version.text))))
    found = tidy(span)
    assert span.start <= found.start < found.end <= span.end
    assert tidy(found) == found
    assert "".join(filter(str.isalnum, found.text)) == "".join(filter(str.isalnum, span.text))
