"""The way in for everything that people have: files, links and feeds, once or again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.articles import Article, Origin
from index.errors import LibraryError, SourceError, UnreachableError
from index.feeds import Feed
from index.library import Kept
from index.sources import read_file
from index.sources.fetch import FEEDS, Fetcher, Validators
from index.sources.files import is_url
from index.sources.parsed import Item
from index.sources.sandbox import parse_feed
from index.sources.url import Page, plain, read_url
from index.vectors import LibraryStore

MOST_ITEMS = 100
"""Of a feed, the first so many are read, which are the newest."""


@dataclass(frozen=True)
class Reading:
    """What came of reading one place: what was kept, or the sentence that says why nothing was."""

    source: str
    kept: Kept | None = None
    error: str = ""
    code: str = ""
    """The error's, for faces that say it in other languages."""
    lasting: bool = True
    """Whether the same would come of it tomorrow: not if the network failed."""


class Intake:
    """Reads what it is told to into one library."""

    def __init__(self, store: LibraryStore, fetcher: Fetcher) -> None:
        self._store, self._library, self._fetcher = store, store.library, fetcher

    def add(self, source: str, title: str = "") -> Kept:
        """Adds what is at a URL or in a file; read again, it may be a new version.

        Raises SourceError if there is no article, LibraryError if it cannot be kept.
        """
        return self._keep(self._read(source, title))

    def refresh(self, article: Article, links_only: bool = False) -> Iterator[Reading]:
        """Reads an article again at every place that it was read from; with `links_only` no files,
        which are the operator's and no business of who asks for it from elsewhere."""
        for origin in self._library.origins(article.id):
            if links_only and not is_url(origin.url):
                continue
            yield self._reading(origin.url, again=True)

    def follow(self, url: str) -> Feed:
        """Follows a feed from now on; raises SourceError if there is none. `take` reads it."""
        url = plain(url)
        title = parse_feed(self._fetcher.fetch(url, accepted=FEEDS).data, url).title
        feed = Feed(url, title or url)
        self._library.feeds.add(feed)
        return feed

    def take(self, feed: Feed) -> Iterator[Reading]:
        """Adds the articles of a feed that were not taken from it before, the oldest first.

        What could not be fetched is tried again next time, what is no article is not. Raises
        SourceError if the feed itself cannot be read.
        """
        fetched = self._fetcher.fetch(feed.url, Validators(feed.etag, feed.last_modified), FEEDS)
        complete = True
        for item in [] if fetched.unchanged else self._new(feed, fetched.data):
            reading = self._reading(item.url)
            if reading.lasting:
                self._library.feeds.mark_seen(feed.url, [item.id])
            complete = complete and reading.lasting
            yield reading
        if complete:  # else its server would say "unchanged", and what failed were not tried again
            said = fetched.validators
            self._library.feeds.update(Feed(feed.url, feed.title, said.etag, said.last_modified))

    def _new(self, feed: Feed, data: bytes) -> list[Item]:
        """What was not taken yet, the oldest first."""
        items = parse_feed(data, feed.url).items[:MOST_ITEMS]
        seen = self._library.feeds.seen(feed.url, [item.id for item in items])
        return [item for item in reversed(items) if item.id not in seen]

    def _reading(self, source: str, again: bool = False) -> Reading:
        """One place of several: what is wrong with it is told, and is no harm to the others."""
        try:
            page = self._read(source)
        except SourceError as error:
            lasting = not isinstance(error, UnreachableError)
            return Reading(source, error=str(error), code=error.code, lasting=lasting)
        try:
            return Reading(source, self._keep(page, again))
        except LibraryError as error:
            if not again or self._library.origin(page.origin.url):
                raise
            return Reading(source, error=str(error))  # somebody removed it, and nothing else

    def _read(self, source: str, title: str = "") -> Page:
        if not is_url(source):
            path = Path(source)
            return Page(read_file(path, title), Origin(str(path.absolute())))
        known = self._library.origin(plain(source))
        return read_url(self._fetcher, source, known[1] if known else None, title)

    def _keep(self, page: Page, again: bool = False) -> Kept:
        if page.version:
            return self._store.add_article(page.version, page.origin, again)
        place = self._library.origin(page.origin.url)
        if not (place and self._library.set_origin(page.origin)):
            raise LibraryError(f"{page.origin.url} was removed while it was read; add it again.")
        return Kept(self._library.version(place[0]), "unchanged")
