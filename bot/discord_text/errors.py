"""What went wrong, in the language of who meets it. Pure."""

from __future__ import annotations

import math
from datetime import timedelta

from bot.discord_text.markup import Own, clipped, escape, own, pages, small
from bot.discord_text.wording import locale_of, say
from index.errors import BusyError, LimitError, PullquoteError, SourceError

_LONGEST_VALUE = 100
_LONGEST_SENTENCE = 600  # it may repeat what a person typed, however long


def error_text(error: PullquoteError, language: str) -> str:
    """An error as one message: in the language if it is one that people commonly meet, and else
    its English sentence below one that says so much that something failed."""
    if isinstance(error, BusyError):
        return say("error_busy", language, wait=_wait(error.seconds))
    if isinstance(error, LimitError):
        name = f"error_limit_{error.whose}{'_daily' if error.daily else ''}"
        return say(name, language, wait=_wait(error.seconds))
    try:
        return _known(error, language)
    except KeyError:  # no code, or what a parser's process made up
        return _other(error, language)


def _known(error: PullquoteError, language: str) -> Own:
    """Raises KeyError if there is no sentence for this code and these values."""
    values = {
        name: clipped(value, _LONGEST_VALUE) if isinstance(value, str) else value
        for name, value in error.values.items()
    }
    return say(f"error_{error.code}", language, **values)


def _other(error: PullquoteError, language: str) -> str:
    sentence = Own(escape(clipped(str(error), _LONGEST_SENTENCE)))
    if locale_of(language).language == "en":
        return sentence
    lead = "error_source" if isinstance(error, SourceError) else "error_other"
    return pages([own(say(lead, language)), small(sentence)])[0]


def _wait(seconds: float) -> timedelta:
    return timedelta(seconds=max(1, math.ceil(seconds)))
