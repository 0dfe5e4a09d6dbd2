"""Links that open an article's page at a quote."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.discord_text import quote_link
from bot.discord_text.links import LONGEST, Directive, find, safe_url
from bot.quotes import Quote
from tests.discord_text.examples import BRIDGE, URL, quote_of, quotes

WORDS = st.sampled_from("Anna went home then came back to the big bridge. And so it ended!".split())
STORIES = st.lists(st.lists(WORDS, min_size=1, max_size=25).map(" ".join), min_size=1, max_size=6)


def parsed(link: str) -> Directive | None:
    """A link's directive, read as browsers do."""
    found = re.search(r":~:text=(.*)", link)
    if found is None:
        return None
    parts = found[1].split(",")
    assert "&" not in found[1]
    prefix = parts.pop(0)[:-1] if parts[0].endswith("-") else ""
    assert not any(part.startswith("-") or part.endswith("-") for part in parts)
    assert len(parts) in (1, 2)
    return Directive(unquote(parts[0]), unquote("".join(parts[1:])), unquote(prefix))


def spaced(text: str) -> str:
    return " ".join(text.split())


def seen(quote: Quote) -> str:
    """The words to which a browser goes on a page that has the article's words and no others."""
    directive = parsed(quote_link(quote))
    assert directive is not None
    page = spaced(quote.version.text).lower()
    place = find(directive, page)
    assert place is not None
    return page[slice(*place)]


def test_a_short_quote_is_named_by_all_of_its_words() -> None:
    link = quote_link(quote_of("84 metres", url=URL))
    assert link == f"{URL}#:~:text=Its%20middle%20span%20is%2084%20metres%20long."


def test_a_long_one_by_how_it_starts_and_ends() -> None:
    link = quote_link(quote_of("Vera Stoyan", url=URL))
    assert link == f"{URL}#:~:text=The%20bridge%20was%20designed,then%2029%20years%20old."


def test_what_has_a_meaning_in_a_directive_is_encoded() -> None:
    quote = quote_of("well-known", "A well-known, dear & old – “friend” (50%).", url=URL)
    directive = "A%20well%2Dknown%2C%20dear%20%26%20old%20%E2%80%93%20%E2%80%9Cfriend%E2%80%9D%20"
    assert quote_link(quote) == f"{URL}#:~:text={directive}%2850%25%29."


def test_the_same_words_elsewhere_are_told_apart_by_what_stands_before() -> None:
    text = "Ann left the house at once. He said no. Bob ran to the shore. He said no. They met."
    quote = quote_of("said no. They", text, url=URL)
    quote = Quote(quote.version, text.rindex("He"), text.rindex(" They"), (70, 71))
    assert quote_link(quote) == f"{URL}#:~:text=the%20shore.-,He%20said%20no."


def test_a_place_on_the_page_is_kept_and_a_directive_is_not() -> None:
    quote = quote_of("84 metres", url=f"{URL}#chapter:~:text=old")
    assert quote_link(quote).startswith(f"{URL}#chapter:~:text=Its")


def test_a_pdf_is_opened_at_its_page() -> None:
    quote = quote_of("84 metres", url="https://a.example/x.pdf")
    object.__setattr__(quote.version, "pages", (0, 42))
    assert "#page=2:~:text=" in quote_link(quote)


def test_lines_of_a_quote_are_blocks_of_the_page() -> None:
    text = "First of all it began. Here\n\nit went on and\n\nended at last. So."
    quote = quote_of("began. Here\n\nit went on and\n\nended", text, url=URL)
    assert quote.text.count("\n\n") == 2
    found = parsed(quote_link(quote))
    assert found == Directive("First of all it", "ended at last.")


def test_a_link_that_would_be_long_opens_the_page() -> None:
    quote = quote_of("ї", "ї" * 200 + " їжак їв.", url=URL)
    assert quote_link(quote) == URL


@pytest.mark.parametrize(
    "url",
    [
        "",
        "article.md",
        "/etc/passwd",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/x",
        "https://",
        "https://user:word@a.example/",
        "https://good.example@evil.example/",
        "https://a.example:x/",
        "https://[::1]/",
        "https://a example/",
        "https://a..b/",
        "https://a.example/" + "x" * LONGEST,
    ],
)
def test_what_is_no_address_on_the_web_is_no_link(url: str) -> None:
    assert quote_link(quote_of("84 metres", url=url)) == ""


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example/x_(y)?q=<b>", "https://a.example/x_%28y%29?q=%3Cb%3E"),
        ("https://a.example/a b\\c|d[e]", "https://a.example/a%20b%5Cc%7Cd%5Be%5D"),
        ("https://a.example/%28x%29", "https://a.example/%28x%29"),
        ("https://Bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("http://a.example:8080/x#y z", "http://a.example:8080/x#y%20z"),
        ("https://a.example/\u202egpj.exe", "https://a.example/%E2%80%AEgpj.exe"),
    ],
)
def test_addresses_are_made_safe_for_markdown(url: str, safe: str) -> None:
    assert safe_url(url) == safe


@given(STORIES, st.integers(0), st.integers(0))
def test_a_browser_finds_the_quote_again(story: list[str], one: int, other: int) -> None:
    text = "\n\n".join(story)
    version = quote_of(text[0], text, url=URL).version
    first, last = sorted((one % len(version.sentences), other % len(version.sentences)))
    start, end = version.sentences[first][0], version.sentences[last][1]
    quote = Quote(version, start, end, (start, end))
    assume(":~:" in quote_link(quote))
    assert seen(quote) == spaced(quote.text).lower()


@given(quotes())
def test_any_link_is_safe_and_leads_to_words_of_the_article(quote: Quote) -> None:
    link = quote_link(quote)
    assert re.fullmatch(r"(?:https://[!#$%&'*+,./0-9:;=?@A-Z_a-z~-]+)?", link)
    assert len(link) <= LONGEST
    if directive := parsed(link):
        words = spaced(quote.version.text)
        parts = (directive.start, directive.end, directive.prefix)
        assert all(part in words for part in parts)
        assert find(directive, words) is not None


def test_most_quotes_have_a_place() -> None:
    for start, end in quote_of("Lom", BRIDGE, url=URL).version.sentences:
        quote = quote_of(BRIDGE[start:end], url=URL)
        assert seen(quote) == quote.text.lower()
