"""Follow-up to standalone question: "And when?" and "How old is he?" with what they leave unsaid.

By rules, without a model. A question that stands by itself comes back as it was typed, and so does
one of which it is not plain what it means: a wrong rewrite is worse than none. English; questions
in other languages come back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers import Answer
from bot.ellipsis import completed
from bot.pronouns import named
from bot.spoken import Spoken

_LONGEST = 1000  # characters, as of any question
_TURNS = 3  # what a pronoun means was said lately
# Words that no English question has. In small letters: Los Angeles is not one of them.
_FOREIGN = re.compile(
    r"\b(?:er|sie|es|ist|hat|der|und|wer|wie|wo|dass|elle|est|les|des|dans|où|qui|que|qué|quién|el|"
    r"los|las|una|une|della|che|wat|het|een)\b"
)


@dataclass(frozen=True)
class Turn:
    """One earlier question, as it was read, and what it was answered by.

    `answer_text` is "" if nothing answered; `quote_text` is then the nearest quote's.
    """

    question: str
    answer_text: str = ""
    quote_text: str = ""
    articles: tuple[int, ...] = ()


@dataclass(frozen=True)
class Resolved:
    """What is to be read for what was typed. `articles` are those of the question that it leans
    on, none if it stands by itself."""

    text: str
    articles: tuple[int, ...] = ()
    changed: bool = False


def turn_of(answer: Answer) -> Turn:
    """An answer as a turn of the conversation."""
    quotes = answer.quotes or ([answer.why.nearest] if answer.why.nearest else [])
    quoted = tuple(dict.fromkeys(quote.version.article.id for quote in quotes))
    text = "\n".join(quote.text for quote in quotes)
    return Turn(answer.question.text, answer.text, text, quoted or answer.question.articles)


def resolve(question: str, history: Sequence[Turn]) -> Resolved:
    """The question with what it leaves to earlier turns (oldest first). Never raises."""
    typed = " ".join(question.split())
    if not history or len(typed) > _LONGEST or _FOREIGN.search(typed):
        return Resolved(question)
    last = history[-1]
    text = completed(typed, last.question, last.answer_text) or typed
    lately = [Spoken(t.question, t.answer_text, t.quote_text) for t in history[: -_TURNS - 1 : -1]]
    text = named(text, lately)
    if text == typed or len(text) > _LONGEST:
        return Resolved(question)
    return Resolved(text, last.articles, changed=True)
