"""A library as a LangChain VectorStore, and the way in for articles."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from numpy.typing import NDArray

from index.articles import Article, Origin, Passage, Version, canonical_text
from index.cache import VectorCache
from index.encoder import Encoder
from index.library import Kept, Library
from index.passages import Entry, Row, split

_PASSAGE_ID = re.compile(r"passage-(\d+)")


class LibraryStore(VectorStore):
    """A library as LangChain sees it, and the one way in for articles: they are split, encoded and
    kept in one transaction.

    A Document's metadata says where its text stands: article, version, start, end. Documents added
    through `add_documents` are articles of one passage that keep their own id and metadata.
    """

    def __init__(self, library: Library, encoder: Encoder) -> None:
        library.require_encoder(encoder.id)
        self.library, self.encoder = library, encoder
        self.cache = VectorCache(library, encoder)

    @property
    def embeddings(self) -> Embeddings:
        return self.encoder

    def close(self) -> None:
        """Saves the snapshot and closes the library."""
        try:
            self.cache.save()
        finally:
            self.library.close()

    def add_article(
        self, version: Version, origin: Origin | None = None, again: bool = False
    ) -> Kept:
        """Adds one article, read at `origin`, or its newer text; ``Kept.outcome`` tells which.

        The same text is not encoded again. `again` is explained in `Library.add`.
        """
        if kept := self.library.recognise(version, origin, again):
            return kept
        entries = _entries(version, self.encoder)
        return self.library.add(version, entries, self.encoder.id, origin, again)

    def restore(self, versions: Sequence[Version], origins: Sequence[Origin]) -> Kept:
        """Adds an article as another library had it; see `Library.restore`."""
        known = self.library.recognise(versions[0])
        entries = [] if known else _entries(versions[0], self.encoder)
        return self.library.restore(versions, entries, self.encoder.id, origins)

    def remove_articles(self, articles: Sequence[int]) -> int:
        """Removes whole articles, from the snapshot too, and returns how many there were."""
        removed = self.library.remove(articles)
        self.cache.save()
        return removed

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        words = [canonical_text(text) for text in texts]
        names = [name or str(uuid.uuid4()) for name in ids or [""] * len(words)]
        about = metadatas or [{} for _ in words]
        vectors = self.encoder.encode(words)
        whole = zip(words, names, about, vectors, strict=True)
        for entry in [_document_entry(*each) for each in whole]:  # all are sound before one is kept
            self.library.add_document(entry, self.encoder.id)
        return names

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: Path | None = None,
        **kwargs: Any,
    ) -> LibraryStore:
        """A library in `folder` with these texts; the embedding is one of `index.encoder`."""
        if folder is None or not isinstance(embedding, Encoder):
            raise TypeError("from_texts needs folder=… and an Encoder of index.encoder")
        store = cls(Library(folder), embedding)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        rows = self._rows(ids or [])
        self.remove_articles([row.passage.version.article.id for row in rows])
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        return [as_document(row) for row in self._rows(ids)]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, *, articles: Sequence[int] = (), **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The k passages nearest to the query, of these articles if any are given, and cosines."""
        within = self.library.passage_ids(articles) if articles else None
        vector = np.asarray(self.encoder.embed_query(query), dtype=np.float32)
        found = dict(self.cache.search(vector, k, within))
        return [(as_document(row), found[row.id]) for row in self.library.rows(list(found))]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return lambda cosine: max(0.0, min(1.0, cosine))

    def _rows(self, ids: Sequence[str]) -> list[Row]:
        return [row for name in ids for row in self.library.named([name]) or self._numbered(name)]

    def _numbered(self, name: str) -> list[Row]:
        number = _PASSAGE_ID.fullmatch(name)
        return self.library.rows([int(number[1])]) if number else []


def reindex(library: Library, encoder: Encoder) -> int:
    """Splits and encodes every article anew by another encoder; returns how many there were."""
    generation, articles = library.generation(), library.articles()
    entries = [entry for article in articles for entry in _entries_anew(library, article, encoder)]
    library.reindex(entries, encoder.id, generation)
    VectorCache(library, encoder).save()
    return len(articles)


def _entries_anew(library: Library, article: Article, encoder: Encoder) -> list[Entry]:
    rows = library.rows(library.passage_ids([article.id]).tolist())
    if rows and rows[0].name:  # a document stays one passage
        [vector] = encoder.encode([rows[0].passage.text])
        return [Entry(rows[0].passage, vector, rows[0].name, rows[0].metadata)]
    return _entries(library.version(article.id), encoder)


def _entries(version: Version, encoder: Encoder) -> list[Entry]:
    passages = split(version, encoder.count_pieces, encoder.window)
    vectors = encoder.encode([passage.text for passage in passages])
    return [Entry(p, vector) for p, vector in zip(passages, vectors, strict=True)]


def _document_entry(
    text: str, name: str, metadata: dict[str, Any], vector: NDArray[np.float32]
) -> Entry:
    version = Version(Article(str(metadata.get("title", name)), source="langchain"), text)
    return Entry(Passage(version, 0, len(text)), vector, name, json.dumps(metadata))


def as_document(row: Row) -> Document:
    """A stored passage as LangChain's Document."""
    passage, version = row.passage, row.passage.version
    place = {"article": version.article.id, "version": version.id, "title": version.article.title}
    where = place | {"start": passage.start, "end": passage.end}
    metadata = json.loads(row.metadata) if row.metadata else where
    name = row.name or f"passage-{row.id}"
    return Document(page_content=passage.text, metadata=metadata, id=name)
