"""From the bytes of a page to its characters, whatever its declarations say."""

from __future__ import annotations

import codecs
import re

from index.errors import SourceError
from index.sources.text import likeliest

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(
    rb"<meta[^<>]{0,500}?charset\s*=\s*[\"']?\s*([\w:.-]+)|encoding=[\"']([\w.-]+)", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_SAMPLE = 100_000  # bytes or characters
_KNOWN = re.compile(
    r"utf-(8|16)|(cp|koi8|mac|iso2022|big5|euc|shift|gb|hz|tis)\w*|iso8859-\d+|ascii"
)
# The Encoding Standard's reading of labels: what pages mean by them.
_MEANT = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "euc_kr": "cp949", "big5": "big5hkscs", "utf-16": "utf-16-le",
}  # fmt: skip


def decode_page(data: bytes, charset: str = "") -> str:
    """The text of a page.

    In this order: a byte order mark, UTF-8 if the bytes are that, the server's `charset`, the
    page's own declaration, detection. A declaration under which the words look like none loses to
    detection. Raises SourceError for binary data.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    declared = _declared(data, charset)
    if b"\0" in data and not any(name.startswith("utf-16") for name in declared):
        raise SourceError("This is not a page but binary data; give an HTML page.")
    if not any(name.startswith(("utf-16", "iso2022", "hz")) for name in declared):
        text = data.decode("utf-8", errors="replace")
        if _is_utf8(text):
            return text
    texts = [text for name in declared if (text := _strictly(data, name))]
    plausible = [text for text in texts if _looks_written(text)]
    return (plausible or _detected(data) or texts or [data.decode("cp1252", errors="replace")])[0]


def _declared(data: bytes, charset: str) -> list[str]:
    """The encodings that the server and the page name, as Python calls them."""
    own = [(match[1] or match[2]).decode() for match in _META.finditer(data[:4096])]
    names = []
    for label in [charset.strip(" \"'"), *own]:
        try:
            name = codecs.lookup(label).name
        except (LookupError, ValueError):  # no label at all, or one with a NUL in it
            continue
        if _KNOWN.fullmatch(name):
            names.append(_MEANT.get(name, name))
    return names


def _is_utf8(text: str) -> bool:
    """Whether bytes that were read as UTF-8 are that, but for one character in a hundred."""
    broken = text.count("\ufffd")
    return broken == 0 or 100 * broken < sum(char > "\x7f" for char in text)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError:  # code pages of one byte have holes that writers did not keep to
        return data.decode(encoding, errors="replace") if encoding.startswith("cp125") else ""


def _looks_written(text: str) -> bool:
    """Whether the words beyond ASCII could be words: each of one script, in Latin script not mostly
    of letters with marks, and not in capitals but for the first letter."""
    beyond = " ".join(part for part in re.split("[<>]", text) if not part.isascii())[:_SAMPLE]
    words = [word for word in _WORD.findall(beyond) if not word.isascii()]
    odd = sum(_is_odd(word) for word in words)
    turned = any(word[0].islower() and word[1:].isupper() for word in words)
    mostly_capitals = 2 * sum(word[1:].isupper() for word in words) > len(words)
    return (
        5 * odd <= len(words)
        and 20 * beyond.count("\ufffd") <= len(words)
        and not (turned and mostly_capitals)
    )


def _is_odd(word: str) -> bool:
    plain = sum(char.isascii() for char in word)
    marked = sum("\x80" <= char < "\u0250" for char in word)
    mixed = bool(plain) and plain + marked < len(word)
    return mixed or (marked > 2 and 2 * marked > len(word))


def _detected(data: bytes) -> list[str]:
    beyond = b" ".join(part for part in re.split(b"[<>]", data) if not part.isascii())
    match = likeliest(beyond[:_SAMPLE]) if beyond else None
    return [data.decode(match.encoding, errors="replace")] if match else []
