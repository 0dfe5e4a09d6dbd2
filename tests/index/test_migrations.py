"""A library that an older program made. `data/library-1` is one of schema 1, made by the code of
the commit that is named in it, with what that code answered from it."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from index import migrations
from index.articles import Article, Origin
from index.errors import LibraryError
from index.library import Library
from index.ranking import search_words
from index.retriever import HybridRetriever
from index.vectors import LibraryStore
from tests.conftest import version_of
from tests.index.stories import PREPARED, opened

DATA = Path(__file__).parent / "data"
FACTS: dict[str, Any] = json.loads((DATA / "library-1.json").read_text("utf-8"))
FERRY, LAMP_BEFORE, LAMP, NAMED = 1, 2, 4, 5


def stored(folder: Path) -> Path:
    """A copy of the old library."""
    folder.mkdir(exist_ok=True)
    shutil.copy(DATA / "library-1.sqlite3", folder / "library.sqlite3")
    return folder


def assert_as_it_was(store: LibraryStore) -> None:
    library = store.library
    assert library.fault() == ""
    assert library.articles() == [Article(**about) for about in FACTS["articles"]]
    for article, text in FACTS["texts"].items():
        [version] = library.versions(int(article))
        assert (version.text, version.id) == (text, FACTS["versions"][article])
        assert library.find(version.id) == version
        assert (version.pages, version.warning) == ((), "")
    for query, expected in FACTS["queries"].items():
        found = store.similarity_search_with_score(query, k=3)
        told = [[d.id, d.page_content, d.metadata, round(score, 6)] for d, score in found]
        assert told == expected["found"]
        assert library.match(search_words(query), 9) == expected["matched"]
        assert [r.id for r in HybridRetriever(store=store).rank(query)] == expected["ranked"]


def schema_of(file: Path) -> tuple[int, dict[str, Any]]:
    """The schema's number, and columns, keys and indexes of every table."""
    with closing(sqlite3.connect(file)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        pragmas = ("table_xinfo", "foreign_key_list", "index_list")
        facts = {
            f"{table} {p}": sorted(db.execute(f"PRAGMA {p}({table})").fetchall(), key=str)
            for table in tables
            for p in pragmas
        }
        return db.execute("PRAGMA user_version").fetchone()[0], facts


def test_an_old_library_is_brought_up_to_date_and_says_what_it_said(tmp_path: Path) -> None:
    stored(tmp_path)
    assert schema_of(tmp_path / "library.sqlite3")[0] == 1
    for _ in range(2):
        with opened(tmp_path) as store:
            assert_as_it_was(store)
            assert store.library.state()[0] == 7  # no cache is behind
    Library(tmp_path / "new").close()
    newest = schema_of(tmp_path / "new" / "library.sqlite3")
    assert newest[0] == migrations.SCHEMA == 3
    assert schema_of(tmp_path / "library.sqlite3") == newest


def test_where_its_articles_were_read_is_known(tmp_path: Path) -> None:
    with opened(stored(tmp_path)) as store:
        library = store.library
        assert library.origins(FERRY) == [Origin("https://ferry.example/1911")]
        # One file, which the old program took for two articles when it had changed.
        assert library.origins(LAMP) == [Origin("/home/ada/lamp.txt")]
        assert library.origins(LAMP)[0].read_at == library.version(LAMP).read_at
        assert library.origins(LAMP_BEFORE) == library.origins(NAMED) == library.origins(6) == []


def test_a_library_that_was_brought_up_to_date_works_as_a_new_one(tmp_path: Path) -> None:
    with opened(stored(tmp_path)) as store:
        text = FACTS["texts"]["1"]
        nearly = store.add_article(version_of(f"{text} So it is told."))
        assert (nearly.outcome, nearly.version.article.id) == ("added", 7)
        assert nearly.near
        assert nearly.near.id == FERRY
        origin = Origin("/home/ada/lamp.txt")
        assert store.add_article(store.library.version(LAMP), origin).outcome == "unchanged"
        revised = store.add_article(version_of("The lamp was bought back."), origin)
        assert (revised.outcome, revised.version.article.id) == ("revised", LAMP)
        assert len(store.library.versions(LAMP)) == 2
        named = FACTS["texts"][str(NAMED)]
        assert store.add_article(version_of(f"{named} Indeed.")).near is None
        assert store.remove_articles([FERRY, LAMP, NAMED]) == 3
        store.add_texts(["Another."], ids=["named"])
        assert store.library.fault() == ""


def test_a_migration_that_stops_half_way_has_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema_of(stored(tmp_path) / "library.sqlite3")

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(migrations, "fingerprints", full)
    with pytest.raises(LibraryError, match=r"disk .* is full, so nothing was changed"):
        Library(tmp_path)
    assert schema_of(tmp_path / "library.sqlite3") == before
    monkeypatch.undo()
    with opened(tmp_path) as store:
        assert_as_it_was(store)


def test_killed_in_the_middle_and_opened_again(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    """After each of the articles that are read on the way."""
    code = """
from index import migrations
whole = migrations.fingerprints

def open_and_die(folder, after):
    def dying(version, seen=[]):
        seen.append(version)
        if len(seen) > after:
            os.kill(os.getpid(), 9)
        return whole(version)
    migrations.fingerprints = dying
    opened(folder).__enter__()

for after in range(4):
    assert os.waitpid(forked(open_and_die, folder / str(after), after), 0)[1] == 9
"""
    for after in range(4):
        stored(tmp_path / str(after))
    process = python(PREPARED + code, tmp_path)
    process.communicate()
    assert process.returncode == 0
    for after in range(4):
        with opened(tmp_path / str(after)) as store:
            assert_as_it_was(store)


def test_several_processes_open_an_old_library_at_once(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    code = """
def add(number, waiting, go):
    os.close(go)
    os.read(waiting, 1)  # until all are there
    with opened(folder) as store:
        assert store.add_article(story(number)).new

waiting, go = os.pipe()
for number in range(4):
    forked(add, number, waiting, go)
os.close(waiting)
os.close(go)
for _ in range(4):
    assert os.wait()[1] == 0
"""
    process = python(PREPARED + code, stored(tmp_path))
    process.communicate()
    assert process.returncode == 0
    with opened(tmp_path) as store:
        assert len(store.library.articles()) == 5 + 4
        assert store.library.origins(FERRY) == [Origin("https://ferry.example/1911")]
        store.remove_articles([7, 8, 9, 10])
        assert_as_it_was(store)


def test_an_old_library_that_may_not_be_written_is_told(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    folder = stored(public_folder / "library")
    (folder / "library.sqlite3").chmod(0o444)
    folder.chmod(0o555)
    with unprivileged(), pytest.raises(LibraryError, match="older Pullquote and is read-only here"):
        Library(folder)


def test_damage_of_an_old_library_is_told(tmp_path: Path) -> None:
    with closing(sqlite3.connect(stored(tmp_path) / "library.sqlite3")) as db:
        db.execute("UPDATE versions SET text = x'00ff' WHERE id = 1")
        db.commit()
    with pytest.raises(LibraryError, match="is damaged"):
        Library(tmp_path)
