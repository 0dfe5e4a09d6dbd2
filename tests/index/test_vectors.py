"""FAISS is a cache: whatever befalls its snapshot, the answers are those of SQLite."""

import json
import logging
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import faiss
import numpy as np
import pytest
from langchain_core.documents import Document

from index.cache import VectorCache
from index.encoder import Encoder
from index.errors import LibraryError
from index.library import SNAPSHOT, Library
from index.vectors import LibraryStore
from tests.conftest import WordLengthEncoder, version_of
from tests.index.stories import assert_whole, opened, story

QUERIES = ["Story of a boat", "a an I", "so so so that", "sailed"]


def answers(store: LibraryStore) -> list[list[tuple[Document, float]]]:
    return [store.similarity_search_with_score(query, k=7) for query in QUERIES]


def read_snapshot(folder: Path) -> tuple[dict[str, object], bytes]:
    header, _, payload = (folder / SNAPSHOT).read_bytes().partition(b"\n")
    return json.loads(header), payload


# Snapshots


def test_a_snapshot_says_what_it_is_and_holds_no_pickle(store: LibraryStore) -> None:
    store.add_article(story(0))
    store.cache.save()
    header, payload = read_snapshot(store.library.folder)
    ids = store.library.passage_ids()
    assert header.pop("sha256")
    assert header == {
        "generation": 1,
        "stamp": store.library.state()[1],
        "encoder": "word-lengths/1",
        "dimension": 12,
        "count": len(ids),
    }
    index = faiss.deserialize_index(np.frombuffer(payload, dtype=np.uint8))
    np.testing.assert_array_equal(faiss.vector_to_array(index.id_map), ids)


