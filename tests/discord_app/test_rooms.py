"""Open collections, the lanes that work on them, and how a whole one goes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.discord_app.lanes import Size
from bot.discord_app.records import Records
from bot.discord_app.rooms import SIZES, LaneName, Rooms
from bot.session import Session
from bot.settings import Settings
from index.collection import collection_folder
from index.errors import BusyError, LibraryError, PullquoteError
from index.library import Library
from tests.conftest import WordLengthEncoder, baseline, version_of
from tests.discord_app.answers import BRIDGE, GARDEN, answered, holders, quote_of, silent

PATIENCE = 60.0
HERE, THERE = "discord:1", "discord:2"


class Gate:
    """Work that stays in hand until it is let go on."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()
        self.session: Session | None = None

    def __call__(self, session: Session) -> list[str]:
        self.session = session
        self.entered.set()
        assert self.open.wait(PATIENCE)
        return titles(session)  # raises if the library was closed meanwhile

    async def held(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, PATIENCE)


def titles(session: Session) -> list[str]:
    return [article.title for article in session.library.articles()]


def make(home: Path, most_open: int = 32, **sizes: Size) -> Rooms:
    every: dict[LaneName, Size] = {**SIZES, **sizes}  # type: ignore[dict-item]
    return Rooms(Settings(home=home), baseline(WordLengthEncoder()), every, most_open)


@pytest.fixture
async def rooms(tmp_path: Path) -> AsyncIterator[Rooms]:
    rooms = make(tmp_path)
    yield rooms
    await asyncio.to_thread(rooms.close)


async def add(rooms: Rooms, collection: str, title: str, text: str = BRIDGE) -> None:
    await rooms.run(collection, lambda s: s.store.add_article(version_of(text, title)), lane="read")


class TestRunning:
    async def test_each_collection_has_its_own_library(self, rooms: Rooms) -> None:
        await add(rooms, HERE, "The bridge")
        await add(rooms, THERE, "The garden", GARDEN)
        assert await rooms.run(HERE, titles) == ["The bridge"]
        assert await rooms.run(THERE, titles) == ["The garden"]
        names: tuple[LaneName, ...] = ("ask", "read", "look")
        assert len({await rooms.run(HERE, id, lane=name) for name in names}) == 1

    async def test_a_library_in_use_stays_open_and_the_oldest_is_closed(
        self, tmp_path: Path
    ) -> None:
        rooms, gate = make(tmp_path, most_open=1), Gate()
        sessions = {}
        held = asyncio.create_task(rooms.run(HERE, gate))
        await gate.held()
        for name in (THERE, "discord:3"):
            sessions[name] = await rooms.run(name, lambda session: session)
        with pytest.raises(PullquoteError):
            sessions[THERE].library.articles()
        gate.open.set()
        assert await held == []
        assert await rooms.run(THERE, titles) == []
        await asyncio.to_thread(rooms.close)
        for session in sessions.values():
            with pytest.raises(PullquoteError):
                session.library.articles()

    async def test_a_name_that_is_no_collection_reaches_nothing(self, rooms: Rooms) -> None:
        for name in ("discord:1/../2", "../libraries/discord.2", "discord:None", ""):
            with pytest.raises(LibraryError, match="not a collection's name"):
                await rooms.run(name, titles)
            with pytest.raises(LibraryError, match="not a collection's name"):
                await asyncio.to_thread(rooms.forget, name)

    async def test_what_is_looked_up_waits_for_nobody_and_encodes_nothing(
        self, tmp_path: Path
    ) -> None:
        one = Size(workers=1, most_waiting=9, most_of_one=9, usual=1.0)
        rooms, asking, reading = make(tmp_path, ask=one, read=one), Gate(), Gate()
        held = [
            asyncio.create_task(rooms.run(HERE, asking, lane="ask")),
            asyncio.create_task(rooms.run(HERE, reading, lane="read")),
        ]
        await asking.held()
        await reading.held()
        rooms._models.encoder.encode = None  # type: ignore[method-assign, assignment]
        number = await rooms.run(HERE, remember, lane="look")
        assert number == 1
        assert await rooms.run(HERE, titles, lane="look") == []
        assert asking.session
        assert "store" not in vars(asking.session)  # nor were vectors read
        for gate in (asking, reading):
            gate.open.set()
        await asyncio.gather(*held)
        await asyncio.to_thread(rooms.close)

    async def test_a_full_lane_is_told_before_anything_is_fetched(self, tmp_path: Path) -> None:
        rooms, gate = make(tmp_path, read=Size(1, 9, 1, usual=30.0)), Gate()
        work = [asyncio.create_task(rooms.run(HERE, gate, lane="read")) for _ in range(2)]
        await gate.held()
        with pytest.raises(BusyError, match="try again in 60 seconds"):
            rooms.require_place(HERE, lane="read")
        rooms.require_place(THERE, lane="read")
        rooms.require_place(HERE)
        assert (rooms.lanes["read"].in_hand, rooms.lanes["read"].waiting) == (1, 1)
        gate.open.set()
        await asyncio.gather(*work)
        await asyncio.to_thread(rooms.close)

    async def test_a_library_that_cannot_be_opened_is_tried_again(
        self, rooms: Rooms, tmp_path: Path
    ) -> None:
        folder = collection_folder(tmp_path, HERE)
        folder.mkdir(parents=True)
        (folder / "library.sqlite3").write_bytes(b"noise" * 1000)
        for _ in range(2):
            with pytest.raises(LibraryError, match="is damaged"):
                await rooms.run(HERE, titles)
        assert await asyncio.to_thread(rooms.forget, HERE)  # which needs nothing of it
        assert await rooms.run(HERE, titles) == []


