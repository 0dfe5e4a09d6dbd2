"""The feeds that a library follows."""

from dataclasses import replace
from datetime import UTC, datetime

from index.articles import Origin
from index.feeds import Feed
from index.vectors import LibraryStore
from tests.conftest import version_of
from tests.index.stories import opened

URL = "https://post.example/feed"
FEED = Feed(URL, "The Post", '"1"', "Monday", datetime(2024, 1, 1, tzinfo=UTC))


def test_a_feed_is_followed_until_it_is_removed(store: LibraryStore) -> None:
    feeds = store.library.feeds
    other = Feed("https://other.example/feed")
    assert feeds.add(FEED)
    assert feeds.add(other)
    assert not feeds.add(Feed(URL, "Another title"))
    assert feeds.all() == [FEED, other]
    assert feeds.all()[0].read_at == FEED.read_at
    again = replace(FEED, etag='"2"', read_at=datetime(2024, 2, 2, tzinfo=UTC))
    assert feeds.update(again)
    assert (feeds.all()[0], feeds.all()[0].read_at) == (again, again.read_at)
    assert feeds.remove(URL)
    assert not feeds.remove(URL)
    assert not feeds.update(again)  # that was removed while it was read
    assert feeds.all() == [other]


def test_an_item_is_taken_once_also_when_its_article_was_removed(store: LibraryStore) -> None:
    feeds = store.library.feeds
    feeds.add(FEED)
    kept = store.add_article(version_of("A ferry sailed."), Origin("https://post.example/1"))
    feeds.mark_seen(URL, ["post:1", "post:2"])
    feeds.mark_seen(URL, ["post:2"])
    store.remove_articles([kept.version.article.id])
    with opened(store.library.folder) as again:
        items = ["post:1", "post:2", "post:3", "POST:1", "\ud800", ""]
        assert again.library.feeds.seen(URL, items) == {"post:1", "post:2"}
        assert again.library.feeds.seen("https://other.example/feed", items) == set()


def test_the_items_of_a_feed_that_is_not_followed_are_not_kept(store: LibraryStore) -> None:
    feeds = store.library.feeds
    feeds.mark_seen(URL, ["post:1"])
    assert feeds.seen(URL, ["post:1"]) == set()
    feeds.add(FEED)
    feeds.mark_seen(URL, ["post:1"])
    feeds.remove(URL)
    feeds.add(FEED)
    assert feeds.seen(URL, ["post:1"]) == set()


def test_what_is_said_of_feeds_is_no_change_of_what_answers_come_from(store: LibraryStore) -> None:
    state = store.library.state()
    store.library.feeds.add(FEED)
    store.library.feeds.mark_seen(URL, ["post:1"])
    assert store.library.state() == state


def test_the_address_of_a_feed_that_was_removed_is_in_no_file(store: LibraryStore) -> None:
    store.library.feeds.add(FEED)
    store.library.feeds.remove(URL)
    files = [file.read_bytes() for file in store.library.folder.iterdir()]
    assert files
    assert not any(b"post.example" in data for data in files)
