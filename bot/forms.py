"""What a question asks for, told by its words, where that changes how much of a sentence answers.

SQuAD, by which the reader was trained, has few of these; bot/model/README.md has what was measured.
Lists need no rule: the reader finds whole enumerations by itself. English only, as the reader is.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from typing import Literal

from index.articles import Span

Form = Literal["words", "yes_no", "reason"]

_BE_OR_DO = (
    "(is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
)
_YES_NO = re.compile(rf"(and |so |but )?{_BE_OR_DO}(n[’']?t)?\b", re.IGNORECASE)
_REASON = re.compile(rf"why\b|how come\b|how {_BE_OR_DO}\b|for what reason\b", re.IGNORECASE)
_SAY = "say|said|think|feel|want|demand|expect|hope|report"
_OPEN = re.compile(
    rf"what (do|does|did|have|has) .*\b({_SAY})[?.! ]*$"
    r"|what (is|was) (known|said|reported|written) (about|of)\b"
    r"|what about\b|tell me (more )?about\b|(describe|summari[sz]e)\b",
    re.IGNORECASE,
)

_CLOSING = dict(zip("“«„([", "”»“)]", strict=True))
_OPENING = {closing: opening for opening, closing in _CLOSING.items() if opening != "„"}


def is_open(question: str) -> bool:
    """Whether it asks for all there is on a subject, so that no few words can answer it."""
    return bool(_OPEN.match(question))


def form_of(question: str) -> Form:
    """The form of a question that is not open, "words" where a span is all that it asks for."""
    if _YES_NO.match(question):
        return "yes_no"
    return "reason" if _REASON.match(question) else "words"


def widen(span: Span, form: Form) -> Span:
    """As much of the sentence around a span as a question of this form asks for."""
    one_word = len(span.text.split()) == 1
    return sentence_of(span) if form == "yes_no" or (form == "reason" and one_word) else span


def tidy(span: Span) -> Span:
    """The span without a mark at its edge whose other half is not in it, or one between clauses."""
    start, end = span.start, span.end
    text = span.text
    if _CLOSING.get(text[0], "") not in text[1:]:
        start += 1
    if _OPENING.get(text[-1], "") not in text[:-1] or text[-1] in ",;:":
        end -= 1
    kept = span.version.text[start:end]
    start, end = start + len(kept) - len(kept.lstrip()), end - len(kept) + len(kept.rstrip())
    if start >= end or (start, end) == (span.start, span.end):
        return span
    return tidy(Span(span.version, start, end))


def names_in(question: str) -> set[str]:
    """The words after the first that start with a capital, in small letters."""
    return {word.casefold() for word in re.findall(r"(?<=\s)[^\W\d_a-z]\w+", question)}


def sentence_of(span: Span) -> Span:
    """The sentence that a span starts in."""
    every = span.version.sentences
    first, last = every[bisect_right(every, (span.start, math.inf)) - 1]
    return Span(span.version, first, last)
