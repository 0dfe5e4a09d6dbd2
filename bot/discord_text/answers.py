"""An Answer as messages: the answer first, then its quotes, and the rest in small print. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.answers import Answer
from bot.discord_text.markup import Line, Own, clipped, escape, own, pages, pieces, small
from bot.discord_text.quoting import Linker, fewest_pages, joined, quoted
from bot.discord_text.wording import entry, say
from bot.quotes import Quote

if TYPE_CHECKING:
    from bot.discord_app.records import Asked

_LONGEST_QUESTION = 200
_LONGEST_REPEATED = 200
_LONGEST_SUGGESTION = 60
_MOST_SUGGESTIONS = 5


def answer_pages(
    answer: Answer, language: str, *, asked: bool = True, suggestions: Sequence[str] = ()
) -> list[str]:
    """The messages that show an answer, at least one.

    `asked`: whether the question is repeated, which Discord does not do for commands.
    `suggestions` are what could be asked where the articles do not say.
    """
    lines = [_question(answer.question.text, language)] if asked else []
    if answer.status == "no_article":
        return pages([*lines, own(say("no_article", language))])
    if answer.status == "answered":
        return fewest_pages(lambda linker: [*lines, *_answered(answer, language, linker)])
    return fewest_pages(lambda linker: [*lines, *_silence(answer, language, linker, suggestions)])


def more_pages(quotes: Sequence[Quote], language: str) -> list[str]:
    """Quotes beyond those that answered a question."""
    if not quotes:
        return [say("no_more_quotes", language)]
    first = small(say("more_quotes", language))
    return fewest_pages(
        lambda linker: [
            first,
            *(line for quote in quotes for line in quoted(quote, language, linker, mark=False)),
        ]
    )


def why_page(asked: Asked, language: str) -> str:
    """Which step decided a question, and the numbers behind it."""
    gone = asked.status == "answered" and not asked.quotes
    step = "on_topic" if asked.topic and asked.status == "answered" else asked.step
    name = f"why_{'gone' if gone else step}"
    lines = [
        _question(asked.question, language),
        own(say(name, language, confidence=asked.confidence, needed=asked.needed)),
    ]
    numbers = [
        say("named_number", language, label=entry("numbers", name, language) or name, number=number)
        for name, number in asked.numbers.items()
    ]
    return pages([*lines, *([small(joined(numbers))] if numbers else [])])[0]


def _question(text: str, language: str) -> Line:
    return small(say("asked", language, question=clipped(text, _LONGEST_QUESTION)))


def _answered(answer: Answer, language: str, linker: Linker) -> list[Line]:
    """The answer, unless that is to say a long thing twice, its quotes, and how sure it is."""
    lines: list[Line] = []
    long = len(answer.text) > _LONGEST_REPEATED
    first = answer.quotes[0]
    known = answer.text == first.text or (long and answer.text == first.highlighted)
    if not (known or answer.question.is_topic):
        claims = answer.text.split("\n")
        lines += [("", pieces(claim, (0, len(claim)))) for claim in claims]
    sure = say("sure", language, confidence=answer.confidence)
    for quote in answer.quotes:
        is_last = quote is answer.quotes[-1] and not answer.question.is_topic
        lines += quoted(
            quote,
            language,
            linker,
            mark=not answer.question.is_topic,  # there, whole sentences are what was looked for
            notes=[sure] if is_last else [],
        )
    return lines


def _silence(
    answer: Answer, language: str, linker: Linker, suggestions: Sequence[str]
) -> list[Line]:
    lines = [own(say("not_in_article", language))]
    if answer.why.nearest:
        lines.append(small(say("nearest", language)))
        lines += quoted(answer.why.nearest, language, linker, mark=False)
    if suggestions:
        most = (clipped(each, _LONGEST_SUGGESTION) for each in suggestions[:_MOST_SUGGESTIONS])
        topics = joined([Own(escape(each)) for each in most])
        lines.append(small(say("suggestions", language, topics=topics)))
    return lines
