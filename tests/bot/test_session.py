"""A session: what is read when, and which threshold and answerer hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.answers import Claim, Draft, Question
from bot.best_sentence import BestSentence
from bot.reader import Reader
from bot.session import Models, Session, load_models, open_session
from bot.settings import Settings
from index.articles import Passage
from index.encoder import Encoder
from index.errors import LibraryError
from tests.conftest import WordLengthEncoder, baseline, version_of

TEXT = "The bridge was opened in 1931. It was never painted."


class Fixed:
    """Answers with the first sentence, always as sure."""

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence

    def draft(self, question: Question, passages: Sequence[Passage]) -> Draft:
        version = passages[0].version
        first = version.text[slice(*version.sentences[0])]
        return Draft([Claim(first, [first])], self._confidence)


@pytest.fixture
def session(tmp_path: Path, encoder: Encoder) -> Iterator[Session]:
    models = Models(encoder, Fixed(0.5), {"sure": Fixed(0.9), "unsure": Fixed(0.1)})
    settings = Settings(home=tmp_path, min_confidence=0.4)
    with open_session(settings, models=models) as session:
        session.store.add_article(version_of(TEXT))
        yield session


def test_the_operators_threshold_and_answerer_hold_where_nothing_else_is_chosen(
    session: Session,
) -> None:
    answer = session.ask("When was it opened?")
    assert (answer.status, answer.confidence) == ("answered", 0.5)


@pytest.mark.parametrize(
    ("needed", "answerer", "status", "confidence"),
    [
        (0.6, "", "not_in_article", 0.5),
        (0.6, "sure", "answered", 0.9),
        (None, "unsure", "not_in_article", 0.1),
        (0.0, "unsure", "answered", 0.1),
        (None, "oracle", "answered", 0.5),  # one that the operator does not allow (any more)
        (0.6, "oracle", "not_in_article", 0.5),
    ],
)
def test_a_server_may_have_its_own(
    session: Session, needed: float | None, answerer: str, status: str, confidence: float
) -> None:
    answer = session.ask("When was it opened?", min_confidence=needed, answerer=answerer)
    assert (answer.status, answer.confidence) == (status, confidence)


def test_the_articles_and_the_number_of_quotes_hold_with_it(session: Session) -> None:
    other = session.store.add_article(version_of("The garden is open.")).version
    answer = session.ask("open", [other.article.id], 3, min_confidence=0.9, answerer="sure")
    assert [quote.version for quote in answer.quotes] == [other]
    assert answer.question == Question("open", (other.article.id,), 3)


def test_vectors_are_read_when_something_needs_them(tmp_path: Path, encoder: Encoder) -> None:
    settings = Settings(home=tmp_path)
    for vectors_are_read in (False, True, False):
        with open_session(settings, models=baseline(encoder)) as session:
            session.library.articles()
            if vectors_are_read:
                session.store.add_article(version_of(TEXT))
            assert ("store" in vars(session)) is vectors_are_read
        with pytest.raises(LibraryError):
            session.library.articles()  # closed either way
    assert (tmp_path / "libraries" / "local" / "vectors.faiss").exists()


def test_another_encoder_is_told_when_a_library_is_opened(tmp_path: Path, encoder: Encoder) -> None:
    class Other(WordLengthEncoder):
        id = "word-lengths/2"

    settings = Settings(home=tmp_path)
    with open_session(settings, models=baseline(encoder)) as session:
        session.store.add_article(version_of(TEXT))
    with (
        pytest.raises(LibraryError, match="the settings name word-lengths/2"),
        open_session(settings, models=baseline(Other())),
    ):
        pass


def test_the_models_that_the_settings_name() -> None:
    both = load_models(Settings())
    assert isinstance(both.answerer, Reader)
    assert {name: type(each) for name, each in both.answerers.items()} == {
        "reader": Reader,
        "best-sentence": BestSentence,
    }
    plain = load_models(Settings(answerer="best-sentence", answerers=()))
    assert isinstance(plain.answerer, BestSentence)
    assert plain.answerers == {}
    one = load_models(Settings(answerer="best-sentence", answerers=("reader",)))
    assert one.answerers.keys() == {"reader"}
