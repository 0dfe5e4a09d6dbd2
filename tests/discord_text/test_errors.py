"""What went wrong, in the language of who meets it."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chain import check
from bot.discord_text import error_text
from bot.session import find_article
from index.errors import (
    BusyError,
    LibraryError,
    LimitError,
    PullquoteError,
    QuestionError,
    SettingsError,
    SourceError,
)
from index.library import Library
from index.sources import read_bytes, refusals
from index.sources.guard import check_url
from tests.discord_text.examples import HOSTILE, LOCALES, hostile_texts
from tests.discord_text.markup import displayed, require_sound


def test_a_known_one_is_said_in_the_language() -> None:
    with pytest.raises(QuestionError) as raised:
        check("x" * 5000)
    assert error_text(raised.value, "de") == (
        "Diese Frage ist zu lang (5.000 Zeichen). Frag bitte mit höchstens 1.000."
    )
    with pytest.raises(QuestionError) as raised:
        check("?!")
    assert error_text(raised.value, "en-US") == "I see no question in that. Please ask in words."


def test_articles_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryError) as raised:
        find_article(Library(tmp_path / "library"), "<@42>")
    error = QuestionError(str(raised.value), raised.value.code, **raised.value.values)
    assert error_text(error, "fr").startswith("Aucun article ne s’appelle «")
    assert "\\<@42>" in error_text(error, "fr")


def test_links_that_are_none() -> None:
    with pytest.raises(SourceError) as raised:
        check_url("file:///etc/passwd")
    assert error_text(raised.value, "es-419").startswith("Eso no es una dirección web.")


def test_what_the_process_of_the_parsers_refuses() -> None:
    page = b"<!doctype html><html><title>404 Not Found</title><h1>Not Found</h1><p>Sorry.</html>"
    files = {"a.html": (page, "page_error"), "b.pdf": (b"%PDF-1.7 nothing", "damaged")}
    for name, (data, code) in files.items():
        with pytest.raises(SourceError) as raised:
            read_bytes(data, name)
        assert raised.value.code == code
        assert error_text(raised.value, "uk") != str(raised.value)


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "page_missing"), (403, "page_refused"), (503, "page_later"), (429, "page_later")],
)
def test_what_servers_answer(status: int, code: str) -> None:
    assert refusals.status(httpx2.URL("https://a.example/"), status).code == code


def test_waiting() -> None:
    assert error_text(BusyError("x", 11.2), "en-US") == "I am busy. Please try again in 12 seconds."
    assert "in 1 Sekunde " in error_text(BusyError("x", 0), "de")
    assert "через 2 хвилини" in error_text(LimitError("x", 119, "user", False), "uk")
    assert "dans 5 heures" in error_text(LimitError("x", 18000, "all", True), "fr")


@pytest.mark.parametrize("language", LOCALES)
def test_each_limit_has_its_sentence(language: str) -> None:
    limits = [LimitError("x", 60, w, d) for w in ("user", "all") for d in (True, False)]  # type: ignore[arg-type]
    assert len({error_text(limit, language) for limit in limits}) == 4


def test_others_are_said_in_english_below_a_sentence_that_everybody_reads() -> None:
    error = SourceError("The page nests its elements too deeply.")
    assert error_text(error, "en-GB") == "The page nests its elements too deeply."
    assert error_text(error, "de") == (
        "Das kann ich nicht lesen.\n-# The page nests its elements too deeply."
    )
    assert error_text(SettingsError("No."), "de") == "Das geht so nicht.\n-# No."


@pytest.mark.parametrize("error", [SourceError("No.", "made_up"), SourceError("No.", "too_large")])
def test_a_code_from_a_parser_is_not_trusted(error: SourceError) -> None:
    assert error_text(error, "en-US") == "No."


@given(
    st.sampled_from([PullquoteError, SourceError]),
    hostile_texts,
    st.sampled_from(["", "article_unknown", "article_several"]),
    st.sampled_from(LOCALES),
)
def test_what_people_typed_is_shown_as_text(
    kind: type[PullquoteError], text: str, code: str, language: str
) -> None:
    error = kind(f"x{text * 200}", code, name=text * 200, several=text * 200)
    require_sound(error_text(error, language))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names(text: str) -> None:
    shown = displayed(error_text(QuestionError("x", "article_unknown", name=text), "en-US"))
    assert shown.live == []
    assert shown.code == ["/article list"]
