"""What is refused, why, and what is not, although it speaks of the same things."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources.gate import count_words, judge
from index.sources.html import parse_html
from index.sources.parsed import Parsed

PAGES = Path(__file__).parent / "pages"
REFUSED = {
    "access-denied": "error page",
    "challenge": "asks whether its reader is a human",
    "cookie-wall": "cookie wall",
    "cookie-wall-de": "cookie wall",
    "cookie-wall-fr": "cookie wall",
    "empty": "no words",
    "front-page": "menu or a list of links",
    "link-list": "menu or a list of links",
    "login": "login page",
    "login-es": "login page",
    "needs-javascript": "JavaScript only",
    "not-found": "error page",
    "not-found-uk": "error page",
    "paywall-closed": "stub of a paywall",
    "paywall-stub": "stub of a paywall",
    "paywall-stub-de": "stub of a paywall",
    "paywall-stub-uk": "stub of a paywall",
    "pictures": "no words",
    "too-short": "12 words",
}
PASSED = {
    "about-cookies": "Consent that is given to make a window go away is no consent",
    "about-errors": "lost dogs and broken robots",
    "about-passwords": "in nine tries",
    "about-paywalls": "Subscribe to continue reading",
    "listing": "Geese rest here",
    "results": "Mia Okafor | 57.31",
    "short-news": "26 calls",
    "with-banner": "half past four",
}


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_what_is_no_article_is_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        parse_html((PAGES / f"{name}.html").read_bytes())


@pytest.mark.parametrize(("name", "words"), PASSED.items())
def test_an_article_about_such_things_is_read_without_a_warning(name: str, words: str) -> None:
    parsed = parse_html((PAGES / f"{name}.html").read_bytes())
    assert words in parsed.text
    assert judge(parsed, name) == ""


def test_every_page_has_a_verdict() -> None:
    assert {path.stem for path in PAGES.iterdir()} == {*REFUSED, *PASSED}


def test_neither_banner_nor_comments_are_the_article() -> None:
    text = parse_html((PAGES / "with-banner.html").read_bytes()).text
    assert "cookies" not in text
    assert "Finally" not in text


SENTENCE = "The harbour council voted on Tuesday to close the old ferry pier in May. "  # 14 words


def test_the_fewest_words() -> None:
    with pytest.raises(SourceError, match=r"49 words \(“word word .* …”\)"):
        judge(Parsed("word " * 49), "a.pdf")
    judge(Parsed("word " * 50), "a.pdf")


@pytest.mark.parametrize("text", ["", " \n", "—", "3"])
def test_emptiness_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match=r"scan\.pdf has (no words|1 word )"):
        judge(Parsed(text), "scan.pdf")


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (SENTENCE * 4, ""),
        (SENTENCE * 20 + "Sources and names", ""),
        (SENTENCE * 4 + "Repairs would", "cut off"),
        (SENTENCE * 20 + "Repairs would cost …", "ellipsis"),
        (SENTENCE * 20 + "Repairs would [...]", "ellipsis"),
        (SENTENCE * 20 + "Subscribe to continue reading.", "subscribe or read on"),
        (SENTENCE * 20 + "Already a subscriber? Log in.", "subscribe or read on"),
        (SENTENCE * 20 + "Jetzt abonnieren!", "subscribe or read on"),
        (SENTENCE * 20 + "Il vous reste 75 % de cet article.", "subscribe or read on"),
        (SENTENCE * 20 + "Contenido exclusivo para suscriptores.", "subscribe or read on"),
        (SENTENCE * 20 + "Оформіть передплату, щоб читати далі.", "subscribe or read on"),
        ("Subscribe to continue reading, it said. " + SENTENCE * 30, ""),
    ],
)
def test_what_is_doubtful_is_read_with_a_warning(text: str, warning: str) -> None:
    told = judge(Parsed(text), "a.docx")
    assert warning in told
    assert bool(told) == bool(warning)


def test_the_parsers_own_warning_is_kept() -> None:
    parsed = Parsed(SENTENCE * 20 + "And …", warning="Page 3 has no words.")
    assert judge(parsed, "a.pdf").startswith("Page 3 has no words. The text ends")


def test_a_page_for_subscribers_with_some_text_is_doubtful() -> None:
    closed = '<script type=\'application/ld+json\'>{"isAccessibleForFree": "False"}</script>'
    data = f"<html><head>{closed}</head><body><p>{SENTENCE * 12}</p>".encode()
    assert "subscribers only" in parse_html(data).warning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It’s 3.5 % – no, 4!", 4),
        ("東京都は昨日", 3),
        ("Привіт, світе", 2),
        ("… –", 0),
        ("co-op's", 1),
    ],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert count_words(text) == words
