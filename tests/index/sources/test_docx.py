"""Word documents: what a reader sees of them, in its order."""

from io import BytesIO

import docx
import pytest

from index.articles import canonical_text
from index.errors import SourceError
from index.sources.docx import parse_docx
from tests.index.sources import documents
from tests.index.sources.documents import archive, paragraph, run


def text_of(body: str, **parts: str) -> str:
    return parse_docx(documents.docx(body, **parts)).text


def test_a_document_made_by_another_program() -> None:
    made = docx.Document()
    made.core_properties.title = "The harbour"
    made.core_properties.author = "Ada Byron"
    made.add_heading("Storm damage", 1)
    made.add_paragraph("Two cranes fell.")
    made.add_paragraph("A ship waited.", style="List Bullet")
    table = made.add_table(2, 3)
    for i, word in enumerate("Ship Tons Flag Alba 4,200 Malta".split()):
        table.cell(i // 3, i % 3).text = word
    made.add_paragraph("The port is open.")
    file = BytesIO()
    made.save(file)
    parsed = parse_docx(file.getvalue(), "harbour.docx")
    assert parsed.text == (
        "Storm damage\n\nTwo cranes fell.\n\nA ship waited.\n\n"
        "Ship | Tons | Flag\nAlba | 4,200 | Malta\n\nThe port is open."
    )
    assert (parsed.title, parsed.author) == ("The harbour", "Ada Byron")
    assert parsed.published == "2013-12-23"  # python-docx's own template
    assert parsed.pages == ()
    assert canonical_text(parsed.text) == parsed.text


def test_tracked_changes_are_taken_as_accepted() -> None:
    deleted = "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
    moved = "<w:moveFrom><w:r><w:t>gone </w:t></w:r></w:moveFrom>"
    inserted = "<w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
    assert text_of(paragraph("A ", deleted, moved, inserted, " word.")) == "A new word."


def test_a_deleted_row_is_no_row() -> None:
    kept = f"<w:tr><w:tc>{paragraph('kept')}</w:tc></w:tr>"
    deleted = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('gone')}</w:tc></w:tr>"
    assert text_of(f"<w:tbl>{kept}{deleted}</w:tbl>") == "kept"


@pytest.mark.parametrize(
    "look",
    [
        "<w:vanish/>",
        '<w:vanish w:val="1"/>',
        '<w:sz w:val="2"/>',
        '<w:color w:val="ffffff"/>',
        '<w:rStyle w:val="unseen"/>',
        '<w:rStyle w:val="based"/>',
    ],
)
def test_hidden_runs_are_left_out(look: str) -> None:
    styles = (
        '<w:style w:styleId="unseen"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="based"><w:basedOn w:val="unseen"/></w:style>'
    )
    assert text_of(paragraph("Seen", run(" unseen", look), "."), styles=styles) == "Seen."


@pytest.mark.parametrize(
    "look",
    [
        '<w:vanish w:val="0"/>',
        '<w:vanish w:val="false"/>',
        '<w:color w:val="FFFFFF"/><w:shd w:fill="000000"/>',
        '<w:color w:val="FFFFFF"/><w:highlight w:val="blue"/>',
        '<w:color w:val="FF0000"/>',
        '<w:sz w:val="12"/>',
    ],
)
def test_runs_that_can_be_seen_are_kept(look: str) -> None:
    assert text_of(paragraph("Seen", run(" too", look), ".")) == "Seen too."


def test_white_words_may_have_a_ground_in_a_table_and_on_a_coloured_page() -> None:
    white = paragraph(run("Tons", '<w:color w:val="FFFFFF"/>'))
    assert text_of(f"<w:tbl><w:tr><w:tc>{white}</w:tc></w:tr></w:tbl>") == "Tons"
    assert text_of(white, after="<w:background/>") == "Tons"
    with pytest.raises(SourceError, match="no words"):
        text_of(white)


def test_breaks_hyphens_and_tabs() -> None:
    signs = "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/></w:r>"
    assert text_of(paragraph(signs, "d")) == "a b\nc\u2011d"


def test_the_words_of_a_box_come_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    anchored = paragraph("Before ", f"<w:r>{both}</mc:AlternateContent></w:r>", "and after.")
    assert text_of(anchored) == "Before and after.\n\nIn the box."


def test_content_controls_links_and_fields_are_looked_into() -> None:
    field = "<w:fldSimple><w:r><w:instrText>PAGE</w:instrText><w:t>7</w:t></w:r></w:fldSimple>"
    link = "<w:hyperlink><w:r><w:t>here</w:t></w:r></w:hyperlink>"
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph(field, ' ', link)}</w:sdtContent></w:sdt>"
    assert text_of(control) == "7 here"


def test_a_strict_document() -> None:
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    assert text_of(paragraph("Strict words."), word=strict) == "Strict words."


def test_a_nested_table_stays_in_its_cell() -> None:
    inner = (
        f"<w:tbl><w:tr><w:tc>{paragraph('x')}</w:tc><w:tc>{paragraph('y')}</w:tc></w:tr></w:tbl>"
    )
    row = f"<w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{inner}{paragraph('b')}</w:tc></w:tr>"
    assert text_of(f"<w:tbl>{row}</w:tbl>") == "a | x | y b"


def test_without_a_title_of_its_own_it_has_that_of_its_first_heading() -> None:
    styles = '<w:style w:styleId="T"><w:name w:val="Title"/></w:style>'
    heading = '<w:p><w:pPr><w:pStyle w:val="T"/></w:pPr><w:r><w:t>The storm</w:t></w:r></w:p>'
    core = "<dc:title>Microsoft Word - x.doc</dc:title><dc:creator>admin</dc:creator>"
    made = documents.docx(heading + paragraph("Words."), styles=styles, core=core)
    assert (parse_docx(made).title, parse_docx(made).author) == ("The storm", "")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a.txt": b"words"}, "is a ZIP archive without a Word document"),
        ({"mimetype": b"application/epub+zip", "a.xhtml": b"<html/>"}, "is a ZIP archive"),
        ({"_rels/.rels": b"<Relationships"}, "is damaged"),
        ({"_rels/.rels": b"\xff\xfe<\x00"}, "is damaged"),
    ],
)
def test_archives_that_are_no_documents(members: dict[str, bytes], reason: str) -> None:
    with pytest.raises(SourceError, match=f"^x.docx {reason}"):
        parse_docx(archive(members), "x.docx")


def test_a_spreadsheet_is_called_one() -> None:
    kind = "http://x/officeDocument"
    relation = f'<R><Relationship Type="{kind}" Target="/xl/workbook.xml"/></R>'
    members = {"_rels/.rels": relation.encode(), "xl/workbook.xml": b"<workbook/>"}
    with pytest.raises(SourceError, match="is a spreadsheet; save what matters as text"):
        parse_docx(archive(members))


@pytest.mark.parametrize("body", ["", paragraph(""), paragraph("—")])
def test_a_document_without_words(body: str) -> None:
    with pytest.raises(SourceError, match="has no words in it"):
        text_of(body)


def test_a_locked_or_old_document() -> None:
    with pytest.raises(SourceError, match="locked or of an old Word"):
        parse_docx(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_an_archive_with_a_password() -> None:
    made = bytearray(documents.docx(paragraph("Words.")))
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = -1
        while (at := made.find(mark, at + 1)) >= 0:
            made[at + place] |= 1  # the flag of an encrypted member
    with pytest.raises(SourceError, match="locked with a password"):
        parse_docx(bytes(made))
