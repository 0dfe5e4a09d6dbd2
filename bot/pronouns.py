"""Names beside a follow-up's pronouns, taken from what was asked and answered before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.ellipsis import parsed
from bot.english import AUXILIARY, FUNCTION_WORDS, ORGANISATIONS
from bot.referents import Referent, referents

_SORTS = {
    "he": "he him his",
    "she": "she her",
    "they": "they them their",
    "it": "it its",
    "there": "there",
}
_SORT_OF = {word: sort for sort, words in _SORTS.items() for word in words.split()}
_GENDERS = {"he": "m", "she": "f"}
_PRONOUN = re.compile(rf"\b(?:{'|'.join(_SORT_OF)})\b(?![’'-]| \()", re.IGNORECASE)
_WORD = re.compile(r"[\w’'-]+")
_POSSESSIVE = frozenset("his its their".split())
_SUBJECT = frozenset("he she they".split())
_BE = frozenset("is are was were be been isn't aren't wasn't weren't".split())
# "Is it true", "what time is it", "how long does it take to", "who was it that", "does it say".
_EMPTY_IT = re.compile(
    r"\bwhat time\b|\bit (?:say|mention|mean|possible|true|clear|known|rain|snow)\w*\b"
    r"|\bit\b.*\b(?:that|to|how|when|if)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"(?:(?:and|but|so|or|then|also)\b,? )?(?:{'|'.join(AUXILIARY)}|who|whom|whose|how|what|which|"
    rf"(?:(?:in|on|at|to|from|by|for|with|of|since|until|during) )?(?:who|whom|whose|which|what|how)|"
    rf"(?:when|where|why)(?: else| exactly)? (?:{'|'.join(AUXILIARY)}))\b",
    re.IGNORECASE,
)
_WHOSE = re.compile(r"(?:and |but )?(?:who|which|what)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\S+ .*\b(?:and|but|or|when|after|before|because|that|if|who|which|while)\b", re.IGNORECASE
)
_PLACE_ASKED = re.compile(
    r"where\b|.*\b(?:which|what) (?:city|town|country|place|village|region|state|island|port)\b",
    re.IGNORECASE,
)
_IN = re.compile(r"(?:in|at|on|near|behind|outside|inside|from|to) ", re.IGNORECASE)
_MEN_IN_A = frozenset("Mykola Nikita Ilya Illia Joshua Luca Andrea Sasha Misha Kostya".split())
_LONGEST_ANSWER = 12  # words; a longer one is a whole sentence
_LONGEST_QUOTE = 1500  # characters that are looked at


@dataclass(frozen=True)
class Spoken:
    """What one turn spoke of: its question, the answer and the sentences quoted."""

    question: str
    answer: str
    quote: str


@dataclass(frozen=True)
class _Candidate:
    """A referent, how many turns ago it was spoken of, and how far from the centre: 0 for what
    was asked about, 1 for what else the question and answer name, 2 for the sentences quoted."""

    referent: Referent
    age: int
    distance: int


def named(question: str, turns: Sequence[Spoken]) -> str:
    """The question with names beside the pronouns that lean on `turns`, newest first; a pronoun
    stays alone if it may refer to something in the question itself, or if nothing fits."""
    if not _ASKS.match(question):
        return question
    candidates = [each for age, turn in enumerate(turns) for each in _candidates(turn, age)]
    seen: set[str] = set()
    text, at = "", 0
    for match in _PRONOUN.finditer(question):
        sort = _SORT_OF[match[0].casefold()]
        if sort in seen or _is_empty(question, match):
            continue
        seen.add(sort)  # a second one means the first
        others = _others(question, match, sort)
        if others is not None and (chosen := _chosen(sort, candidates, others)):
            candidates = [each for each in candidates if each.referent.text != chosen]
            text += question[at : match.start()] + _explained(question, match, chosen, turns)
            at = match.end()
    return text + question[at:]


def _is_empty(question: str, match: re.Match[str]) -> bool:
    """Whether it stands for nothing: "is it true that", "are there"."""
    word = match[0].casefold()
    before, after = _neighbours(question, match)
    if word == "there":
        return not before or before in _BE or after in AUXILIARY
    return word == "it" and bool(_EMPTY_IT.search(question))


def _neighbours(question: str, match: re.Match[str]) -> tuple[str, str]:
    """The words before and after, in small letters; "" where there is none."""
    before = _WORD.findall(question[: match.start()])
    after = _WORD.match(question[match.end() :].lstrip())
    return before[-1].casefold() if before else "", after[0].casefold() if after else ""


def _is_possessive(question: str, match: re.Match[str]) -> bool:
    word, (_, after) = match[0].casefold(), _neighbours(question, match)
    return word in _POSSESSIVE or (word == "her" and bool(after) and after not in FUNCTION_WORDS)


def _others(question: str, match: re.Match[str], sort: str) -> Sequence[str] | None:
    """Whom in the question the pronoun cannot mean; None if it may mean one of them.

    "What country is he from?" and "Did Trump meet him?" need somebody else; where more is said
    before the pronoun, that may be what it means.
    """
    prefix, possessive = question[: match.start()], _is_possessive(question, match)
    before, after = _neighbours(question, match)
    words = _WORD.findall(prefix.casefold())
    auxiliaries = [i for i, word in enumerate(words) if word in AUXILIARY]
    plain = "," not in prefix and len(auxiliaries) < 2 and not _CLAUSE.match(prefix)
    if before in AUXILIARY and plain:
        return ()
    if match[0].casefold() in _SUBJECT or (match[0] == "it" and after in AUXILIARY):
        return None
    asks_subject = parsed(question).asks_subject or "not" in words
    if not plain or (possessive and asks_subject and _WHOSE.match(prefix)):
        return None  # "Who lost his job?"
    inside = referents(prefix)
    if len(_unaccounted(words, auxiliaries, inside)) > 1:
        return None
    could = [r.text for r in inside if _could_be(sort, r) and not prefix.endswith(f"{r.text} of ")]
    return None if could and possessive else could


def _unaccounted(
    words: Sequence[str], auxiliaries: Sequence[int], inside: Sequence[Referent]
) -> list[str]:
    """The words of meaning before a pronoun but for the subject and what is asked for; one of them
    is the verb."""
    asked = auxiliaries[0] if auxiliaries else 3 if words[:2] == ["how", "many"] else 1
    left = [word for word in words[asked:] if word not in FUNCTION_WORDS]
    subject = _WORD.findall(inside[-1].text.casefold()) if auxiliaries and inside else []
    return [word for word in left if word not in subject]


def _could_be(sort: str, referent: Referent) -> bool:
    """Whether nothing speaks against it."""
    if sort in _GENDERS:
        one = referent.kind in {"person", "name"}
        return one and referent.gender in {"", _GENDERS[sort]}
    if sort == "it":
        return referent.kind in {"thing", "name"} or " of " in referent.text
    return referent.kind == "place" if sort == "there" else referent.kind != "place"


def _chosen(sort: str, candidates: Sequence[_Candidate], others: Sequence[str]) -> str:
    """The likeliest of them, "" if none is likely."""
    left = [
        each
        for each in candidates
        if each.referent.text not in others and _could_be(sort, each.referent)
    ]
    if sort in _GENDERS:
        owners = [each.referent.text for each in candidates if " of " in each.referent.text]
        left = [c for c in left if not any(o.endswith(f" of {c.referent.text}") for o in owners)]
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


def _doubts(sort: str, candidate: _Candidate) -> tuple[int, ...]:
    referent = candidate.referent
    if sort not in _GENDERS:
        return candidate.age, not _fits(sort, referent), candidate.distance
    first = referent.text.split()[0]
    sounds = "f" if first.endswith("a") and first not in _MEN_IN_A else ""
    unlike = not referent.gender and bool(sounds) != (sort == "she")
    return (
        unlike and sort == "he",
        candidate.age,
        candidate.distance,
        referent.gender != _GENDERS[sort],
        referent.kind != "person",
        unlike,
    )


def _candidates(turn: Spoken, age: int) -> list[_Candidate]:
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
        _Candidate(_informed(referent, known), age, distance)
        for distance, found in each
        for referent in found
        if referent.text.split()[0].casefold() not in {*_POSSESSIVE, "her", "this"}
    ]


def _asked(turn: Spoken) -> list[Referent]:
    """What a question is about, also if its names were typed in small letters."""
    parts = parsed(turn.question)
    found = referents(f"{parts.auxiliary} {parts.rest}") + referents(parts.asking)
    typed = {word.casefold() for word in _WORD.findall(turn.question)}
    held = {word for referent in found for word in referent.text.casefold().split()}
    small = typed - held
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
    if not re.match(r"(?:and )?who", turn.question, re.IGNORECASE):
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


def _explained(question: str, match: re.Match[str], name: str, turns: Sequence[Spoken]) -> str:
    """The pronoun with its name: "her (Natalia's)", "there (in Luhansk)". The reader finds more
    answers by both than by the name alone: the sentence that answers often has the pronoun."""
    if match[0].casefold() == "there" and not _IN.match(name):
        name = f"{_preposition(name, turns)} {name}"
    if _is_possessive(question, match):
        name += "'" if name.endswith("s") else "'s"
    return f"{match[0]} ({name})"


def _preposition(name: str, turns: Sequence[Spoken]) -> str:
    """The one that the place was spoken of with."""
    said = rf"\b(in|at|on|near|outside|inside|behind) (?:the )?{re.escape(name)}"
    found = next((m for turn in turns if (m := re.search(said, turn.quote))), None)
    return found[1] if found else "in"
