"""Text as Discord's markup: escaped, and parted into messages."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_text import escape
from bot.discord_text.markup import LIMIT, clipped, one_line, own, pages, pieces
from tests.discord_text.examples import HOSTILE, hostile_texts
from tests.discord_text.markup import displayed, require_sound

FLAG = "🇩🇪"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    assert require_sound(f"“{escape(text)}”").text == f"“{one_line(text)}”"
    assert require_sound(escape(text)).text == one_line(text)
    assert require_sound(f"**{escape(text)}**").bold == [one_line(text)]


@given(hostile_texts)
def test_any_text_is_shown_as_text(text: str) -> None:
    shown = displayed(escape(text))
    assert (shown.text, shown.live) == (one_line(text), [])


@given(hostile_texts, hostile_texts)
def test_neighbours_do_not_become_markup_together(one: str, other: str) -> None:
    shown = displayed(f"“{escape(one)}” ({escape(other)}): {escape(one)}: x")
    told = f"“{one_line(one)}” ({one_line(other)}): {one_line(one)}: x"
    assert (shown.text, shown.live) == (told, [])


def test_plain_words_are_left_alone() -> None:
    plain = "Mr. O'Neil said: “3.5 (or 4) #2 – a-b, x@y.example!” It was 12:30, 50 % off"
    assert escape(plain) == plain


@pytest.mark.parametrize("text", ["# big", "- item", "1. item", "> quote", "-# small"])
def test_bold_words_begin_no_list_or_heading(text: str) -> None:
    [page] = pages([("", pieces(text, (0, len(text))))])
    assert require_sound(page).bold == [text]
    assert displayed(f"**{text}**").live  # which Discord would make of it


@pytest.mark.parametrize("count", [1, 400, 1800, 1900, 2000, 3900, 9000])
@pytest.mark.parametrize("word", ["letters", "*_~", "😀é", "https://a.example/x_y", "- 1."])
def test_what_is_long_goes_on_with_no_character_lost(count: int, word: str) -> None:
    text = "Then " + " ".join([word] * (count // len(word) + 1))
    shown = pages([("> ", pieces(text, (0, len(text))))])
    assert " ".join(require_sound(page).text for page in shown) == text
    assert all(page.startswith("> **") and page.endswith("**") for page in shown)


@given(
    st.lists(st.tuples(st.sampled_from(["", "> "]), hostile_texts, st.integers(0, 40)), min_size=1)
)
def test_lines_are_shown_in_order_and_whole(lines: list[tuple[str, str, int]]) -> None:
    texts = [(prefix, one_line(text) or "x", bold) for prefix, text, bold in lines]
    shown = pages([(prefix, pieces(text, (0, bold))) for prefix, text, bold in texts])
    told = "".join(displayed(page).text for page in shown)
    assert all(displayed(page).live == [] for page in shown)
    assert "".join(told.split()) == "".join("".join(text for _, text, _ in texts).split())


@pytest.mark.parametrize("letter", ["e\u0301", FLAG, "👍🏽", "☝\ufe0f", "\\", "*"])
@pytest.mark.parametrize("before", range(4))
def test_a_word_longer_than_a_message_is_parted_between_letters(letter: str, before: int) -> None:
    text = "x" * before + letter * 3000
    shown = pages([("", pieces(text))])
    parts = [require_sound(page).text for page in shown]
    assert "".join(parts) == text
    assert all(part.endswith(letter) for part in parts)
    assert not any(unicodedata.category(part[0]).startswith("M") for part in parts)


def test_a_mark_alone_is_parted_all_the_same() -> None:
    shown = pages([("", pieces("a" + "\u0301" * 5000))])
    assert "".join(shown) == "a" + "\u0301" * 5000
    assert all(len(page) <= LIMIT for page in shown)


def test_the_bots_own_lines_are_never_parted() -> None:
    link = f"[words](<https://x.example/{'a' * 600}>)"
    shown = pages([own(link), own(link), own(link), own(link)])
    assert shown == ["\n".join([link] * 3), link]


@given(hostile_texts, st.integers(1, 30))
def test_what_is_clipped_ends_in_an_ellipsis(text: str, most: int) -> None:
    short = clipped(text, most)
    assert len(short) <= most
    assert short == one_line(text) or short.endswith("…")
