"""What could be asked where the articles do not say: names and counts that they do have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answers import Answer
from bot.english import FUNCTION_WORDS, is_verb
from bot.names import TITLES, names
from index.articles import Span

LONGEST = 60  # characters
_SHORTEST = 4  # characters of a name of one word: shorter ones are abbreviations for the most part
_WORD = re.compile(r"\w+")
_PROSE = re.compile(r"[.!?…。！？][”’\"')\]]*\Z")
_COUNT = re.compile(
    r"(?<![\w.,:$€£’'/–-])(?!(?:19|20)\d\d\b)\d[\d,.]*(?: (?:million|billion|thousand))? "
    r"(?P<noun>[a-z]{3,}s|people|men|women|children)\b(?![’'-])"
)
_UNITS = frozenset("days hours minutes months others points seconds times weeks years".split())
_ABBREVIATION = re.compile(r"[’'.]\Z|\w\.\w|\A[A-Z]{2,}s?\Z|\A[^a-z]+\Z")
_NEXT = re.compile(r" (?P<word>[a-z]+)")


def suggestions(answer: Answer, most: int = 3) -> list[str]:
    """Names and counts from the passages that were read, those by the nearest quote first, and
    those of the title last; none that has a word of the question, and at most one count.

    Slices of the articles, a line end within them as a blank. None if there was an answer.
    """
    if answer.status != "not_in_article":
        return []
    taken = _words(answer.question.text)
    chosen: list[str] = []
    for phrase in _phrases(_sentences(answer)):
        words = _words(phrase) | ({"#"} if _COUNT.match(phrase) else set())
        if not words & taken:
            taken |= words
            chosen.append(phrase)
    return chosen[:most]


def _words(text: str) -> set[str]:
    """The words that tell texts apart."""
    return {word for word in _WORD.findall(text.casefold()) if word not in FUNCTION_WORDS}


def _sentences(answer: Answer) -> list[Span]:
    """The sentences of prose that were read, those nearest to the nearest quote first."""
    read = dict.fromkeys(
        Span(passage.version, start, end)
        for passage in answer.passages
        for start, end in passage.version.sentences
        if passage.start <= start and end <= passage.end
    )
    prose = [span for span in read if _PROSE.search(span.text) and len(span.text.split()) > 1]
    near = answer.why.nearest
    if not near:
        return prose
    return sorted(prose, key=lambda s: (s.version != near.version, abs(s.start - near.start)))


def _phrases(sentences: Sequence[Span]) -> list[str]:
    """Names and counts, each name in the longest form that it has; those of a title at the end."""
    text = "\n".join(" ".join(span.text.split()) for span in sentences)
    counted = [m.span() for m in _COUNT.finditer(text) if not _is_weak(m["noun"])]
    named = [span for span in names(text, text) if _is_told(text[slice(*span)], text)]
    found = [text[slice(*span)] for span in sorted([*counted, *named])]
    longest = {_last(phrase): phrase for phrase in sorted(found, key=len) if len(phrase) <= LONGEST}
    full = dict.fromkeys(longest[_last(phrase)] for phrase in found if _last(phrase) in longest)
    titles = _words(" ".join(span.version.article.title for span in sentences[:1]))
    return sorted(full, key=lambda phrase: bool(_words(phrase) & titles))


def _last(phrase: str) -> str:
    """The word that the forms of a name have in common; a count has one form."""
    return phrase if phrase[0].isdigit() else phrase.split()[-1]


def _is_weak(noun: str) -> bool:
    return noun in _UNITS or noun in FUNCTION_WORDS or is_verb(noun)


def _is_told(name: str, text: str) -> bool:
    """Whether it says something by itself: no abbreviation, no adjective ("German"), no title."""
    words = name.split()
    if _ABBREVIATION.search(name) or words[-1] in TITLES or words[0] in {"The", "A", "An"}:
        return False
    if len(words) > 1:
        return True
    if re.search(rf"\b{re.escape(name.lower())}\b", text):  # "Police", a word like any other
        return False
    after = [_NEXT.match(text, m.end()) for m in re.finditer(rf"\b{re.escape(name)}\b", text)]
    beside = [found is not None and _is_noun(found["word"]) for found in after]
    return len(name) >= _SHORTEST and sum(beside) * 2 < len(beside)


def _is_noun(word: str) -> bool:
    """Whether a word in small letters may be one that a name describes."""
    return word not in FUNCTION_WORDS and not is_verb(word) and not word.endswith("ly")
