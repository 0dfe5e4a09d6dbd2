"""Questions that leave out what the one before has said: "And when?", "Why not?", "And women?".

The question before lends its words. What comes of it need not be good English, since only the
retriever and the reader see it; it has to hold the words that they need.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.english import AUXILIARY, BEFORE_NOUN, FUNCTION_WORDS, PRONOUNS, is_verb
from bot.names import names
from bot.referents import referents

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
    r"(?P<words>.+?) (?:(?:is|was|were|did|does|has) (?:that|this)|(?<!where )(?:is|was) it\Z|"
    r"(?:did|does|has) it(?= happen| occur| take place)|"
    r"(?:did|does|has|have|had|will|would|could|can) (?:he|she|they|it)\Z)"
    r"(?: happen(?:ed)?| occur(?:red)?| take place| take| be)?",
    re.IGNORECASE,
)
_LASTED = re.compile(
    r"(?P<words>.+?) (?:did|does|will|has) it (?:last|take|go on)(?:ed|en)?", re.IGNORECASE
)
_SAID = re.compile(
    r"who (?P<verb>said|says|claimed|claims|told \w+|thinks|thought) (?:that|this|so|it)",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"who (?P<auxiliary>\w+n[’']t|did|does|do|is|was|has|will)", re.IGNORECASE)
_UNCOUNTED = re.compile(rf"(how many) (?=(?:{'|'.join(sorted(AUXILIARY))})\b)", re.IGNORECASE)
_COUNTED = re.compile(
    rf"how many (?P<what>.+?) (?=(?:{'|'.join(sorted(AUXILIARY))})\b)", re.IGNORECASE
)
_PREPOSITIONAL = re.compile(rf"(?P<preposition>{_PREPOSITIONS}) +(?P<rest>.+)", re.IGNORECASE)
_WHO_IS = re.compile(r"who (?:is|was) (?=(?:the|a|an) )", re.IGNORECASE)
_FEW = frozenset("else far for from long much not often so soon with".split())
_ADVERB = re.compile(
    r"(?:when|where|why|how(?! m(?:any|uch))|how many (?:hour|day|week|month|year|minute|time)s)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\A(how many|how much|which|what|whom?|\w+)\b")
_LONGEST_ANSWER = 12  # words of an answer that are taken over
_STATEMENT = 3  # words that say something by themselves
_LONGEST_NOUN = 2  # words of "which other city?"
_LONGEST_PHRASE = 6  # words of "And the prisoners?"


def completed(question: str, before: str, answer: str) -> str:
    """A question that leans on the one before, with that one's words; "" if it does not.

    `answer` is what the one before was answered by, "" if it was not.
    """
    asked, earlier = question.strip(" ?!."), parsed(before)
    core = OPENING.sub("", asked, count=1)
    event = _EVENT.fullmatch(core)
    if not (event or any(each.kind == "thing" for each in referents(before))):
        event = _LASTED.fullmatch(core)
    words = event["words"] if event else core.removesuffix(" exactly")
    if (found := _FRAGMENT.fullmatch(words)) and _is_fragment(found, adverbial=bool(event)):
        return _rebuilt(words, earlier, answer)
    if (found := _SAID.fullmatch(core)) and (said := _taken(answer)):
        whole = len(said.split()) >= _STATEMENT or earlier.asks_subject
        return _joined("who", found["verb"], f"“{said if whole else f'{earlier.rest} {said}'}”")
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
    subject_follows = after[0][:1].isupper() or after[0].casefold() in BEFORE_NOUN | PRONOUNS
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
    if len(rest) > 1 and rest[0].endswith("s"):  # "what surrounds Warsaw"
        return False
    return len(rest) <= _LONGEST_NOUN and not any(is_verb(word, base=True) for word in rest)


def _is_plain(words: list[str]) -> bool:
    return not (FUNCTION_WORDS - {"how", "other", "more"}).intersection(words)


def _rebuilt(words: str, earlier: Parsed, answer: str) -> str:
    """The question before with other words that ask: "When | was Valerii taken captive?" """
    words = re.sub(r" not\Z", "", words)
    if words.casefold() == earlier.asking.casefold():
        return ""
    if not (_PREPOSITIONAL.match(words) or _ADVERB.match(words)):
        fits = _asks_alike(words.casefold(), earlier)
        return _joined(words, earlier.auxiliary, earlier.rest) if fits else ""
    kind, _, noun = _ASKED.sub(r"\1|", earlier.asking.casefold()).partition("|")
    taken = f"the {noun.strip()}" if noun.strip() else _taken(answer)
    if earlier.asks_subject:
        return _joined(words, earlier.auxiliary or "did", taken, earlier.rest)
    return _joined(words, earlier.auxiliary, earlier.rest, "" if _ADVERB.match(kind) else taken)


def _asks_alike(words: str, earlier: Parsed) -> bool:
    """Whether what asks for somebody or something can stand where the question before did so."""
    before = earlier.asking.casefold()
    if words.startswith("how"):
        return before.startswith("how m") or earlier.asks_subject
    if words.startswith("who"):
        return before.startswith(("who", "which"))
    return bool(before) and not before.startswith(("when", "why"))


def _taken(answer: str) -> str:
    """An answer to be put into a question, "" if it is long."""
    return answer.strip(' .?!“”"') if len(answer.split()) <= _LONGEST_ANSWER else ""


def _about(phrase: str, before: str, said: bool) -> str:
    """ "And in Kyiv?", "What about women?": in the place of its like, or else as a topic."""
    words = [word.casefold() for word in phrase.split()]
    if not words or len(words) > _LONGEST_PHRASE or AUXILIARY.intersection(words):
        return ""
    if words[0] in _ASKING or FUNCTION_WORDS.issuperset(words):
        return ""
    if found := _PREPOSITIONAL.fullmatch(phrase):
        return _in_place_of(found["preposition"], phrase, before)
    if names(f"- {phrase}") == [(2, 2 + len(phrase))]:  # it is a name, and nothing else
        return f"What about {phrase}: {_without_names(before)}?"
    if (counted := _COUNTED.match(before)) and words[0] not in FUNCTION_WORDS:
        return _joined(before.replace(counted["what"], phrase, 1))
    person = [each.kind for each in referents(phrase)][:1] == ["person"]
    if (found := _WHO_IS.match(before)) and words[0] in {"the", "a", "an"} and person:
        return _joined(found[0], phrase)
    return "" if said else f"What about {phrase}?"


def _without_names(question: str) -> str:
    """What was asked, so that the topic that it is asked of now is the one name in it."""
    for start, end in reversed(names(question)):
        question = question[:start] + question[end:]
    return _lowered(" ".join(question.split()))


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
