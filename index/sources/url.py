"""Articles from the web: fetched, and read as what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import urldefrag, urlsplit

from index.articles import Article, Origin, Version
from index.sources.fetch import Fetched, Fetcher, Validators
from index.sources.files import read_bytes
from index.sources.parsed import Kind

_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_COMMON = re.compile(r"^(www|m|mobile|amp)\.")


@dataclass(frozen=True)
class Page:
    """What is at a URL now: None if that is what it was when it was last read."""

    version: Version | None
    origin: Origin


def read_url(fetcher: Fetcher, url: str, known: Origin | None = None, title: str = "") -> Page:
    """The article at `url`; `known` is what its server said when it was last read.

    Raises SourceError with the reason if it cannot be had, or is no article.
    """
    url = plain(url)
    said = Validators(known.etag, known.last_modified) if known else None
    fetched = fetcher.fetch(url, said)
    origin = Origin(url, fetched.validators.etag, fetched.validators.last_modified)
    return Page(None if fetched.unchanged else _version(fetched, url, title), origin)


def plain(url: str) -> str:
    """The URL by which a page is known: without the place on the page."""
    return urldefrag(url.strip()).url


def _version(fetched: Fetched, url: str, title: str) -> Version:
    page: Kind | None = "html" if fetched.content_type in _PAGES else None
    version = read_bytes(
        fetched.data,
        _name(fetched.url),
        title,
        source=url,
        kind=page,
        url=fetched.url,
        charset=fetched.charset,
    )
    return replace(version, article=_placed(version.article, fetched.url))


def _placed(article: Article, url: str) -> Article:
    """The address that the page gives as its own, if it is one of the same site: quotes link to it,
    and another site's would send people elsewhere."""
    same = article.url and _site(article.url) == _site(url)
    return article if same else replace(article, url=url)


def _site(url: str) -> str:
    return _COMMON.sub("", (urlsplit(url).hostname or "").lower())


def _name(url: str) -> str:
    """What errors call it, and its title if it has none."""
    parts = urlsplit(url)
    return PurePosixPath(parts.path).name or parts.hostname or url
