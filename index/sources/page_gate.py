"""Whether a web page is an article at all.

A page that is none is refused with the reason. Each reason needs words that speak to the reader of
the page ("we use cookies", "subscribe to continue") *and* that little else is there, so that an
article about cookies, paywalls or passwords passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from index.errors import SourceError
from index.sources import page_words as say
from index.sources.blocks import HEADINGS, Block
from index.sources.gate import (
    DOUBTFUL_WORDS,
    END,
    ENDS_WHOLE,
    FEWEST_WORDS,
    TRAILS_OFF,
    count_words,
    quoted,
)

_FEW_WORDS = 20
_QUOTED = re.compile('[“„«"][^“”„«»"\\n]*[”“»"]')
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_SITE = re.compile(r"\s+[|–—·•»-]\s+")


@dataclass(frozen=True)
class PageHints:
    """What the tree of a page tells before any of it is dropped."""

    title: str
    password: bool
    """There is a field for one."""
    closed: bool
    """The page says that it is not free to read (schema.org's isAccessibleForFree)."""
    challenge: bool
    """It loads a test for robots."""
    needs_scripts: bool
    """It says that it shows nothing without JavaScript."""


@dataclass(frozen=True)
class _Page:
    """A page, its article's blocks as they were chosen, and their text."""

    hints: PageHints
    heading: str
    chosen: Sequence[Block]
    text: str
    shown: Sequence[Block]
    """All blocks that a reader sees, for what is not part of the article."""

    @property
    def seen(self) -> str:
        return "\n".join(block.text for block in self.shown)

    @property
    def words(self) -> int:
        return count_words(self.text)


def hints(root: HtmlElement) -> PageHints:
    """The hints of a whole page."""
    scripts = " ".join(root.xpath("//script/@src | //iframe/@src | //script/@id | //form/@id"))
    linked_data = " ".join(root.xpath("//script[@type='application/ld+json']/text()"))
    unscripted = " ".join(node.text_content() for node in root.iter("noscript"))
    return PageHints(
        title=" ".join((root.findtext(".//title") or "").split()),
        password=bool(root.xpath("//input[@type='password']")),
        closed=bool(say.CLOSED.search(linked_data)),
        challenge=bool(say.CHALLENGE_SCRIPT.search(scripts)),
        needs_scripts=bool(say.NEEDS_SCRIPTS.search(unscripted)),
    )


def judge_page(hints: PageHints, found: Sequence[Block], chosen: Sequence[Block], text: str) -> str:
    """A warning about a page whose article's `text` was made of the `chosen` of its blocks.

    Raises SourceError with the reason if the page is no article.
    """
    heading = next((block.text for block in found if block.tag == "h1"), "")
    page = _Page(hints, heading, chosen, text, found)
    for code, reason, holds in _REASONS:
        if holds(page):
            raise SourceError(f"This page {reason}; it has {quoted(text or page.seen)}.", code)
    if page.words < FEWEST_WORDS:
        raise SourceError(
            f"This page has no article of at least {FEWEST_WORDS} words: {quoted(text)} "
            "could be read; paste the text if a browser shows more.",
            "too_short",
        )
    if hints.closed and page.words < 3 * DOUBTFUL_WORDS:
        return "The page says that it is for subscribers only; this may be just its beginning."
    return ""


def _is_error(page: _Page) -> bool:
    titles = {_SITE.split(page.hints.title)[0], page.heading.strip()} - {""}
    if page.words < 300 and any(say.ERROR_TITLE.fullmatch(title) for title in titles):
        return True
    return page.words < DOUBTFUL_WORDS and bool(say.ERROR.search(page.seen[:1000]))


def _is_challenge(page: _Page) -> bool:
    if page.words >= DOUBTFUL_WORDS:
        return False
    title = any(say.CHALLENGE_TITLE.match(text) for text in (page.hints.title, page.heading))
    asked = bool(say.CHALLENGE.search(page.seen[:2000]))
    return title or asked or (page.hints.challenge and page.words < FEWEST_WORDS)


def _needs_scripts(page: _Page) -> bool:
    asked = page.hints.needs_scripts or say.NEEDS_SCRIPTS.search(page.seen)
    return page.words < FEWEST_WORDS and bool(asked)


def _is_consent(page: _Page) -> bool:
    """Most sentences are about consent, and some that are no one's quoted words speak as "we"."""
    text = page.text if page.words >= FEWEST_WORDS else page.seen
    sentences = [part for part in _SENTENCE.findall(text) if count_words(part) > 1]
    about = sum(bool(say.CONSENT.search(sentence)) for sentence in sentences)
    phrases = {match[0].casefold() for match in say.CONSENT.finditer(text)}
    unquoted = _SENTENCE.findall(_QUOTED.sub(" ", text))
    addressed = sum(bool(say.CONSENT_ADDRESS.search(sentence)) for sentence in unquoted)
    many = 2 * about > len(sentences) and 5 * addressed > len(sentences)
    return page.words < 400 and len(phrases) > 2 and many


def _is_login(page: _Page) -> bool:
    titles = {_SITE.split(page.hints.title)[0], page.heading.strip()} - {""}
    titled = any(say.LOGIN_TITLE.fullmatch(title) for title in titles)
    asked = page.hints.password and bool(say.LOGIN.search(page.text or page.seen))
    if page.words < FEWEST_WORDS:
        return titled or asked
    return page.words < 150 and titled and page.hints.password


def _is_stub(page: _Page) -> bool:
    """The beginning of an article, and a request to pay or to register."""
    if say.PAYWALL.search(page.text[-END:]):
        return page.words < 200
    asked = page.hints.closed or say.PAYWALL.search(page.seen)
    cut = TRAILS_OFF.search(page.text) or not ENDS_WHOLE.search(page.text)
    return page.words < 150 and bool(asked and (cut or page.words < FEWEST_WORDS))


def _is_menu(page: _Page) -> bool:
    """Links and teasers: short blocks under headings that lead elsewhere."""
    if page.words < _FEW_WORDS:
        return _link_share(page.shown) > 0.6
    longest = max((count_words(block.text) for block in page.chosen), default=0)
    if _link_share(page.chosen) > 0.5 and longest < 80:
        return True
    teasers = sum(block.tag in HEADINGS and block.is_link for block in page.chosen)
    return teasers >= 4 and page.words < 40 * teasers and longest < 60


def _link_share(found: Sequence[Block]) -> float:
    linked = sum(block.link_share * len(block.text) for block in found)
    return linked / max(1, sum(len(block.text) for block in found))


_REASONS: tuple[tuple[str, str, Callable[[_Page], bool]], ...] = (
    ("page_error", "is an error page, not an article", _is_error),
    (
        "page_challenge",
        "asks whether its reader is a human, and shows no article",
        _is_challenge,
    ),
    (
        "page_scripts",
        "is shown by JavaScript only: save it in a browser and add the file",
        _needs_scripts,
    ),
    (
        "page_cookies",
        "is a cookie wall: open it in a browser and paste the text",
        _is_consent,
    ),
    ("page_login", "is a login page: open it in a browser and paste the text", _is_login),
    ("page_paywall", "is the stub of a paywall: paste the text if you may read it", _is_stub),
    (
        "page_list",
        "is a menu or a list of links to articles: add one of those instead",
        _is_menu,
    ),
)
