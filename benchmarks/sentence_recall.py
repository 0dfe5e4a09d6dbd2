"""Is the sentence that holds the answer ranked first? BM25, the encoder, and Pullquote's own way.

`PYTHONPATH=. python benchmarks/sentence_recall.py SQUAD.json.gz [--questions 2000]`, from the root.

Of the answerable questions: the share whose gold sentence is first in its paragraph, and first or
among the first five of all sentences of the file. BM25 is SQLite's over all sentences, the encoder
ranks sentences by their cosine, and Pullquote retrieves eight passages and ranks their sentences.
"""

import argparse
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bot.metrics import recall_at
from bot.questions import GoldQuestion, QuestionSet, read_questions
from index.articles import Span
from index.encoder import Encoder, load_encoder
from index.library import Library
from index.ranking import TOKENIZER, SentenceRanker, all_words, any_of
from index.retriever import HybridRetriever
from index.vectors import LibraryStore

PASSAGES = 8
Ranks = list[int | None]


class Sentences:
    """All sentences of a set of texts, numbered, with the numbers that each text has."""

    def __init__(self, asked: QuestionSet) -> None:
        spans = [[Span(text, *span) for span in text.sentences] for text in asked.texts]
        self.spans = [span for each in spans for span in each]
        bounds = np.cumsum([0, *map(len, spans)]).tolist()
        self.of = [range(*bound) for bound in pairwise(bounds)]

    def gold(self, question: GoldQuestion) -> set[int]:
        """The numbers of the sentences in which a gold answer starts."""
        starts = [start for start, _ in question.places]
        own = self.of[question.home]
        return {i for i in own if any(self.spans[i].start <= s < self.spans[i].end for s in starts)}


def rank_of(gold: set[int], ranking: Sequence[int]) -> int | None:
    """From 1, of the first item that is gold."""
    return next((rank for rank, item in enumerate(ranking, start=1) if item in gold), None)


def rank_by_words(
    questions: Sequence[GoldQuestion], sentences: Sentences
) -> Iterator[tuple[int | None, int | None]]:
    """Ranks of the gold sentence by BM25: in its paragraph, and in the whole file."""
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE t USING fts5 (text, content='', tokenize='{TOKENIZER}')")
    rows = ((i, span.text) for i, span in enumerate(sentences.spans))
    db.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", rows)
    for question in questions:
        match = any_of(all_words(question.text))
        found = db.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank, rowid", (match,))
        ranking = [row for (row,) in found]
        gold, own = sentences.gold(question), sentences.of[question.home]
        yield rank_of(gold, [i for i in ranking if i in own]), rank_of(gold, ranking)
    db.close()


def rank_by_vectors(
    questions: Sequence[GoldQuestion], sentences: Sentences, encoder: Encoder
) -> Iterator[tuple[int | None, int | None]]:
    """Ranks of the gold sentence by cosine: in its paragraph, and in the whole file."""
    vectors = encoder.encode([span.text for span in sentences.spans])
    for question in questions:
        cosines = vectors @ np.asarray(encoder.embed_query(question.text), dtype=np.float32)
        gold, own = sentences.gold(question), sentences.of[question.home]
        inside = own.start + _descending(cosines[own.start : own.stop])
        yield rank_of(gold, inside.tolist()), rank_of(gold, _descending(cosines).tolist())


def _descending(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.argsort(-scores, kind="stable")


def rank_by_pullquote(
    questions: Sequence[GoldQuestion], asked: QuestionSet, store: LibraryStore
) -> Iterator[tuple[int | None, int | None]]:
    """Ranks of a sentence in which a gold answer starts: asked of its paragraph, and of all."""
    ids = [store.add_article(text).version.article.id for text in asked.texts]
    retriever, ranker = HybridRetriever(store=store, k=PASSAGES), SentenceRanker(store.encoder)
    for question in questions:
        ranks = []
        for articles in ([ids[question.home]], []):
            rows = retriever.rank(question.text, articles=articles)
            ranked = ranker.rank(question.text, [row.passage for row in rows])
            hits = [_holds(span, ids[question.home], question) for span, _ in ranked]
            ranks.append(hits.index(True) + 1 if True in hits else None)
        yield ranks[0], ranks[1]


def _holds(span: Span, article: int, question: GoldQuestion) -> bool:
    own = span.version.article.id == article
    return own and any(span.start <= start < span.end for start, _ in question.places)


def show(name: str, inside: Ranks, overall: Ranks) -> None:
    """One line of the table."""
    shares = [recall_at(1, inside), recall_at(1, overall), recall_at(5, overall)]
    print(f"{name:10}", *(f"{share or 0:12.3f}" for share in shares), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--questions", type=int, help="so many, evenly spread; all if not given")
    options = parser.parse_args()
    asked = read_questions(options.file)
    placed = [question for question in asked.questions if question.places]
    questions = placed[:: max(1, len(placed) // (options.questions or len(placed)))]
    sentences, encoder = Sentences(asked), load_encoder()
    print(f"{len(questions):,} answerable questions, {len(sentences.spans):,} sentences\n")
    print(f"{'':10} {'paragraph@1':>12} {'all@1':>12} {'all@5':>12}")
    show("BM25", *map(list, zip(*rank_by_words(questions, sentences), strict=True)))
    show("encoder", *map(list, zip(*rank_by_vectors(questions, sentences, encoder), strict=True)))
    with TemporaryDirectory(prefix="pullquote-") as folder:
        store = LibraryStore(Library(Path(folder)), encoder)
        ranks = zip(*rank_by_pullquote(questions, asked, store), strict=True)
        show("Pullquote", *map(list, ranks))
        store.close()


if __name__ == "__main__":
    main()
