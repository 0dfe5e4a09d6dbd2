"""The chain, with an answerer that proposes what a test tells it to: the chain disposes."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.runnables import Runnable

from bot.answers import Answer, Claim, Draft, Question
from bot.best_sentence import BestSentence
from bot.chain import LONGEST_QUESTION, State, build_chain, check, dispose
from bot.quotes import Quote
from index.articles import Passage, Span, Version
from index.encoder import Encoder
from index.errors import QuestionError
from index.library import Library
from index.retriever import HybridRetriever
from index.vectors import LibraryStore
from tests.conftest import version_of

TEXT = (
    "The ferry sank at noon. Nobody was “hurt”, she said.\n\nIt had cost 1,390 euros. It was new."
)
Chain = Runnable[Question | str, Answer]


@dataclass
class Scripted:
    """Proposes the same draft whatever it is asked, and remembers what it was given."""

    proposal: Draft
    given: list[tuple[Question, Sequence[Passage]]] = field(default_factory=list)

    def draft(self, question: Question, passages: Sequence[Passage]) -> Draft:
        self.given.append((question, passages))
        return self.proposal


def claims(*evidence: str | Span, confidence: float = 0.9) -> Draft:
    """One claim for each piece of evidence, called A, B, C, …"""
    named = [Claim(chr(ord("A") + n), [each]) for n, each in enumerate(evidence)]
    return Draft(named, confidence, {"margin": 2.5})


@pytest.fixture
def ferry(store: LibraryStore) -> Version:
    """The one article of `store`."""
    return store.add_article(version_of(TEXT, "Ferry")).version


def chain_of(store: LibraryStore, draft: Draft, min_confidence: float = 0.5) -> Chain:
    return build_chain(HybridRetriever(store=store), Scripted(draft), min_confidence)


def span_of(version: Version, words: str) -> Span:
    start = version.text.index(words)
    return Span(version, start, start + len(words))


# Answered


def test_a_text_that_was_proposed_is_quoted_from_the_article(
    store: LibraryStore, ferry: Version
) -> None:
    answer = chain_of(store, claims('nobody was "hurt"')).invoke("Who was hurt?")
    assert (answer.status, answer.why.step, answer.text) == ("answered", "answered", "A")
    assert [(q.text, q.highlighted) for q in answer.quotes] == [
        ("Nobody was “hurt”, she said.", "Nobody was “hurt”")
    ]
    assert answer.quotes[0].version == ferry
    assert (answer.confidence, answer.why.numbers) == (0.9, {"margin": 2.5})
    assert answer.question == Question("Who was hurt?")
    assert answer.passages
    assert answer.timings_ms.keys() == {"retrieve", "read", "quote"}


def test_a_span_that_was_proposed_is_quoted_with_its_sentence(
    store: LibraryStore, ferry: Version
) -> None:
    answer = chain_of(store, claims(span_of(ferry, "1,390 euros"))).invoke("How much was it?")
    assert answer.quotes[0].text == "It had cost 1,390 euros."
    assert answer.quotes[0].highlighted == "1,390 euros"


def test_a_claim_that_is_not_in_the_article_is_dropped_and_its_neighbours_are_kept(
    store: LibraryStore, ferry: Version
) -> None:
    draft = claims("The ferry sank at noon.", "The ferry sank at night.", "It was new.")
    answer = chain_of(store, draft).invoke("What happened?")
    assert answer.text == "A\nC"
    assert [quote.text for quote in answer.quotes] == ["The ferry sank at noon.", "It was new."]


def test_a_quote_of_two_claims_comes_once(store: LibraryStore, ferry: Version) -> None:
    draft = claims("The ferry sank at noon.", "the ferry sank at noon.")
    answer = chain_of(store, draft).invoke("What happened?")
    assert answer.text == "A\nB"
    assert len(answer.quotes) == 1


def test_the_answerer_gets_the_passages_of_the_articles_that_were_asked(
    store: LibraryStore, ferry: Version
) -> None:
    other = store.add_article(version_of("Another ferry sailed at noon.")).version
    answerer = Scripted(claims("Another ferry sailed at noon."))
    chain = build_chain(HybridRetriever(store=store), answerer, 0.5)
    answer = chain.invoke(Question(" What\u200b sailed? ", articles=(other.article.id,)))
    [(question, passages)] = answerer.given
    assert question == Question("What sailed?", articles=(other.article.id,))
    assert {passage.version for passage in passages} == {other} == {answer.quotes[0].version}


# Not answered, and why


def test_an_empty_library_is_no_article(store: LibraryStore) -> None:
    answer = chain_of(store, claims("Anything at all.")).invoke("What happened?")
    assert (answer.status, answer.why.step, answer.quotes) == ("no_article", "no_article", ())


def test_nothing_retrieved(store: LibraryStore, ferry: Version) -> None:
    answer = chain_of(store, claims("The ferry sank at noon.")).invoke(Question("What?", (99,)))
    assert (answer.status, answer.why.step) == ("not_in_article", "nothing_retrieved")
    assert answer.quotes == ()


def test_an_answerer_that_proposes_nothing(store: LibraryStore, ferry: Version) -> None:
    answer = chain_of(store, Draft(confidence=0.8, numbers={"margin": -3.0})).invoke("What?")
    assert (answer.status, answer.why.step) == ("not_in_article", "reader_abstained")
    assert (answer.text, answer.quotes, answer.why.nearest) == ("", (), None)
    assert answer.why.numbers == {"margin": -3.0}


@pytest.mark.parametrize(
    ("confidence", "status"), [(0.29, "not_in_article"), (0.3, "answered"), (1.0, "answered")]
)
def test_below_the_needed_confidence_the_quote_is_only_the_nearest(
    store: LibraryStore, ferry: Version, confidence: float, status: str
) -> None:
    draft = claims("It was new.", confidence=confidence)
    answer = chain_of(store, draft, min_confidence=0.3).invoke("Was it old?")
    assert (answer.status, answer.confidence) == (status, confidence)
    if status == "not_in_article":
        assert answer.why.step == "reader_abstained"
        assert (answer.text, answer.quotes) == ("", ())
        assert answer.why.nearest
        assert answer.why.nearest.text == "It was new."


def test_quotes_on_a_topic_need_no_probability(store: LibraryStore, ferry: Version) -> None:
    draft = claims("It was new.", "The ferry sank at noon.", confidence=0.0)
    answer = chain_of(store, draft).invoke(Question("the ferry", most_quotes=3))
    assert (answer.status, len(answer.quotes)) == ("answered", 2)


@pytest.mark.parametrize("proposed", ["The ferry sank at night.", "It sank", "", "…"])
def test_no_proposed_quote_is_in_the_article(
    store: LibraryStore, ferry: Version, proposed: str
) -> None:
    answer = chain_of(store, claims(proposed)).invoke("What happened?")
    assert (answer.status, answer.why.step) == ("not_in_article", "quote_not_found")
    assert (answer.text, answer.quotes) == ("", ())


def test_a_sentence_of_an_article_that_was_not_asked_is_not_found(
    store: LibraryStore, ferry: Version
) -> None:
    other = store.add_article(version_of("Another ferry sailed at noon.")).version
    asked = Question("What sailed?", articles=(ferry.article.id,))
    answer = chain_of(store, claims(other.text)).invoke(asked)
    assert answer.why.step == "quote_not_found"


@settings(max_examples=50)
@given(st.lists(st.text(max_size=30) | st.sampled_from(TEXT.split(". ")), max_size=4))
def test_whatever_is_proposed_what_comes_out_are_slices_of_the_article(texts: list[str]) -> None:
    version = version_of(TEXT)
    passages = [Passage(version, 0, len(version.text))]
    answer = dispose(State(Question("What?"), passages, claims(*texts)), 0.5)
    assert (answer.status == "answered") == bool(answer.quotes)
    for quote in answer.quotes:
        assert quote.text in version.text
        assert quote == Quote(version, quote.start, quote.end, quote.highlight)


# Ways to run it


def test_it_is_a_runnable(store: LibraryStore, ferry: Version) -> None:
    chain = chain_of(store, claims("It was new."))
    questions: list[Question | str] = ["Was it new?", Question("What was new?"), "How old was it?"]

    async def awaited() -> list[Answer]:
        streamed = [answer async for answer in chain.astream(questions[0])]
        return [await chain.ainvoke(questions[0]), *streamed, *await chain.abatch(questions)]

    answers = [chain.invoke(questions[0]), *chain.stream(questions[0]), *chain.batch(questions)]
    answers += asyncio.run(awaited())
    assert [answer.question.text for answer in answers] == [
        "Was it new?",
        *("Was it new?", "Was it new?", "What was new?", "How old was it?"),
    ] * 2
    assert {answer.quotes[0].text for answer in answers} == {"It was new."}


# Questions


@pytest.mark.parametrize("question", ["", " \n\t", "\u200b\u202e\x00\x1b", "?!", "😀", "“”", "_"])
def test_what_holds_no_question_is_refused(store: LibraryStore, question: str) -> None:
    with pytest.raises(QuestionError, match="no question in that; please ask in words"):
        chain_of(store, Draft()).invoke(question)


def test_a_question_that_is_too_long_is_refused(store: LibraryStore) -> None:
    with pytest.raises(QuestionError, match="has 10,000 characters; please ask in at most 1,000"):
        chain_of(store, Draft()).invoke("x" * 10_000)
    assert check("x" * LONGEST_QUESTION).question.text == "x" * 1000
    assert check("x" + " \u200b" * 10_000).question.text == "x"


@pytest.mark.parametrize(
    ("asked", "cleaned"),
    [
        ("Who\x00 sank\x1b it?\r\n", "Who sank it?"),
        ("Who\nsank\n\n\nit?", "Who sank it?"),
        ("  Who   sank\tit? ", "Who sank it?"),
        ("\u202eWho?", "Who?"),
        ("Cafe\u0301?", "Café?"),
        ("Хто?", "Хто?"),
        ("7", "7"),
    ],
)
def test_a_question_is_cleaned(asked: str, cleaned: str) -> None:
    assert check(asked).question.text == cleaned


@given(st.text() | st.text(st.characters()))
def test_any_text_is_a_clean_question_or_is_refused(asked: str) -> None:
    try:
        text = check(asked).question.text
    except QuestionError:
        return
    assert not set("\n\r\t\x00\x1b\u200b\u202e\u00a0") & set(text)
    assert "  " not in text
    assert check(text).question.text == text


# With the encoder that people get


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory, bundled: Encoder) -> Iterator[Chain]:
    folder: Path = tmp_path_factory.mktemp("library")
    with closing(LibraryStore(Library(folder), bundled)) as store:
        store.add_article(version_of(TEXT, "Ferry"))
        yield build_chain(HybridRetriever(store=store), BestSentence(bundled), 0.0)


@pytest.mark.parametrize(
    "question",
    [
        *(
            "Хто потонув опівдні?",
            "誰が怪我をしましたか。",
            "من أصيب؟",
            "किसे चोट लगी?",
            "😀 who? 😀",
        ),
        *("a" * 1000, " ".join(["who"] * 250), '"NEAR(ferry OR NOT^ *:', "x²", "Ǆ", "İ"),
    ],
)
def test_a_question_in_any_script_gets_a_sentence_of_the_article(
    baseline: Chain, question: str
) -> None:
    answer = baseline.invoke(question)
    assert answer.status == "answered"
    assert answer.quotes[0].text in TEXT


def test_the_right_sentence(baseline: Chain) -> None:
    assert (
        baseline.invoke("What was the price?").quotes[0].highlighted == "It had cost 1,390 euros."
    )
