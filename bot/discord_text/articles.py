"""Articles as messages: lists, what is known and what became of one, its key sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlsplit

from bot.discord_text.links import safe_url
from bot.discord_text.markup import (
    LIMIT,
    Line,
    Own,
    clipped,
    escape,
    link,
    own,
    pages,
    size,
    small,
)
from bot.discord_text.quoting import fewest_pages, joined, quoted, title_of
from bot.discord_text.wording import say
from bot.quotes import Quote
from index.articles import Origin, Version
from index.changes import Changes
from index.library import Kept

_LONGEST_FACT = 80  # characters
_MOST_ORIGINS = 4
_LISTED_TITLES = (80, 55, 30, 15)  # characters, so that a page of the list is one message


def list_page(versions: Sequence[Version], language: str, page: int, last: int, total: int) -> str:
    """One page of the list of articles, which has `total` on all its pages, 1 to `last`."""
    if not versions:
        return say("no_article", language)
    for longest in _LISTED_TITLES:
        text = "\n".join(
            [
                say("list_title", language, count=total),
                *(_listed(version, language, longest) for version in versions),
                *([f"-# {say('list_page', language, page=page, pages=last)}"] if last > 1 else []),
            ]
        )
        if size(text) <= LIMIT:
            break
    return text


def article_pages(
    versions: Sequence[Version], origins: Sequence[Origin], language: str
) -> list[str]:
    """What is known of an article besides its words; `versions` has the newest first. Only links
    are shown of where it came from: a file's path is the operator's business."""
    newest, first = versions[0], versions[-1]
    article = newest.article
    read = [
        say("article_number", language, number=article.id),
        _words(newest, language),
        say("read", language, read=newest.read_at),
    ]
    if len(versions) > 1:
        read.append(say("versions", language, count=len(versions), first=first.read_at))
    lines = [own(f"**{title_of(article)}**")]
    lines += [own(joined(facts)) for facts in [_facts(newest, language)] if facts]
    lines += [small(joined(read)), *_sources(newest, origins, language)]
    if newest.warning:
        lines.append(_warning(newest, language))
    return pages(lines)


def kept_text(kept: Kept, language: str) -> str:
    """What became of an article that was to be added, and what people should know about it."""
    version, article = kept.version, kept.version.article
    about = {"title": title_of(article), "number": article.id}
    name = f"kept_{kept.outcome}"
    lines = [own(say(name, language, words=_words(version, language), **about))]
    if kept.changes:
        lines.append(small(joined(_changes(kept.changes, language))))
    if kept.near:
        near = {"title": title_of(kept.near), "number": kept.near.id}
        lines.append(small(say("kept_near", language, **near)))
    if version.warning and kept.outcome != "unchanged":
        lines.append(_warning(version, language))
    return pages(lines)[0]


def summary_pages(version: Version, quotes: Sequence[Quote], language: str) -> list[str]:
    """An article's key sentences."""
    title = title_of(version.article)
    if not quotes:
        return [say("no_summary", language, title=title)]
    return _key_sentences([own(say("summary_title", language, title=title))], quotes, language)


def room_pages(version: Version, quotes: Sequence[Quote], language: str) -> list[str]:
    """The opening of a thread about an article: what it is, what it says, and how to ask."""
    url = safe_url(version.article.url)
    about = [*_facts(version, language), _words(version, language)]
    about += [link(say("source", language), url)] if url else []
    head = [own(f"**{title_of(version.article)}**"), small(joined(about))]
    return _key_sentences(head, quotes, language, [own(say("room_invitation", language))])


def _key_sentences(
    head: Sequence[Line], quotes: Sequence[Quote], language: str, end: Sequence[Line] = ()
) -> list[str]:
    return fewest_pages(
        lambda linker: [
            *head,
            *(
                line
                for quote in quotes
                for line in quoted(quote, language, linker, mark=False, titled=False)
            ),
            *end,
        ]
    )


def _listed(version: Version, language: str, longest: int) -> Own:
    title, words = title_of(version.article, longest), _words(version, language)
    return say("listed", language, number=version.article.id, title=title, words=words)


def _words(version: Version, language: str) -> Own:
    return say("words", language, count=len(version.text.split()))


def _facts(version: Version, language: str) -> list[str]:
    """Who wrote and published it, and when."""
    article = version.article
    author, publisher = (clipped(f, _LONGEST_FACT) for f in (article.author, article.publisher))
    facts: list[str] = [say("author", language, author=author)] if author else []
    facts += [escape(publisher)] if publisher else []
    if article.published:
        facts.append(say("published", language, published=_day(article.published)))
    return facts


def _day(published: str) -> date | str:
    """A day if that is known, and else what is known: pages may say no more than the year."""
    try:
        return date.fromisoformat(published[:10])
    except ValueError:
        return clipped(published, _LONGEST_FACT)


def _sources(version: Version, origins: Sequence[Origin], language: str) -> list[Line]:
    """The sites that it was read on, each with a link."""
    urls = dict.fromkeys(map(safe_url, [version.article.url, *(o.url for o in origins)]))
    return [
        small(joined([escape(urlsplit(url).hostname or ""), link(say("source", language), url)]))
        for url in [url for url in urls if url][:_MOST_ORIGINS]
    ]


def _changes(changes: Changes, language: str) -> list[str]:
    counts = {"added": changes.added, "removed": changes.removed, "edited": changes.edited}
    some = ((name, len(spans)) for name, spans in counts.items() if spans)
    return [say(f"changes_{name}", language, count=count) for name, count in some]


def _warning(version: Version, language: str) -> Line:
    return small(say("warning", language, warning=clipped(version.warning, 300)))
