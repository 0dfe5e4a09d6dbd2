"""Files made to harm: each is refused with one sentence, and the next good one is read."""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources.files import LARGEST, read_bytes, read_file
from index.sources.sandbox import Limits, Sandbox, parse
from tests.index.sources import documents
from tests.index.sources.documents import archive, bare_pdf, paragraph

GIBIBYTE = 1 << 30
PAGE = f"<html><body><article>{f'<p>{documents.PROSE}</p>' * 3}</article></body></html>".encode()
PDF = documents.pdf(documents.lines(*documents.PROSE.split(". ")))


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """A sandbox that runs out of memory before it runs out of time, also on a busy machine."""
    with pytest.MonkeyPatch.context() as patch, closing(Sandbox(Limits(seconds=600))) as sandbox:
        patch.setattr("index.sources.sandbox._sandbox", sandbox)
        yield


def zeros(size: int) -> bytes:
    """The deflate stream of so many zeros, a multiple of 1 MiB, put together of equal parts."""
    packer = zlib.compressobj(9)
    first, part = (
        packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    checksum = (size % 65_521) << 16 | 1
    return first + part * (size // (1 << 20) - 1) + b"\x03\0" + checksum.to_bytes(4, "big")


def deflate_bomb() -> bytes:
    """A page whose content has 1 GiB."""
    packed = zeros(GIBIBYTE)
    return bare_pdf(b"-packed-", packed=False).replace(
        b"<< /Length 8 >>\nstream\n-packed-",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%b" % (len(packed), packed),
    )


def double_bomb() -> bytes:
    """The same, packed twice, in a few kilobytes."""
    packed = zlib.compress(zeros(GIBIBYTE), 9)
    return bare_pdf(b"-packed-", packed=False).replace(
        b"<< /Length 8 >>\nstream\n-packed-",
        b"<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%b" % (len(packed), packed),
    )


def zip_bomb() -> bytes:
    """A member that says it has 1 GiB."""
    made = archive({"word/document.xml": bytes(54_321)})
    return made.replace((54_321).to_bytes(4, "little"), GIBIBYTE.to_bytes(4, "little"))


def lying_bomb() -> bytes:
    """One that has 64 MiB and says it has few bytes."""
    made = documents.docx(paragraph("Words.") + f"<!--{'-=' * (1 << 25)}-->")
    size = int.from_bytes(made[made.index(b"word/document.xml") - 8 :][:4], "little")
    assert size > 1 << 26
    return made.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little"))


def entity_bomb(encoding: str = "utf-8") -> bytes:
    """A billion laughs."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    made = f"<!DOCTYPE w:document [{entities}]><w:document><w:body><w:p>&l9;</w:p></w:body>"
    relation = '<R><Relationship Type="x/officeDocument" Target="d.xml"/></R>'
    return archive(
        {"_rels/.rels": relation.encode(), "d.xml": (made + "</w:document>").encode(encoding)}
    )


def deep_docx() -> bytes:
    return documents.docx("<w:sdt>" * 100_000 + paragraph("Words.") + "</w:sdt>" * 100_000)


def many_members() -> bytes:
    return archive([(f"{n}.xml", b"") for n in range(10_001)])


def deep_pdf() -> bytes:
    return bare_pdf(b"[" * 100_000 + b"]" * 100_000 + b" TJ")


def endless_pdf() -> bytes:
    """A form that draws itself, and a page tree that is its own child."""
    made = bare_pdf(b"/F Do", b"<< /XObject << /F 4 0 R >> >>")
    return made.replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("a.pdf", deflate_bomb, "needs more than 1000 MB of memory"),
        ("a.pdf", double_bomb, "needs more than 1000 MB of memory"),
        ("a.pdf", deep_pdf, "has only pictures and no text"),
        ("a.pdf", endless_pdf, "has only pictures and no text|is damaged"),
        ("a.docx", zip_bomb, "would unpack to 1,074 MB in 1 parts"),
        ("a.docx", lying_bomb, "is damaged or no Word document"),
        ("a.docx", entity_bomb, "defines entities, which no Word document does"),
        ("a.docx", lambda: entity_bomb("utf-16"), "defines entities"),
        ("a.docx", deep_docx, "is nested too deeply"),
        ("a.docx", many_members, "would unpack to 0 MB in 10,001 parts"),
        ("a.html", lambda: b"<html><body>" + b"<div>" * 100_000 + b"words", "nests"),
        ("a.docx", lambda: b"PK\x03\x04" + bytes(1_000), "is damaged or no Word document"),
        ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(1_000), "is damaged"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_hostile_file_is_refused(name: str, make: Callable[[], bytes], reason: str) -> None:
    data = make()
    assert len(data) < LARGEST
    with pytest.raises(SourceError, match=f"({reason})") as refused:
        read_bytes(data, name)
    assert re.fullmatch(r"[^\n]{20,200}\.", str(refused.value))
    assert parse("pdf", PDF, "good.pdf").text
    assert parse("html", PAGE, "good.html").text


def test_the_zeros_are_what_they_are_meant_to_be() -> None:
    assert zlib.decompress(zeros(3 << 20)) == bytes(3 << 20)


def test_200_mb_are_refused_before_they_are_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.html"
    with huge.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(SourceError, match="has 200 MB; an article may have at most 10 MB"):
        read_file(huge)


@pytest.mark.parametrize(("name", "data"), [("a.docx", PDF), ("a.pdf", PAGE), ("a.txt", PDF)])
def test_contents_count_more_than_names(name: str, data: bytes) -> None:
    assert "No one was hurt" in read_bytes(data, name).text


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_wrong_type_is_called_wrong(kind: str) -> None:
    with pytest.raises(SourceError, match=r"is not a PDF|no Word document"):
        parse(kind, PAGE, "a")  # type: ignore[arg-type]
