"""The library among processes: what was acknowledged is kept, and what was removed is gone."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.articles import Article, Origin, Version
from index.vectors import LibraryStore
from tests.conftest import version_of
from tests.index.stories import PREPARED, assert_whole, opened, story


def test_what_was_acknowledged_survives_kill_9(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    """A writer adds, removes and saves without a pause and says so; it is killed at any moment."""
    writers = python(
        PREPARED
        + """
def write(number):
    with opened(folder) as store:
        while True:
            kept = store.add_article(story(number))
            print("added", number, flush=True)
            if number % 3 == 2:  # which writes the snapshot, too
                store.remove_articles([kept.version.article.id])
                print("removed", number, flush=True)
            number += 1

for line in sys.stdin:
    pid = forked(write, int(line))
    print("pid", pid, flush=True)
    os.waitpid(pid, 0)
    print("dead", flush=True)
""",
        tmp_path,
    )
    assert writers.stdin
    assert writers.stdout
    chance = random.Random(7)  # noqa: S311 - the same each time
    added: set[int] = set()
    removed: set[int] = set()
    unsaid: set[int] = set()  # what was being added when the writer died
    upcoming = 0
    for _ in range(15):
        print(upcoming, file=writers.stdin, flush=True)
        pid, seen, alive = 0, 0, True
        most = chance.randrange(2, 7)
        for line in writers.stdout:
            word, _, number = line.strip().partition(" ")
            if word == "dead":
                break
            if word == "pid":
                pid = int(number)
            else:
                (added if word == "added" else removed).add(int(number))
                seen += 1
            if pid and alive and seen >= most:
                time.sleep(chance.random() / 100)
                os.kill(pid, signal.SIGKILL)
                alive = False
        assert not alive, "the writer ended by itself"
        with opened(tmp_path) as store:
            present = assert_whole(store)
        unsaid.add(max(added) + 1)
        assert present >= {number for number in added if number % 3 != 2}
        assert not present & removed
        assert present <= added | unsaid
        upcoming = max(added) + 2
    assert len(added) > 20
    assert removed


def test_a_reader_goes_on_while_another_process_writes(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    with opened(tmp_path) as store:
        store.add_article(story(0))
        passages = len(store.library.passage_ids())
        writer = python(
            PREPARED
            + """
import select
with opened(folder) as store:
    for number in range(1, 1000):
        store.add_article(story(number))
        if number % 4 == 0:
            store.remove_articles([store.library.articles()[1].id])
        if select.select([sys.stdin], [], [], 0)[0]:  # it was read often enough
            break
print(number)
""",
            tmp_path,
        )
        sizes = set()
        while len(sizes) < 5:
            assert writer.poll() is None
            ids = store.library.passage_ids()
            assert len(ids) % passages == 0, "half an article"
            found = store.similarity_search("Story of a boat", k=5)
            assert len(found) >= 1
            assert store.library.version(1).text == story(0).text
            sizes.add(len(ids))
        number = int(writer.communicate("enough")[0])
        assert writer.returncode == 0
        assert len(assert_whole(store)) == 1 + number - number // 4


def test_a_new_library_and_the_same_texts_by_several_processes_at_once(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    crowd = python(
        PREPARED
        + """
def add(round, waiting, go):
    os.close(go)
    os.read(waiting, 1)  # until all are there
    with opened(folder / str(round)) as store:
        new = [str(n) for n in range(3) if store.add_article(story(n)).new]
    os.write(1, f"{round} {' '.join(new)}\\n".encode())

for round in range(4):
    waiting, go = os.pipe()
    for _ in range(4):
        forked(add, round, waiting, go)
    os.close(waiting)
    os.close(go)
    for _ in range(4):
        assert os.wait()[1] == 0
