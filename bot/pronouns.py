"""Names beside a follow-up's pronouns, taken from what was asked and answered before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.ellipsis import parsed
from bot.english import AUXILIARY, FUNCTION_WORDS
from bot.referents import Referent, referents
from bot.spoken import SORT_OF, Spoken, could_be, likeliest, spoken_of

_PRONOUN = re.compile(rf"\b(?:{'|'.join(SORT_OF)})\b(?![’'-]| \()", re.IGNORECASE)
_WORD = re.compile(r"[\w’'-]+")
_POSSESSIVE = frozenset("his its their".split())
_SUBJECT = frozenset("he she they".split())
_HAVE = frozenset("has have had".split())
_BE = frozenset("is are was were be been isn't aren't wasn't weren't".split())
# "Is it true", "what time is it", "how long does it take to", "who was it that", "does it say".
_EMPTY_IT = re.compile(
    r"\bwhat time\b|\bit (?:say|mention|mean|possible|true|clear|known|believed)\w*\b"
    r"|\bit (?:estimated|expected|thought|rain|snow)\w*\b"
    r"|\bit\b.*\b(?:that|to|how|when|if)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"(?:(?:and|but|so|or|then|also)\b,? )?(?:{'|'.join(AUXILIARY)}|who|whom|whose|how|what|which|"
    r"(?:in|on|at|to|from|by|for|with|of|since|until|during) (?:who|whom|whose|which|what|how)|"
    rf"(?:when|where|why)(?: else| exactly)? (?:{'|'.join(AUXILIARY)}))\b",
    re.IGNORECASE,
)
_WHOSE = re.compile(r"(?:and |but )?(?:who|which|what)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\S+ .*\b(?:and|but|or|when|after|before|because|that|if|who|which|while)\b", re.IGNORECASE
)
_IN = re.compile(r"(?:in|at|on|near|behind|outside|inside|from|to) ", re.IGNORECASE)


def named(question: str, turns: Sequence[Spoken]) -> str:
    """The question with names beside the pronouns that lean on `turns`, newest first; a pronoun
    stays alone if it may refer to something in the question itself, or if nothing fits."""
    if not (_ASKS.match(question) and _PRONOUN.search(question)):
        return question
    candidates = [each for age, turn in enumerate(turns) for each in spoken_of(turn, age)]
    seen: set[str] = set()
    text, at = "", 0
    for match in _PRONOUN.finditer(question):
        sort = SORT_OF[match[0].casefold()]
        if sort in seen or match[0][0].isupper() or _is_empty(question, match):
            continue
        seen.add(sort)  # a second one means the first
        others = _others(question, match, sort)
        if others is not None and (chosen := likeliest(sort, candidates, others)):
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
        return None if possessive and before in _HAVE else ()
    if match[0].casefold() in _SUBJECT or (match[0] == "it" and after in AUXILIARY):
        return None
    asks_subject = parsed(question).asks_subject or "not" in words
    bound = (possessive and words[1:] != ["about"]) or (
        sort == "it" and not words[0].startswith("who")
    )
    if not plain or (bound and asks_subject and _WHOSE.match(prefix)):
        return None  # "Who lost his job?"
    inside = referents(prefix)
    if len(_unaccounted(words, auxiliaries, inside)) > 1:
        return None
    could = [r.text for r in inside if could_be(sort, r) and not prefix.endswith(f"{r.text} of ")]
    return None if could and (possessive or before == "with") else could


def _unaccounted(
    words: Sequence[str], auxiliaries: Sequence[int], inside: Sequence[Referent]
) -> list[str]:
    """The words of meaning before a pronoun but for the subject and what is asked for; one of them
    is the verb."""
    asked = auxiliaries[0] if auxiliaries else 3 if words[:2] == ["how", "many"] else 1
    left = [word for word in words[asked:] if word not in FUNCTION_WORDS]
    subject = _WORD.findall(inside[-1].text.casefold()) if auxiliaries and inside else []
    return [word for word in left if word not in subject]


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
