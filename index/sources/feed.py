"""RSS and Atom: what a feed lists, and where a page says that its feed is."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml import etree

from index.errors import SourceError
from index.sources.parsed import Channel, Item
from index.sources.text import one_line

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml"})
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def parse_feed(data: bytes, url: str) -> Channel:
    """A feed of any RSS or Atom; raises SourceError if `data` is none.

    Links are resolved against `url`; what has none to a web page is left out.
    """
    parsed = feedparser.parse(
        BytesIO(data),  # of anything else it would ask whether it is a file or an address
        response_headers={"content-location": url},
        resolve_relative_uris=False,  # inside of texts, which are not kept
        sanitize_html=False,
    )
    if not parsed.get("version"):
        raise SourceError(f"{url} is not an RSS or Atom feed{_instead(data, url)}.")
    items = (_item(entry, url) for entry in parsed.entries)
    return Channel(_plain(parsed.feed, "title"), tuple(item for item in items if item))


def find_feeds(page: bytes, url: str) -> list[str]:
    """The feeds that a page names as its own, in its order."""
    parser = etree.HTMLParser(no_network=True, encoding="utf-8")  # addresses are ASCII
    try:
        tree = etree.fromstring(page, parser)
    except etree.XMLSyntaxError:
        return []
    if tree is None:
        return []
    base = next((_join(url, place) for place in tree.xpath("//base/@href")), url)
    found = [_join(base, link.get("href", "")) for link in tree.iter("link") if _names_feed(link)]
    return [address for address in dict.fromkeys(found) if address]


def _instead(data: bytes, url: str) -> str:
    feeds = find_feeds(data, url)
    return f"; the page names {feeds[0]} as its feed, add that" if feeds else "; check the link"


def _names_feed(link: Any) -> bool:
    kind = (link.get("type") or "").partition(";")[0].strip().lower()
    return "alternate" in (link.get("rel") or "").lower().split() and kind in _FEED_TYPES


def _item(entry: Any, base: str) -> Item | None:
    if not (url := _join(base, entry.get("link") or "")):
        return None
    said = [key for key in ("published_parsed", "updated_parsed") if key in entry]
    date = next((entry[key] for key in said if entry[key]), None)
    return Item(one_line(entry.get("id") or url), url, _plain(entry, "title"), _when(date))


def _plain(part: Any, key: str) -> str:
    """A text of a feed without the markup that it may have."""
    text = part.get(key) or ""
    if (part.get(f"{key}_detail") or {}).get("type") != "text/plain":
        text = html.unescape(_TAG.sub("", text))
    return one_line(text)


def _join(base: str, link: str) -> str:
    """An absolute address on the web, "" if it is none."""
    if not link.strip():
        return ""
    try:
        url = urljoin(base, link.strip())
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def _when(date: Any) -> str:
    """`date` is a time.struct_time in UTC."""
    try:
        return datetime(*date[:6]).replace(tzinfo=UTC).isoformat() if date else ""
    except ValueError:  # a feed can say 32 January or a leap second
        return ""