def test_a_snapshot_that_matches_is_used(
    store: LibraryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_article(story(0))
    expected = answers(store)
    store.cache.save()
    monkeypatch.setattr(Library, "vectors", None)  # reading the BLOBs would be a TypeError
    with opened(store.library.folder) as again:
        assert answers(again) == expected


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def cut_within_the_header(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def flip_a_bit_of_a_vector(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-300] ^= 1
    file.write_bytes(data)


def flip_a_bit_of_the_header(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[20] ^= 1
    file.write_bytes(data)


def delete(file: Path) -> None:
    file.unlink()


def put_a_folder_there(file: Path) -> None:
    file.unlink()
    file.mkdir()


def swap_with_another_library_of_the_same_size(file: Path) -> None:
    with opened(file.parent / "other") as other:
        other.add_article(story(4))
        other.add_article(version_of(story(3).text + " One sentence that is in no other one."))
    theirs = file.parent / "other" / SNAPSHOT
    ours, _ = read_snapshot(file.parent)
    others, _ = read_snapshot(theirs.parent)
    assert {key for key in ours if ours[key] != others[key]} == {"stamp", "sha256"}
    shutil.copy(theirs, file)


@pytest.mark.parametrize(
    "harm",
    [
        cut,
        cut_within_the_header,
        empty,
        flip_a_bit_of_a_vector,
        flip_a_bit_of_the_header,
        delete,
        put_a_folder_there,
        swap_with_another_library_of_the_same_size,
    ],
)
def test_a_harmed_snapshot_changes_no_answer(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    with opened(tmp_path) as store:
        store.add_article(story(3))
        store.add_article(version_of(story(4).text + " One sentence more than in the others."))
        expected = answers(store)
    harm(tmp_path / SNAPSHOT)
    for _ in range(2):  # the second time from the snapshot that the first one wrote
        with opened(tmp_path) as store:
            assert answers(store) == expected


def test_a_snapshot_of_another_time_is_not_used(tmp_path: Path) -> None:
    """A backup from before the last article, and then another article: same generation, same size,
    same ids."""
    with opened(tmp_path / "one") as store:
        store.add_article(story(0))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    with opened(tmp_path / "one") as store:
        store.add_article(story(1))
    with opened(tmp_path / "two") as store:
        store.add_article(version_of(story(1).text.replace("that", "which"), "1"))
        expected = answers(store)
    shutil.copy(tmp_path / "one" / SNAPSHOT, tmp_path / "two" / SNAPSHOT)
    with opened(tmp_path / "two") as store:
        assert answers(store) == expected


def test_a_snapshot_of_an_older_generation_is_brought_up(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.add_article(story(0))
    old = (tmp_path / SNAPSHOT).read_bytes()
    with opened(tmp_path) as store:
        store.add_article(story(1))
        store.remove_articles([1])
    (tmp_path / SNAPSHOT).write_bytes(old)
    with opened(tmp_path) as store:
        assert assert_whole(store) == {1}


def test_a_snapshot_that_cannot_be_written_stops_nothing(
    store: LibraryStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store.add_article(story(0))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with caplog.at_level(logging.INFO):
        store.cache.save()
    assert "No space left on device" in caplog.text
    assert {file.suffix for file in store.library.folder.iterdir()} & {".tmp", ".faiss"} == set()
    assert assert_whole(store) == {0}


def test_two_stores_of_one_folder_see_each_others_changes(store: LibraryStore) -> None:
    with opened(store.library.folder) as other:
        for number in range(4):
            (store if number % 2 else other).add_article(story(number))
            assert assert_whole(other) == assert_whole(store) == set(range(number + 1))
        other.remove_articles([2, 3])
        assert assert_whole(store) == {0, 3}
        assert answers(store) == answers(other)


# Search


def test_search_is_exact(store: LibraryStore, encoder: Encoder) -> None:
    for number in range(3):
        store.add_article(story(number))
    ids, vectors = store.library.vectors()
    query = encoder.encode(["that boat so"])[0]
    found = store.cache.search(query, 10)
    cosines = vectors @ query
    np.testing.assert_allclose([c for _, c in found], sorted(cosines, reverse=True)[:10], atol=1e-6)
    assert all(cosines[ids.tolist().index(i)] == pytest.approx(c, abs=1e-6) for i, c in found)


def test_search_among_some_passages(store: LibraryStore, encoder: Encoder) -> None:
    for number in range(3):
        store.add_article(story(number))
    query = encoder.encode(["that boat so"])[0]
    within = store.library.passage_ids([2])
    everywhere = [i for i, _ in store.cache.search(query, 10**4)]
    assert [i for i, _ in store.cache.search(query, 10**4, within)] == [
        i for i in everywhere if i in within
    ]
    assert store.cache.search(query, 5, np.array([], dtype=np.int64)) == []
    assert store.cache.search(query, 5, np.array([10**9], dtype=np.int64)) == []


def test_search_in_an_empty_library(store: LibraryStore) -> None:
    assert answers(store) == [[]] * len(QUERIES)


def test_another_encoder_of_the_same_length_is_noticed_while_open(
    store: LibraryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_article(story(0))
    cache = VectorCache(store.library, store.encoder)
    monkeypatch.setattr(WordLengthEncoder, "id", "word-lengths/2")
    with pytest.raises(LibraryError, match="indexed by the encoder word-lengths/1"):
        cache.search(np.zeros(12, dtype=np.float32), 1)
    monkeypatch.undo()


# As a LangChain vector store (its own suite is in test_langchain_standard.py)


def test_from_texts(tmp_path: Path, encoder: Encoder) -> None:
    texts = ["One boat.", "Fifteen boats sailed."]
    made = LibraryStore.from_texts(
        texts, encoder, [{"n": 1}, {"n": 2}], ids=["a", "b"], folder=tmp_path
    )
    with closing(made) as store:
        [nearest] = store.similarity_search("Fifteen boats sailed.", k=1)
        assert nearest == Document(id="b", page_content=texts[1], metadata={"n": 2})
    with pytest.raises(TypeError, match="folder"):
        LibraryStore.from_texts(["One."], encoder)


def test_passages_of_articles_are_documents_that_say_where_they_stand(store: LibraryStore) -> None:
    version = store.add_article(story(3)).version
    for document in store.as_retriever(search_kwargs={"k": 3}).invoke("Story of a boat"):
        place = document.metadata
        assert version.text[place["start"] : place["end"]] == document.page_content
        assert (place["article"], place["version"], place["title"]) == (1, version.id, "3")
        assert store.get_by_ids([str(document.id)]) == [document]


def test_relevance_is_between_0_and_1_and_the_same_text_is_most_relevant(
    store: LibraryStore,
) -> None:
    store.add_texts(["a b c", "abcd abcd", "a abcd"])
    found = store.similarity_search_with_relevance_scores("a b c", k=3)
    assert [document.page_content for document, _ in found] == ["a b c", "a abcd", "abcd abcd"]
    # "a b c" is (3, 0, …), "a abcd" is (1, 0, 0, 1, …): cosines 1, 1/√2 and 0.
    assert [score for _, score in found] == pytest.approx([1, 0.5**0.5, 0], abs=1e-6)


def test_search_can_be_limited_to_articles(store: LibraryStore) -> None:
    store.add_article(story(1))
    store.add_article(story(2))
    found = store.similarity_search("Story of a boat", k=99, articles=[2])
    assert {document.metadata["title"] for document in found} == {"2"}


def test_a_documents_own_id_may_look_like_a_passages(store: LibraryStore) -> None:
    store.add_texts(["First."], ids=["passage-2"])
    store.add_texts(["Second."], ids=["other"])
    assert [d.page_content for d in store.get_by_ids(["passage-2"])] == ["First."]


def test_a_document_without_words_adds_none_of_its_fellows(store: LibraryStore) -> None:
    with pytest.raises(ValueError, match="no span"):
        store.add_texts(["Words.", " \u200b"])
    with pytest.raises(TypeError, match="JSON"):
        store.add_texts(["Words.", "More."], [{}, {"no": object()}])
    assert store.library.articles() == []
