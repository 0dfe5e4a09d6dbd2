"""Questions that leave out what the one before has said: "And when?", "Why not?", "And women?".

The question before lends its words. What comes of it need not be good English, since only the
retriever and the reader see it; it has to hold the words that they need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.english import AUXILIARY, FUNCTION_WORDS, is_verb
from bot.names import names

OPENING = re.compile(r"\A(?:(?:and|but|so|or|then|ok|okay|well|also)\b,? +)+", re.IGNORECASE)
_ABOUT = re.compile(r"(?:(?:and|but) )?(?:what|how) about +", re.IGNORECASE)
_PREPOSITIONS = (
    "in|on|at|to|from|by|for|with|since|until|during|of|about|under|over|after|before|against|near"
)
_ASKING = frozenset("when where why how who whom whose what which".split())
_ADVERBIAL = frozenset("when where why how".split())
_FRAGMENT = re.compile(
    rf"(?:(?P<preposition>{_PREPOSITIONS}) +)?(?P<asking>{'|'.join(_ASKING)})\b"
    r"(?P<rest>(?: +[\w’'-]+){0,4})",
    re.IGNORECASE,
)
# "When was that?", "How did it happen?", "Why did they?": the event of the question before.
_EVENT = re.compile(
    r"(?P<words>.+?) (?:(?:is|was|were|did|does|has) (?:that|this)|(?:did|does|has) it"
    r"(?= happen| occur| take place)|(?:is|was) it\Z|(?:did|does|has|have|had|will|would|could|can)"
    r" (?:he|she|they|it)\Z)(?: happen(?:ed)?| occur(?:red)?| take place| take| be)?",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"who (?P<auxiliary>\w+n[’']t|did|does|do|is|was|has|will)", re.IGNORECASE)
_UNCOUNTED = re.compile(rf"(how many) (?=(?:{'|'.join(sorted(AUXILIARY))})\b)", re.IGNORECASE)
_COUNTED = re.compile(
    rf"how many (?P<what>.+?) (?=(?:{'|'.join(sorted(AUXILIARY))})\b)", re.IGNORECASE
)
_PREPOSITIONAL = re.compile(rf"(?P<preposition>{_PREPOSITIONS}) +(?P<rest>.+)", re.IGNORECASE)
_IS = re.compile(r"(?:who|what|where) (?:is|are|was|were) ", re.IGNORECASE)
_FEW = frozenset("else far for from long much not often so soon with".split())
_LONGEST_ANSWER = 12  # words of an answer that are taken over
_LONGEST_NOUN = 2  # words of "which other city?"
_LONGEST_PHRASE = 6  # words of "And the prisoners?"


def completed(question: str, before: str, answer: str) -> str:
    """A question that leans on the one before, with that one's words; "" if it does not.

    `answer` is what the one before was answered by, "" if it was not.
    """
    asked, earlier = question.strip(" ?!."), parsed(before)
    core = OPENING.sub("", asked, count=1)
    event = _EVENT.fullmatch(core)
    words = event["words"] if event else core.removesuffix(" exactly")
    if (found := _FRAGMENT.fullmatch(words)) and _is_fragment(found, adverbial=bool(event)):
        return _rebuilt(words, earlier, answer)
    if (found := _UNFINISHED.fullmatch(core)) and earlier.asks_subject:
        return _joined("who", found["auxiliary"], earlier.rest)
    if (found := _UNCOUNTED.match(core)) and (counted := _COUNTED.match(before)):
        return _joined(found[0], counted["what"], core[found.end() :])
    about = _ABOUT.match(core)
    if about or core != asked:
        return _about(core[about.end() if about else 0 :], before.strip(" ?!."), bool(about))
    return ""


@dataclass(frozen=True)
class Parsed:
    """A question in its parts: "Which court | has | rejected the complaint"."""

    asking: str
    auxiliary: str
    rest: str
    asks_subject: bool
    """Whether the answer is who did it, not what was done, or when."""


def parsed(question: str) -> Parsed:
    """A question's parts, by its first auxiliary; any of them may be empty."""
    words = OPENING.sub("", question.strip(" ?!."), count=1).split()
    first = [word.casefold() for word in words[:7]]
    at = next((i for i, word in enumerate(first) if word in AUXILIARY), None)
    if not _ASKING & {*first[:2]}:
        return Parsed("", "", _lowered(" ".join(words)), asks_subject=False)
    if at is None:
        length = 3 if first[:2] == ["how", "many"] else 2 if first[0] == "which" else 1
        rest = " ".join(words[length:])
        return Parsed(" ".join(words[:length]), "", rest, asks_subject=True)
    after = words[at + 1 : at + 2] or [""]
    finite = first[at] not in {"do", "does", "did", "don't", "doesn't", "didn't"}
    subject_follows = after[0][:1].isupper() or after[0].casefold() in FUNCTION_WORDS
    copula = first[0] == "who" and first[at] in {"is", "are", "was", "were"}
    asks = finite and first[0] not in {"when", "where", "why"} and (copula or not subject_follows)
    return Parsed(" ".join(words[:at]), words[at], " ".join(words[at + 1 :]), asks_subject=asks)


