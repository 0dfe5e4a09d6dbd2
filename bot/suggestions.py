"""What could be asked where the articles do not say: names and counts that they do have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.answers import Answer
from bot.english import FUNCTION_WORDS, is_verb
from bot.names import TITLES, names
from index.articles import Span

LONGEST = 60  # characters
_SHORTEST = 4  # of a name of one word
_WORD = re.compile(r"\w+")
_PROSE = re.compile(r"[.!?…。！？][”’\"')\]]*\Z")
_COUNT = re.compile(
    r"(?<![\w.,$€£’'-])(?!(?:19|20)\d\d )(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten)"
    r"(?: (?:million|billion|thousand|percent))? (?P<noun>[a-z]{3,}s|people|men|women|children)\b"
)
_ATTRIBUTIVE = re.compile(r" (?P<next>[a-z]+)")


def suggestions(answer: Answer, most: int = 3) -> list[str]:
    """Names and counts from the passages that were read, those nearest to the nearest quote first,
    and those that the title has last; none that has a word of the question. Slices of the text.

    None if there was an answer.
    """
    if answer.status != "not_in_article":
        return []
    sentences = _prose(answer)
    text = "\n".join(sentence.text for sentence in sentences)
    taken = _words(answer.question.text)
    chosen: list[str] = []
    for phrase in _by_title(sentences, text):
        if len(chosen) < most and not _words(phrase) & taken:
            chosen.append(phrase)
            taken = taken | _words(phrase) | ({"#"} if phrase[0].isdigit() else set())
    return chosen
