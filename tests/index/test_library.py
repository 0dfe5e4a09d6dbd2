"""The library: what is added comes back as it was, and what cannot be is told."""

from contextlib import closing
from pathlib import Path

import pytest

from index.articles import Article, Version
from index.collection import collection_folder
from index.encoder import Encoder
from index.errors import LibraryError
from index.library import Library
from index.passages import Entry, split
from index.vectors import LibraryStore, reindex
from tests.conftest import WordLengthEncoder, version_of
from tests.index.stories import assert_whole, story

TEXT = "The ferry sailed at noon. Nobody was on it.\n\nIt “never” came back."

# Adding, finding, removing


def test_an_article_comes_back_as_it_was(store: LibraryStore) -> None:
    about = Article("Ferry", "f.txt", "https://x.org", "Ada", "Post", "2024-01-02", "en")
    kept = store.add_article(Version(about, TEXT))
    assert kept.new
    stored = store.library.version(kept.version.article.id)
    assert stored == kept.version == store.library.find(kept.version.id)
    assert (stored.text, stored.article.author, stored.article.id) == (TEXT, "Ada", 1)
    assert stored.read_at == kept.version.read_at


def test_the_same_text_twice_is_told(store: LibraryStore) -> None:
    first = store.add_article(version_of(TEXT, "One"))
    generation = store.library.generation()
    second = store.add_article(version_of(TEXT, "Two"))
    assert (second.new, second.version) == (False, first.version)
    assert store.library.generation() == generation
    assert len(store.library.articles()) == 1


def test_passages_can_be_chosen_by_article(store: LibraryStore) -> None:
    one = store.add_article(version_of(TEXT)).version.article.id
    two = store.add_article(story(2)).version.article.id
    library = store.library
    assert library.match(["boat", "ferri"], 99, [one]) == library.passage_ids([one]).tolist()
    both = [*library.passage_ids([one]).tolist(), *library.passage_ids([two]).tolist()]
    assert library.passage_ids().tolist() == both
    assert library.passage_ids([999]).size == 0
    assert [r.id for r in library.rows([both[1], 10**6, both[0]])] == [both[1], both[0]]


def test_what_is_not_there_is_told(store: LibraryStore) -> None:
    with pytest.raises(LibraryError, match="There is no article 7 here"):
        store.library.version(7)
    assert store.library.find("0" * 64) is None
    assert store.remove_articles([7]) == 0
    assert store.library.generation() == 0


def test_what_fails_half_way_adds_nothing(store: LibraryStore) -> None:
    version = version_of(TEXT)
    first, *_ = split(version, store.encoder.count_pieces, 3)
    entry = Entry(first, store.encoder.encode([first.text])[0], name="the only one")
    with pytest.raises(LibraryError, match="UNIQUE"):
        store.library.add(version, [entry, entry], store.encoder.id)
    assert (store.library.articles(), store.library.generation()) == ([], 0)
    assert store.library.match(["ferri"], 9) == []
    assert store.library.find(version.id) is None


def test_collections_have_folders_of_their_own() -> None:
    names = ["local", "discord:12", "discord:1"]
    assert len({collection_folder(Path("home"), name) for name in names}) == 3
    for name in ["", "../x", "a/b", "A", "a:b:c", "x" * 65, "a.b", "a\n"]:
        with pytest.raises(LibraryError, match="not a collection's name"):
            collection_folder(Path("home"), name)


# Another encoder


class LetterEncoder(WordLengthEncoder):
    """Another encoder, with vectors of another length and a smaller window."""

    id = "letters/1"
    dimension = 20
    window = 14


def test_reindexing_keeps_every_article_and_document(tmp_path: Path, encoder: Encoder) -> None:
    store = LibraryStore(Library(tmp_path), encoder)
    kept = store.add_article(story(0)).version
    store.add_texts(["A short boat."], [{"place": 1}], ids=["named"])
    before = store.library.passage_ids()
    letters: Encoder = LetterEncoder()
    assert reindex(store.library, letters) == 2
    with pytest.raises(LibraryError, match="letters/1"):  # this process must not go on as it was
        store.similarity_search("Story of a boat")
    store.library.close()
    with closing(LibraryStore(Library(tmp_path), letters)) as again:
        assert again.library.version(kept.article.id) == kept
        [document] = again.get_by_ids(["named"])
        assert (document.page_content, document.metadata) == ("A short boat.", {"place": 1})
        ids, vectors = again.library.vectors()
        assert not set(ids.tolist()) & set(before.tolist())
        assert vectors.shape == (len(ids), 20)
        assert len(ids) > len(before)
        assert sorted(again.library.match(["boat3", "short"], 99))
        assert len(again.similarity_search("Story of a boat", k=999)) == len(ids)


def test_reindexing_stops_if_the_library_changes_meanwhile(store: LibraryStore) -> None:
    store.add_article(story(0))
    with pytest.raises(LibraryError, match="changed while it was encoded"):
        store.library.reindex([], "other/1", store.library.generation() - 1)
    assert assert_whole(store) == {0}
