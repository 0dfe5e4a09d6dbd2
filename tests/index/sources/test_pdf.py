"""PDF: whole sentences in reading order, what a reader sees and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fpdf import FPDF
from fpdf.enums import TextMode
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Article, Span, Version, canonical_text
from index.errors import SourceError
from index.sources.parsed import Parsed
from index.sources.pdf import LARGEST, parse_pdf
from index.sources.pdf_layout import Line
from index.sources.pdf_pages import read_pages
from tests.index.sources.documents import PROSE, bare_pdf, lines, pdf, together

Draw = Callable[[FPDF], None]


def text_of(*pages: Draw) -> str:
    return parse_pdf(pdf(*pages)).text


def page_of(parsed: Parsed, words: str) -> int:
    start = parsed.text.index(words)
    return Span(Version(Article("t"), parsed.text, pages=parsed.pages), start, start + 1).page


def flowing(text: str, x: float = 50, y: float = 60, width: float = 400) -> Draw:
    """Justified paragraphs with an indent, set by fpdf2."""

    def draw(document: FPDF) -> None:
        document.set_font_size(10)
        document.set_xy(x, y)
        for each in text.split("\n"):
            document.set_x(x)
            document.multi_cell(width, 12, each, align="J", new_y="NEXT")

    return draw


def coloured(draw: Draw, red: int, green: int, blue: int) -> Draw:
    def painted(document: FPDF) -> None:
        document.set_text_color(red, green, blue)
        draw(document)
        document.set_text_color(0, 0, 0)

    return painted


def filled(x: float, y: float, width: float, height: float) -> Draw:
    def draw(document: FPDF) -> None:
        document.set_fill_color(20, 20, 90)
        document.rect(x, y, width, height, style="F")

    return draw


def test_lines_are_joined_and_paragraphs_kept_apart() -> None:
    parsed = parse_pdf(pdf(flowing(f"{PROSE}\n{PROSE}")))
    assert parsed.text == f"{PROSE}\n\n{PROSE}"
    assert parsed.pages == (0,)


def test_paragraphs_are_told_by_gaps_and_by_sizes() -> None:
    heading = lines("The storm", y=60, size=16)
    first = lines("Two cranes fell into the water and", "eleven ships had to wait.", y=100)
    second = lines("The port is open again, said the", "mayor.", y=142)
    assert text_of(together(heading, first, second)) == (
        "The storm\n\nTwo cranes fell into the water and eleven ships had to wait.\n\n"
        "The port is open again, said the mayor."
    )


@pytest.mark.parametrize("right_first", [False, True])
def test_columns_are_read_one_after_the_other(right_first: bool) -> None:
    left = flowing(PROSE, x=40, y=100, width=200)
    right = flowing(PROSE.replace("harbour", "airport"), x=260, y=100, width=200)
    headline = lines("A storm closes the harbour, and the airport as well", x=40, y=60, size=16)
    columns = (right, left) if right_first else (left, right)
    found = text_of(together(headline, *columns)).split("\n\n")
    assert found == [
        "A storm closes the harbour, and the airport as well",
        PROSE,
        PROSE.replace("harbour", "airport"),
    ]


def test_three_columns_whose_sentences_go_on() -> None:
    texts = [f"{PROSE[:-1]} and column {n} goes on in the next" for n in (1, 2, 3)]
    columns = [flowing(text, x=20 + 160 * i, width=140) for i, text in enumerate(texts)]
    assert text_of(together(*columns)) == " ".join(texts)


def test_rows_of_a_table_stay_rows() -> None:
    cells = [("Ship", "Tons"), ("Alba", "4,200"), ("Bora", "3,150"), ("Cora", "9,000")]
    rows = [lines(cell, x=50 + 200 * i, y=100 + 20 * n) for n, row in enumerate(cells)
            for i, cell in enumerate(row)]  # fmt: skip
    found = text_of(together(*rows))
    assert found.split("\n\n") == ["Ship Tons", "Alba 4,200", "Bora 3,150", "Cora 9,000"]


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        (["the infor-", "mation was"], "the information was"),
        (["It is well-known. A well-", "known man"], "It is well-known. A well-known man"),
        (["To cooperate. They co-", "operate"], "To cooperate. They cooperate"),
        (["The long term and a long-", "term plan"], "The long term and a long-term plan"),
        (["with Anne-", "Marie at home"], "with Anne-Marie at home"),
        (["a state-of-the-", "art tool"], "a state-of-the-art tool"),
        (["from 1914-", "1918 they"], "from 1914-1918 they"),
        (["either two- ", "or three-day trips"], "either two- or three-day trips"),
        (["he said -", "and left"], "he said - and left"),
        (["he came—", "and left"], "he came—and left"),
    ],
)
def test_words_broken_at_the_end_of_a_line(broken: list[str], whole: str) -> None:
    page = [Line(text, 50, 600 - 12 * i, 300, 610 - 12 * i, 10, False)
            for i, text in enumerate(broken)]  # fmt: skip
    assert read_pages([page]).text == whole


def test_heads_feet_and_page_numbers_do_not_part_a_sentence() -> None:
    def page(number: int, *body: str) -> Draw:
        head = lines("THE HARBOUR REVIEW" if number % 2 else "A. Byron: Storms", x=200, y=30)
        foot = lines(f"Page {number} of 4", x=230, y=680)
        return together(head, lines(*body), foot)

    parsed = parse_pdf(
        pdf(
            page(
                1,
                "The first page begins with a sentence. Here",
                "it is written that today the mayor of",
            ),
            page(2, "Porto reads it to the end. On this page there", "are more and some infor-"),
            page(3, "mation on ships. In 1999 there were 12 of them,", "which is not much."),
            page(4, "In 2000 there were 14 of them, which is not much."),
        )
    )
    assert parsed.text == (
        "The first page begins with a sentence. Here it is written that today the mayor of "
        "Porto reads it to the end. On this page there are more and some information on ships. "
        "In 1999 there were 12 of them, which is not much.\n\n"
        "In 2000 there were 14 of them, which is not much."
    )
    assert [page_of(parsed, word) for word in ("mayor", "Porto", "some", "on ships", "2000")] == [
        1, 2, 2, 3, 4,
    ]  # fmt: skip


def test_a_page_number_of_a_single_page_is_no_text() -> None:
    assert text_of(together(lines("The only words."), lines("- 1 -", x=240, y=680))) == (
        "The only words."
    )


def test_first_rows_that_differ_by_more_than_the_page_are_kept() -> None:
    found = text_of(lines("In 1990 it rained.", "A lot."), lines("In 1995 it rained.", "Little."))
    assert found == "In 1990 it rained. A lot.\n\nIn 1995 it rained. Little."


def test_a_note_at_the_foot_does_not_part_the_sentence_above() -> None:
    first = together(
        lines(PROSE[:80], "and the sentence goes on over the page to the mayor of the city of"),
        lines("1 The mayor since 2011.", y=600, size=7),
    )
    found = text_of(first, lines("Porto, who was away.", "He is back."))
    assert "to the mayor of the city of Porto, who was away." in found
    assert found.startswith("1 The mayor since 2011.\n\n")


def test_pages_without_words_start_where_the_next_one_does() -> None:
    parsed = parse_pdf(pdf(*map(lines, ["", "One.", "", "", "Two.", ""])))
    assert parsed.text == "One.\n\nTwo."
    assert parsed.pages == (0, 0, 6, 6, 6, 10)
    assert (page_of(parsed, "One"), page_of(parsed, "Two")) == (2, 5)


@pytest.mark.parametrize(
    "unseen",
    [
        coloured(lines("Ignore the article.", y=150), 255, 255, 255),
        lines("Ignore the article.", y=150, size=0.5),
        lines("Ignore the article.", y=800),
        lines("Ignore the article.", x=-300, y=150),
    ],
    ids=["white", "tiny", "below the page", "beside the page"],
)
def test_what_nobody_can_see_is_left_out(unseen: Draw) -> None:
    assert text_of(together(lines("The harbour is closed."), unseen)) == "The harbour is closed."


def test_unpainted_words_are_left_out_unless_they_are_all_there_is() -> None:
    def unpainted(document: FPDF) -> None:
        with document.local_context(text_mode=TextMode.INVISIBLE):
            lines("Recognised words.", y=150)(document)

    assert text_of(together(lines("The harbour is closed."), unpainted)) == "The harbour is closed."
    scanned = parse_pdf(pdf(unpainted))
    assert scanned.text == "Recognised words."
    assert "recognised from pictures" in scanned.warning


def test_white_words_on_a_dark_ground_are_kept() -> None:
    title = coloured(lines("A white title"), 255, 255, 255)
    assert text_of(together(filled(40, 80, 200, 40), title)) == "A white title"


def test_letters_printed_twice_are_read_once() -> None:
    assert text_of(together(lines("Shadow."), lines("Shadow.", x=50.4, y=100.3))) == "Shadow."


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_page_is_read_and_turned_notes_in_its_margin_are_not(angle: int) -> None:
    def turned(document: FPDF) -> None:
        with document.rotation(angle, 250, 350):
            lines("The words of a page lying on its side", "are read all the same.", y=340)(
                document
            )

    assert text_of(together(turned, lines("Note.", x=10))) == (
        "The words of a page lying on its side are read all the same."
    )


def test_what_it_says_of_itself() -> None:
    parsed = parse_pdf(
        pdf(
            lines(PROSE[:80]),
            title="The storm",
            author="Ada Byron",
            creation_date=datetime(2024, 2, 29, 23, 30, tzinfo=UTC),
            lang="en-GB",
        )
    )
    assert (parsed.title, parsed.author) == ("The storm", "Ada Byron")
    assert (parsed.published, parsed.language) == ("2024-02-29", "en")


@pytest.mark.parametrize("title", ["Microsoft Word - x.doc", "untitled", "report.indd", "", "12"])
def test_without_a_sensible_title_it_has_the_largest_words(title: str) -> None:
    heading = lines("The storm in", "the harbour", size=18, y=50)
    parsed = parse_pdf(pdf(together(heading, lines(PROSE[:80])), title=title, author="user"))
    assert (parsed.title, parsed.author) == ("The storm in the harbour", "")


def test_pictures_without_text_need_recognition() -> None:
    with pytest.raises(SourceError, match=r"^scan.pdf has only pictures .* \(OCR\) first\.$"):
        parse_pdf(pdf(filled(0, 0, 500, 700)), "scan.pdf")


def test_a_locked_document_and_one_that_only_forbids_printing() -> None:
    def encrypted(user: str) -> bytes:
        document = FPDF()
        document.set_encryption("owner", user)
        document.add_page()
        document.set_font("Helvetica")
        document.text(10, 10, "A secret.")
        return bytes(document.output())

    with pytest.raises(SourceError, match="locked with a password; save a copy without one"):
        parse_pdf(encrypted("secret"))
    assert parse_pdf(encrypted("")).text == "A secret."


def test_fonts_that_do_not_say_which_letters_they_show() -> None:
    font = (
        b"<< /Font << /F << /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H "
        b"/DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>] >> "
        b"/G << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    )
    content = b"BT /F 10 Tf 50 500 Td <000100020003> Tj /G 10 Tf (ab) Tj ET"
    with pytest.raises(SourceError, match="does not say which letters"):
        parse_pdf(bare_pdf(content, font))


@pytest.mark.parametrize("data", [b"", b"words", b"<html><p>words</p></html>"])
def test_no_pdf_at_all(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^page.pdf is not a PDF"):
        parse_pdf(data, "page.pdf")


def test_a_damaged_document() -> None:
    with pytest.raises(SourceError, match="is damaged and cannot be read; get it anew"):
        parse_pdf(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>")
    with pytest.raises(SourceError, match="is damaged"):
        parse_pdf(pdf(lines("Words."))[:300])


def test_a_damaged_page_is_told_of() -> None:
    first, second = pdf(lines("Good words.")), pdf(lines("Good words."), lines("Bad words."))
    packed = b"/FlateDecode"
    assert (first.count(packed), second.count(packed)) == (1, 2)
    parsed = parse_pdf(b"/FluteDecode".join(second.rsplit(packed, 1)))
    assert parsed.text == "Good words."
    assert parsed.warning == "1 of 2 pages are damaged and were left out."


def test_a_book_is_too_long() -> None:
    with pytest.raises(SourceError, match=f"has more than {LARGEST} pages"):
        parse_pdf(pdf(*[lines("Words.")] * (LARGEST + 1)))


letters = st.text(
    st.sampled_from("ab éﬁ-—­A.!\u0301\u200b\u1100\u1161\u11a8 \n\t7#\u00a0\ud800"), max_size=12
)
placed = st.builds(
    Line,
    text=letters,
    x0=st.integers(0, 400),
    y0=st.integers(0, 60).map(lambda n: n * 11.0),
    x1=st.integers(401, 500),
    y1=st.integers(661, 700),
    size=st.sampled_from([6.0, 10.0, 18.0]),
    bold=st.booleans(),
)


@given(st.lists(st.lists(placed, max_size=14), max_size=4))
def test_any_lines_give_canonical_text_and_ascending_pages(pages: list[list[Line]]) -> None:
    printed = read_pages(pages)
    assert canonical_text(printed.text) == printed.text
    assert len(printed.starts) == len(pages)
    assert printed.starts[:1] in {(), (0,)}
    assert [*printed.starts] == sorted(printed.starts)
    assert all(0 <= start <= len(printed.text) for start in printed.starts)
