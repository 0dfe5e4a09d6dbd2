"""Key sentences: verbatim, different from each other, and of the article's prose."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.quotes import Quote
from bot.session import EXAMPLE
from bot.summary import key_sentences
from index.articles import Origin, Version
from index.encoder import Encoder
from index.library import Library
from index.sources import read_file
from index.vectors import LibraryStore
from tests.conftest import version_of


def added(store: LibraryStore, version: Version) -> Version:
    return store.add_article(version).version


@pytest.mark.parametrize("most", [1, 3, 5])
def test_they_are_whole_sentences_in_the_article_s_order(store: LibraryStore, most: int) -> None:
    version = added(store, read_file(Path(EXAMPLE)))
    quotes = key_sentences(store, version, most)
    assert len(quotes) == most
    starts = [quote.start for quote in quotes]
    assert starts == sorted(set(starts))
    for quote in quotes:
        assert quote.highlight == (quote.start, quote.end)
        assert quote.paragraph > 1  # the headline says no more than the title


def test_the_same_is_not_said_twice(tmp_path: Path, bundled: Encoder) -> None:
    first = "The old bridge over the river Lom was opened to all traffic on Monday morning."
    same = "On Monday morning the old bridge over the river Lom was opened to all traffic."
    other = "The builder had asked for twice the steel that the ministry was willing to pay for."
    with closing(LibraryStore(Library(tmp_path), bundled)) as store:
        version = added(store, version_of(f"{first} {same} {other}", "Lom"))
        said = [quote.text for quote in key_sentences(store, version, 2)]
    assert other in said
    assert len(said) == 2


@pytest.mark.parametrize(
    "text", ["", "Stoyan wins", "Who won the race on the river in the end, and by how much?"]
)
def test_what_has_no_prose_has_none(store: LibraryStore, text: str) -> None:
    version = added(store, version_of(f"Headline\n\n{text}\n\nBy Ann", "Lom"))
    assert key_sentences(store, version) == []


def test_of_a_long_article_the_encoder_reads_a_part(
    store: LibraryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "In chapter {} the keeper of tower {} writes of the storm that took his boat away."
    paragraphs = [" ".join(sentence.format(n, k) for k in range(12)) for n in range(150)]
    version = added(store, version_of("\n\n".join(paragraphs), "Storm"))
    real, encoded = store.encoder.encode, []
    monkeypatch.setattr(
        type(store.encoder), "encode", lambda _, texts: encoded.extend(texts) or real(texts)
    )
    quotes: list[Quote] = key_sentences(store, version)
    assert len(quotes) == 3
    assert len(encoded) < 200 < len(version.sentences)


@pytest.mark.parametrize("marks", ["“”", '""'])
def test_a_part_of_a_quotation_is_left_out(store: LibraryStore, marks: str) -> None:
    words = "It is a small boat on a wide and lonely sea. Nobody who sails in it should be afraid."
    whole = "The keeper of the tower has not been seen since the storm."
    text = f"{marks[0]}{words}{marks[1]} So said the keeper.\n\n{whole}"
    version = added(store, version_of(text, "Lom"))
    assert [quote.text for quote in key_sentences(store, version)] == [whole]


def test_an_older_version_has_key_sentences_too(store: LibraryStore) -> None:
    origin = Origin("https://example.org/lom")
    old = "The bridge over the river Lom was closed to all traffic on Monday."
    new = "The bridge over the river Lom was opened to all traffic on Friday."
    first = store.add_article(version_of(old, "Lom"), origin).version
    store.add_article(version_of(new, "Lom"), origin, again=True)
    assert [quote.text for quote in key_sentences(store, first)] == [old]
