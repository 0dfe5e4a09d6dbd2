"""Servers that remove the bot, and questions whose time is over."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.discord_app import leaving
from bot.discord_app.options import ServerOptions
from bot.discord_app.records import Records
from bot.discord_app.rooms import Rooms
from bot.settings import Settings
from index.collection import collection_folder, collections
from index.library import Library
from tests.conftest import WordLengthEncoder, baseline
from tests.discord_app.answers import holders, silent

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAYS = 7
HERE, THERE, PERSON = "discord:1", "discord:2", "discord:user-1"


@contextmanager
def running(home: Path) -> Iterator[Rooms]:
    with closing(Rooms(Settings(home=home), baseline(WordLengthEncoder()))) as rooms:
        yield rooms


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    with running(tmp_path) as rooms:
        yield rooms


@contextmanager
def records_of(home: Path, collection: str) -> Iterator[Records]:
    with closing(Library(collection_folder(home, collection))) as library:
        yield Records(library)


def canary(collection: str) -> str:
    return f"quixvorp-{collection}-"


def fill(home: Path, *names: str) -> None:
    for name in names:
        with records_of(home, name) as records:
            records.keep(silent(None, question=canary(name)), user=1, channel=2, needed=0.5)


def is_whole(home: Path, collection: str) -> bool:
    with records_of(home, collection) as records:
        asked = records.asked(1)
    return asked is not None and asked.question == canary(collection)


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


class TestSchedule:
    def test_a_server_goes_after_some_days_and_no_earlier(
        self, rooms: Rooms, tmp_path: Path
    ) -> None:
        fill(tmp_path, HERE, THERE)
        leaving.leave(rooms, HERE, NOW)
        assert leaving.sweep(rooms, later(6.99)) == []
        assert is_whole(tmp_path, HERE)
        assert leaving.due(tmp_path, later(DAYS)) == [HERE]
        assert leaving.sweep(rooms, later(DAYS)) == [HERE]
        assert holders(tmp_path, canary(HERE).encode()) == []
        assert collections(tmp_path) == [THERE]
        assert is_whole(tmp_path, THERE)
        assert leaving.sweep(rooms, later(99)) == []

    def test_who_is_back_in_time_is_kept(self, rooms: Rooms, tmp_path: Path) -> None:
        fill(tmp_path, HERE)
        leaving.leave(rooms, HERE, NOW)
        leaving.stay(rooms, HERE)
        assert leaving.sweep(rooms, later(99)) == []
        leaving.leave(rooms, HERE, later(100))
        assert leaving.sweep(rooms, later(106)) == []
        assert leaving.sweep(rooms, later(107)) == [HERE]

    def test_a_date_is_not_put_off(self, rooms: Rooms, tmp_path: Path) -> None:
        fill(tmp_path, HERE)
        for day in range(DAYS):
            leaving.leave(rooms, HERE, later(day))
            leaving.note_absent(rooms, [], later(day))
        assert leaving.due(tmp_path, later(DAYS)) == [HERE]

    def test_it_survives_a_restart(self, tmp_path: Path) -> None:
        fill(tmp_path, HERE)
        with running(tmp_path) as rooms:
            leaving.leave(rooms, HERE, NOW)
        with running(tmp_path) as rooms:
            assert leaving.sweep(rooms, later(DAYS)) == [HERE]

    def test_what_happened_while_the_bot_was_away(self, rooms: Rooms, tmp_path: Path) -> None:
        fill(tmp_path, HERE, THERE, PERSON, "local")
        leaving.leave(rooms, THERE, NOW)
        leaving.note_absent(rooms, {THERE, "discord:3"}, NOW)
        assert leaving.sweep(rooms, later(DAYS)) == [HERE]
        assert [is_whole(tmp_path, name) for name in (THERE, PERSON, "local")] == [True] * 3
        assert not collection_folder(tmp_path, "discord:3").exists()

    def test_a_server_without_a_library_gets_none(self, rooms: Rooms, tmp_path: Path) -> None:
        leaving.leave(rooms, HERE, NOW)
        leaving.stay(rooms, HERE)
        assert collections(tmp_path) == []

    async def test_an_open_collection_is_closed_for_it(self, rooms: Rooms, tmp_path: Path) -> None:
        fill(tmp_path, HERE)
        leaving.leave(rooms, HERE, NOW)
        await rooms.run(HERE, lambda session: session.library.articles())
        assert leaving.sweep(rooms, later(DAYS)) == [HERE]
        assert holders(tmp_path, canary(HERE).encode()) == []

    def test_who_comes_back_in_the_last_moment_is_kept(
        self, rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(tmp_path, HERE)
        leaving.leave(rooms, HERE, NOW)
        forget = rooms.forget

        def back_before(collection: str, only_if: Any) -> bool:
            leaving.stay(rooms, collection)
            return forget(collection, only_if)

        monkeypatch.setattr(rooms, "forget", back_before)
        assert leaving.sweep(rooms, later(DAYS)) == []
        assert is_whole(tmp_path, HERE)


class TestRetention:
    def test_questions_are_forgotten_by_each_servers_own_time(
        self, rooms: Rooms, tmp_path: Path
    ) -> None:
        fill(tmp_path, HERE, THERE, PERSON, "local")
        with records_of(tmp_path, THERE) as records:
            records.set_options(ServerOptions(retention_days=200))
        now = datetime.now(UTC)
        leaving.sweep(rooms, now + timedelta(days=89.9))
        assert all(is_whole(tmp_path, name) for name in (HERE, THERE, PERSON, "local"))
        leaving.sweep(rooms, now + timedelta(days=90.1))
        kept = [name for name in (HERE, THERE, PERSON, "local") if is_whole(tmp_path, name)]
        assert kept == [THERE, "local"]  # the terminal's is nobody's on Discord
        assert holders(tmp_path, canary(HERE).encode()) == []

    def test_one_broken_library_keeps_nobody_from_the_others(
        self, rooms: Rooms, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = collection_folder(tmp_path, HERE)
        broken.mkdir(parents=True)
        (broken / "library.sqlite3").write_bytes(b"noise" * 1000)
        fill(tmp_path, THERE)
        leaving.note_absent(rooms, [], NOW)
        assert leaving.sweep(rooms, later(DAYS)) == [THERE]
        assert "discord:1: The library" in caplog.text
        assert (broken / "library.sqlite3").exists()  # for the operator to mend


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["leave", "stay"]), st.sampled_from([HERE, THERE]))
    | st.tuples(st.just("days"), st.sampled_from([1, 3, 7]))
    | st.tuples(st.just("sweep"), st.sampled_from(["", "", "rename", "half", "all"])),
    max_size=14,
)


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(step: str) -> Iterator[None]:
    """Before a folder is renamed, with half of it removed, or with all of it removed."""
    rename, rmtree = Path.rename, shutil.rmtree

    def renaming(folder: Path, target: Path) -> Path:
        if step == "rename" and target.name.endswith(".forgotten"):
            raise Killed
        return rename(folder, target)

    def removing(folder: Path) -> None:
        if step == "half":
            for file in sorted(folder.iterdir())[:1]:  # killed twice, there may be none left
                file.unlink()
            raise Killed
        rmtree(folder)
        if step == "all":
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", renaming)
        patch.setattr("index.collection.shutil.rmtree", removing)
        yield


@settings(max_examples=30)
@given(ACTIONS)
@example([("leave", HERE), ("days", DAYS), ("sweep", "half"), ("sweep", "half")])
def test_whatever_is_killed_nobody_who_stays_is_lost_and_nobody_who_goes_is_kept(
    actions: list[tuple[str, Any]],
) -> None:
    with TemporaryDirectory() as name:
        play(Path(name), actions)


def play(home: Path, actions: list[tuple[str, Any]]) -> None:
    now, goes_at = NOW, dict[str, datetime]()
    fill(home, HERE, THERE)
    there = {HERE, THERE}
    for action, what in [*actions, ("sweep", "")]:
        due = {name for name, at in goes_at.items() if at <= now}
        with running(home) as rooms:  # each time as after a restart
            if action == "days":
                now += timedelta(days=what)
            elif action == "leave" and what in there:
                leaving.leave(rooms, what, now)
                goes_at.setdefault(what, now + timedelta(days=DAYS))
            elif action == "stay":
                leaving.stay(rooms, what)
                goes_at.pop(what, None)
            elif action == "sweep" and sweep(rooms, now, what):
                assert not due & set(collections(home))
                assert not any(holders(home, canary(name).encode()) for name in due)
        left = set(collections(home))
        assert there - due <= left <= there  # whoever is not due
        there = left
        goes_at = {name: at for name, at in goes_at.items() if name in there}
        assert all(is_whole(home, name) for name in there)


def sweep(rooms: Rooms, now: datetime, step: str) -> bool:
    """Whether it came to its end."""
    try:
        with killed_at(step):
            leaving.sweep(rooms, now)
    except Killed:
        return False
    return True


def test_killed_in_the_middle_of_a_deletion(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]]
) -> None:
    code = """
import os, shutil, sys
from pathlib import Path
from tests.discord_app.test_leaving import *

home = Path(sys.argv[1])
fill(home, HERE, THERE)
with running(home) as rooms:
    leaving.leave(rooms, HERE, NOW)
    shutil.rmtree = lambda folder: folder.exists() and os.kill(os.getpid(), 9)
    leaving.sweep(rooms, later(DAYS))
"""
    assert python(code, tmp_path).wait() == -9
    assert holders(tmp_path, canary(HERE).encode())
    fill(tmp_path, HERE)  # the server is back, and has a library again
    with running(tmp_path) as rooms:
        assert leaving.sweep(rooms, later(DAYS)) == []
    assert is_whole(tmp_path, HERE)
    names = sorted(folder.name for folder in (tmp_path / "libraries").iterdir())
    assert names == ["discord.1", "discord.2"]
