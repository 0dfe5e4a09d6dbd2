"""Articles and the text that every offset points into."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from index.sentences import sentences

# U+0600..U+0605 and their like are format characters by category, but they are visible signs.
_VISIBLE_FORMAT = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\U000110bd\U000110cd"
)
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_BLANKS = re.compile("[ \t]+")


def canonical_text(raw: str) -> str:
    """The text as it is stored and as all offsets count it, in code points.

    Unicode NFC; line ends are ``\\n``; no zero-width, bidi, control, private or unassigned
    characters; blanks are single spaces, lines have none at their ends, and at most one empty line
    stands between two paragraphs. Every line that is left is a paragraph. Idempotent.
    """
    text = _LINE_ENDS.sub("\n", raw).replace("\t", " ")
    text = unicodedata.normalize("NFC", "".join(c for c in text if _is_kept(c)))
    lines = [_BLANKS.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_kept(char: str) -> bool:
    if char == "\n" or char in _VISIBLE_FORMAT:
        return True
    return unicodedata.category(char) not in _DROPPED_CATEGORIES


@dataclass(frozen=True)
class Article:
    """What is known of one text besides its words; `id` is its number in its library, 0 before."""

    title: str
    source: str = ""
    url: str = ""
    author: str = ""
    publisher: str = ""
    published: str = ""
    language: str = ""
    id: int = 0


@dataclass(frozen=True)
class Version:
    """An article as it read at one time. `text` is canonical; every offset points into it."""

    article: Article
    text: str
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    pages: Sequence[int] = field(default=(), compare=False)
    """Where each page starts in `text`, ascending from 0; none for a text without pages."""
    warning: str = field(default="", compare=False)
    """A sentence for people about what is doubtful in this text, "" if nothing is."""

    @cached_property
    def id(self) -> str:
        """The SHA-256 of the text, in hexadecimal: the same words have the same id."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @cached_property
    def sentences(self) -> Sequence[tuple[int, int]]:
        """Half-open code-point spans of the sentences, ascending."""
        return tuple(sentences(self.text))

    @cached_property
    def paragraphs(self) -> Sequence[tuple[int, int]]:
        """Half-open code-point spans of the paragraphs, ascending: the lines that are not empty."""
        return tuple(m.span() for m in re.finditer(r"[^\n]+", self.text))


@dataclass(frozen=True)
class Origin:
    """One place that an article was read from, and what its server said to know it again by."""

    url: str
    """A URL, or the absolute path of a file."""
    etag: str = ""
    last_modified: str = ""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    version: str = field(default="", compare=False)
    """The id of the version that was last read there, "" before it is kept."""


@dataclass(frozen=True)
class Span:
    """Some words of one version: ``version.text[start:end]``, in code points, never empty."""

    version: Version
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= len(self.version.text):
            raise ValueError(f"no span {self.start}:{self.end} in {len(self.version.text)} points")

    @property
    def text(self) -> str:
        return self.version.text[self.start : self.end]

    @property
    def page(self) -> int:
        """The page that the span starts on, counted from 1; 0 where there are no pages."""
        return bisect_right(self.version.pages, self.start)


class Passage(Span):
    """A run of whole sentences that fits the encoder's window."""