def remember(session: Session) -> int:
    answer = silent(None, question="Has quixvorp been here?")
    return Records(session.library).keep(answer, user=1, channel=2, needed=0.5)


class TestForgetting:
    async def test_a_collection_goes_without_a_trace_and_starts_anew(
        self, rooms: Rooms, tmp_path: Path
    ) -> None:
        await add(rooms, HERE, "Quixvorp", "quixvorp stood here. " * 30)
        await add(rooms, THERE, "The garden", GARDEN)
        await rooms.run(HERE, remember, lane="look")
        session = await rooms.run(HERE, lambda session: session)
        assert holders(tmp_path, b"quixvorp")
        assert await asyncio.to_thread(rooms.forget, HERE) is True
        assert holders(tmp_path, b"quixvorp") == []
        assert not collection_folder(tmp_path, HERE).exists()
        with pytest.raises(PullquoteError, match="closed database"):
            session.library.articles()
        assert await rooms.run(THERE, titles) == ["The garden"]
        assert await rooms.run(HERE, titles) == []
        assert await rooms.run(HERE, lambda s: Records(s.library).asked(1), lane="look") is None

    async def test_what_was_never_there(self, rooms: Rooms, tmp_path: Path) -> None:
        assert await asyncio.to_thread(rooms.forget, HERE) is False
        assert not collection_folder(tmp_path, HERE).exists()

    async def test_it_waits_for_who_is_in_and_refuses_who_comes(
        self, rooms: Rooms, tmp_path: Path
    ) -> None:
        gate = Gate()
        await add(rooms, HERE, "The bridge")
        held = asyncio.create_task(rooms.run(HERE, gate, lane="read"))
        await gate.held()
        forgetting = asyncio.create_task(asyncio.to_thread(rooms.forget, HERE))
        await refused(rooms)
        with pytest.raises(BusyError, match="being deleted already"):
            await asyncio.to_thread(rooms.forget, HERE)
        assert await rooms.run(THERE, titles) == []
        assert collection_folder(tmp_path, HERE).exists()
        gate.open.set()
        assert await held == ["The bridge"]
        assert await forgetting is True
        assert await rooms.run(HERE, titles) == []

    async def test_a_condition_is_asked_when_nobody_else_is_in(self, rooms: Rooms) -> None:
        gate, when, seen = Gate(), datetime(2026, 5, 1, tzinfo=UTC), []

        def last_word(session: Session) -> None:
            gate(session)
            Records(session.library).set_leaves_at(when)

        def look(library: Library) -> bool:
            seen.append(Records(library).leaves_at())
            return False

        held = asyncio.create_task(rooms.run(HERE, last_word))
        await gate.held()
        forgetting = asyncio.create_task(asyncio.to_thread(rooms.forget, HERE, look))
        await refused(rooms)
        gate.open.set()
        assert await forgetting is False
        await held
        assert seen == [when]
        assert await rooms.run(HERE, lambda s: Records(s.library).leaves_at()) == when

    async def test_a_failure_leaves_the_collection_to_be_used(
        self, rooms: Rooms, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await add(rooms, HERE, "The bridge")

        def fail(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "rename", fail)
        with pytest.raises(LibraryError, match="cannot be removed"):
            await asyncio.to_thread(rooms.forget, HERE)
        monkeypatch.undo()
        assert await rooms.run(HERE, titles) == ["The bridge"]


async def refused(rooms: Rooms) -> None:
    """Once forgetting has begun; while it waits for who is in, it refuses whoever comes."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await rooms.run(HERE, titles, lane="look")
            except BusyError as error:
                assert "being deleted" in str(error)  # noqa: PT017 (until then there is none)
                return


async def test_isolation_a_forged_number_shows_nothing_of_another_server(rooms: Rooms) -> None:
    def keep(session: Session, text: str, words: str) -> int:
        version = session.store.add_article(version_of(text)).version
        answer = answered(quote_of(version, words), question=f"What of {words}?")
        return Records(session.library).keep(answer, user=1, channel=2, needed=0.5)

    for _ in range(3):
        last = await rooms.run(THERE, lambda s: keep(s, BRIDGE, "Vera Stoyan"))
    own = await rooms.run(HERE, lambda s: keep(s, GARDEN, "212 kinds"))

    def reachable(session: Session) -> list[str]:
        records = Records(session.library)
        found = [asked for n in range(last + 2) if (asked := records.asked(n))]
        quotes = [records.quote(kept) for asked in found for kept in asked.quotes]
        return [a.question for a in found] + [q.text for q in quotes if q]

    assert own == 1
    assert await rooms.run(HERE, reachable, lane="look") == [
        "What of 212 kinds?",
        "The garden of Tessin has 212 kinds of roses.",
    ]
