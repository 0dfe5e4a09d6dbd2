"""PDF and DOCX files for tests, good and bad."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

from fpdf import FPDF

PROSE = (
    "The harbour was closed on Monday after a storm tore two cranes from the quay, the port said. "
    "No one was hurt, but eleven ships had to wait outside the bay until Wednesday morning. "
    "Repairs will cost about 4.2 million euros and are expected to take until the end of May. "
    "The mayor said that the city would not pay for them, since the port belongs to the region."
)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"


def pdf(*pages: Callable[[FPDF], None], **metadata: object) -> bytes:
    """One page for each function, which draws on it; `metadata` as in fpdf2's set_… methods."""
    document = FPDF(unit="pt", format=(500, 700))
    document.set_auto_page_break(False)
    for name, value in metadata.items():
        getattr(document, f"set_{name}")(value)
    for draw in pages:
        document.add_page()
        document.set_font("Helvetica", size=10)
        draw(document)
    return bytes(document.output())


def lines(*texts: str, x: float = 50, y: float = 100, size: float = 10) -> Callable[[FPDF], None]:
    """Draws lines under each other, the first at (x, y) from the upper left corner."""

    def draw(document: FPDF) -> None:
        document.set_font_size(size)
        for i, text in enumerate(texts):
            document.text(x, y + i * size * 1.2, text)

    return draw


def together(*draws: Callable[[FPDF], None]) -> Callable[[FPDF], None]:
    """Draws all on one page."""

    def draw(document: FPDF) -> None:
        for each in draws:
            each(document)

    return draw


def bare_pdf(content: bytes, resources: bytes = b"<<>>", packed: bool = True) -> bytes:
    """A PDF of one page from its content stream, for what fpdf2 would not write."""
    stream = zlib.compress(content) if packed else content
    coded = b"/Filter /FlateDecode " if packed else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 700] /Contents 4 0 R /Resources "
        + resources
        + b" >>",
        b"<< " + coded + b"/Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n" % size
        + table
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    )


def docx(
    body: str,
    styles: str = "",
    core: str = "",
    word: str = WORD,
    doctype: str = "",
    after: str = "",
) -> bytes:
    """A Word document from the XML of its body; `after` follows the body."""
    document = (
        f'{doctype}<w:document xmlns:w="{word}" xmlns:mc="urn:mc"><w:body>{body}</w:body>{after}'
        "</w:document>"
    )
    main = f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    about = f'<Relationship Id="b" Type="{_CORE}" Target="docProps/core.xml"/>'
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">{main}{about}</Relationships>',
        "word/document.xml": document,
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship '
        f'Id="a" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "word/styles.xml": f'<w:styles xmlns:w="{word}">{styles}</w:styles>',
        "docProps/core.xml": '<c:coreProperties xmlns:c="urn:c" xmlns:dc="urn:dc">'
        f"{core}</c:coreProperties>",
    }
    return archive({name: text.encode() for name, text in parts.items()})


def archive(members: Mapping[str, bytes] | Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP archive."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            packed.writestr(name, data)
    return file.getvalue()


def paragraph(*runs: str) -> str:
    """A paragraph of runs, which are XML or words."""
    made = (run if run.startswith("<") else f"<w:r><w:t>{run}</w:t></w:r>" for run in runs)
    return f"<w:p>{''.join(made)}</w:p>"


def run(text: str, look: str) -> str:
    """Words with properties, as in `<w:vanish/>`."""
    return f"<w:r><w:rPr>{look}</w:rPr><w:t>{text}</w:t></w:r>"
