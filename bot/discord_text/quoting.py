"""A quote as the lines of a message: its words, and below them in small print where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.discord_text.links import page_link, quote_link
from bot.discord_text.markup import Line, Own, clipped, escape, link, own, pages, pieces, small
from bot.discord_text.wording import say
from bot.quotes import Quote
from index.articles import Article

LONGEST_TITLE = 60  # characters, in small print; on a phone a line has about 40
_LONGEST_QUOTE = 15_000  # eight messages or a few more; beyond that is no sentence
_BETWEEN = " · "
_PLACES = {  # with the title or without, and with pages or without
    (True, False): "place",
    (True, True): "place_page",
    (False, False): "place_short",
    (False, True): "place_short_page",
}

Linker = Callable[[Quote], str]
"""The address that a quote's link leads to, "" for none."""


def fewest_pages(compose: Callable[[Linker], Sequence[Line]]) -> list[str]:
    """The messages with links to the quotes; if these take a message more, with links to the pages
    alone, and else without."""
    best = pages(compose(quote_link))
    for linker in (page_link, _no_link) if len(best) > 1 else ():
        best = min(best, pages(compose(linker)), key=len)
    return best


def quoted(
    quote: Quote,
    language: str,
    linker: Linker,
    *,
    mark: bool = True,
    titled: bool = True,
    notes: Sequence[str] = (),
) -> list[Line]:
    """The whole quote with its answer words bold, and its place; never a part of it. `notes` are
    the bot's own words, and stand behind the place."""
    url = linker(quote)
    linked = [link(say("source", language), url)] if url else []
    where = small(joined([place(quote, language, titled), *notes, *linked]))
    if len(quote.text) > _LONGEST_QUOTE:
        return [own(say("quote_too_long", language, count=len(quote.text))), where]
    start, end = (at - quote.start for at in quote.highlight)
    return [("> ", pieces(quote.text, (start, end) if mark else (0, 0))), where]


def place(quote: Quote, language: str, titled: bool = True) -> Own:
    """Where a quote stands; not every text has pages."""
    name = _PLACES[titled, quote.page > 0]
    title = title_of(quote.version.article, LONGEST_TITLE)
    return say(name, language, title=title, page=quote.page, paragraph=quote.paragraph)


def title_of(article: Article, most: int = 200) -> Own:
    """An article's title, escaped, and never without a visible character."""
    return Own(escape(clipped(article.title, most)) or "…")


def joined(words: Sequence[str]) -> Own:
    """Words of the bot's own with dots between, on one line."""
    return Own(_BETWEEN.join(words))


def _no_link(_: Quote) -> str:
    return ""
