"""Canonical text: what holds for any text at all, then what it does to single characters."""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article, Span, Version, canonical_text

LINE_ENDS = ["\n", "\r\n", "\r", "\u2029", "\x85", "\n\n", "\r\n\r\n\r\n", "\n \t\n\u00a0\n"]
PIECES = st.sampled_from(
    [
        *LINE_ENDS,
        *("  ", "\t", "\u00a0", "\u2003", "\u3000", "\u2000", "\x1f"),
        *("\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\u00ad", "\u2062", "\U000e0041"),
        *("\x00", "\x1b[31m", "\x7f", "\x9b", "\ue000", "\ufff0", "\ufffe", "\u0378", "\ud800"),
        *("e\u0301", "\u0301", "\u0323", "é", "ﬁ", "각", "\u1100", "\u1161", "\u11a8", "\u212b"),
        *("word", "слово", "語", "؀", "5", ".", "“", "😀", "👩\u200d🚒"),
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=100)
LETTERS = st.text(st.characters(categories=["L", "N", "P"], codec="utf-8"), min_size=1)
PARAGRAPHS = st.lists(LETTERS.map(canonical_text).filter(bool), min_size=1, max_size=6)


@given(TEXTS)
def test_it_is_canonical_already_the_second_time(text: str) -> None:
    once = canonical_text(text)
    assert canonical_text(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(TEXTS)
def test_nothing_in_it_is_hidden(text: str) -> None:
    hidden = re.compile(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
        "\ud800-\udfff\ue000-\uf8ff\ufeff\ufff0-\ufffb\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
    )
    assert not hidden.search(canonical_text(text))


@given(TEXTS)
def test_blanks_are_single_and_never_at_the_end_of_a_line(text: str) -> None:
    canonical = canonical_text(text)
    assert "  " not in canonical
    assert "\n\n\n" not in canonical
    assert canonical == canonical.strip()
    assert all(line == line.strip() for line in canonical.split("\n"))


@given(TEXTS)
def test_no_letter_or_digit_is_lost_or_moved(text: str) -> None:
    def letters(some: str) -> str:
        return "".join(filter(str.isalnum, unicodedata.normalize("NFD", some)))

    assert letters(canonical_text(text)) == letters(text)


@given(PARAGRAPHS, st.data())
def test_paragraphs_stay_paragraphs_whatever_ended_them(
    paragraphs: list[str], data: st.DataObject
) -> None:
    ends = [data.draw(st.sampled_from(LINE_ENDS)) for _ in paragraphs]
    raw = "".join(map("".join, zip(paragraphs, ends, strict=True)))
    version = Version(Article("Any"), canonical_text(raw))
    assert [version.text[start:end] for start, end in version.paragraphs] == paragraphs


@given(TEXTS)
def test_every_sentence_lies_in_one_paragraph(text: str) -> None:
    version = Version(Article("Any"), canonical_text(text))
    for start, end in version.sentences:
        assert sum(p[0] <= start and end <= p[1] for p in version.paragraphs) == 1


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("a\u200bb\ufeffc", "abc"),
        ("ignore\U000e0041\U000e0042 this", "ignore this"),
        ("\u202eevil\u202c text", "evil text"),
        ("re\u00adform", "reform"),
        ("Zoe\u0308", "Zoë"),
        ("10\u00a0km", "10\u00a0km"),
        ("“don’t” — no", "“don’t” — no"),
        ("one\ttwo   three ", "one two three"),
        ("\x1b[1mbold\x00", "[1mbold"),
        ("a\r\n\r\n\r\n\r\nb\rc\u2028d", "a\n\nb\nc\nd"),
        ("\ud83d lone", "lone"),
        (" \n\u00a0 ", ""),
    ],
)
def test_examples(raw: str, canonical: str) -> None:
    assert canonical_text(raw) == canonical


def test_a_version_is_named_by_its_words() -> None:
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    one = Version(Article("A"), "Ünïted.")
    assert one.id == hashlib.sha256("Ünïted.".encode()).hexdigest()
    assert one == Version(Article("A"), "Ünïted.", read_at=long_ago)
    assert one != Version(Article("B"), "Ünïted.")
    assert one.id != Version(Article("A"), "United.").id


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 0), (3, 2), (0, 6), (5, 6)])
def test_a_span_outside_its_text_cannot_be_made(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no span"):
        Span(Version(Article("A"), "Words"), start, end)


def test_a_span_is_a_slice() -> None:
    assert Span(Version(Article("A"), "“Où?” 😀 she"), 5, 8).text == " 😀 "
