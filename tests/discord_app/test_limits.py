"""How much may be asked, and what is said when it is too much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_app import limits as module
from bot.discord_app.limits import Buckets, Limits, Pace
from bot.discord_app.options import ServerOptions
from bot.discord_app.records import Records
from index.errors import LimitError
from index.vectors import LibraryStore

HERE, THERE = "discord:1", "discord:2"
ADA, BEN = 1, 2
FREE = Pace(burst=10_000, seconds=0.001)


class World:
    """A library, a clock, and limits that count in both."""

    def __init__(self, records: Records, of_user: Pace = FREE, of_collection: Pace = FREE) -> None:
        self.records, self.seconds = records, 100.0
        self.now = datetime(2026, 5, 1, 22, 30, 15, tzinfo=UTC)
        self.limits = Limits(of_user, of_collection, lambda: self.seconds, lambda: self.now)

    async def look(self, work: Callable[[Records], None]) -> None:
        work(self.records)

    async def ask(
        self, user: int = ADA, collection: str = HERE, options: ServerOptions | None = None
    ) -> LimitError | None:
        """What hinders a question."""
        try:
            await self.limits.admit(collection, user, options or ServerOptions(), self.look)
        except LimitError as error:
            return error
        return None

    async def asked(self, times: int, user: int = ADA, collection: str = HERE) -> int:
        """How many of so many questions at once are let through."""
        return [await self.ask(user, collection) for _ in range(times)].count(None)


@pytest.fixture
def records(store: LibraryStore) -> Records:
    return Records(store.library)


class TestPace:
    async def test_a_person_has_a_burst_and_then_one_every_so_many_seconds(
        self, records: Records
    ) -> None:
        world = World(records, of_user=Pace(burst=5, seconds=3.0))
        assert await world.asked(9) == 5
        world.seconds += 2.5
        error = await world.ask()
        assert error
        assert (
            str(error)
            == "Your questions come faster than they can be answered; please wait a second."
        )
        assert (error.seconds, error.whose, error.daily) == (1, "user", False)
        world.seconds += 0.5
        assert await world.asked(9) == 1
        world.seconds += 6.5
        assert await world.asked(9) == 2
        world.seconds += 1000
        assert await world.asked(9) == 5

    async def test_it_is_one_pace_everywhere_and_each_person_has_their_own(
        self, records: Records
    ) -> None:
        world = World(records, of_user=Pace(burst=2, seconds=3.0))
        assert await world.asked(1, ADA, HERE) + await world.asked(9, ADA, THERE) == 2
        assert await world.asked(9, BEN) == 2

    async def test_a_collection_has_a_pace_of_its_own(self, records: Records) -> None:
        world = World(records, of_collection=Pace(burst=3, seconds=0.25))
        counts = [await world.asked(2, user) for user in (ADA, BEN)]
        assert counts == [2, 1]
        error = await world.ask(BEN)
        assert error
        assert str(error).startswith("Questions come faster than they can be answered; please wait")
        assert (error.seconds, error.whose, error.daily) == (1, "all", False)
        assert await world.ask(BEN, THERE) is None

    async def test_who_is_refused_has_lost_nothing(self, records: Records) -> None:
        world = World(records, of_user=Pace(2, 60.0), of_collection=Pace(1, 1.0))
        assert await world.asked(5) == 1
        world.seconds += 1.0
        assert await world.asked(5) == 1
        assert records.count(world.now.date(), ADA) == (2, 2)

    @given(
        st.integers(1, 6),
        st.sampled_from([0.25, 1.0, 3.0]),
        st.lists(st.integers(0, 20).map(lambda quarter: quarter / 4), max_size=50),
    )
    def test_never_more_than_the_burst_and_what_has_come_since(
        self, burst: int, every: float, pauses: list[float]
    ) -> None:
        """A bucket, counted by hand: times are quarters, so that sums are exact."""
        now, tokens = 8.0, float(burst)
        buckets = Buckets(Pace(burst, every), lambda: now)
        for pause in pauses:
            now += pause
            tokens = min(burst, tokens + pause / every)
            wait = buckets.wait("key")
            assert wait == pytest.approx(max(0.0, (1 - tokens) * every), abs=1e-6)
            if not wait:
                buckets.take("key")
                tokens -= 1

    def test_buckets_that_are_full_again_are_thrown_away(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_MOST_KEPT", 10)
        now = 0.0
        buckets = Buckets(Pace(2, 1.0), lambda: now)
        for key in range(1000):
            buckets.take(key)
            now += 0.5
        assert len(buckets._full_at) <= 11
        assert buckets.wait(999) == 0
        assert buckets.wait(5) == 0


class TestDays:
    async def test_a_person_may_ask_so_many_questions_a_day(self, records: Records) -> None:
        world, options = World(records), ServerOptions(user_daily=3)
        assert [await world.ask(options=options) for _ in range(3)] == [None] * 3
        error = await world.ask(options=options)
        assert error
        assert str(error) == (
            "You have asked 3 questions today, as many as you may; please go on after midnight "
            "UTC, in 2 hours."
        )
        assert (error.whose, error.daily) == ("user", True)
        assert error.seconds == 3600 + 29 * 60 + 45
        assert await world.ask(BEN, options=options) is None
        world.now += timedelta(seconds=error.seconds)
        assert await world.ask(options=options) is None

    async def test_all_together_may_ask_so_many_a_day(self, records: Records) -> None:
        world, options = World(records), ServerOptions(user_daily=9, server_daily=3)
        for user in (ADA, ADA, BEN):
            assert await world.ask(user, options=options) is None
        error = await world.ask(BEN, options=options)
        assert error
        assert str(error).startswith("3 questions were asked here today, as many as may be; please")
        assert (error.whose, error.daily) == ("all", True)

    async def test_who_asks_in_vain_takes_nothing_from_others(self, records: Records) -> None:
        world, options = World(records), ServerOptions(user_daily=2, server_daily=3)
        for _ in range(20):
            await world.ask(ADA, options=options)
        assert await world.ask(BEN, options=options) is None

    async def test_the_count_survives_a_restart(self, records: Records) -> None:
        options = ServerOptions(user_daily=1)
        assert await World(records).ask(options=options) is None
        assert await World(records).ask(options=options) is not None

    @pytest.mark.parametrize(
        ("time", "said"),
        [("23:59:59", "in a second."), ("23:59:00", "in 60 seconds."), ("23:30:00", "30 minutes")],
    )
    async def test_how_long_is_said_in_what_fits(
        self, records: Records, time: str, said: str
    ) -> None:
        world, options = World(records), ServerOptions(user_daily=1)
        world.now = datetime.fromisoformat(f"2026-05-01T{time}+00:00")
        await world.ask(options=options)
        assert said in str(await world.ask(options=options))
