"""An article that is read again: its versions, its origins, and what comes of each reading."""

import random
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from index.articles import Article, Origin, Version
from index.changes import still_says
from index.errors import LibraryError
from index.fingerprints import fingerprints
from index.near import NEARLY_ALL
from index.passages import Entry
from index.vectors import LibraryStore, reindex
from tests.conftest import WordLengthEncoder, version_of
from tests.index.stories import PREPARED, assert_whole, opened, rows_of, story

URL = "https://ferry.example/1911"
OTHER = "https://mirror.example/ferry"
TEXT = "The ferry sailed at noon. Nobody was on it.\n\nIt never came back."
LATER = "The ferry sailed at two. Nobody was on it.\n\nIt never came back."


def read(store: LibraryStore, text: str, url: str = URL, etag: str = "") -> tuple[str, int]:
    """The outcome of reading a text at a URL, and the article's number."""
    kept = store.add_article(version_of(text), Origin(url, etag))
    return kept.outcome, kept.version.article.id


def texts(store: LibraryStore, article: int = 1) -> list[str]:
    return [version.text for version in store.library.versions(article)]


# One origin


def test_the_same_text_read_again_changes_only_when_it_was_read(store: LibraryStore) -> None:
    early, late = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 2, tzinfo=UTC)
    store.add_article(version_of(TEXT), Origin(URL, '"1"', "Monday", early))
    state, version = store.library.state(), store.library.version(1)
    kept = store.add_article(version_of(TEXT, "Other"), Origin(URL, '"2"', "Tuesday", late))
    assert (kept.outcome, kept.version, kept.changes) == ("unchanged", version, None)
    assert not kept.new
    assert store.library.state() == state
    [origin] = store.library.origins(1)
    assert origin == Origin(URL, '"2"', "Tuesday")
    assert origin.read_at == late
    assert store.library.origin(URL) == (1, origin)
    assert store.library.version(1).read_at == version.read_at


