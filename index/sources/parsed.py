"""What a parser hands over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["html", "pdf", "docx"]


@dataclass(frozen=True)
class Parsed:
    """The words of one article and what its file says of it, "" where it says nothing."""

    text: str
    title: str = ""
    author: str = ""
    publisher: str = ""
    published: str = ""
    """ISO 8601, a date or a time."""
    language: str = ""
    """ISO 639-1, as in "en"."""
    url: str = ""
    """The address that the page itself gives as its own."""
    pages: tuple[int, ...] = ()
    """Where each page starts in `text`, in code points; only for a text that is canonical."""
    warning: str = ""
    """A sentence for people about what is doubtful, "" if nothing is."""


@dataclass(frozen=True)
class Item:
    """One entry of a feed."""

    id: str
    """What the feed knows it by, its `url` if it gives nothing."""
    url: str
    title: str = ""
    published: str = ""
    """ISO 8601 with an offset, "" if the feed does not say."""


@dataclass(frozen=True)
class Channel:
    """What a feed lists, in its own order."""

    title: str
    items: tuple[Item, ...]
