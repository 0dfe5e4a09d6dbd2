"""Any bytes at all: words or a SourceError, never anything else, and offsets always hold."""

import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.articles import canonical_text
from index.errors import SourceError
from index.sources.docx import parse_docx
from index.sources.parsed import Parsed
from index.sources.pdf import parse_pdf
from tests.index.sources import documents
from tests.index.sources.documents import bare_pdf, lines, paragraph, pdf, run, together

PDF = pdf(
    together(lines("Two words of", "informa-", "tion."), lines("Page 1", y=680)), lines("End.")
)
CONTENT = b"q 1 0 0 1 9 9 cm BT /F 12 Tf 1 0 0 1 50 500 Tm 3 Tr (abc) Tj [(d) -300 (e)] TJ ET Q"
FONT = b"<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
PLAIN = bare_pdf(CONTENT, FONT, packed=False)
ROW = f"<w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr>"
DOCX = documents.docx(f"{paragraph('Two', run(' words', '<w:vanish/>'))}<w:tbl>{ROW}</w:tbl>")
with zipfile.ZipFile(BytesIO(DOCX)) as opened:
    MEMBERS = {name: opened.read(name) for name in opened.namelist()}

pieces = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"<<", b">>", b"[", b"]", b"(", b" 0 R", b"stream\n", b"endobj", b"/Kids"]),
    st.sampled_from([b"-1", b"0", b"99999999999", b"1e400", b"null", b"/Length 7", b"%PDF-"]),
    st.sampled_from([b"<w:p>", b"</w:p>", b"<w:t>", b"&#0;", b"<![CDATA[", b'"', b"<w:tbl>"]),
)
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), pieces), min_size=1, max_size=6)


def edited(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """With some bytes somewhere replaced by others, each time."""
    for where, length, piece in changes:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + length :]
    return data


def check(parse: Callable[[bytes], Parsed], data: bytes) -> None:
    try:
        parsed = parse(data)
    except SourceError:
        return
    assert any(char.isalnum() for char in parsed.text)
    assert canonical_text(parsed.text) == parsed.text
    assert [*parsed.pages] == sorted(parsed.pages)
    assert all(0 <= start <= len(parsed.text) for start in parsed.pages)


@pytest.mark.parametrize("whole", [PDF, PLAIN], ids=["packed", "plain"])
@given(changes=edits)
@settings(max_examples=150)
def test_damaged_pdf(whole: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    check(parse_pdf, edited(whole, changes))


@given(changes=edits)
@settings(max_examples=150)
def test_pdf_with_a_strange_page_description(changes: list[tuple[float, int, bytes]]) -> None:
    check(parse_pdf, bare_pdf(edited(CONTENT, changes), FONT))


@given(changes=edits)
@settings(max_examples=150)
def test_damaged_docx(changes: list[tuple[float, int, bytes]]) -> None:
    check(parse_docx, edited(DOCX, changes))


@given(name=st.sampled_from(sorted(MEMBERS)), changes=edits)
@settings(max_examples=150)
def test_docx_with_a_strange_part(name: str, changes: list[tuple[float, int, bytes]]) -> None:
    strange: Mapping[str, bytes] = MEMBERS | {name: edited(MEMBERS[name], changes)}
    check(parse_docx, documents.archive(strange))


@given(data=st.binary(max_size=300))
@settings(max_examples=100)
def test_random_bytes(data: bytes) -> None:
    for start in (b"", b"%PDF-1.7\n", b"PK\x03\x04"):
        check(parse_pdf, start + data)
        check(parse_docx, start + data)