def test_the_same_text_is_not_encoded_again(
    store: LibraryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(store, TEXT)
    monkeypatch.setattr(WordLengthEncoder, "encode", None)  # to call it would be a TypeError
    assert read(store, TEXT) == ("unchanged", 1)
    assert read(store, TEXT, OTHER) == ("known", 1)


def test_another_text_is_a_new_version(store: LibraryStore) -> None:
    old = store.add_article(version_of(TEXT, "Ferry"), Origin(URL)).version
    about = Article("A ferry", "x", URL, "Ada", "Post", "1911-03-04", "en")
    kept = store.add_article(Version(about, LATER, pages=(0, 44), warning="Short."), Origin(URL))
    assert (kept.outcome, kept.new, kept.version.article) == (
        "revised",
        False,
        replace(about, id=1),
    )
    assert kept.changes
    assert [(a.text, b.text) for a, b in kept.changes.edited] == [
        ("The ferry sailed at noon.", "The ferry sailed at two.")
    ]
    library = store.library
    assert library.articles() == [kept.version.article]
    newest, before = library.versions(1)
    assert newest == library.version(1) == library.find(kept.version.id) == kept.version
    assert (newest.pages, newest.warning, before.pages, before.warning) == (
        (0, 44),
        "Short.",
        (),
        "",
    )
    assert before == library.find(old.id) == replace(old, article=newest.article)
    assert (library.is_newest(newest.id), library.is_newest(old.id)) == (True, False)
    assert not library.is_newest("0" * 64)


def test_answers_come_from_the_newest_version_and_quotes_of_the_old_one_stand(
    store: LibraryStore,
) -> None:
    read(store, TEXT)
    [row] = rows_of(store.library, 1)
    [quoted] = store.library.rows(store.library.match(["noon"], 9))
    read(store, LATER)
    library = store.library
    assert library.match(["noon"], 9) == []
    assert library.match(["two"], 9) == library.passage_ids([1]).tolist()
    assert library.rows([row.id]) == []
    found = store.similarity_search("sailed", k=9)
    assert {document.page_content for document in found} <= set(LATER.split("\n\n")) | {LATER}
    assert {document.metadata["version"] for document in found} == {version_of(LATER).id}
    old = library.find(quoted.passage.version.id)
    assert old
    assert old.text[quoted.passage.start : quoted.passage.end] == quoted.passage.text
    assert not still_says(quoted.passage, library.version(1))


def test_a_text_that_an_article_goes_back_to_is_its_newest_again(store: LibraryStore) -> None:
    outcomes = [read(store, text) for text in (TEXT, LATER, TEXT, TEXT, LATER)]
    told = ["added", "revised", "revised", "unchanged", "revised"]
    assert outcomes == [(outcome, 1) for outcome in told]
    assert texts(store) == [LATER, TEXT]
    assert store.library.is_newest(version_of(LATER).id)
    assert store.library.match(["noon"], 9) == []


def test_an_older_text_elsewhere_is_an_article_of_its_own(store: LibraryStore) -> None:
    read(store, TEXT)
    read(store, LATER)
    assert read(store, TEXT, OTHER) == ("added", 2)
    found = store.library.find(version_of(TEXT).id)
    assert found
    assert found.article.id == 2  # the one whose newest text it is
    store.remove_articles([2])
    assert texts(store) == [LATER, TEXT]


def test_caches_follow_every_revision(store: LibraryStore) -> None:
    """The same in this process, in another store that stays open, and from the snapshot."""
    for number in range(3):
        store.add_article(story(number), Origin(f"https://x.example/{number}"))
    with opened(store.library.folder) as other:
        for step in range(3, 9):
            assert_whole(other)
            store.cache.save()
            kept = store.add_article(story(step), Origin(f"https://x.example/{step % 3}"))
            assert kept.outcome == "revised"
            present = {step - 2, step - 1, step}
            assert assert_whole(other) == assert_whole(store) == present
            with opened(store.library.folder) as fresh:
                assert assert_whole(fresh) == present
    assert [len(store.library.versions(article)) for article in (1, 2, 3)] == [3, 3, 3]


def test_another_process_sees_what_is_said_of_a_revised_article(store: LibraryStore) -> None:
    store.add_article(version_of(TEXT, "Old title"), Origin(URL))
    with opened(store.library.folder) as other:
        assert other.library.version(1).article.title == "Old title"
        store.add_article(version_of(LATER, "New title"), Origin(URL))
        assert {v.article.title for v in other.library.versions(1)} == {"New title"}


def test_reindexing_leaves_old_versions_without_passages(store: LibraryStore) -> None:
    read(store, TEXT)
    read(store, LATER)
    assert reindex(store.library, store.encoder) == 1
    assert texts(store) == [LATER, TEXT]
    assert store.library.match(["noon"], 9) == []
    assert {r.passage.version.text for r in rows_of(store.library, 1)} == {LATER}


def test_a_revision_that_fails_half_way_changes_nothing(store: LibraryStore) -> None:
    read(store, TEXT, etag='"1"')
    state, library = store.library.state(), store.library
    entry = rows_of(library, 1)[0].passage
    bad = Entry(entry, store.encoder.encode([entry.text])[0], name="twice")
    with pytest.raises(LibraryError, match="UNIQUE"):
        library.add(version_of(LATER), [bad, bad], store.encoder.id, Origin(URL, '"2"'))
    assert library.state() == state
    assert texts(store) == [TEXT]
    assert library.match(["noon"], 9) == library.passage_ids().tolist()
    assert library.origins(1) == [Origin(URL, '"1"')]


# Several origins


def test_the_same_text_elsewhere_is_the_same_article(store: LibraryStore) -> None:
    read(store, TEXT)
    state = store.library.state()
    assert read(store, TEXT, OTHER, '"x"') == ("known", 1)
    assert store.add_article(version_of(TEXT)).outcome == "known"  # pasted: from nowhere
    assert store.library.origins(1) == [Origin(URL), Origin(OTHER, '"x"')]
    assert store.library.state() == state


def test_an_origin_that_lags_behind_does_not_take_the_article_back(store: LibraryStore) -> None:
    read(store, TEXT)
    read(store, TEXT, OTHER)
    assert read(store, LATER) == ("revised", 1)
    state = store.library.state()
    assert read(store, TEXT, OTHER) == ("unchanged", 1)  # it says what it said
    assert store.library.state() == state
    assert read(store, LATER, OTHER) == ("unchanged", 1)  # it has caught up
    assert read(store, TEXT, OTHER) == ("revised", 1)
    assert texts(store) == [TEXT, LATER]


def test_what_was_not_modified_is_noted_and_nothing_else(store: LibraryStore) -> None:
    read(store, TEXT)
    state = store.library.state()
    assert store.library.set_origin(Origin(URL, '"3"', "Friday"))
    assert store.library.origins(1) == [Origin(URL, '"3"', "Friday")]
    assert store.library.state() == state
    assert not store.library.set_origin(Origin(OTHER))
    assert store.library.origin(OTHER) is None
    assert store.library.origins(7) == []
    with pytest.raises(LibraryError, match="no article 7"):
        store.library.versions(7)


def test_an_article_that_was_removed_while_it_was_read_again_stays_removed(
    store: LibraryStore,
) -> None:
    read(store, TEXT)
    store.remove_articles([1])
    for text in (TEXT, LATER):
        with pytest.raises(LibraryError, match=f"{URL} was removed while it was read"):
            store.add_article(version_of(text), Origin(URL), again=True)
    assert not store.library.set_origin(Origin(URL))
    assert store.library.articles() == []
    assert read(store, TEXT) == ("added", 2)
    kept = store.add_article(version_of(LATER), Origin(URL), again=True)
    assert (kept.outcome, kept.version.article.id) == ("revised", 2)


def test_an_article_that_is_removed_while_it_is_encoded_stays_removed(store: LibraryStore) -> None:
    class Slow(WordLengthEncoder):
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            store.library.remove([1])
            return super().encode(texts)

    read(store, TEXT)
    with opened(store.library.folder) as other:
        other.encoder = Slow()
        with pytest.raises(LibraryError, match="was removed while it was read"):
            other.add_article(version_of(LATER), Origin(URL), again=True)
    assert store.library.articles() == []


def test_one_url_added_by_several_processes_at_once_is_one_article(
    store: LibraryStore, python: Callable[..., subprocess.Popen[str]]
) -> None:
    """In each round four processes read the same page, two of which get a newer text of it."""
    crowd = python(
        PREPARED
        + """
from index.articles import Origin

def add(round, newer, waiting, go):
    with opened(folder) as store:
        os.close(go)
        os.read(waiting, 1)  # until all are there
        kept = store.add_article(story(2 * round + newer), Origin(f"https://x.example/{round}"))
    os.write(1, f"{kept.outcome}\\n".encode())

for round in range(6):
    waiting, go = os.pipe()
    for newer in (0, 0, 1, 1):
        forked(add, round, newer, waiting, go)
    os.close(waiting)
    os.close(go)
    for _ in range(4):
        assert os.wait()[1] == 0
""",
        store.library.folder,
    )
    outcomes = crowd.communicate()[0].split()
    assert crowd.returncode == 0
    assert len(outcomes) == 24
    assert outcomes.count("added") == 6
    assert outcomes.count("revised") >= 6
    assert len(assert_whole(store)) == len(store.library.articles()) == 6
    for number in range(6):
        article, _ = store.library.origin(f"https://x.example/{number}") or (0, None)
        held = {version.text for version in store.library.versions(article)}
        assert held == {story(2 * number).text, story(2 * number + 1).text}


# Nearly the same


def lines(*numbers: int) -> str:
    return "\n".join(f"Boat number {n} left port {n} in the rain." for n in numbers)


def near(store: LibraryStore, text: str) -> str:
    kept = store.add_article(version_of(text, title=text[:20]))
    store.remove_articles([kept.version.article.id])
    return kept.near.title if kept.near else ""


def test_a_new_article_that_says_nearly_the_same_is_told(store: LibraryStore) -> None:
    store.add_article(version_of(lines(*range(10)), "Ten"))
    store.add_article(version_of(lines(*range(9)), "Nine"))
    assert near(store, lines(*range(8), 50, 51)) == "Ten"  # 8 of 10; 8 of 10 again: the first
    assert near(store, lines(*range(8))) == "Nine"  # 8 of 9
    assert near(store, lines(*range(7), 50, 51, 52)) == ""
    assert near(store, lines(*range(20))) == ""  # ten of twenty
    assert near(store, lines(*range(10)).replace(" in", "  “in”").upper()) == "Ten"
    assert near(store, "Nothing alike.") == near(store, "???") == ""


def test_documents_and_old_versions_are_not_told_as_nearly_the_same(store: LibraryStore) -> None:
    text = lines(*range(10))
    store.add_texts([text], ids=["a document"])
    read(store, text.replace("rain", "sun"))
    read(store, LATER)
    assert (
        near(store, f"{text}\nMore.") == near(store, text.replace("rain", "sun") + "\nMore.") == ""
    )
    kept = store.add_article(version_of(f"{LATER} Nobody knows."), Origin(OTHER))
    assert kept.near is None
    kept = store.add_article(version_of(LATER), Origin(OTHER))
    assert kept.outcome == "revised"
    assert kept.near
    assert kept.near.id == 2  # two articles that say the same now


def test_the_nearest_is_found_as_by_comparing_with_all(store: LibraryStore) -> None:
    chance = random.Random(5)  # noqa: S311 - the same each time
    here: dict[int, set[int]] = {}
    told = 0
    for _ in range(60):
        version = version_of(lines(*chance.sample(range(12), chance.randint(3, 12))))
        marks = set(fingerprints(version))
        shares = {a: len(marks & own) / max(len(marks), len(own)) for a, own in here.items()}
        kept = store.add_article(version)
        best = max(shares.values(), default=0)
        if kept.near:
            assert shares[kept.near.id] == best
            told += 1
        assert (kept.near is not None) == (best >= NEARLY_ALL)
        here[kept.version.article.id] = marks
    assert 20 < told < 60


def test_words_that_every_article_ends_in_make_none_nearly_the_same(store: LibraryStore) -> None:
    ending = "This is a very long sentence that our lawyers like to see under every article. " * 3
    for number in range(70):  # more than are ever looked at
        kept = store.add_article(version_of(f"{lines(number, number + 100)}\n{ending}"))
        assert kept.near is None
    text = f"{lines(30, 130)}\n{ending}".replace("lawyers", "LAWYERS")
    kept = store.add_article(version_of(text))
    assert kept.near
    assert kept.near.id == 31
