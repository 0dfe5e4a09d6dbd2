"""Plain text and Markdown into articles, whatever their encoding and however wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from charset_normalizer import CharsetMatch, from_bytes
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.articles import Article, Version, canonical_text
from index.errors import SourceError

LONGEST_TITLE = 120
_WRAPPED = range(50, 101)  # the longest line of a text wrapped at a fixed width
_TITLE_WORDS = 8
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_LIST_ITEM = re.compile(r"\s*([-*•–—]|\d{1,3}[.)])\s")
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)]*$")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")  # no tab, line end, page end or escape
# The encodings of old files, the likelier first; among all there are, short texts look like none.
_ENCODINGS = (
    "cp1252 cp1251 koi8_r koi8_u cp1250 cp1253 cp1254 cp1255 cp1256 cp932 gb18030 big5 euc_kr "
    "euc_jp"
).split()


def read_text(
    text: str, name: str, title: str = "", source: str = "", markdown: bool = False
) -> Version:
    """Words that are already characters: a paste, standard input. `name` is what errors call it.

    The title is the one given, else the first heading or headline-like line, else `name`.
    """
    heading, body = _from_markdown(text) if markdown else ("", _unwrap(text))
    canonical = canonical_text(body)
    if not any(char.isalnum() for char in canonical):
        raise SourceError(f"{name} has no words in it; give an article to read.", "no_words")
    found = one_line(title) or one_line(heading) or _headline(canonical)
    fallback = Path(name).stem if Path(name).suffix else _first_words(canonical)
    about = Article(title=(found or fallback)[:LONGEST_TITLE], source=source or name)
    return Version(about, canonical)


def decode(data: bytes, name: str, charset: str = "") -> str:
    """UTF-8 if it is that; else what a server said (`charset`), if it can be that; else the
    likeliest by charset-normalizer, of equals the commonest."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data:
        raise SourceError(_binary(name), "wrong_file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if _CONTROL.search(data):
            raise SourceError(_binary(name), "wrong_file") from None
    with suppress(LookupError, ValueError):  # no such encoding, or not the one of these bytes
        return data.decode(charset)
    if (match := likeliest(data)) is None:
        raise SourceError(f"The encoding of {name} cannot be told; save it as UTF-8 and try again.")
    return str(match)


def likeliest(data: bytes) -> CharsetMatch | None:
    """What charset-normalizer takes bytes that are no UTF-8 for; None if it cannot tell."""
    matches = from_bytes(data, cp_isolation=_ENCODINGS)
    return min(matches, key=_unlikeliness, default=None)


def _binary(name: str) -> str:
    return f"{name} is not a text but binary data; give a text or Markdown file."


def _unlikeliness(match: CharsetMatch) -> tuple[float, float, int]:
    return round(match.chaos, 2), -round(match.coherence, 2), _ENCODINGS.index(match.encoding)


def _from_markdown(text: str) -> tuple[str, str]:
    """The title (of the front matter or the first heading) and the words of the rendered page."""
    text = text.replace("\r\n", "\n")
    front = _FRONT_MATTER.match(text)
    titled = _FRONT_TITLE.search(front[0]) if front else None
    tokens = MarkdownIt("commonmark").enable("table").parse(text[front.end() if front else 0 :])
    headings = [_words(t) for before, t in pairwise(tokens) if before.type == "heading_open"]
    return titled[1] if titled else "".join(headings[:1]), "\n\n".join(_blocks(tokens))


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """One text for each paragraph, heading, list item, code block and table row."""
    cells: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            yield " | ".join(cells or [])
            cells = None
        elif token.type == "inline" and cells is not None:
            cells.append(_words(token))
        elif token.type in {"inline", "fence", "code_block"}:
            yield _words(token)


def _words(token: Token) -> str:
    """What a reader sees of a token: no marks, no link targets, no HTML."""
    if token.children is None:
        return token.content
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    seen = {"text", "code_inline", "image", "fence", "code_block"}
    return "".join(
        breaks.get(child.type) or (child.content if child.type in seen else "")
        for child in token.children
    )


def _unwrap(text: str) -> str:
    """Joins the lines of a text that was wrapped at a fixed width, which cuts sentences.

    A text was wrapped if most of its lines end where the next word would not have fitted, and most
    of those not with a sentence. Every other text is left as it is: a line is a paragraph.
    """
    lines = [line.rstrip() for line in text.splitlines()]
    width = max(map(len, lines), default=0)
    followed = [(a, b) for a, b in pairwise(lines) if a.strip() and b.strip()]
    full = [line for line, following in followed if _is_full(line, following, width)]
    ended = sum(bool(_SENTENCE_END.search(line)) for line in full)
    if width not in _WRAPPED or 2 * len(full) < len(followed) or 2 * ended > len(full):
        return text
    joined = lines[:1]
    for line, following in pairwise(lines):
        if _is_full(line, following, width) and not _LIST_ITEM.match(following):
            joined[-1] += " " + following.strip()
        else:
            joined.append(following)
    return "\n".join(joined)


def _is_full(line: str, following: str, width: int) -> bool:
    """Whether the first word of the following line would not have fitted in this one."""
    word = following.split(maxsplit=1)[:1]
    return bool(line.strip() and word) and len(line) + 1 + len(word[0]) > width


def _headline(text: str) -> str:
    """The first line, if it is short, does not end like a sentence, and more comes after it."""
    first, _, rest = text.partition("\n")
    return first if rest and len(first) <= LONGEST_TITLE and first[-1] not in '.!?…:;,”"' else ""


def one_line(title: str) -> str:
    return " ".join(canonical_text(title).split())


def _first_words(text: str) -> str:
    words = text.split(maxsplit=_TITLE_WORDS)
    return " ".join(words[:_TITLE_WORDS]) + ("…" if len(words) > _TITLE_WORDS else "")
