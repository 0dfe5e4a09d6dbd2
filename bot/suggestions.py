"""What could be asked where the articles do not say: names that they do have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.answers import Answer
from bot.names import names
from index.articles import Passage

LONGEST = 60  # characters
_WORDS = re.compile(r"\w+")


def suggestions(answer: Answer, most: int = 3) -> list[str]:
    """Names from the passages that were read, those nearest to the nearest quote first; none that
    the question has already. None if there was an answer."""
    if answer.status != "not_in_article":
        return []
    asked = set(_WORDS.findall(answer.question.text.casefold()))
    found: dict[str, str] = {}
    for passage in answer.passages:
        for name in _by_distance(passage, answer):
            words = set(_WORDS.findall(name.casefold()))
            known = any(words & set(_WORDS.findall(other)) for other in found)
            named = _is_worth_asking(name, passage.version.text)
            if named and not (words & asked or known):
                found[name.casefold()] = name
            if len(found) == most:
                return list(found.values())
    return list(found.values())


def _is_worth_asking(name: str, text: str) -> bool:
    """A word alone is only taken if the article comes back to it."""
    enough = 3 <= len(name) <= LONGEST and "'" not in name and "’" not in name
    return enough and (" " in name or text.count(name) > 1)


def _by_distance(passage: Passage, answer: Answer) -> Iterator[str]:
    """The names of a passage, and if it has the nearest quote, those next to that one first."""
    text, near = passage.text, answer.why.nearest
    spans = names(text, passage.version.text)
    if near and near.version == passage.version and passage.start <= near.start < passage.end:
        at = near.start - passage.start
        spans = sorted(spans, key=lambda span: abs(span[0] - at))
    for start, end in spans:
        yield " ".join(text[start:end].split())
