"""What a pronoun of a follow-up can mean: the people, things and places that were spoken of.

Told by simple cues (capitals, titles, words of kinship and office, prepositions), so each comes
with what is known of it, which may be nothing. English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.english import (
    AUXILIARY,
    BASE_VERBS,
    BEFORE_BASE,
    FUNCTION_WORDS,
    GENDERS,
    PERSONS,
    is_plural,
    is_verb,
)
from bot.names import names

Kind = Literal["person", "several", "place", "thing", "name"]
"""A "name" is one of which nothing else is known: of a person, a place, an organisation."""

_DETERMINERS = frozenset("the a an this both his her its their".split())
_ASKING = frozenset("many which".split())
_WORD = re.compile(r"[\w&-]+(?:[’']\w+)?(?:\.(?=\s[A-Z]))?")
_LONGEST_PHRASE = 5
_LONGEST_CLAUSE = 8
_BESIDE = 80  # characters before and after a name that may tell what it names
_PLACE = re.compile(r"\b(?:in|near|inside|outside|around|across|at) (?:the )?\Z", re.IGNORECASE)
_SPEAKS = re.compile(
    r"(?:, [^,.;]{1,60},)? (?:said|says|told|asked|added|wrote|claimed|warned|accuses)\b|, who\b"
)
_LINKED = re.compile(r", (?:also )?(?:(?:the|a|an) |[\w’']+[’']s )?(?P<rest>[^,.;]{1,50})")
_DEMONYM = re.compile(r"[A-Z]\w+(?:i?ans|ese)\Z|[A-Z]\w+men\Z")


@dataclass(frozen=True)
class Referent:
    """Words that a pronoun may stand for, and what is known of who or what they name.

    `gender` is "m", "f", or "" where it is not known.
    """

    text: str
    kind: Kind
    gender: str = ""


def referents(text: str) -> list[Referent]:
    """What a text speaks of, in its order: names, and phrases such as "the head teacher"."""
    named = ((start, _named(text, start, end)) for start, end in names(text))
    found = sorted([*_phrases(text), *named], key=lambda each: each[0])
    return list(dict.fromkeys(referent for _, referent in found))


def _named(text: str, start: int, end: int) -> Referent:
    """A name with what the words beside it tell of it."""
    name, after = text[start:end], text[end : end + _BESIDE]
    before = text[max(0, start - _BESIDE) : start]
    if _DEMONYM.match(name):
        return Referent(name, "several")
    beside = _beside(before, after) | {name.split()[0].rstrip(".").casefold()}
    gender = next((GENDERS[word] for word in sorted(beside) if word in GENDERS), "")
    if gender or beside & PERSONS or _SPEAKS.match(after):
        return Referent(name, "person", gender)
    place = _PLACE.search(before) and not re.match(r"[’']", after)
    thing = re.search(r"\b[Tt]he \Z", before)
    return Referent(name, "place" if place else "thing" if thing else "name")


def _beside(before: str, after: str) -> set[str]:
    """The words in apposition to a name: “her son, Valerii” and “Olha, also a mother”."""
    last = re.search(r"([\w-]+),? \Z", before)
    linked = _LINKED.match(after)
    words = [word.casefold() for word in _WORD.findall(linked["rest"])] if linked else []
    length = next((i for i, word in enumerate(words) if word in FUNCTION_WORDS), len(words))
    return {*words[:length], *([last[1].casefold()] if last else [])}


def _phrases(text: str) -> Iterator[tuple[int, Referent]]:
    """Phrases of a determiner, a possessive or "how many" with what follows; and bare plurals."""
    words = list(_WORD.finditer(text))
    over = 0
    for at, word in enumerate(words):
        before = words[at - 1][0].casefold() if at else ""
        body = at + 1 if _opens(word[0]) else at
        if at < over or not (body > at or before in _ASKING or _is_bare_plural(word[0], before)):
            continue
        end = _phrase_end(text, words, body, before)
        if end > body:
            over = end
            yield word.start(), _described(text, words, at, body, end)


def _opens(word: str) -> bool:
    return word.casefold() in _DETERMINERS or bool(re.search(r"\w[’']s?\Z", word))


def _is_bare_plural(word: str, before: str) -> bool:
    opens = before in AUXILIARY or before in {"", "of", "by", "with", "about"}
    return opens and word.islower() and is_plural(word) and word not in FUNCTION_WORDS


def _phrase_end(text: str, words: Sequence[re.Match[str]], body: int, before: str) -> int:
    """The index after the phrase's last word. After "did" the phrase is the subject, and the
    question's verb, in its base form, comes behind it."""
    end = body
    while end < min(len(words), body + _LONGEST_PHRASE) and not _stops(text, words, body, end):
        end += 1
    if before not in BEFORE_BASE:
        return end
    verbs = [i for i in range(body + 1, end) if words[i][0].casefold() in BASE_VERBS]
    if verbs:
        return verbs[-1]
    return end - 1 if end == len(words) and not is_plural(words[end - 1][0]) else end


def _stops(text: str, words: Sequence[re.Match[str]], body: int, at: int) -> bool:
    """Whether a phrase that begins at `body` is over before the word at `at`."""
    word = words[at][0]
    apart = at > 0 and text[words[at - 1].end() : words[at].start()] != " "
    if word.casefold() in FUNCTION_WORDS or apart:
        return True
    return at > body and (is_verb(word) or word.endswith("ing"))


def _described(text: str, words: Sequence[re.Match[str]], at: int, body: int, end: int) -> Referent:
    head = words[end - 1][0].casefold()
    said = text[words[body].start() : words[_with_of(text, words, end) - 1].end()]
    first = words[at][0]
    opening = first if body > at and first.casefold() not in {"a", "an"} else "the"
    several = is_plural(words[end - 1][0]) or first.casefold() == "both"
    kind: Kind = "several" if several else "person" if head in PERSONS else "thing"
    opening = opening.lower() if opening.casefold() in _DETERMINERS else opening
    return Referent(f"{opening} {said}", kind, GENDERS.get(head, ""))


def _with_of(text: str, words: Sequence[re.Match[str]], end: int) -> int:
    """The phrase's end with “of the telescope” or “that Trump made” behind it."""
    if end + 1 >= len(words) or text[words[end - 1].end() : words[end].start()] != " ":
        return end
    if words[end][0] in {"that", "to"}:
        return min(len(words), end + _LONGEST_CLAUSE)
    if words[end][0] != "of":
        return end
    body = end + 1 + (words[end + 1][0].casefold() in _DETERMINERS)
    after = _phrase_end(text, words, body, "")
    return after if after > body else end
