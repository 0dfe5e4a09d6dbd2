"""Writers that are killed at any moment: what they acknowledged is kept, and nothing is left half.

A writer says what it begins and what is done. So when it was killed, the library must be either as
it was before what it had begun, or as it is after that: all of it, in every file and index.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from index.articles import Origin
from index.database import Database
from index.library import SNAPSHOT, Library
from index.passages import split
from index.vectors import LibraryStore
from tests.index.stories import assert_whole, forked, opened, rows_of, story
from tests.index.tales import State, canaries, canary, found, place, tale

RUNS = 200

Step = tuple[str, int]
"""What is done ("add", "refresh" or "remove"), and to which article."""


def after(state: State, step: Step) -> State:
    """The state once a step is done."""
    name, number = step
    if name == "remove":
        return {other: versions for other, versions in state.items() if other != number}
    return {**state, number: state.get(number, 0) + 1}


def state_of(store: LibraryStore) -> State:
    library = store.library
    return {int(a.title): len(library.versions(a.id)) for a in library.articles()}


# The writer


def write(folder: Path, seed: int, upcoming: int) -> None:
    """Adds, reads again and removes without a pause, and says so."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    with opened(folder) as store:
        while True:
            state = state_of(store)
            names = ["add", "refresh", "remove"] if 3 <= len(state) <= 8 else ["add", "refresh"]
            name = "remove" if len(state) > 8 else chance.choice(names if state else ["add"])
            number = upcoming if name == "add" else chance.choice(sorted(state))
            say(f"{name} {number}")
            do(store, name, number, state.get(number, 0))
            say("done")
            upcoming += name == "add"


def do(store: LibraryStore, name: str, number: int, revision: int) -> None:
    if name == "remove":
        article, _ = store.library.origin(place(number, 0).url) or (0, None)
        assert store.remove_articles([article]) == 1
    else:
        origin = place(number, revision)
        kept = store.add_article(tale(number, revision), origin, again=name == "refresh")
        assert kept.outcome == ("revised" if name == "refresh" else "added")


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def start_writers(folder: Path) -> None:
    """A writer for each line that comes in, as a child of a process that has all loaded."""
    for line in sys.stdin:
        pid = forked(write, folder, *map(int, line.split()))
        say(f"pid {pid}")
        os.waitpid(pid, 0)
        say("dead")


# Who kills it, and what is looked at then


@dataclass(frozen=True)
class Life:
    """What a writer did, and what it had begun when it was killed, if anything."""

    done: Sequence[Step]
    begun: Step | None


def watch(writers: subprocess.Popen[str], seed: int, upcoming: int) -> Life:
    """Lets one writer live, and kills it at a random moment."""
    assert writers.stdin
    assert writers.stdout
    print(seed, upcoming, file=writers.stdin, flush=True)
    chance = random.Random(seed)  # noqa: S311 - the same each time
    done: list[Step] = []
    begun: Step | None = None
    pid, alive, most = 0, True, chance.randrange(6)
    for line in writers.stdout:
        word, _, number = line.strip().partition(" ")
        if word == "dead":
            break
        if word == "pid":
            pid = int(number)
        elif word != "done":
            begun = word, int(number)
        elif begun:
            done.append(begun)
            begun = None
        if pid and alive and len(done) >= most:
            time.sleep(chance.random() * 0.03)
            os.kill(pid, signal.SIGKILL)
            alive = False
    assert not alive, "the writer ended by itself"
    return Life(done, begun)


def assert_sound(store: LibraryStore, state: State) -> None:
    """Each article is complete, in SQLite, full-text index, FAISS, and where it was read."""
    library, encoder = store.library, store.encoder
    assert library.fault() == ""
    assert "forgetting" not in library._db.meta()
    for article in library.articles():
        number, count = int(article.title), state[int(article.title)]
        newest, *older = [tale(number, revision) for revision in reversed(range(count))]
        texts = [version.text for version in library.versions(article.id)]
        assert texts == [version.text for version in (newest, *older)]
        rows = rows_of(library, article.id)
        passages = split(newest, encoder.count_pieces, encoder.window)
        assert [(r.passage.start, r.passage.end) for r in rows] == [
            (p.start, p.end) for p in passages
        ]
        last = place(number, count - 1)
        assert library.origins(article.id) == [Origin(last.url, last.etag, version=newest.id)]
        for revision in range(count):
            matched = library.match([canary(number, revision)], 999)
            assert bool(matched) == (revision == count - 1)
            assert set(matched) <= {row.id for row in rows}
    assert_agrees(store)


def assert_agrees(store: LibraryStore) -> None:
    """SQLite, its full-text index and FAISS have the same passages, id by id."""
    library, encoder = store.library, store.encoder
    ids, vectors = library.vectors()
    assert sorted(library.match(["tale"], len(ids) + 1)) == ids.tolist()
    words = [row.passage.text for row in library.rows(ids.tolist())]
    vectors = vectors.reshape(-1, encoder.dimension)
    np.testing.assert_array_equal(vectors, encoder.encode(words))
    query = encoder.encode(["Tale of a boat"])[0]
    cosines = dict(store.cache.search(query, len(ids) + 1))
    assert sorted(cosines) == ids.tolist()
    np.testing.assert_allclose([cosines[i] for i in ids.tolist()], vectors @ query, atol=1e-6)


