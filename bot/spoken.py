"""Whom and what a turn of a conversation spoke of, and which of them a pronoun means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.ellipsis import parsed
from bot.english import FUNCTION_WORDS, ORGANISATIONS
from bot.referents import Referent, referents

_SORTS = {
    "he": "he him his",
    "she": "she her",
    "they": "they them their",
    "it": "it its",
    "there": "there",
}
SORT_OF = {word: sort for sort, words in _SORTS.items() for word in words.split()}
_GENDERS = {"he": "m", "she": "f"}
_PLACE_ASKED = re.compile(
    r"where\b|.*\b(?:which|what) (?:city|town|country|place|village|region|state|island|port)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"(?:and )?who", re.IGNORECASE)
_WORD = re.compile(r"[\w’'-]+")
_WOMANS = re.compile(r"(?:[eiy]a|na|ra|ha)\Z")
_MEN_IN_A = frozenset("Mykola Nikita Ilya Illia Joshua Luca Andrea Sasha Misha Kostya".split())
_QUOTED = 2  # the distance of what is only in the sentences quoted
_LONGEST_ANSWER = 12  # words; a longer one is a whole sentence
_LONGEST_QUOTE = 1500  # characters that are looked at


@dataclass(frozen=True)
class Spoken:
    """What one turn spoke of: its question, the answer and the sentences quoted."""

    question: str
    answer: str
    quote: str


@dataclass(frozen=True)
class Candidate:
    """A referent, how many turns ago it was spoken of, and how far from the centre: 0 for what
    was asked about, 1 for what else the question and answer name, 2 for the sentences quoted."""

    referent: Referent
    age: int
    distance: int


def spoken_of(turn: Spoken, age: int) -> list[Candidate]:
    """Whom and what a turn spoke of."""
    asked, answered = _asked(turn), _answered(turn)
    quoted = [
        r for r in referents(turn.quote[:_LONGEST_QUOTE]) if r.kind in {"person", "place", "name"}
    ]
    known = _known([*asked, *answered, *quoted])
    centre = parsed(turn.question).asks_subject or _PLACE_ASKED.match(turn.question)
    near, far = (answered, asked) if centre else (asked, answered)
    each = [(0, near), (1, far), (2, quoted)]
    return [
        Candidate(_informed(referent, known), age, distance)
        for distance, found in each
        for referent in found
        if referent.text.split()[0].casefold() not in {*SORT_OF, "this"}
    ]


def _asked(turn: Spoken) -> list[Referent]:
    """What a question is about, also if its names were typed in small letters."""
    parts = parsed(turn.question)
    found = referents(f"{parts.auxiliary} {parts.rest}") + referents(parts.asking)
    typed = {word.casefold() for word in _WORD.findall(turn.question)}
    held = {word for referent in found for word in referent.text.casefold().split()}
    small = typed - held - FUNCTION_WORDS
    quoted = referents(turn.quote[:_LONGEST_QUOTE])
    return found + [
        r
        for r in quoted
        if r.text.split()[-1].casefold() in small and r.kind in {"person", "name", "place"}
    ]


def _answered(turn: Spoken) -> list[Referent]:
    if not 0 < len(turn.answer.split()) <= _LONGEST_ANSWER:
        return []
    if _PLACE_ASKED.match(turn.question):
        return [Referent(turn.answer.strip(" .,"), "place")]
    found = referents(turn.answer)
    if not _WHO.match(turn.question):
        return found
    return [replace(r, kind="person") if r.kind == "name" else r for r in found]


def _known(found: Sequence[Referent]) -> Mapping[str, Referent]:
    """The best that is known of each name, by its last word."""
    told = sorted(found, key=lambda r: (bool(r.gender), r.kind in {"person", "place"}))
    return {referent.text.split()[-1]: referent for referent in told if referent.kind != "thing"}


def _informed(referent: Referent, known: Mapping[str, Referent]) -> Referent:
    best = known.get(referent.text.split()[-1], referent)
    if referent.kind not in {"name", "person"} or best.kind not in {"name", "person", "place"}:
        return referent
    return replace(referent, kind=best.kind, gender=referent.gender or best.gender)


def could_be(sort: str, referent: Referent) -> bool:
    """Whether nothing speaks against it."""
    if sort in _GENDERS:
        one = referent.kind in {"person", "name"}
        return one and referent.gender in {"", _GENDERS[sort]}
    if sort == "it":
        return referent.kind in {"thing", "name"} or " of " in referent.text
    return referent.kind == "place" if sort == "there" else referent.kind != "place"


def likeliest(sort: str, candidates: Sequence[Candidate], others: Sequence[str]) -> str:
    """The likeliest of them, "" if none is likely."""
    left = [
        each
        for each in candidates
        if each.referent.text not in others and could_be(sort, each.referent)
    ]
    if sort in _GENDERS:
        owners = [each.referent.text for each in candidates if " of " in each.referent.text]
        left = [c for c in left if not any(o.endswith(f" of {c.referent.text}") for o in owners)]
        left = [each for each in left if each.distance < _QUOTED or each.referent.kind == "person"]
    elif sort != "there":
        left = [each for each in left if each.distance < _nearness(sort, each.referent)]
    best = min(left, key=lambda each: _doubts(sort, each), default=None)
    return best.referent.text if best else ""


def _fits(sort: str, referent: Referent) -> bool:
    if sort == "they" and referent.text.split()[-1].casefold() in ORGANISATIONS:
        return True
    return referent.kind == {"they": "several", "it": "thing"}.get(sort)


def _nearness(sort: str, referent: Referent) -> int:
    """How far from the centre a thing may have been spoken of, exclusive."""
    return 2 if _fits(sort, referent) else 1 if referent.kind == "name" else 0


def _doubts(sort: str, candidate: Candidate) -> tuple[int, ...]:
    referent = candidate.referent
    if sort not in _GENDERS:
        return candidate.age, not _fits(sort, referent), candidate.distance
    first = referent.text.split()[0]
    womans = bool(_WOMANS.search(first)) and first not in _MEN_IN_A
    unlike = not referent.gender and womans != (sort == "she")
    told = (unlike, referent.gender != _GENDERS[sort], referent.kind != "person")
    return candidate.age, candidate.distance, *told
