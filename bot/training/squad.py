"""Files in SQuAD's layout → questions beside passages, and negatives mined from them."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

Likeness = Callable[[list[str], list[str]], NDArray[Any]]
"""Questions and paragraphs to how alike each two are, (questions, paragraphs)."""


@dataclass(frozen=True)
class Example:
    """A question beside a passage; `spans` are the answers in code points, none if unanswerable.

    Whether the passage answers is not known at all if it is not `labelled`: a teacher has to say.
    """

    article: str
    question: str
    passage: str
    spans: tuple[tuple[int, int], ...]
    labelled: bool = True

    @property
    def answers(self) -> list[str]:
        return [self.passage[start:end] for start, end in self.spans]


def load(path: Path) -> list[dict[str, Any]]:
    """The articles of a gzipped file in SQuAD's layout."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles: list[dict[str, Any]] = json.load(file)["data"]
    return articles


def examples(articles: list[dict[str, Any]]) -> Iterator[Example]:
    """Every question of the articles beside its own paragraph."""
    for article in articles:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            for qa in paragraph["qas"]:
                spans = {span for answer in qa["answers"] for span in _spans(text, answer)}
                question = clean_question(qa["question"])
                yield Example(article["title"], question, text, tuple(sorted(spans)))


def _spans(text: str, answer: dict[str, Any]) -> list[tuple[int, int]]:
    words, start = answer["text"], answer["answer_start"]
    if answer.get("start_exact", True):
        return [(start, start + len(words))]
    pattern = re.escape(words)
    whole = [m.span() for m in re.finditer(rf"(?<!\w){pattern}(?!\w)", text)]
    return whole or [m.span() for m in re.finditer(pattern, text)]


def clean_question(text: str) -> str:
    """Without the marks of CSV quoting and tokenisation that only the rebuilt negatives carry."""
    text = " ".join(text.split())
    if len(text) > 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = re.sub(r'``|""|\'\'', '"', text)
    return re.sub(r"(\w) (n['’]t)\b", r"\1\2", text)


def mine_negatives(articles: list[dict[str, Any]], count: int, seed: int) -> list[Example]:
    """`count` questions beside the most alike other paragraph of their article without the answer.

    Likeness is the cosine of TF-IDF vectors: this is what a retriever hands to a reader.
    """
    found = [e for article in articles for e in hardest(article)]
    chosen = np.random.default_rng(seed).permutation(len(found))[:count]
    return [found[i] for i in chosen]


def by_overlap(questions: list[str], texts: list[str]) -> NDArray[Any]:
    """The cosines of TF-IDF vectors, with the weights that the texts give to words."""
    weigh = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit(texts)
    likeness: NDArray[Any] = (weigh.transform(questions) @ weigh.transform(texts).T).toarray()
    return likeness


def hardest(article: dict[str, Any], likeness: Likeness = by_overlap) -> Iterator[Example]:
    """Each question of an article beside its most alike other paragraph without the answer."""
    texts = [paragraph["context"] for paragraph in article["paragraphs"]]
    folded = [text.lower() for text in texts]
    asked = [(i, qa) for i, p in enumerate(article["paragraphs"]) for qa in p["qas"]]
    alike = likeness([qa["question"] for _, qa in asked], texts)
    for (own, qa), row in zip(asked, alike, strict=True):
        words = [answer["text"].lower() for answer in qa["answers"]]
        for i in np.argsort(-row)[:4]:
            if row[i] > 0 and i != own and not any(word in folded[i] for word in words):
                question = clean_question(qa["question"])
                yield Example(article["title"], question, texts[i], ())
                break
