"""A library of schema 2. `data/library-2` was made by the code of the commit that is named in it,
with what that code said of it."""

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index.articles import Article, Origin
from index.library import Library
from index.migrations import SCHEMA
from index.ranking import search_words
from index.retriever import HybridRetriever
from index.vectors import LibraryStore
from tests.conftest import version_of
from tests.index.stories import opened
from tests.index.test_migrations import schema_of

DATA = Path(__file__).parent / "data"
FACTS: dict[str, Any] = json.loads((DATA / "library-2.json").read_text("utf-8"))
QUARRY, NAMED = 1, 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the old library."""
    shutil.copy(DATA / "library-2.sqlite3", tmp_path / "library.sqlite3")
    return tmp_path


def assert_as_it_was(store: LibraryStore) -> None:
    library = store.library
    assert library.fault() == ""
    assert library.articles() == [Article(**about) for about in FACTS["articles"]]
    for article, versions in FACTS["versions"].items():
        told = [
            {
                "id": v.id,
                "text": v.text,
                "pages": list(v.pages),
                "warning": v.warning,
                "read_at": v.read_at.isoformat(),
            }
            for v in library.versions(int(article))
        ]
        assert told == versions
        origins = library.origins(int(article))
        assert FACTS["origins"][article] == [
            [o.url, o.etag, o.last_modified, o.read_at.isoformat(), o.version] for o in origins
        ]
    feeds = [[f.url, f.title, f.etag, library.feeds.taken(f.url)] for f in library.feeds.all()]
    assert feeds == FACTS["feeds"]
    for query, expected in FACTS["queries"].items():
        found = store.similarity_search_with_score(query, k=3)
        told = [[d.id, d.page_content, d.metadata, round(score, 6)] for d, score in found]
        assert told == expected["found"]
        assert library.match(search_words(query), 9) == expected["matched"]
        assert [r.id for r in HybridRetriever(store=store).rank(query)] == expected["ranked"]


def test_it_is_brought_up_to_date_and_says_what_it_said(folder: Path) -> None:
    assert schema_of(folder / "library.sqlite3")[0] == 2
    for _ in range(2):
        with opened(folder) as store:
            assert_as_it_was(store)
            assert store.library.generation() == FACTS["generation"]  # no cache is behind
    Library(folder / "new").close()
    newest = schema_of(folder / "new" / "library.sqlite3")
    assert newest[0] == SCHEMA
    assert schema_of(folder / "library.sqlite3") == newest


def test_it_works_as_a_new_one(folder: Path) -> None:
    with opened(folder) as store:
        known = Origin("https://quarry.example/1884")
        revised = store.add_article(version_of("The quarry has closed."), known)
        assert (revised.outcome, revised.version.article.id) == ("revised", QUARRY)
        assert len(store.library.versions(QUARRY)) == 3
        assert store.add_article(version_of("Another.")).version.article.id == 5
        assert store.remove_articles([QUARRY, NAMED]) == 2
        assert store.library.fault() == ""


def test_it_remembers_nothing_yet(folder: Path) -> None:
    tables = ("asked", "asked_quotes", "asked_messages", "votes", "counts", "options", "threads")
    with closing(Library(folder)) as library:
        for table in tables:
            assert library.database.all(f"SELECT count(*) FROM {table}") == [(0,)]
