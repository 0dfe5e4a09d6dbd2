"""What can go wrong, as one small tree. Each message is one sentence a person can act on.

PullquoteError
├── SourceError      an article could not be read (missing, empty, binary, too large)
│   └── UnreachableError  for now: the network or a server failed
├── QuestionError    a question that cannot be asked (empty, too long)
├── EncoderError     the encoder's files are missing or do not fit
├── LibraryError     the library cannot be opened, read or written
├── QuoteError       a quote that its article does not bear out
└── SettingsError    a setting that makes no sense
"""


class PullquoteError(Exception):
    """The root: whatever is shown to a person as one sentence, without a traceback."""


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


class SettingsError(PullquoteError):
    """A setting that makes no sense."""
