"""An Answer as messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer, Question, Status, Step, Why
from bot.discord_app.records import Asked, KeptQuote
from bot.discord_text import answer_pages, more_pages, why_page
from bot.quotes import Quote
from tests.discord_text.examples import (
    LOCALES,
    SENTENCE,
    URL,
    answer_of,
    hostile_texts,
    quote_of,
    quotes,
    silence,
)
from tests.discord_text.markup import bold_in, displayed, quote_in, require_sound

LINK = f"{URL}#:~:text=The%20bridge%20was%20designed,then%2029%20years%20old."
STATUSES: list[tuple[Status, Step]] = [
    ("answered", "answered"),
    ("not_in_article", "nothing_retrieved"),
    ("not_in_article", "reader_abstained"),
    ("not_in_article", "quote_not_found"),
    ("no_article", "no_article"),
]


def asked_of(status: Status, step: Step, **values: object) -> Asked:
    kept = (KeptQuote(1, "x", 0, 1, (0, 1)),) if status == "answered" else ()
    asked = Asked(
        id=1,
        user=2,
        channel=3,
        question="Who?",
        scope=(),
        topic=False,
        status=status,
        step=step,
        confidence=0.876,
        needed=0.35,
        numbers={},
        quotes=kept,
        nearest=None,
        follows=0,
        asked_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    return replace(asked, **values)  # type: ignore[arg-type]


def long_quote(length: int) -> Quote:
    text = "The bridge " + "and its stones " * (length // 15) + "stand."
    return quote_of("bridge", text, url=URL)


class TestAnswered:
    def test_the_answer_comes_first_and_the_rest_is_small(self) -> None:
        [page] = answer_pages(answer_of(quote_of("Vera Stoyan", url=URL)), "en-US")
        assert page == (
            "-# Asked: Who designed it?\n"
            "**Vera Stoyan**\n"
            "> The bridge was designed by the engineer **Vera Stoyan**, then 29 years old.\n"
            f"-# The bridge, paragraph 1 · 88% sure · [source](<{LINK}>)"
        )

    def test_in_german(self) -> None:
        [page] = answer_pages(answer_of(quote_of("Vera Stoyan")), "de", asked=False)
        assert page == (
            "**Vera Stoyan**\n"
            "> The bridge was designed by the engineer **Vera Stoyan**, then 29 years old.\n"
            "-# The bridge, Absatz 1 · zu 88\N{NO-BREAK SPACE}% sicher"
        )

    def test_a_whole_sentence_is_not_said_twice(self) -> None:
        quote = quote_of(SENTENCE)
        [page] = answer_pages(answer_of(quote), "en-US", asked=False)
        assert page.count("Stoyan") == 1
        assert bold_in([page]) == [SENTENCE]

    def test_a_page_is_named_where_there_are_pages(self) -> None:
        quote = quote_of("Vera Stoyan")
        version = replace(quote.version, pages=(0, 20))
        [page] = answer_pages(answer_of(replace(quote, version=version)), "en-US")
        assert "-# The bridge, page 2, paragraph 1 · 88% sure" in page

    def test_a_topic_has_quotes_and_no_answer(self) -> None:
        answer = answer_of(quote_of("Vera Stoyan"), quote_of("84 metres"))
        topic = replace(answer, question=Question("the bridge", most_quotes=5))
        [page] = answer_pages(topic, "en-US")
        assert "sure" not in page
        assert page.split("\n")[1].startswith("> ")
        assert page.count("> ") == 2

    def test_every_claim_and_quote_is_there_and_the_confidence_once(self) -> None:
        answer = answer_of(quote_of("Vera Stoyan", url=URL), quote_of("84 metres", url=URL))
        [page] = answer_pages(answer, "en-US", asked=False)
        assert page.startswith("**Vera Stoyan**\n**84 metres**\n> ")
        assert page.count("sure") == 1
        assert len(require_sound(page).links) == 2

    def test_a_link_that_takes_a_message_more_is_left_out(self) -> None:
        quote = long_quote(1850)
        [page] = answer_pages(answer_of(quote), "en-US", asked=False)
        assert require_sound(page).links in ([], [("source", URL)])
        assert quote_in([page]) == quote.text

    def test_a_sentence_that_would_flood_the_channel_is_not_cut_but_told(self) -> None:
        [page] = answer_pages(answer_of(long_quote(20_000)), "en-US")
        assert "too many to post" in page
        assert "stones and its stones" not in page

    @given(quotes(), hostile_texts, st.sampled_from(LOCALES))
    def test_a_quote_keeps_its_characters(self, quote: Quote, question: str, at: str) -> None:
        pages = answer_pages(answer_of(quote, question=question), at)
        assert quote_in(pages) == quote.text.replace("\n", " ")
        assert bold_in(pages) == [quote.highlighted.replace("\n", " ")]
        words = {words for page in pages for words, _ in require_sound(page).links}
        assert words <= {"source", "джерело", "Quelle", "fuente"}

    @pytest.mark.parametrize("length", [1500, 1900, 2100, 4000, 9000])
    def test_a_long_sentence_goes_on(self, length: int) -> None:
        quote = long_quote(length)
        pages = answer_pages(answer_of(quote), "uk")
        assert quote_in(pages) == quote.text
        assert all(require_sound(page) for page in pages)
        assert len(pages) == 1 + length // 2000


class TestSilence:
    def test_the_nearest_quote_is_no_answer(self) -> None:
        nearest = quote_of("Vera Stoyan")
        [page] = answer_pages(silence(nearest), "en-US", suggestions=["Vera Stoyan", "*84* metres"])
        assert page == (
            "-# Asked: Why?\n"
            "**The article does not say.**\n"
            "-# Nearest to it, but not an answer:\n"
            f"> {SENTENCE}\n"
            "-# The bridge, paragraph 1\n"
            "-# You could ask about: Vera Stoyan · \\*84\\* metres"
        )

    def test_nothing_near(self) -> None:
        [page] = answer_pages(silence(), "fr")
        assert page.endswith("Why?\n**L’article ne le dit pas.**")

    def test_no_article_says_how_to_add_one(self) -> None:
        answer = Answer(Question("Why?"), "no_article", Why("no_article"))
        for language in LOCALES:
            [page] = answer_pages(answer, language)
            assert len(require_sound(page).code) == 1

    @given(st.lists(hostile_texts, max_size=8), quotes(), st.sampled_from(LOCALES))
    def test_anything_is_shown_as_text(self, offered: list[str], near: Quote, at: str) -> None:
        pages = answer_pages(silence(near), at, suggestions=offered)
        assert quote_in(pages) == near.text.replace("\n", " ")
        assert bold_in(pages) == []
        assert all(require_sound(page) for page in pages)


class TestMore:
    def test_quotes_near_to_the_question(self) -> None:
        [page] = more_pages([quote_of("Vera Stoyan"), quote_of("84 metres")], "en-US")
        assert page.startswith("-# Near to the question, whether they answer it or not:\n> The")
        assert quote_in([page]) == f"{SENTENCE} Its middle span is 84 metres long."
        assert bold_in([page]) == []

    def test_none(self) -> None:
        assert more_pages([], "de") == ["Weitere Zitate dazu habe ich nicht gefunden."]


class TestWhy:
    def test_the_step_and_its_numbers(self) -> None:
        asked = asked_of("answered", "answered", numbers={"margin": 3.14159, "other_one": 12000})
        assert why_page(asked, "en-US") == (
            "-# Asked: Who?\n"
            "**Answered.** I am 88% sure of it, and 35% is enough here.\n"
            "-# lead over “no answer”: 3.142 · other\\_one: 12,000"
        )
        assert "3,142" in why_page(asked, "de")

    @pytest.mark.parametrize("language", LOCALES)
    def test_every_step_has_its_own_sentence(self, language: str) -> None:
        shown = {why_page(asked_of(status, step), language) for status, step in STATUSES}
        shown.add(why_page(asked_of("answered", "answered", topic=True), language))
        shown.add(why_page(asked_of("answered", "answered", quotes=()), language))
        assert len(shown) == len(STATUSES) + 2
        assert all(displayed(page).live == [] for page in shown)
