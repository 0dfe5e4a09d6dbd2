"""What a collection remembers of its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer, Question, Why
from bot.discord_app.records import Asked, KeptQuote, Records
from index.articles import Origin
from index.errors import LibraryError
from index.library import Library
from index.vectors import LibraryStore
from tests.conftest import WordLengthEncoder, version_of
from tests.discord_app.answers import BRIDGE, GARDEN, added, answered, quote_of, silent

ADA, BEN = 1_000_000_000_000_000_001, 1_000_000_000_000_000_002  # as long as Discord's are
HERE, THERE = 7, 8


@pytest.fixture
def records(store: LibraryStore) -> Records:
    return Records(store.library)


def kept(records: Records, answer: Answer, user: int = ADA, channel: int = HERE) -> Asked:
    """The answer as it is remembered."""
    number = records.keep(answer, user=user, channel=channel, needed=0.35)
    asked = records.asked(number)
    assert asked
    return asked


class TestQuestions:
    def test_an_answer_is_remembered_as_it_was(self, store: LibraryStore, records: Records) -> None:
        bridge, garden = added(store), added(store, GARDEN, "The garden")
        quotes = [quote_of(garden, "212 kinds"), quote_of(bridge, "Vera Stoyan")]
        before = datetime.now(UTC)
        answer = answered(*quotes, most_quotes=3)
        asked = kept(records, replace(answer, question=replace(answer.question, articles=(2, 1))))
        assert (asked.user, asked.channel) == (ADA, HERE)
        assert (asked.question, asked.scope, asked.topic) == (
            "Who designed the bridge?",
            (2, 1),
            True,
        )
        assert (asked.status, asked.step) == ("answered", "answered")
        assert (asked.confidence, asked.needed) == (0.875, 0.35)
        assert asked.numbers == {"margin": 3.25, "sentences": 3}
        assert [records.quote(quote) for quote in asked.quotes] == quotes
        assert asked.nearest is None
        assert before <= asked.asked_at <= datetime.now(UTC)

    def test_silence_is_remembered_with_what_was_nearest(
        self, store: LibraryStore, records: Records
    ) -> None:
        nearest = quote_of(added(store), "84 metres")
        asked = kept(records, silent(nearest))
        assert (asked.status, asked.step, asked.quotes) == (
            "not_in_article",
            "reader_abstained",
            (),
        )
        assert asked.nearest
        assert records.quote(asked.nearest) == nearest
        assert kept(records, silent(None, step="nothing_retrieved")).nearest is None

    @given(
        text=st.text(),
        scope=st.lists(st.integers(1, 2**31)),
        numbers=st.dictionaries(st.text(), st.floats(allow_nan=False) | st.integers(0, 9)),
        confidence=st.floats(0, 1),
        follows=st.integers(0, 2**31),
    )
    def test_whatever_is_asked_comes_back(
        self,
        text: str,
        scope: list[int],
        numbers: dict[str, float],
        confidence: float,
        follows: int,
    ) -> None:
        with TemporaryDirectory() as name, closing(Library(Path(name))) as library:
            records = Records(library)
            question, why = Question(text, tuple(scope)), Why("quote_not_found", numbers)
            answer = Answer(question, "not_in_article", why, confidence=confidence)
            number = records.keep(answer, user=1, channel=2, needed=0.5, follows=follows)
            asked = records.asked(number)
            assert asked
            assert (asked.question, list(asked.scope)) == (text, scope)
            assert (asked.numbers, asked.confidence) == (numbers, confidence)
            assert asked.follows == follows

    def test_a_number_that_never_was(self, records: Records) -> None:
        assert records.asked(1) is None
        assert records.asked_in_message(1) is None
        assert records.last_asked(HERE) is None
        assert records.messages(1) == []

    def test_the_newest_question_of_a_channel(self, records: Records) -> None:
        first, second = kept(records, silent(None)), kept(records, silent(None), BEN)
        elsewhere = kept(records, silent(None), channel=THERE)
        assert records.last_asked(HERE) == second
        assert records.last_asked(THERE) == elsewhere
        records.forget_user(BEN)
        assert records.last_asked(HERE) == first

    def test_the_messages_of_an_answer(self, records: Records) -> None:
        first, second = kept(records, silent(None)), kept(records, silent(None))
        records.set_messages(first.id, [11, 12])
        records.set_messages(second.id, [13])
        records.set_messages(first.id, [14, 15])  # what was shown instead
        assert records.messages(first.id) == [14, 15]
        assert [records.asked_in_message(m) for m in (12, 13, 15)] == [None, second, first]
        records.forget_asked(first.id)
        records.set_messages(first.id, [16])  # forgotten while it was shown
        assert records.messages(first.id) == []
        assert records.asked_in_message(15) is None


class TestQuotes:
    def test_a_quote_of_an_older_version_stays_what_it_was(
        self, store: LibraryStore, records: Records
    ) -> None:
        origin = Origin("https://x.example/bridge")
        version = store.add_article(version_of(BRIDGE), origin).version
        quote = quote_of(version, "84 metres")
        asked = kept(records, answered(quote))
        newer = store.add_article(version_of(BRIDGE.replace("84", "86")), origin).version
        found = records.quote(asked.quotes[0])
        assert found == quote
        assert found.text == "Its middle span is 84 metres long."
        assert records.newest(found) == newer

    def test_a_removed_article_takes_its_quotes_along(
        self, store: LibraryStore, records: Records
    ) -> None:
        bridge, garden = added(store), added(store, GARDEN)
        asked = kept(records, answered(quote_of(bridge, "Vera Stoyan"), quote_of(garden, "212")))
        store.remove_articles([bridge.article.id])
        assert records.quote(asked.quotes[0]) is None
        [left] = kept_again(records, asked).quotes
        assert records.quote(left) == quote_of(garden, "212")
        store.remove_articles([garden.article.id])
        gone = kept_again(records, asked)
        assert (gone.status, gone.quotes, gone.question) == ("answered", (), asked.question)

    def test_an_article_that_is_added_again_is_another_one(
        self, store: LibraryStore, records: Records
    ) -> None:
        bridge = added(store)
        asked = kept(records, answered(quote_of(bridge, "Vera Stoyan")))
        store.remove_articles([bridge.article.id])
        assert added(store).id == bridge.id
        assert records.quote(asked.quotes[0]) is None

    def test_an_article_that_was_removed_before_the_answer_was_kept(
        self, store: LibraryStore, records: Records
    ) -> None:
        quote = quote_of(added(store), "Vera Stoyan")
        store.remove_articles([1])
        assert kept(records, answered(quote)).quotes == ()
        assert kept(records, silent(quote)).nearest is None

    def test_where_sentences_are_found_otherwise_now_the_words_are_still_in_whole_ones(
        self, store: LibraryStore, records: Records
    ) -> None:
        bridge = added(store)
        right = quote_of(bridge, "Vera Stoyan")
        other = KeptQuote(1, bridge.id, right.start + 4, right.end - 3, right.highlight)
        assert records.quote(other) == right

    def test_a_place_outside_of_its_text_is_damage(
        self, store: LibraryStore, records: Records
    ) -> None:
        bridge = added(store)
        with pytest.raises(LibraryError, match="is damaged"):
            records.quote(KeptQuote(1, bridge.id, 0, 99_999, (0, 99_999)))

    def test_no_words_of_an_article_are_remembered(
        self, store: LibraryStore, records: Records
    ) -> None:
        added(store)
        kept(records, answered(quote_of(store.library.version(1), "Vera Stoyan")))
        rows = [
            row
            for table in ("asked", "asked_quotes", "asked_messages", "votes", "threads")
            for row in store.library.database.all(f"SELECT * FROM {table}")
        ]
        assert rows
        assert not any("Stoyan" in str(value) for row in rows for value in row)


def kept_again(records: Records, asked: Asked) -> Asked:
    found = records.asked(asked.id)
    assert found
    return found


class TestVotes:
    def test_the_same_vote_again_takes_it_back(self, records: Records) -> None:
        number = kept(records, silent(None)).id
        stands = [records.vote(number, ADA, good) for good in (True, True, False, True, True)]
        assert stands == [True, None, False, True, None]
        assert records.voted() == []

    @given(
        st.lists(
            st.tuples(st.integers(1, 3), st.sampled_from([ADA, BEN, 3]), st.booleans()), max_size=30
        )
    )
    def test_votes_are_counted(self, presses: list[tuple[int, int, bool]]) -> None:
        stands: dict[tuple[int, int], bool] = {}
        with TemporaryDirectory() as name, closing(Library(Path(name))) as library:
            records = Records(library)
            asked = [kept(records, silent(None)) for _ in range(3)]
            for number, user, good in presses:
                if stands.get((number, user)) == good:
                    del stands[number, user]
                else:
                    stands[number, user] = good
                assert records.vote(number, user, good) == stands.get((number, user))
            for each in asked:
                votes = [good for (number, _), good in stands.items() if number == each.id]
                told = [(v.good, v.bad) for v in records.voted() if v.asked == each]
                assert told == ([(sum(votes), len(votes) - sum(votes))] if votes else [])

    def test_nobody_votes_on_what_is_forgotten(self, records: Records) -> None:
        number = kept(records, silent(None)).id
        assert records.vote(number, BEN, True) is True
        records.forget_asked(number)
        assert records.vote(number, BEN, True) is None
        assert records.voted() == []


@pytest.fixture
def other(tmp_path: Path) -> Iterator[LibraryStore]:
    """Another collection's library."""
    with closing(LibraryStore(Library(tmp_path / "other"), WordLengthEncoder())) as store:
        yield store


class TestIsolation:
    def test_a_number_of_one_collection_reaches_nothing_in_another(
        self, store: LibraryStore, other: LibraryStore
    ) -> None:
        here, there = Records(store.library), Records(other.library)
        added(store, GARDEN)
        secret = quote_of(added(other), "Vera Stoyan")
        own = kept(here, silent(None, question="Ours?"))
        foreign = [kept(there, answered(secret, question=f"Secret {n}?")) for n in range(3)]
        there.set_messages(foreign[2].id, [99])
        there.set_thread(55, 1)
        for each in foreign:
            assert here.asked(each.id) in (own, None)
            assert here.quote(each.quotes[0]) is None  # an article 1 is here as well
            assert here.messages(each.id) == []
            here.vote(each.id, BEN, True)
            here.forget_asked(each.id)
        assert here.asked_in_message(99) is here.thread_article(55) is here.room_thread(1) is None
        assert here.under_discussion(55) == (0, 0)
        here.forget_user(ADA)
        here.forget_before(datetime.now(UTC) + timedelta(days=1))
        assert [there.asked(each.id) for each in foreign] == foreign
        assert there.voted() == []
        assert there.messages(foreign[2].id) == [99]
