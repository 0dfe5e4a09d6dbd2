"""Lines of text as Discord's markup, put into messages. Pure.

What others wrote is escaped here rather than by discord.py's functions, which leave mentions,
timestamps, emoji and invitations alive. A link in it is text as well: only the bot's own lead
anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby, takewhile

from index.articles import canonical_text

LIMIT = 2000  # of one message; counted in UTF-16, the strictest reading of "characters"
_ACTED_ON = re.compile(
    r"(?P<mark>[\\*_~`|<\[]"
    r"|@(?=everyone|here)"
    r"|:(?=//|[\w+-]+(?::|\Z))"  # a link, :emoji:, which a colon after the text may complete
    r"|(?<=discord)\.(?=gg|com|new|gift)|(?<=discordapp)\.(?=com)"  # invitations
    r")|.",
    re.DOTALL | re.IGNORECASE,
)
_LINE_STARTS = frozenset("#>+-")  # headings, quotes, lists, small print
_LIST_NUMBER_ENDS = frozenset(".)")
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))

Piece = tuple[str, bool]
"""One character, escaped if need be, or markup of the bot's own; and whether it is bold. It is
never parted."""

Line = tuple[str, Sequence[Piece]]
"""What each of its parts starts with, such as "> ", and its pieces."""


class Own(str):
    """Text whose markup is meant: the bot's own words, or what was escaped already."""

    __slots__ = ()


def escape(text: str) -> str:
    """One line that Discord shows as it is: no ping, no link, no layout, nothing invisible."""
    return "".join(piece for piece, _ in _safe_start(pieces(one_line(text))))


def one_line(text: str) -> str:
    """Canonical characters, so that nothing invisible is left, on one line."""
    return " ".join(canonical_text(text).split())


def clipped(text: str, most: int) -> str:
    """One line of at most so many characters, the last of them an ellipsis if it was longer."""
    line = one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def pieces(text: str, bold: tuple[int, int] = (0, 0)) -> list[Piece]:
    """Each character, escaped where Discord would act on it; line breaks as spaces. Those from
    `bold[0]` to `bold[1]` are bold."""
    start, end = bold
    return [
        (("\\" if found["mark"] else "") + found[0], start <= found.start() < end)
        for found in _ACTED_ON.finditer(text.replace("\n", " "))
    ]


def own(sentence: str, prefix: str = "") -> Line:
    """A line of the bot's own, whose markup is meant; it has to fit into one message."""
    return prefix, [(sentence, False)]


def small(sentence: str) -> Line:
    """The same in small print."""
    return own(sentence, "-# ")


def link(words: str, url: str) -> Own:
    """A link under words of the bot's own, without a preview; `url` is of `links.safe_url`."""
    return Own(f"[{words}](<{url}>)")


def pages(lines: Sequence[Line]) -> list[str]:
    """Lines put into as few messages as hold them. What is too long for one message goes on in the
    next, parted at a space (in a word only if the word is longer than a message), bold again."""
    found = [""]
    for prefix, rest in lines:
        while rest:
            written = _written(prefix, rest)
            room = LIMIT - size(found[-1])
            if size(written) > room and found[-1] and (size(written) <= LIMIT or room < LIMIT // 2):
                found.append("")
                continue
            cut = len(rest) if size(written) <= room else _cut(prefix, rest, room)
            found[-1] += _written(prefix, rest[:cut])
            parted = cut < len(rest) and rest[cut][0] == " "
            rest = rest[cut + parted :]
    return [page.rstrip("\n") for page in found]


def size(text: str) -> int:
    """How much of a message a text takes."""
    return len(text.encode("utf-16-le")) // 2


def _written(prefix: str, rest: Sequence[Piece]) -> str:
    """A line, or as much of it as one message holds."""
    runs = groupby(_safe_start(rest), key=lambda piece: piece[1])
    texts = (("".join(text for text, _ in run), bold) for bold, run in runs)
    return prefix + "".join(f"**{text}**" if bold else text for text, bold in texts) + "\n"


def _safe_start(rest: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces so that their line begins neither a list nor a heading, a quote or small print;
    also where it begins with bold words, in which Discord looks for these once more."""
    at = next((i for i, (text, _) in enumerate(rest) if text != " "), 0)
    if rest and rest[at][0].isdecimal():
        at = next((i for i in range(at, len(rest)) if not rest[i][0].isdecimal()), at)
        marks = _LIST_NUMBER_ENDS
    else:
        marks = _LINE_STARTS
    if not (rest and rest[at][0] in marks):
        return rest
    return [*rest[:at], (f"\\{rest[at][0]}", rest[at][1]), *rest[at + 1 :]]


def _cut(prefix: str, rest: Sequence[Piece], room: int) -> int:
    """How many pieces fit into `room`, up to a space if there is one; at least one."""
    left = room - size(prefix) - len("\\\n")
    space = fitting = 0
    was_bold = False
    for fitting, (text, bold) in enumerate(rest):
        whole = not _joins(rest, fitting + 1)
        space = fitting if text == " " and whole else space
        left -= size(text) + (len("****") if bold and not was_bold else 0)
        was_bold = bold
        if left < 0:
            break
    return space or next((i for i in range(fitting, 0, -1) if not _joins(rest, i)), fitting) or 1


def _joins(rest: Sequence[Piece], at: int) -> bool:
    """Whether the piece there is seen as one with that before it: an accent, half a flag."""
    if not 0 < at < len(rest) or len(rest[at][0]) > 1:
        return False
    letter = rest[at][0]
    if letter in _FLAG_LETTERS:  # two of them are a flag
        others = takewhile(lambda piece: piece[0] in _FLAG_LETTERS, reversed(rest[:at]))
        return sum(1 for _ in others) % 2 == 1
    return letter in _SKIN_TONES or unicodedata.category(letter).startswith("M")
