"""The key sentences of an article, word for word."""

from __future__ import annotations

from bot.quotes import Quote, quote_span
from index.articles import Span, Version
from index.vectors import LibraryStore


def key_sentences(store: LibraryStore, version: Version, most: int = 3) -> list[Quote]:
    """The first sentences, in document order."""
    spans = [Span(version, start, end) for start, end in version.sentences]
    return [quote_span(span) for span in spans if len(span.text.split()) > 5][:most]
