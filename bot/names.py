"""Names in a text, told by their capitals: of people, places, organisations. Mainly English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.english import STARTERS

TITLES = frozenset(
    "Mr Mrs Ms Miss Mx Dr Prof Professor Sir Dame Lord Lady Gen General Col Colonel Capt Captain "
    "President Senator Sen Rep Gov Governor Mayor King Queen Prince Princess Pope Judge".split()
)
_CALENDAR = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May "
    "June July August September October November December".split()
)
_JOINING = frozenset("of the de del della da di do dos la le van von der den bin ibn al".split())
_WORD = re.compile(r"[^\W\d_]+(?:[.’'&-][^\W_]+)*")
_POSSESSIVE = re.compile(r"[’']s?\Z")
_BEGINS = re.compile(r"(?:\A|[.!?:…;\n•–—][”’\"')\]]*\s*|[“\"‘(\[])[“\"‘'(\[]*\Z")
_ABBREVIATED = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St|[A-Z])\. \Z")
_APPOSITION = re.compile(r"[’']s |, (?:who|whose|also an?|an?|\d+)\b")
_LONGEST_GAP = 16


def names(text: str, evidence: str = "") -> list[tuple[int, int]]:
    """Half-open spans of the names in `text`, without a possessive ’s.

    A word at the beginning of a sentence is one only if it looks like one: with `evidence`, if that
    has it with a capital inside a sentence, or never has it in small letters.
    """
    known = mid_sentence(evidence) if evidence else None
    found = (_trimmed(text, run, known, evidence) for run in _runs(text))
    return [span for span in found if span]


def mid_sentence(text: str) -> set[str]:
    """The words with a capital that stand inside sentences, where only names have one. What comes
    right behind a sentence's first word is no evidence if that has a capital only for its place."""
    known: set[str] = set()
    for run in _runs(text):
        begins = _begins(text, run[0])
        if not begins or _bare(run[0]).casefold() in STARTERS:
            known |= {_bare(match) for match in run[begins:]}
    return known


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Words with a capital that belong together."""
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if not _is_capital(match[0]):
            continue
        if run and not _joined(text, run[-1], match):
            yield run
            run = []
        run.append(match)
    if run:
        yield run


def _joined(text: str, last: re.Match[str], match: re.Match[str]) -> bool:
    gap = text[last.end() : match.start()]
    if len(gap) > _LONGEST_GAP or _POSSESSIVE.search(last[0]):
        return False
    if gap == ". ":
        return last[0] in TITLES or len(last[0]) == 1 or last[0] == "St"
    return gap == " " or (gap.startswith(" ") and _JOINING.issuperset(gap.split()))


def _trimmed(
    text: str, run: list[re.Match[str]], known: set[str] | None, evidence: str
) -> tuple[int, int] | None:
    """The run without what only begins the sentence; None if it is no name then."""
    begins = _begins(text, run[0])
    while run and (run[0][0] in _CALENDAR or (begins and _only_begins(run, known))):
        run, begins = run[1:], False
    function = len(run) == 1 and _bare(run[0]).casefold() in STARTERS  # in a heading, say
    if not run or function or (begins and not _may_begin(text, run, known, evidence)):
        return None
    end = run[-1].start() + len(_bare(run[-1]))
    return run[0].start(), end + (text[end : end + 1] == "." and "." in run[-1][0])


def _only_begins(run: list[re.Match[str]], known: set[str] | None) -> bool:
    """Whether the first word is no part of the name: "The Hague", "Leaving Varna"."""
    word, rest = _bare(run[0]), {_bare(match) for match in run[1:2]}
    participle = word.endswith(("ing", "ly", "ed")) and known is not None and word not in known
    return word.casefold() in STARTERS or (participle and rest <= (known or set()) and bool(rest))


def _may_begin(text: str, run: list[re.Match[str]], known: set[str] | None, evidence: str) -> bool:
    word = _bare(run[0])
    if len(run) == 1 and word.endswith(("s", "ing", "ly", "ed")):
        return known is not None and word in known
    if known is None or word in known or (len(run) > 1 and run[0][0] in TITLES):
        return True
    named = len(run) > 1 or _APPOSITION.match(text, run[0].start() + len(word))
    return bool(named) and not re.search(rf"\b{re.escape(word.lower())}\b", evidence)


def _begins(text: str, match: re.Match[str]) -> bool:
    """Whether the word is the first of its sentence."""
    before = text[max(0, match.start() - 6) : match.start()]
    whole = match.start() <= len(before)
    found = _BEGINS.search(before)
    return bool(found and (whole or before.strip()) and not _ABBREVIATED.search(before))


def _is_capital(word: str) -> bool:
    return word[0].isupper() and word != "I"


def _bare(match: re.Match[str]) -> str:
    """The word without a possessive ’s."""
    return _POSSESSIVE.sub("", match[0])
