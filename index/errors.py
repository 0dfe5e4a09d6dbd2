"""What can go wrong, as one small tree. Each message is one sentence a person can act on.

PullquoteError
├── SourceError      an article could not be read (missing, empty, binary, too large)
│   └── UnreachableError  for now: the network or a server failed
├── QuestionError    a question that cannot be asked (empty, too long)
├── EncoderError     the encoder's files are missing or do not fit
├── LibraryError     the library cannot be opened, read or written
├── QuoteError       a quote that its article does not bear out
├── BusyError        too much waits already; it says for about how long
├── LimitError       who asks, or all here together, have asked as much as they may for now
└── SettingsError    a setting that makes no sense
"""

from __future__ import annotations

from typing import Literal


class PullquoteError(Exception):
    """The root: whatever is shown to a person as one sentence, without a traceback.

    `code` is for faces that say it in other languages: what happened, in a word that stays the
    same, "" where the sentence is for operators; `values` are what the sentence names.
    """

    def __init__(self, sentence: str = "", code: str = "", **values: str | float) -> None:
        super().__init__(sentence)
        self.code, self.values = code, values


class SourceError(PullquoteError):
    """An article could not be read from where it was said to be."""


class UnreachableError(SourceError):
    """What was to be read could not be reached; it may be there the next time."""


class QuestionError(PullquoteError):
    """A question that cannot be asked."""


class EncoderError(PullquoteError):
    """The encoder's files are missing, damaged, or not those of this library."""


class LibraryError(PullquoteError):
    """The library cannot be opened, read or written; what it held before is unharmed."""


class QuoteError(PullquoteError):
    """A quote whose offsets its article does not bear out."""


class BusyError(PullquoteError):
    """Too much is waiting already; in about `seconds` there should be a place."""

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class LimitError(PullquoteError):
    """As much was asked as may be for now, by one user or by all of a collection (`whose`), in a
    row or in one day (`daily`); in `seconds` more may be asked."""

    def __init__(
        self, sentence: str, seconds: float, whose: Literal["user", "all"], daily: bool
    ) -> None:
        super().__init__(sentence)
        self.seconds, self.whose, self.daily = seconds, whose, daily


class SettingsError(PullquoteError):
    """A setting that makes no sense."""
