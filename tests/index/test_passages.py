"""Passages, by properties that hold for any text and window; words count as pieces here."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article, Passage, Version
from index.encoder import Encoder
from index.passages import split
from index.sources import read_file

SPECIAL = 2
EXAMPLE = Path(__file__).parents[2] / "bot" / "example" / "prisoner-exchange.md"

LENGTHS = st.lists(st.lists(st.integers(1, 12), max_size=8), max_size=6)
WINDOWS = st.integers(SPECIAL + 1, 30)


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def article(paragraphs: Sequence[Sequence[int]]) -> Version:
    """Paragraphs of sentences with so many words each."""
    lines = [" ".join("Word" + " word" * (n - 1) + "." for n in lengths) for lengths in paragraphs]
    return Version(Article("Any"), "\n\n".join(line for line in lines if line))


def held(passage: Passage) -> list[tuple[int, int]]:
    spans = passage.version.sentences
    return [span for span in spans if passage.start <= span[0] and span[1] <= passage.end]


@given(LENGTHS, WINDOWS)
def test_every_sentence_is_in_a_passage_and_passages_are_in_order(
    lengths: list[list[int]], window: int
) -> None:
    version = article(lengths)
    passages = split(version, count_words, window)
    assert {span for passage in passages for span in held(passage)} == set(version.sentences)
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(passages))


@given(LENGTHS, WINDOWS)
def test_a_passage_is_a_run_of_whole_sentences_that_fits_or_one_sentence(
    lengths: list[list[int]], window: int
) -> None:
    for passage in split(article(lengths), count_words, window):
        inside = held(passage)
        assert (passage.start, passage.end) == (inside[0][0], inside[-1][1])
        assert len(inside) == 1 or count_words([passage.text])[0] + SPECIAL <= window


@given(LENGTHS, WINDOWS)
def test_neighbours_share_a_sentence_where_that_fits_and_are_as_long_as_fits(
    lengths: list[list[int]], window: int
) -> None:
    version = article(lengths)
    for one, following in pairwise(split(version, count_words, window)):
        shared = [span for span in held(one) if span in held(following)]
        new = next(span for span in held(following) if span not in shared)
        assert count_words([version.text[one.start : new[1]]])[0] + SPECIAL > window
        last = held(one)[-1]
        if shared:
            assert shared == [last]
        else:
            assert count_words([version.text[last[0] : new[1]]])[0] + SPECIAL > window


def test_each_sentence_is_counted_once_however_long_the_article() -> None:
    """No clock: work that grew with the square of 40,000 sentences would not come back."""
    version = article([[3, 1, 4, 1, 5]] * 8000)
    counted: list[str] = []

    def count(texts: Sequence[str]) -> list[int]:
        counted.extend(texts)
        return count_words(texts)

    passages = split(version, count, 20)
    assert len(counted) == len(version.sentences) == 40_000
    assert len(passages) < len(counted)


def test_an_article_without_sentences_has_no_passages() -> None:
    assert split(Version(Article("Empty"), ""), count_words, 10) == []


def test_the_encoder_reads_the_whole_of_each_passage_of_the_example(bundled: Encoder) -> None:
    passages = split(read_file(EXAMPLE), bundled.count_pieces, bundled.window)
    pieces = bundled.count_pieces([passage.text for passage in passages])
    assert max(pieces) + SPECIAL <= bundled.window
    assert len(passages) > 3
    assert all(a.end > b.start for a, b in pairwise(passages))
