"""Questions beside passages that nobody has labelled: what a teacher teaches the reader besides.

SQuAD asks each question of one paragraph. The reader meets more: longer passages, single sentences,
other paragraphs, questions that nearly fit. A teacher can judge any pair, so these cost nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from bot.training.squad import Example, by_overlap, clean_question
from index.sentences import sentences

WIDE = 1200  # characters of a longer passage: about 256 word pieces
WIDER_SHARE = 0.5
# A word of a question to what turns it into another question.
_OTHER_WORDS = {
    "when": ("where", "why", "how"),
    "where": ("when", "why", "how"),
    "who": ("when", "why", "where"),
    "why": ("when", "where"),
    "how many": ("which", "why are there"),
    "what year": ("what place", "what month"),
    "first": ("last", "second"),
    "last": ("first", "next"),
    "before": ("after",),
    "after": ("before",),
    "most": ("least",),
    "least": ("most",),
    "largest": ("smallest", "second largest"),
    "highest": ("lowest",),
    "more": ("less", "fewer"),
    "less": ("more",),
    "increase": ("decrease",),
    "north": ("south", "west"),
    "south": ("north", "east"),
    "east": ("west",),
    "west": ("east",),
    "is": ("is not", "was"),
    "was": ("was not", "is"),
    "did": ("did not", "will"),
}
_OTHER = re.compile(rf"\b({'|'.join(_OTHER_WORDS)})\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=\w )[A-Z][\w’'-]+(?: (?:of |the |de )?[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")


@dataclass(frozen=True)
class Asked:
    """One article: its paragraphs, and each of its questions with its own paragraph's number."""

    title: str
    texts: list[str]
    questions: list[tuple[int, str]]

    def beside(self, question: str, passage: str) -> Example:
        return Example(self.title, question, passage, (), labelled=False)


def asked_of(files: list[list[dict[str, Any]]]) -> list[Asked]:
    """The articles of several files, those with the same title as one."""
    found: dict[str, tuple[dict[str, int], list[tuple[int, str]]]] = {}
    for article in (article for file in files for article in file):
        place, questions = found.setdefault(article["title"], ({}, []))
        for paragraph in article["paragraphs"]:
            own = place.setdefault(paragraph["context"], len(place))
            questions += [(own, clean_question(qa["question"])) for qa in paragraph["qas"]]
    return [Asked(title, list(place), asked) for title, (place, asked) in found.items()]


def unlabelled(files: list[list[dict[str, Any]]], seed: int) -> Iterator[Example]:
    """Every question of the files in each of these ways."""
    rng = np.random.default_rng(seed)
    for article in asked_of(files):
        yield from wider(article, rng)
        yield from reworded(article, rng)
        yield from alone(article)
        yield from elsewhere(article, rng)


def wider(article: Asked, rng: np.random.Generator) -> Iterator[Example]:
    """Half of the questions beside their paragraph and sentences of the ones around it."""
    for own, question in article.questions:
        if rng.random() < WIDER_SHARE:
            before = " ".join(article.texts[max(0, own - 1) : own])
            after = " ".join(article.texts[own + 1 : own + 2])
            yield article.beside(question, _around(before, article.texts[own], after, rng))


def _around(before: str, text: str, after: str, rng: np.random.Generator) -> str:
    """A text with whole sentences from its neighbours, up to about WIDE characters in all."""
    room = max(0, WIDE - len(text))
    left = int(room * rng.random())
    starts = [a for a, _ in _sentences(before) if len(before) - a <= left]
    ends = [b for _, b in _sentences(after) if b <= room - left]
    head = before[starts[0] :] if starts else ""
    return " ".join(part for part in (head, text, after[: ends[-1]] if ends else "") if part)


def reworded(article: Asked, rng: np.random.Generator) -> Iterator[Example]:
    """Questions with one name, number or other word changed, beside the paragraph of the old one.

    The new name or number is one of the paragraph's: a near-miss more often than not.
    """
    for own, question in article.questions:
        text = article.texts[own]
        ways = [
            *_swaps(question, _NAME, _NAME.findall(text)),
            *_swaps(question, _NUMBER, _NUMBER.findall(text)),
            *_other_words(question),
        ]
        if ways:
            yield article.beside(ways[rng.integers(len(ways))], text)


def _swaps(question: str, pattern: re.Pattern[str], others: list[str]) -> Iterator[str]:
    for match in pattern.finditer(question):
        for other in dict.fromkeys(others):
            if other not in question:
                yield question[: match.start()] + other + question[match.end() :]


def _other_words(question: str) -> Iterator[str]:
    for match in _OTHER.finditer(question):
        for other in _OTHER_WORDS[match[0].lower()]:
            word = other.capitalize() if match[0][0].isupper() else other
            yield question[: match.start()] + word + question[match.end() :]


def alone(article: Asked) -> Iterator[Example]:
    """Each question beside the one sentence of its paragraph that is most like it."""
    cut = [[text[a:b] for a, b in _sentences(text)] for text in article.texts]
    every = list(dict.fromkeys(sentence for own in cut for sentence in own))
    number = {sentence: i for i, sentence in enumerate(every)}
    alike = by_overlap([question for _, question in article.questions], every)
    for (own, question), row in zip(article.questions, alike, strict=True):
        yield article.beside(question, max(cut[own], key=lambda sentence: row[number[sentence]]))


def elsewhere(article: Asked, rng: np.random.Generator) -> Iterator[Example]:
    """Each question beside one of the three other paragraphs that are most like it."""
    if len(article.texts) < 2:
        return
    alike = by_overlap([question for _, question in article.questions], article.texts)
    for (own, question), row in zip(article.questions, alike, strict=True):
        others = [i for i in np.argsort(-row) if i != own][:3]
        yield article.beside(question, article.texts[others[rng.integers(len(others))]])


@cache
def _sentences(text: str) -> list[tuple[int, int]]:
    return sentences(text)
