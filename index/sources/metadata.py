"""What a page says of itself: title, author, publisher, date, language, its own address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement
from trafilatura.metadata import extract_metadata

from index.sources.parsed import Parsed

_LONGEST_URL = 2_000
_JSON_FIELD = r'"%s"\s*:\s*"((?:[^"\\]|\\.){1,200})"'
_JSON_PUBLISHED = re.compile(_JSON_FIELD % "datePublished")
_JSON_LANGUAGE = re.compile(_JSON_FIELD % "inLanguage")
_PUBLISHED = (
    "article:published_time", "datePublished", "date", "dc.date", "DC.date.issued", 
    "dcterms.created", "parsely-pub-date", "sailthru.date", "pubdate", "publish-date",
)  # fmt: skip
_LANGUAGE = re.compile(r"\s*([a-z]{2})(?:[-_].*|\s*)", re.IGNORECASE)


def metadata(root: HtmlElement, url: str = "") -> Parsed:
    """All but the text of a page; `root` is the whole page, left as it is."""
    found = extract_metadata(root, url or None, {"original_date": True, "extensive_search": False})
    publisher = _meta(root, "og:site_name") or found.sitename or ""
    return Parsed(
        text="",
        title=found.title or "",
        author=(found.author or "").replace("; ", ", "),
        publisher="" if "/" in publisher else publisher,
        published=_published(root) or found.date or "",
        language=_language(root),
        url=_canonical_url(root, url),
    )


def _meta(root: HtmlElement, name: str) -> str:
    """The content of the first <meta> of this name or property, "" if there is none."""
    found = root.xpath(
        "//meta[@name=$name or @property=$name or @itemprop=$name or @http-equiv=$name]/@content",
        name=name,
    )
    return next((str(value).strip() for value in found if value.strip()), "")


def _json_ld(root: HtmlElement) -> str:
    return "\n".join(root.xpath("//script[@type='application/ld+json']/text()"))


def _published(root: HtmlElement) -> str:
    """The first date or time in ISO 8601 that the page gives as that of its publication."""
    values = [_meta(root, name) for name in _PUBLISHED] + _JSON_PUBLISHED.findall(_json_ld(root))
    return next((iso for value in values if (iso := _iso(value.strip()))), "")


def _iso(value: str) -> str:
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return ""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if not date(1600, 1, 1) <= time.date() <= tomorrow:
        return ""
    return time.date().isoformat() if len(value) <= len("2020-01-31") else time.isoformat()


def _language(root: HtmlElement) -> str:
    for value in _languages(root):
        if match := _LANGUAGE.fullmatch(value):
            return match[1].lower()
    return ""


def _languages(root: HtmlElement) -> Iterator[str]:
    yield from root.xpath("/html/@lang | /html/@*[name()='xml:lang']")
    for name in ("content-language", "Content-Language", "language", "dc.language", "og:locale"):
        yield _meta(root, name)
    yield from _JSON_LANGUAGE.findall(_json_ld(root))


def _canonical_url(root: HtmlElement, url: str) -> str:
    """The page's own address, absolute and http(s); "" if it gives none that is."""
    base = next(iter(root.xpath("//base/@href")), "")
    links = root.xpath("//link[contains(concat(' ', @rel, ' '), ' canonical ')]/@href")
    for link in [*links, _meta(root, "og:url")]:
        try:
            address = urljoin(urljoin(url, str(base)), str(link).strip()) if link.strip() else ""
            parts = urlsplit(address)
            fits = parts.hostname and not parts.username and len(address) <= _LONGEST_URL
        except ValueError:  # as with a bracket that is never closed
            continue
        if (
            fits
            and parts.scheme in {"http", "https"}
            and address.isprintable()
            and " " not in address
        ):
            return address
    return ""
