"""Articles, and answers from them as the chain would give them."""

from __future__ import annotations

from pathlib import Path

from bot.answers import Answer, Question, Step, Why
from bot.quotes import Quote, quote_span
from index.articles import Span, Version
from index.vectors import LibraryStore
from tests.conftest import version_of

BRIDGE = (
    "The river Lom was first crossed in 1931. The bridge was designed by the engineer Vera Stoyan, "
    "then 29 years old.\n\nIts middle span is 84 metres long."
)
GARDEN = "The garden of Tessin has 212 kinds of roses. They bloom in June."


def added(store: LibraryStore, text: str = BRIDGE, title: str = "The bridge") -> Version:
    """An article that is stored now."""
    return store.add_article(version_of(text, title)).version


def quote_of(version: Version, words: str) -> Quote:
    """The sentence with these words, which are its highlight."""
    start = version.text.index(words)
    return quote_span(Span(version, start, start + len(words)))


def answered(
    *quotes: Quote, question: str = "Who designed the bridge?", most_quotes: int = 1
) -> Answer:
    """An answer by these quotes."""
    said = "\n".join(quote.highlighted for quote in quotes)
    asked = Question(question, most_quotes=most_quotes)
    why = Why("answered", {"margin": 3.25, "sentences": 3})
    return Answer(asked, "answered", why, said, quotes, 0.875)


def silent(
    nearest: Quote | None, question: str = "Who painted it?", step: Step = "reader_abstained"
) -> Answer:
    """That the article does not say."""
    why = Why(step, {"margin": -2.5}, nearest)
    return Answer(Question(question), "not_in_article", why, confidence=0.125)


def holders(folder: Path, trace: bytes) -> list[str]:
    """The files under a folder that have these bytes."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if trace in file.read_bytes()]
