"""What stands around a quote."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discord_text import context_page
from bot.quotes import Quote
from index.articles import Version
from tests.discord_text.examples import LOCALES, hostile_texts, quote_of, quotes, version_of
from tests.discord_text.markup import bold_in, displayed, quote_in, require_sound

PARAGRAPHS = [f"Paragraph {n} says little. It goes on for a while, and ends." for n in range(60)]
TEXT = "\n\n".join(PARAGRAPHS)
long_texts = st.lists(hostile_texts | st.just("word " * 300), min_size=1, max_size=12).map(
    "\n\n".join
)


def shown_words(text: str) -> str:
    """The article's words on a page, as far as they are visible."""
    return "".join(quote_in([text]).split())


def words_of(version: Version) -> str:
    return "".join(version.text.split())


def test_the_quote_is_bold_among_its_neighbours() -> None:
    quote = quote_of("Paragraph 7 says", TEXT)
    page = context_page(quote, quote.version, "en-US")
    assert page.text == (
        "-# The bridge, paragraphs 7 to 9\n"
        f"> {PARAGRAPHS[6]}\n"
        "> \n"
        "> **Paragraph 7 says little.** It goes on for a while, and ends.\n"
        "> \n"
        f"> {PARAGRAPHS[8]}"
    )


def test_it_can_be_read_from_end_to_end() -> None:
    quote = quote_of("Paragraph 30", TEXT)
    page = context_page(quote, quote.version, "en-US")
    seen = []
    while page.earlier is not None:
        page = context_page(quote, quote.version, "en-US", page.earlier)
    while True:
        seen += re.findall(r"Paragraph \d+ says little", displayed(page.text).text)
        if page.later is None:
            break
        page = context_page(quote, quote.version, "en-US", page.later)
    assert seen == [f"Paragraph {n} says little" for n in range(60)]


def test_a_text_of_one_sentence_has_one_page() -> None:
    quote = quote_of("Only", "Only this.")
    page = context_page(quote, quote.version, "en-US")
    assert (page.text, page.earlier, page.later) == (
        "-# The bridge, paragraph 1\n> **Only this.**",
        None,
        None,
    )


def test_a_quote_of_an_older_version() -> None:
    quote = quote_of("84 metres")
    same, other = version_of("New. " + quote.text), version_of("It was torn down.")
    assert "still says it" in context_page(quote, same, "en-US").text
    assert "no longer says it" in context_page(quote, other, "en-US").text
    assert "no longer" not in context_page(quote, quote.version, "en-US").text


@settings(max_examples=50)
@given(quotes(long_texts), st.sampled_from(LOCALES))
def test_pages_show_every_word_of_any_text(quote: Quote, language: str) -> None:
    page = context_page(quote, quote.version, language, 0)
    shown, bold = "", []
    assert page.earlier is None
    while True:
        require_sound(page.text)
        shown += shown_words(page.text)
        bold += bold_in([page.text])
        if page.later is None:
            break
        following = context_page(quote, quote.version, language, page.later)
        assert following.earlier is not None
        page = following
    assert shown == words_of(quote.version)
    assert "".join("".join(bold).split()) == "".join(quote.text.split())


@given(quotes(long_texts), st.integers(0, 999_999))
def test_any_number_is_a_page(quote: Quote, at: int) -> None:
    page = context_page(quote, quote.version, "en-US", at)
    require_sound(page.text)
    assert shown_words(page.text) in words_of(quote.version)


@given(quotes(long_texts))
def test_it_begins_with_the_quote(quote: Quote) -> None:
    page = context_page(quote, quote.version, "en-US")
    require_sound(page.text)
    shown = "".join("".join(bold_in([page.text])).split())
    assert shown
    assert "".join(quote.text.split()).startswith(shown)