""",
        tmp_path,
    )
    lines = crowd.communicate()[0].splitlines()
    assert crowd.returncode == 0
    for number in range(4):
        new = [n for line in lines if line.startswith(f"{number} ") for n in line.split()[1:]]
        assert sorted(new) == ["0", "1", "2"]  # each text was new to one process
        with opened(tmp_path / str(number)) as store:
            assert assert_whole(store) == {0, 1, 2}


# Removed for good

CANARY = "Quixvorp zanthelline bramwyck; ütterfjord 774411 knows."
CANARY_WORDS = ["quixvorp", "zanthellin", "bramwyck", "tterfjord", "774411"]


def traces(folder: Path) -> set[str]:
    """Which words of the canary stand in any file, in whatever case."""
    everything = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file()).lower()
    return {word for word in CANARY_WORDS if word.encode() in everything}


@pytest.mark.parametrize("neighbours", [0, 30])
def test_what_was_removed_is_in_no_file(store: LibraryStore, neighbours: int) -> None:
    folder = store.library.folder
    for number in range(neighbours):
        store.add_article(story(number))
    about = Article("Bramwyck", source="bramwyck.txt", author="Quixvorp")
    kept = store.add_article(Version(about, f"{CANARY} Plain words here.\n\n{CANARY} " * 20))
    store.cache.save()
    for number in range(neighbours, 2 * neighbours):
        store.add_article(story(number))
    assert traces(folder) == set(CANARY_WORDS)
    with opened(folder) as another:  # that has read it and stays open
        another.similarity_search("Story of a boat")
        assert another.library.find(kept.version.id)
        assert store.remove_articles([kept.version.article.id]) == 1
        assert traces(folder) == set()
        assert another.library.find(kept.version.id) is None
    assert store.library.match(["quixvorp"], 9) == []
    assert len(assert_whole(store)) == 2 * neighbours


@pytest.mark.parametrize("neighbours", [0, 30])
@pytest.mark.parametrize("steps", ["CP", "PC", "CPC", "CPPP", "PCC"])
def test_no_version_of_what_was_removed_is_in_any_file(
    store: LibraryStore, steps: str, neighbours: int
) -> None:
    """An article that is read again, with the canary (C) or plain words (P) at each step."""
    folder = store.library.folder
    for number in range(neighbours):
        store.add_article(story(number))
    origin = Origin("https://x.example/bramwyck", '"quixvorp"', "774411")
    for step, letter in enumerate(steps):
        about = Article("Bramwyck", source="bramwyck.txt", author="Quixvorp")
        text = f"{CANARY} " * 30 if letter == "C" else "Plain words here. " * 30
        kept = store.add_article(Version(about, f"{text}{step}.\n\n{text}", warning=CANARY), origin)
        store.cache.save()
    store.add_article(kept.version, Origin("https://y.example/zanthelline"))
    for number in range(neighbours, 2 * neighbours):
        store.add_article(story(number))
    assert len(store.library.versions(kept.version.article.id)) == len(steps)
    assert traces(folder) == set(CANARY_WORDS)
    with opened(folder) as another:  # that has read it and stays open
        another.library.versions(kept.version.article.id)
        assert store.remove_articles([kept.version.article.id]) == 1
        assert traces(folder) == set()
    assert traces(folder) == set()
    assert fingerprints_kept(store) == {article.id for article in store.library.articles()}
    assert len(assert_whole(store)) == 2 * neighbours


def fingerprints_kept(store: LibraryStore) -> set[int]:
    """The articles of which there are any."""
    return {row[0] for row in store.library._db.all("SELECT DISTINCT article FROM sentences")}


def test_what_was_removed_is_in_no_file_while_others_read(
    store: LibraryStore, python: Callable[..., subprocess.Popen[str]]
) -> None:
    store.add_article(story(0))
    kept = store.add_article(version_of(f"{CANARY} " * 50))
    reader = python(
        PREPARED
        + """
with opened(folder) as store:
    print("reading", flush=True)
    while True:
        store.similarity_search("Story of a boat", k=50)
""",
        store.library.folder,
    )
    assert reader.stdout
    assert reader.stdout.readline() == "reading\n"
    for _ in range(5):
        assert store.remove_articles([kept.version.article.id]) == 1
        assert traces(store.library.folder) == set()
        kept = store.add_article(version_of(f"{CANARY} " * 50))
    assert reader.poll() is None


def test_a_document_that_was_replaced_is_in_no_file(store: LibraryStore) -> None:
    store.add_texts([f"{CANARY} " * 50], ids=["a"])
    assert traces(store.library.folder) == set(CANARY_WORDS)
    store.add_texts(["Story of something else."], ids=["a"])
    assert traces(store.library.folder) == set()
