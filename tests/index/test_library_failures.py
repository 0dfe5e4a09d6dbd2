"""What goes wrong with a library is one sentence, and nothing is lost or half added."""

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from index.articles import Origin
from index.database import Database
from index.errors import LibraryError
from index.feeds import Feed
from index.library import Library
from index.vectors import LibraryStore
from tests.conftest import WordLengthEncoder, version_of
from tests.index.stories import PREPARED, assert_whole, opened, story

TEXT = "The ferry sailed at noon. Nobody was on it.\n\nIt “never” came back."


def test_another_encoder_is_refused(store: LibraryStore) -> None:
    store.add_article(version_of(TEXT))

    class Other(WordLengthEncoder):
        id = "word-lengths/2"

    with closing(Library(store.library.folder)) as library:
        with pytest.raises(LibraryError, match=r"encoder word-lengths/1, .* word-lengths/2; set"):
            LibraryStore(library, Other())
        with pytest.raises(LibraryError, match="word-lengths/1"):
            library.add(version_of("Other."), [], "word-lengths/2")
        assert len(library.articles()) == 1


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    Library(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "library.sqlite3")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match=r"newer Pullquote \(schema 99"):
        Library(tmp_path)


def test_a_library_that_is_being_written_can_be_read_but_not_written(store: LibraryStore) -> None:
    store.add_article(version_of(TEXT))
    store.library._db._db.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(store.library.folder / "library.sqlite3")) as another:
        another.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LibraryError, match="being written by another process; try again"):
            store.add_article(story(1))
        with pytest.raises(LibraryError, match="being written by another process"):
            store.remove_articles([1])
        assert store.similarity_search("The ferry")
        another.rollback()
    assert store.add_article(story(1)).new


def test_a_library_that_another_process_locks_while_making_it_is_told(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "library.sqlite3")) as another:
        another.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LibraryError, match="being written by another process"):
            Database(tmp_path / "library.sqlite3", busy_seconds=0.02)


def test_a_full_disk_leaves_nothing_half_added(store: LibraryStore) -> None:
    store.add_article(story(0))
    generation, db = store.library.generation(), store.library._db._db
    [(pages,)] = db.execute("PRAGMA page_count").fetchall()
    large = version_of("\n".join(f"Sentence {n} of a large article." for n in range(3000)))
    for spare in range(0, 60, 15):
        db.execute(f"PRAGMA max_page_count = {pages + spare}")
        with pytest.raises(LibraryError, match=r"disk .* is full, so nothing was changed"):
            store.add_article(large)
        assert assert_whole(store) == {0}
        assert store.library.generation() == generation
    db.execute("PRAGMA max_page_count = 1000000")
    assert store.add_article(story(1)).new
    assert assert_whole(store) == {0, 1}


def test_a_folder_where_nothing_may_be_written_can_be_read(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    folder = public_folder / "library"
    with opened(folder) as store:
        store.add_article(story(0))
    read_only(folder)
    with unprivileged(), opened(folder) as store:
        assert assert_whole(store) == {0}
        with pytest.raises(LibraryError, match="is read-only here; change its permissions"):
            store.add_article(story(1))
        with pytest.raises(LibraryError, match="is read-only here"):
            store.remove_articles([1])
        assert assert_whole(store) == {0}


def test_what_a_killed_writer_had_acknowledged_can_be_read_where_nothing_may_be_written(
    public_folder: Path,
    unprivileged: Callable[[], AbstractContextManager[None]],
    python: Callable[..., subprocess.Popen[str]],
) -> None:
    code = "\nwith opened(folder) as s:\n    s.add_article(story(0))\n    os.kill(os.getpid(), 9)"
    python(PREPARED + code, public_folder / "library").wait()
    assert (public_folder / "library" / "library.sqlite3-wal").stat().st_size
    read_only(public_folder / "library")
    with unprivileged(), opened(public_folder / "library") as store:
        assert assert_whole(store) == {0}


def test_a_reader_who_may_not_write_sees_what_another_user_adds(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    with opened(public_folder / "library") as owner:
        owner.add_article(story(0))
        for file in (public_folder / "library").iterdir():
            file.chmod(0o644)
        with unprivileged():
            reader = LibraryStore(Library(public_folder / "library"), WordLengthEncoder())
        with closing(reader):
            owner.add_article(story(1))
            with unprivileged():
                assert assert_whole(reader) == {0, 1}


def test_a_library_that_cannot_be_made_is_told(
    public_folder: Path, unprivileged: Callable[[], AbstractContextManager[None]]
) -> None:
    public_folder.chmod(0o555)
    with unprivileged(), pytest.raises(LibraryError, match=r"denied.*; set PULLQUOTE_HOME"):
        Library(public_folder / "libraries" / "local")
    with unprivileged(), pytest.raises(LibraryError, match="cannot be used"):
        Library(public_folder)


def read_only(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)


# Damage


def test_a_file_of_noise_is_told(tmp_path: Path) -> None:
    (tmp_path / "library.sqlite3").write_bytes(os.urandom(5000))
    with pytest.raises(LibraryError, match=r"is damaged .*put a backup in its place"):
        Library(tmp_path)


def test_damage_anywhere_is_told_or_does_no_harm(store: LibraryStore, tmp_path: Path) -> None:
    """Never another exception, never a text that differs from what was stored."""
    for number in (1, 0, 1, 2):
        store.add_article(story(number), Origin(f"https://x.example/{number and 1}"))
    store.library.feeds.add(Feed("https://x.example/feed"))
    store.library._db.flush_deleted()
    whole = (store.library.folder / "library.sqlite3").read_bytes()
    told, chance = 0, random.Random(3)  # noqa: S311 - the same each time
    for attempt in range(60):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        (folder / "library.sqlite3").write_bytes(damaged(whole, chance))
        try:
            with opened(folder) as store:
                read_everything(store)
        except LibraryError:
            told += 1
        shutil.rmtree(folder)
    assert 20 < told < 60


def damaged(whole: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return whole[: chance.randrange(1, len(whole))]
    at, size = chance.randrange(len(whole)), chance.choice([1, 16, 500, 5000])
    return (whole[:at] + chance.randbytes(size) + whole[at + size :])[: len(whole)]


def read_everything(store: LibraryStore) -> None:
    for article in store.library.articles():
        version = store.library.version(article.id)
        assert version.text in {story(number).text for number in range(3)}
        assert store.library.find(version.id) in (None, version)
        store.library.versions(article.id)
        store.library.origins(article.id)
    store.library.feeds.all()
    store.library.rows(store.library.passage_ids().tolist())
    store.library.match(["stori", "boat3"], 10)
    for document in store.similarity_search("Story of a boat", k=99):
        assert any(document.page_content in story(number).text for number in range(3))
    store.remove_articles([1])
    store.add_article(story(7), Origin("https://x.example/1"))


def test_damage_is_found_without_reading_the_articles(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.add_article(story(0))
        assert store.library.fault() == ""
    file = tmp_path / "library.sqlite3"
    file.write_bytes(file.read_bytes()[:-8192] + bytes(8192))  # the last two pages
    with closing(Library(tmp_path)) as library:
        assert library.fault() != ""
