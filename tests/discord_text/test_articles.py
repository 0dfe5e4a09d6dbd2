"""Articles as messages: lists, what is known of one, what became of one, its key sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_text import (
    article_pages,
    kept_text,
    list_page,
    room_pages,
    summary_pages,
)
from bot.quotes import Quote
from index.articles import Origin, Version
from index.changes import compare
from index.library import Kept, Outcome
from tests.discord_text.examples import (
    BRIDGE,
    LOCALES,
    SENTENCE,
    URL,
    hostile_texts,
    quote_of,
    quotes,
    version_of,
)
from tests.discord_text.markup import quote_in, require_sound

READ = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
OUTCOMES: list[Outcome] = ["added", "known", "unchanged", "revised"]


def bridge(**about: object) -> Version:
    return replace(version_of(BRIDGE, url=URL, id=3, **about), read_at=READ)


class TestList:
    def test_a_page(self) -> None:
        garden = version_of("Roses.", "The *garden*", id=2)
        assert list_page([bridge(), garden], "en-US", 1, 3, 1234) == (
            "**Articles here: 1,234**\n"
            "**3** · The bridge · 28 words\n"
            "**2** · The \\*garden\\* · 1 word\n"
            "-# page 1 of 3"
        )

    def test_none(self) -> None:
        assert "`/artikel hinzufügen`" in list_page([], "de", 1, 1, 0)

    @given(st.lists(hostile_texts, min_size=1, max_size=15), st.sampled_from(LOCALES))
    def test_fifteen_of_any_title_are_one_message(self, titles: list[str], at: str) -> None:
        versions = [version_of("Words.", title * 9, id=10**6 + i) for i, title in enumerate(titles)]
        page = list_page(versions, at, 12, 34, 10**6)
        require_sound(page)
        assert len(page.split("\n")) == len(titles) + 2


class TestArticle:
    def test_what_is_known(self) -> None:
        newest = bridge(author="A. Writer", publisher="The Daily", published="2024-05-03T10:00")
        older = replace(version_of("Less."), read_at=datetime(2026, 1, 2, tzinfo=UTC))
        newest = replace(newest, warning="It ends in the middle.")
        origins = [Origin(URL), Origin("https://m.news.example/b"), Origin("/home/op/b.html")]
        [page] = article_pages([newest, older], origins, "en-GB")
        assert page == (
            "**The bridge**\n"
            "by A. Writer · The Daily · published 3 May 2024\n"
            "-# article 3 · 28 words · read on 4 March 2026 · 2 versions, first read on "
            "2 January 2026\n"
            f"-# news.example · [source](<{URL}>)\n"
            "-# m.news.example · [source](<https://m.news.example/b>)\n"
            "-# Mind: It ends in the middle."
        )

    def test_only_the_year_is_known(self) -> None:
        [page] = article_pages([bridge(published="2024")], [], "fr")
        assert "publié\N{NO-BREAK SPACE}: 2024" in page

    @given(st.lists(hostile_texts, min_size=5, max_size=5), st.sampled_from(LOCALES))
    def test_anything_is_shown_as_text(self, told: list[str], language: str) -> None:
        title, author, publisher, published, warning = told
        about = {"author": author, "publisher": publisher, "published": published}
        version = replace(version_of(BRIDGE, title, **about), warning=warning)
        origins = [Origin(f"https://{word}") for word in told] + [Origin(word) for word in told]
        for page in article_pages([version, version], origins, language):
            require_sound(page)


class TestKept:
    def test_what_became_of_it(self) -> None:
        older = version_of("The river Lom was first crossed in 1930. It is long.")
        told = kept_text(Kept(bridge(), "revised", compare(older, bridge())), "en-US")
        assert told == (
            "**The bridge**, article 3, has changed; I answer from its new text now.\n"
            "-# 2 sentences added · 1 sentence removed · 1 sentence edited"
        )

    def test_doubts_are_told(self) -> None:
        doubtful = replace(bridge(), warning="it ends in the middle.")
        near = version_of("x", "Whole", id=7).article
        assert kept_text(Kept(doubtful, "added", near=near), "en-US") == (
            "Added **The bridge** (28 words). Ask about it with `/ask`.\n"
            "-# It says nearly what **Whole**, article 7, says.\n"
            "-# Mind: it ends in the middle."
        )
        assert "Mind" not in kept_text(Kept(doubtful, "unchanged"), "en-US")

    @pytest.mark.parametrize("language", LOCALES)
    def test_every_outcome_has_its_sentence(self, language: str) -> None:
        assert len({kept_text(Kept(bridge(), each), language) for each in OUTCOMES}) == 4

    @given(hostile_texts, hostile_texts, st.sampled_from(OUTCOMES), st.sampled_from(LOCALES))
    def test_anything_is_shown_as_text(
        self, title: str, warning: str, outcome: Outcome, language: str
    ) -> None:
        version = replace(version_of(BRIDGE, title), warning=warning)
        require_sound(kept_text(Kept(version, outcome, near=version.article), language))


class TestKeySentences:
    def test_of_a_summary(self) -> None:
        quote = quote_of("84 metres", url=URL)
        [page] = summary_pages(quote.version, [quote], "en-US")
        assert page == (
            "Key sentences of **The bridge**, word for word:\n"
            "> Its middle span is 84 metres long.\n"
            f"-# paragraph 1 · [source](<{URL}#:~:text=Its%20middle%20span%20is%2084%20metres"
            "%20long.>)"
        )
        assert "no sentences" in summary_pages(quote.version, [], "en-US")[0]

    def test_of_a_room(self) -> None:
        quote = quote_of("Vera Stoyan", url=URL, author="A. Writer")
        [page] = room_pages(quote.version, [quote], "uk")
        lines = page.split("\n")
        assert lines[0] == "**The bridge**"
        assert lines[1] == f"-# автор: A. Writer · 28 слів · [джерело](<{URL}>)"
        assert lines[2] == f"> {SENTENCE}"
        assert lines[-1].startswith("Запитуйте мене")

    @given(st.lists(quotes(), min_size=1, max_size=3), st.sampled_from(LOCALES))
    def test_they_keep_their_characters(self, found: list[Quote], language: str) -> None:
        words = " ".join(quote.text.replace("\n", " ") for quote in found)
        version = found[0].version
        for pages in (
            summary_pages(version, found, language),
            room_pages(version, found, language),
        ):
            assert quote_in(pages) == words
            assert all(require_sound(page) for page in pages)
