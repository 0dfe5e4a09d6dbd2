"""What a document says of itself, where it says something of use."""

from __future__ import annotations

import re
from datetime import date

_PROGRAM = re.compile(r"^(microsoft (word|powerpoint|excel)|untitled|\(?anonymous\)?)\b", re.I)
_FILE_NAME = re.compile(r"\.(docx?|odt|pdf|rtf|tex|dvi|indd|qxd|pages|html?|pptx?|xlsx?)$", re.I)
_PLACEHOLDERS = frozenset(
    "untitled document title author user unknown admin administrator owner python-docx none".split()
)
_DATE = re.compile(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)")
_LANGUAGE = re.compile(r"([a-z]{2})\b", re.I)


def told(value: object) -> str:
    """A title or a name; "" for one that a program put there."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if text.lower() in _PLACEHOLDERS or _PROGRAM.search(text) or _FILE_NAME.search(text):
        return ""
    return text if any(char.isalpha() for char in text) else ""


def day(value: object) -> str:
    """The day of a PDF's or W3C's date as ISO 8601, "" if it is none."""
    found = _DATE.match(value) if isinstance(value, str) else None
    try:
        return date(*map(int, found.groups())).isoformat() if found else ""
    except ValueError:
        return ""


def language(value: object) -> str:
    """The two letters of a language tag in lower case, "" if it has none."""
    found = _LANGUAGE.match(value) if isinstance(value, str) else None
    return found[1].lower() if found else ""
