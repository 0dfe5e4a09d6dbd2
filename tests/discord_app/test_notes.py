"""Options, counts, threads, and the day on which a collection is to go."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord_app.options import ServerOptions
from bot.discord_app.records import Records
from index.errors import LibraryError
from index.library import Library
from index.vectors import LibraryStore
from tests.discord_app.answers import GARDEN, added, silent

DAY = date(2026, 5, 1)


@pytest.fixture
def records(store: LibraryStore) -> Records:
    return Records(store.library)


class TestOptions:
    def test_defaults_until_something_was_chosen(self, records: Records) -> None:
        assert records.options() == ServerOptions()

    def test_what_was_chosen_is_there_after_a_restart(self, store: LibraryStore) -> None:
        chosen = ServerOptions(adders=5, articles={7: 1}, private=True, user_daily=3)
        Records(store.library).set_options(ServerOptions(threads=True))
        Records(store.library).set_options(chosen)
        with closing(Library(store.library.folder)) as library:
            assert Records(library).options() == chosen

    def test_what_is_no_json_is_damage(self, store: LibraryStore, records: Records) -> None:
        records.set_options(ServerOptions())
        with store.library.database.change():
            store.library.database.run("UPDATE options SET value = '{'")
        with pytest.raises(LibraryError, match="is damaged"):
            records.options()

    def test_when_it_is_to_go(self, records: Records) -> None:
        assert records.leaves_at() is None
        when = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
        records.set_leaves_at(when)
        assert records.leaves_at() == when
        records.set_leaves_at(None)
        assert records.leaves_at() is None
        assert records.options() == ServerOptions()


class TestCounts:
    @settings(max_examples=30)
    @given(
        st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3)), max_size=20),
        st.integers(1, 4),
        st.integers(1, 8),
    )
    def test_never_more_than_may_be_and_never_fewer(
        self, asked: list[tuple[int, int]], of_user: int, of_all: int
    ) -> None:
        counted: dict[tuple[date, int], int] = {}
        with TemporaryDirectory() as name, closing(Library(Path(name))) as library:
            records = Records(library)
            for ahead, user in asked:
                day = DAY + timedelta(days=ahead)
                mine = counted.get((day, user), 0)
                all_ = sum(n for (d, _), n in counted.items() if d == day)
                assert records.count(day, user) == (mine, all_)
                may = mine < of_user and all_ < of_all
                assert records.add_one(day, user, of_user, of_all) is may
                counted[day, user] = mine + may

    def test_threads_that_count_at_once_do_not_count_too_far(
        self, store: LibraryStore, records: Records
    ) -> None:
        counted: list[bool] = []

        def count() -> None:
            with closing(Library(store.library.folder)) as library:
                counted.extend(Records(library).add_one(DAY, 1, 25, 99) for _ in range(10))

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(counted) == 25
        assert records.count(DAY, 1) == (25, 25)


class TestThreads:
    def test_a_reading_room_is_found_by_its_article(
        self, store: LibraryStore, records: Records
    ) -> None:
        bridge, garden = added(store).article.id, added(store, GARDEN).article.id
        records.set_thread(50, bridge)
        assert records.room_thread(bridge) == 50
        assert records.room_thread(garden) is None
        assert records.thread_article(50) == bridge
        records.forget_thread(50)
        assert records.room_thread(bridge) is None
        assert not records.is_thread(50)

    def test_a_thread_about_an_answer_is_no_reading_room(
        self, store: LibraryStore, records: Records
    ) -> None:
        bridge = added(store).article.id
        records.set_thread(51, bridge, asked=4)
        assert records.room_thread(bridge) is None
        assert records.thread_article(51) == bridge

    def test_a_thread_outlives_its_article(self, store: LibraryStore, records: Records) -> None:
        bridge = added(store).article.id
        records.set_thread(50, bridge)
        store.remove_articles([bridge])
        assert records.is_thread(50)
        assert records.thread_article(50) is None
        assert records.room_thread(bridge) is None
        records.set_thread(52, bridge)  # removed while the thread was opened
        assert (records.is_thread(52), records.thread_article(52)) == (True, None)

    def test_what_is_under_discussion(self, store: LibraryStore, records: Records) -> None:
        bridge = added(store).article.id
        number = records.keep(silent(None), user=1, channel=7, needed=0.5)
        records.set_thread(51, bridge, asked=number)
        assert records.under_discussion(51) == (bridge, number)
        later = records.keep(silent(None), user=1, channel=51, needed=0.5)
        assert records.under_discussion(51) == (bridge, later)
        assert records.under_discussion(7) == (0, number)
        assert records.under_discussion(8) == (0, 0)

    def test_a_thread_that_is_not_ours(self, records: Records) -> None:
        assert not records.is_thread(1)
        assert records.thread_article(1) is None
        records.forget_thread(1)