def harm(snapshot: Path, strange: bytes, chance: random.Random) -> None:
    """Truncates the snapshot, flips a bit of it, deletes it, puts another library's in its place,
    or leaves it as the writer did."""
    data = bytearray(snapshot.read_bytes() if snapshot.exists() else b"")
    how = chance.randrange(5)
    if how == 0:
        snapshot.unlink(missing_ok=True)
    elif how == 1:
        snapshot.write_bytes(strange)
    elif data and how == 2:
        snapshot.write_bytes(data[: chance.randrange(len(data))])
    elif data and how == 3:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        snapshot.write_bytes(data)


@pytest.fixture
def strange(tmp_path: Path) -> bytes:
    """The snapshot of another library."""
    with opened(tmp_path / "strange") as store:
        store.add_article(tale(7, 1))
    return (tmp_path / "strange" / SNAPSHOT).read_bytes()


def test_what_was_acknowledged_survives_kill_9(
    tmp_path: Path, strange: bytes, python: Callable[..., subprocess.Popen[str]]
) -> None:
    folder = tmp_path / "library"
    code = "import sys; from pathlib import Path; from tests.index.test_kill import start_writers; "
    writers = python(f"{code} start_writers(Path(sys.argv[1]))", folder)
    chance = random.Random(11)  # noqa: S311 - the same each time
    counts: Counter[str] = Counter()
    state: State = {}
    upcoming = 0
    for run in range(RUNS):
        life = watch(writers, run, upcoming)
        for step in life.done:
            state = after(state, step)
        possible = [state, *([after(state, life.begun)] if life.begun else [])]
        assert found(folder) <= set[bytes]().union(*map(canaries, possible))
        harm(folder / SNAPSHOT, strange, chance)
        with opened(folder) as store:
            now = state_of(store)
            assert now in possible
            assert_sound(store, now)
        assert found(folder) == canaries(now)
        counts[life.begun[0] if life.begun else "nothing"] += 1
        counts["taken"] += now != state
        counts["acknowledged"] += len(life.done)
        state = now
        upcoming = max([upcoming, *(n + 1 for _, n in [*life.done, *filter(None, [life.begun])])])
    print(counts)
    assert counts["acknowledged"] > RUNS
    assert min(counts[name] for name in ("add", "refresh", "remove")) > RUNS / 20
    assert 0 < counts["taken"] < RUNS


@pytest.mark.parametrize("gone", range(1, 13))
def test_no_copy_is_left_where_rows_were_moved(tmp_path: Path, gone: int) -> None:
    """As pages fill up, SQLite spreads their rows over others."""
    with opened(tmp_path) as store:
        for number in range(1, 13):
            store.add_article(tale(number, 0), place(number, 0))
        do(store, "remove", gone, 1)
        assert found(tmp_path) == canaries({n: 1 for n in range(1, 13) if n != gone})


def test_a_writer_that_dies_holding_the_lock_blocks_nobody(store: LibraryStore) -> None:
    store.add_article(story(0))
    said, tell = os.pipe()

    def hold() -> None:
        with closing(Library(store.library.folder)) as library, library._db.change():
            library._db.run("DELETE FROM articles")
            os.write(tell, b"held")
            time.sleep(60)

    pid = forked(hold)
    assert os.read(said, 4) == b"held"
    store.library._db._db.execute("PRAGMA busy_timeout = 20")
    assert assert_whole(store) == {0}
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert store.add_article(story(1)).new
    assert assert_whole(store) == {0, 1}


@pytest.mark.parametrize("moment", ["flush_deleted", "change"])
def test_what_a_remover_left_that_was_killed_before_it_cleaned_goes_with_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Killed once the removal was committed: before the log was emptied, or right after that."""
    with opened(tmp_path) as store:
        for number in range(3):
            store.add_article(tale(number, 0), place(number, 0))

    def remove() -> None:
        with opened(tmp_path) as doomed:
            forget = doomed.library._forget

            def die_at_the_moment() -> None:
                monkeypatch.setattr(Database, moment, lambda _: os.kill(os.getpid(), 9))
                forget()

            monkeypatch.setattr(doomed.library, "_forget", die_at_the_moment)
            doomed.remove_articles([1])

    assert os.waitpid(forked(remove), 0)[1] == signal.SIGKILL
    left = {1: 1, 2: 1}
    assert (found(tmp_path) > canaries(left)) == (moment == "flush_deleted")
    with opened(tmp_path) as store:
        assert found(tmp_path) == canaries(left)
        assert_sound(store, left)


def test_what_could_not_be_cleaned_as_others_read_goes_with_the_next_opening(
    store: LibraryStore,
) -> None:
    for number in range(2):
        store.add_article(tale(number, 0), place(number, 0))
    folder = store.library.folder
    with closing(Library(folder)) as reader, reader.reading():
        assert len(reader.articles()) == 2
        store.library._db._db.execute("PRAGMA busy_timeout = 20")
        assert store.remove_articles([1]) == 1
        assert len(reader.articles()) == 2
    with opened(folder) as another:
        assert found(folder) == canaries({1: 1})
        assert_sound(another, {1: 1})
