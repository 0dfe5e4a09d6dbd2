"""What a follow-up is read as, and that what stands by itself is left as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer, Question, Why
from bot.conversation import Resolved, Turn, resolve, turn_of
from bot.questions import read_questions
from bot.quotes import quote_span
from bot.session import EXAMPLE
from index.articles import Span
from tests.conftest import version_of

VALERII = Turn(
    "Where was Valerii taken captive?",
    "Luhansk",
    "Olha, also a mother, said that her son, Valerii, was taken captive in Luhansk two months ago.",
    (4,),
)
CIVILIANS = Turn(
    "How many civilians were freed?",
    "120",
    "270 were members of the armed forces and 120 were civilians.",
)
FINDER = Turn(
    "Who discovered the damage?",
    "Jonas Berge",
    "The damage was discovered on 9 January by Jonas Berge, the ship’s chief engineer.",
)
SON = Turn("When did Natalia's son disappear?", "2022", "Natalia’s son disappeared in 2022.")
MAYOR = Turn("Who is the mayor of Lindenau?", "Ruth Okafor", "Mayor Ruth Okafor refused.")


@pytest.mark.parametrize(
    ("turn", "question", "read"),
    [
        (VALERII, "And when?", "When was Valerii taken captive?"),
        (VALERII, "why", "Why was Valerii taken captive?"),
        (VALERII, "When was that?", "When was Valerii taken captive?"),
        (VALERII, "By whom?", "By whom was Valerii taken captive?"),
        (VALERII, "And in Kyiv?", "Where was Valerii taken captive in Kyiv?"),
        (CIVILIANS, "And soldiers?", "How many soldiers were freed?"),
        (CIVILIANS, "what about women?", "How many women were freed?"),
        (CIVILIANS, "When?", "When were the civilians freed?"),
        (CIVILIANS, "And the prisoners?", "What about the prisoners?"),
        (FINDER, "When?", "When did Jonas Berge discovered the damage?"),
        (FINDER, "Who else?", "Who else discovered the damage?"),
        (FINDER, "Who didn't?", "Who didn't discovered the damage?"),
        (MAYOR, "Since when?", "Since when is Ruth Okafor the mayor of Lindenau?"),
        (MAYOR, "And of Halle?", "Who is the mayor of Halle?"),
    ],
)
def test_what_is_left_out_comes_from_the_question_before(
    turn: Turn, question: str, read: str
) -> None:
    assert resolve(question, [turn]) == Resolved(read, turn.articles, changed=True)


@pytest.mark.parametrize(
    ("turn", "question", "read"),
    [
        (VALERII, "How old is he?", "How old is he (Valerii)?"),
        (VALERII, "where was she held", "where was she (Olha) held"),
        (VALERII, "Who is his mother?", "Who is his (Valerii's) mother?"),
        (VALERII, "And his mother?", "What about his (Valerii's) mother?"),
        (VALERII, "Who else was captured there?", "Who else was captured there (in Luhansk)?"),
        (CIVILIANS, "How many of them were women?", "How many of them (the civilians) were women?"),
        (FINDER, "Who repaired it?", "Who repaired it (the damage)?"),
        (FINDER, "How old is he?", "How old is he (Jonas Berge)?"),
        (SON, "Where did he fight?", "Where did he (Natalia's son) fight?"),
        (SON, "Where does she live?", "Where does she (Natalia) live?"),
        (MAYOR, "What did she refuse?", "What did she (Ruth Okafor) refuse?"),
    ],
)
def test_a_pronoun_gets_the_name_that_it_means(turn: Turn, question: str, read: str) -> None:
    assert resolve(question, [turn]).text == read


def test_a_topic_is_asked_of_another_name_with_what_was_asked() -> None:
    assert resolve("And Olha?", [VALERII]).text == "What about Olha: where was taken captive?"


def test_the_same_person_may_be_meant_two_questions_later() -> None:
    first = resolve("How old is he?", [VALERII])
    later = Turn(first.text, "", "The handover took place at Ukraine’s frontier with Belarus.")
    assert resolve("Where does he live?", [VALERII, later]).text == "Where does he (Valerii) live?"


def test_names_may_have_been_typed_in_small_letters() -> None:
    typed = Turn("where was valerii taken captive", VALERII.answer_text, VALERII.quote_text)
    assert resolve("how old is he", [typed]).text == "how old is he (Valerii)"


@pytest.mark.parametrize("turn", [VALERII, CIVILIANS, FINDER, MAYOR])
@pytest.mark.parametrize(
    "question",
    [
        "What did Putin say about his plan?",
        "Who lost his job?",
        "Which awards show has its rights rotated?",
        "When a pathogen has been eaten by a cell, where does it go?",
        "Whose idea was it that the Vatican should mediate?",
        "Is it true that the bridge was closed?",
        "What time is it?",
        "Are there other prisoners?",
        "How many votes were there for a second boat?",
        "What did Miriam say about the spot that her husband saw?",
        "What surrounds Warsaw?",
        "What causes rain?",
        "In what year was Cambridge founded?",
        "What about the talks?",
        "Which ship sank?",
        "Really?",
        "And then?",
        "So what?",
        "thanks",
        "What about",
        "And",
        "?",
        "Коли це сталося?",
        "Wo ist er geboren?",
        "Wann war das?",
        "¿Y cuándo?",
        "Et quand ?",
    ],
)
def test_what_stands_by_itself_or_is_not_understood_stays(turn: Turn, question: str) -> None:
    assert resolve(question, [turn]) == Resolved(question)


def test_nothing_changes_without_history() -> None:
    assert resolve("And when?", []) == Resolved("And when?")


def test_no_question_about_the_example_is_changed_by_another() -> None:
    asked = read_questions(EXAMPLE.parent / "questions.jsonl").questions
    for before in asked:
        turn = Turn(before.text, before.answers[0] if before.answers else "")
        assert [q.text for q in asked if resolve(q.text, [turn]).changed] == []


WORDS = st.sampled_from(
    "And what about who when where he her his it there them that did was is the a Olha Kyiv “ ( ' "
    "how many of in prisoners , ? else not said".split()
)
TEXT = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join))


@given(TEXT, st.lists(st.builds(Turn, TEXT, TEXT, TEXT), max_size=4))
def test_whatever_is_typed_is_resolved_or_left(question: str, history: list[Turn]) -> None:
    resolved = resolve(question, history)
    assert resolved.changed == (resolved.text != question)
    assert resolved.text.strip() or not question.strip()


def test_very_long_turns_are_no_trouble() -> None:
    long = Turn("Who is " + "the mayor " * 90 + "?", "Ruth " * 5000, "Ruth, a mayor, said. " * 5000)
    assert len(resolve("And when was she born, and why?", [long]).text) <= 1000
    assert resolve("x" * 5000, [long]) == Resolved("x" * 5000)


def test_an_answer_becomes_a_turn() -> None:
    version = version_of("It rained. The bridge was closed by ice.")
    quote = quote_span(Span(version, 33, 39))
    asked = Question("Why was it closed?", (7,))
    answered = Answer(asked, "answered", Why("answered"), "by ice", [quote])
    assert turn_of(answered) == Turn(asked.text, "by ice", quote.text, (version.article.id,))
    silent = Answer(asked, "not_in_article", Why("reader_abstained", nearest=quote))
    assert turn_of(silent) == Turn(asked.text, "", quote.text, (version.article.id,))
    nothing = Answer(asked, "not_in_article", Why("nothing_retrieved"))
    assert turn_of(nothing) == Turn(asked.text, "", "", (7,))
