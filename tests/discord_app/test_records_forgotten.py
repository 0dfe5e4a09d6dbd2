"""What is forgotten is in no file of the data folder."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.discord_app import records as module
from bot.discord_app.records import Records
from index.library import Library
from index.vectors import LibraryStore
from tests.discord_app.answers import added, answered, holders, quote_of, silent

ADA, BEN = 0x1A2B3C4D5E6F7081, 0x2A2B3C4D5E6F7082  # as long as Discord's are
CANARY = "Has quixvorp zanthelline drunk the bramwyck?"
TODAY = datetime.now(UTC).date()
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


@pytest.fixture
def records(store: LibraryStore) -> Records:
    return Records(store.library)


def ask(records: Records, question: str, user: int, times: int = 1) -> list[int]:
    answer = silent(None, question=question)
    return [records.keep(answer, user=user, channel=7, needed=0.35) for _ in range(times)]


def traces(folder: Path, user: int) -> list[str]:
    """The files that have the canary, or the number of a user as SQLite writes it."""
    return holders(folder, b"quixvorp") + holders(folder, user.to_bytes(8, "big"))


@pytest.mark.parametrize("neighbours", [0, 60])
def test_a_person_is_forgotten_without_a_trace(
    store: LibraryStore, records: Records, neighbours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = store.library.folder
    bridge = added(store)
    others = ask(records, "Who is asking?", BEN, neighbours)
    mine = ask(records, CANARY * 20, ADA, times=40)
    answer = answered(quote_of(bridge, "Vera Stoyan"), question=CANARY)
    mine.append(records.keep(answer, user=ADA, channel=7, needed=0.35, follows=mine[0]))
    others += ask(records, "Who is asking?", BEN, neighbours)
    for number in others + mine:
        records.vote(number, ADA, good=True)
        records.set_messages(number, [number + 1000])
    for day in (YESTERDAY, TODAY):
        records.add_one(day, ADA, 9, 9)
    assert len(traces(folder, ADA)) > 1
    with closing(Library(folder)) as another:  # that has read it and stays open
        assert Records(another).asked(mine[0])
        assert records.forget_user(ADA) == len(mine)
        assert holders(folder, b"quixvorp") == []
        assert Records(another).asked(mine[0]) is None
    assert records.voted() == []
    assert [records.messages(number) for number in mine] == [[]] * len(mine)
    assert [records.messages(number) for number in others] == [[n + 1000] for n in others]
    # How many there were today goes when the day is over.
    assert records.count(YESTERDAY, ADA) == (0, 0)
    assert records.count(TODAY, ADA) == (1, 1)
    monkeypatch.setattr(module, "_today", TOMORROW.isoformat)
    records.forget_before(datetime.now(UTC) - timedelta(days=90))
    assert traces(folder, ADA) == []
    assert store.library.fault() == ""


def test_forgetting_lifts_no_limit(records: Records) -> None:
    for _ in range(3):
        assert records.add_one(TODAY, ADA, 3, 9)
    records.forget_user(ADA)
    assert not records.add_one(TODAY, ADA, 3, 9)
    assert records.add_one(TODAY, BEN, 3, 9)


def test_one_question_is_forgotten_with_all_that_belongs_to_it(
    store: LibraryStore, records: Records
) -> None:
    [other] = ask(records, "What is left?", ADA)
    answer = answered(quote_of(added(store), "Vera Stoyan"), question=CANARY)
    number = records.keep(answer, user=ADA, channel=7, needed=0.35)
    records.set_messages(number, [11])
    records.vote(number, BEN, good=True)
    assert traces(store.library.folder, BEN)
    records.forget_asked(number)
    for table in ("asked_quotes", "asked_messages", "votes"):
        assert store.library.database.all(f"SELECT * FROM {table}") == []
    assert records.asked(other)
    Library(store.library.folder).close()  # as the hourly sweep does
    assert traces(store.library.folder, BEN) == []


def test_questions_go_when_their_time_is_over(store: LibraryStore, records: Records) -> None:
    old = ask(records, CANARY, ADA, times=3)
    between = datetime.now(UTC)
    [new] = ask(records, "Is this newer?", BEN)
    assert records.forget_before(between - timedelta(minutes=1)) == 0
    assert records.forget_before(between.astimezone()) == 3  # also in another time zone
    assert traces(store.library.folder, ADA) == []
    assert [records.asked(number) for number in old] == [None] * 3
    assert records.asked(new)


def test_where_nothing_is_due_nothing_is_written(store: LibraryStore, records: Records) -> None:
    ask(records, CANARY, ADA)
    records.add_one(TODAY, ADA, 9, 9)
    before = contents(store.library.folder)
    assert records.forget_before(datetime.now(UTC) - timedelta(days=90)) == 0
    assert records.forget_user(BEN) == 0
    assert contents(store.library.folder) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Of the database and its log, which any change would change."""
    return {file.name: file.read_bytes() for file in folder.glob("library.sqlite3*[!m]")}


def test_the_vectors_are_not_made_anew_for_it(store: LibraryStore, records: Records) -> None:
    added(store)
    store.cache.save()
    snapshot = (store.library.folder / "vectors.faiss").read_bytes()
    ask(records, CANARY, ADA)
    records.forget_user(ADA)
    assert (store.library.folder / "vectors.faiss").read_bytes() == snapshot


def test_killed_before_it_was_out_of_the_log(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    """Whoever opens the library next makes up for it, and not only when all have closed it."""
    code = f"""
import os, sys
from pathlib import Path
from bot.discord_app.records import Records
from index.library import Library
from tests.discord_app.answers import silent

library = Library(Path(sys.argv[1]))
records = Records(library)
for _ in range(9):
    records.keep(silent(None, {CANARY!r}), user={ADA}, channel=7, needed=0.5)
library.database.flush_deleted = lambda: os.kill(os.getpid(), 9)
records.forget_user({ADA})
"""
    Library(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "library.sqlite3")) as another:
        assert another.execute("SELECT * FROM asked").fetchall() == []
        assert python(code, tmp_path).wait() == -9
        assert traces(tmp_path, ADA)
        with closing(Library(tmp_path)):
            assert traces(tmp_path, ADA) == []
