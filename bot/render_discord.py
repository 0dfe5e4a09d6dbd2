"""An Answer as messages on Discord. Pure.

Discord's markup is escaped here rather than by discord.py's helper, which leaves mentions,
timestamps and invitations alive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.answers import Answer
from bot.quotes import Quote
from bot.render import place, split_highlight
from index.articles import Version
from index.library import Kept
from prompts import message

LIMIT = 2000  # of one message; counted in UTF-16, the strictest reading of "characters"
_LONGEST_QUOTE = 15_000  # eight messages or a few more; beyond that is no sentence
_LONGEST_QUESTION = 200
_LONGEST_REPEATED = 200
_LONGEST_ERROR = 600
_LONGEST_LINK = 300
_MARKS = re.compile(
    r"(?P<link>https?://[^\s<>*|`\\]*[^\s<>*|`\\.,:;!?\"'“”‘’()\[\]])"
    r"|(?P<mark>[\\*_~`|<]|@(?=everyone|here)|(?<=\])\(|(?<=discord)\.(?=gg/|com/))|."
)
_LINE_START = re.compile(r"(?=[#>+-])|\d+(?=[.)])")

Line = tuple[str, Sequence[tuple[str, bool]]]
"""What each of its parts starts with, and its characters as they are sent, each bold or not."""


def discord_answer(answer: Answer) -> list[str]:
    """The messages that show an answer: at least one, each within Discord's limit. The question is
    there because Discord shows others only that some command was used."""
    asked = _clipped(answer.question.text, _LONGEST_QUESTION)
    lines = [_line("-# ", message("discord_asked", question=asked))]
    if answer.status == "no_article":
        return discord_pages([*lines, _own(message("discord_no_article"))])
    if answer.status == "answered":
        return discord_pages([*lines, *_answered(answer)])
    lines.append(_line("", message(answer.status)))
    if answer.why.nearest:
        lines.append(_line("-# ", message("nearest")))
        lines += _quoted(answer.why.nearest, mark=False)
    return discord_pages(lines)


def discord_articles(versions: Sequence[Version], more: int = 0) -> list[str]:
    """The messages that list articles by number, title and words; `more` are not listed."""
    told = [
        discord_say("discord_listed", number=v.article.id, title=v.article.title, words=_words(v))
        for v in versions
    ]
    told += [discord_say("discord_more", more=more)] if more else []
    return discord_pages([_own(line) for line in told or [message("discord_no_article")]])


def discord_kept(kept: Kept) -> str:
    """What became of an article that was to be added, and what people should know about it."""
    article, words = kept.version.article, _words(kept.version)
    about = {"title": article.title, "words": words, "number": article.id}
    lines = [discord_say(f"discord_{kept.outcome}", **about)]
    if kept.near:
        lines.append(discord_say("discord_near", title=kept.near.title, number=kept.near.id))
    if kept.version.warning and kept.outcome != "unchanged":
        lines.append(discord_say("discord_warning", warning=kept.version.warning))
    return "\n".join(lines)


def discord_say(name: str, **values: object) -> str:
    """A sentence of the bot's own; values that are text are shown as text, whatever they hold."""
    safe = {k: discord_escape(v) if isinstance(v, str) else v for k, v in values.items()}
    return message(name, **safe)


def discord_escape(text: str) -> str:
    """One line that Discord shows as it is: no ping, no layout, no preview of a page."""
    return "".join(character for character, _ in _characters(text, bold=False))


def discord_pages(lines: Sequence[Line]) -> list[str]:
    """Lines put into as few messages as hold them. What is too long for one message goes on in the
    next, parted at a space (in a word only if the word is longer than a message), bold again."""
    pages = [""]
    for prefix, rest in lines:
        while rest:
            size = _size(_part(prefix, rest))
            room = LIMIT - _size(pages[-1])
            if size > room and pages[-1] and (size <= LIMIT or room < LIMIT // 2):
                pages.append("")
                continue
            cut = len(rest) if size <= room else _cut(prefix, rest, room)
            pages[-1] += _part(prefix, rest[:cut])
            parted = cut < len(rest) and rest[cut][0] == " "
            rest = rest[cut + parted :]
    return [page.rstrip("\n") for page in pages]


def discord_error(error: Exception) -> str:
    """An error's sentence as one message; it may repeat what a person typed, however long."""
    return discord_pages([_line("", _clipped(str(error), _LONGEST_ERROR))])[0]


def _answered(answer: Answer) -> list[Line]:
    """The answer, unless that would be to say a long thing twice, the quotes, and how sure it is.
    A source is shown only if it is a link: a file's path is the operator's business."""
    lines: list[Line] = []
    long = len(answer.text) > _LONGEST_REPEATED
    quote = answer.quotes[0]
    known = answer.text == quote.text or (long and answer.text == quote.highlighted)
    if not (known or answer.question.is_topic):
        claims = answer.text.split("\n")
        lines += [("", list(_characters(claim, bold=True))) for claim in claims]
    lines += [line for quote in answer.quotes for line in _quoted(quote)]
    if answer.question.is_topic:
        return lines
    links = dict.fromkeys(quote.version.article.url for quote in answer.quotes)
    footing = [message("discord_confidence", confidence=answer.confidence), *filter(None, links)]
    return [*lines, _line("-# ", " · ".join(footing))]


def _quoted(quote: Quote, mark: bool = True) -> list[Line]:
    """The whole quote with its answer words bold, and its place; never a part of it."""
    where = _line("-# ", place(quote))
    if len(quote.text) > _LONGEST_QUOTE:
        told = message("discord_too_long", characters=len(quote.text))
        return [_line("", told), where]
    parts = zip(split_highlight(quote), (False, mark, False), strict=True)
    return [("> ", [c for part, bold in parts for c in _characters(part, bold)]), where]


def _own(sentence: str) -> Line:
    """A sentence whose markup is meant."""
    return "", [(sentence, False)]


def _line(prefix: str, text: str) -> Line:
    return prefix, list(_characters(text, bold=False))


def _characters(text: str, bold: bool) -> Iterator[tuple[str, bool]]:
    """Each character escaped where Discord would act on it; a link is one, without a preview."""
    for found in _MARKS.finditer(text.replace("\n", " ")):
        if found["link"] and len(found["link"]) <= _LONGEST_LINK:
            yield f"<{found['link']}>", bold
        elif found["link"]:
            yield from ((f"\\{c}" if c in "_~" else c, bold) for c in found["link"])
        else:
            yield ("\\" if found["mark"] else "") + found[0], bold


def _cut(prefix: str, characters: Sequence[tuple[str, bool]], room: int) -> int:
    """How many characters fit into `room`, up to a space if there is one."""
    left = room - len(prefix) - len("****\\\n")
    space = fitting = 0
    for fitting, character in enumerate(characters):
        space = fitting if character[0] == " " else space
        left -= _size(character[0])
        if left < 0:
            break
    return space or fitting


def _part(prefix: str, characters: Sequence[tuple[str, bool]]) -> str:
    """A line, or as much of it as one message holds."""
    runs = groupby(characters, key=lambda character: character[1])
    text = "".join(_bold("".join(c for c, _ in run), bold) for bold, run in runs)
    start = _LINE_START.match(text)
    return prefix + (f"{start[0]}\\{text[start.end() :]}" if start else text) + "\n"


def _bold(text: str, bold: bool) -> str:
    return f"**{text}**" if bold else text


def _size(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _words(version: Version) -> str:
    count = len(version.text.split())
    return message("discord_word") if count == 1 else message("discord_words", words=count)


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"