def _is_fragment(found: re.Match[str], adverbial: bool) -> bool:
    """Whether it is only "when", "how many women", "by which court": no clause of its own."""
    asking, rest = found["asking"].casefold(), found["rest"].casefold().split()
    if adverbial and asking not in _ADVERBIAL:
        return False
    if asking in {"when", "where", "why", "who", "whom"}:
        return set(rest) <= _FEW
    if set(rest) <= _FEW:
        return bool(rest) or asking != "what"
    if not _is_plain(rest) or any(map(is_verb, rest)):
        return False
    if asking == "how":
        return rest[0] in {"many", "much"} or bool(found["preposition"])
    return len(rest) <= _LONGEST_NOUN and not any(is_verb(word, base=True) for word in rest)


def _is_plain(words: list[str]) -> bool:
    return not (FUNCTION_WORDS - {"how", "other", "more"}).intersection(words)


def _rebuilt(words: str, earlier: Parsed, answer: str) -> str:
    """The question before with other words that ask: "When | was Valerii taken captive?" """
    words = re.sub(r" not\Z", "", words)
    taken = answer if 0 < len(answer.split()) <= _LONGEST_ANSWER else ""
    taken = taken.strip(' .?!“”"')
    same_place = not (words.split()[0].casefold() in _ADVERBIAL or _PREPOSITIONAL.match(words))
    if not earlier.asks_subject:
        asked = earlier.asking.casefold()
        noun = re.sub(r"\A(?:how (?:many|much)|which|what) (?=\w)", "the ", asked)
        ended = taken if asked in {"what", "who", "whom"} else noun if noun != asked else ""
        return _joined(words, earlier.auxiliary, earlier.rest, "" if same_place else ended)
    if same_place or re.match(r"how (many|much)\b", words, re.IGNORECASE):
        return _joined(words, earlier.auxiliary, earlier.rest)
    subject = taken or re.sub(r"(?i)\A(how many|which|what|who)\b", "the", earlier.asking)
    return _joined(words, earlier.auxiliary or "did", subject, earlier.rest)


def _about(phrase: str, before: str, said: bool) -> str:
    """ "And in Kyiv?", "What about women?": in the place of its like, or else as a topic."""
    words = [word.casefold() for word in phrase.split()]
    if not words or len(words) > _LONGEST_PHRASE or AUXILIARY.intersection(words):
        return ""
    if words[0] in _ASKING or FUNCTION_WORDS.issuperset(words):
        return ""
    if found := _PREPOSITIONAL.fullmatch(phrase):
        return _in_place_of(found["preposition"], phrase, before)
    there = {before[start:end] for start, end in names(before)}
    if names(f"- {phrase}") == [(2, 2 + len(phrase))]:  # it is a name, and nothing else
        return _joined(before.replace(*there, phrase)) if len(there) == 1 else _topic(phrase, said)
    if (counted := _COUNTED.match(before)) and words[0] not in FUNCTION_WORDS:
        return _joined(before.replace(counted["what"], phrase, 1))
    if (found := _IS.match(before)) and words[0] in {"the", "a", "an"}:
        return _joined(found[0], phrase)
    return _topic(phrase, said)


def _topic(phrase: str, said: bool) -> str:
    """What `bot.forms` takes for a topic; nothing to do if it was asked for in that way."""
    return "" if said else f"What about {phrase}?"


def _in_place_of(preposition: str, phrase: str, before: str) -> str:
    """With "of Russia" for "of Ukraine", or at its end."""
    ends = "|".join(sorted((FUNCTION_WORDS | {"of"}) - {"the", "a", "an"}))
    like = rf"\b{preposition} (?:(?:the|a|an) )?(?:(?!(?:{ends})\b)[\w’'.-]+ ?)+"
    replaced, count = re.subn(like, lambda _: f"{phrase} ", before, flags=re.IGNORECASE)
    return _joined(replaced if count == 1 else f"{before} {phrase}")


def _joined(*parts: str) -> str:
    text = " ".join(" ".join(parts).split())
    return f"{text[:1].upper()}{text[1:]}?"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
