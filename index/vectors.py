"""The library's vectors in FAISS: a cache of what SQLite holds, as a LangChain VectorStore."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from numpy.typing import NDArray

from index.articles import Article, Passage, Version, canonical_text
from index.encoder import Encoder
from index.library import SNAPSHOT, Entry, Kept, Library, Row
from index.passages import split

log = logging.getLogger(__name__)

_PASSAGE_ID = re.compile(r"passage-(\d+)")


class VectorCache:
    """Exact inner-product search over a library's vectors, kept in step with its generation.

    The snapshot is a line of JSON (generation, encoder, dimension, count, SHA-256 of the rest)
    and FAISS's own bytes; one that does not match the library to the letter is made anew.
    """

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self._library, self._encoder = library, encoder
        self._file = library.folder / SNAPSHOT
        self._turn = threading.RLock()
        generation = library.generation()
        snapshot = self._read_snapshot(generation)
        self._index = snapshot or faiss.IndexIDMap2(faiss.IndexFlatIP(encoder.dimension))
        self._generation = self._saved = generation if snapshot else -1

    def search(
        self, vector: NDArray[np.float32], k: int, within: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """The k nearest passages of `within` (None: of all) to a vector of shape (dimension,):
        ids and cosines, best first."""
        with self._turn:
            self._catch_up()
            chosen = None if within is None else _parameters(_only(within))
            query = vector.reshape(1, -1).astype(np.float32)
            cosines, ids = self._index.search(query, k, params=chosen)
        found = zip(ids[0].tolist(), cosines[0].tolist(), strict=True)
        return [(i, cosine) for i, cosine in found if i >= 0]

    def save(self) -> None:
        """Writes the snapshot if it is behind: a whole file beside it, synced, then renamed.

        It is only a cache, so a disk that has no room for it is logged and nothing else.
        """
        with self._turn:
            self._catch_up()
            if self._saved == self._generation:
                return
            payload = faiss.serialize_index(self._index).tobytes()
            header = self._header(payload, self._generation, self._index.ntotal)
            try:
                _write_durably(self._file, header + b"\n" + payload)
                self._saved = self._generation
            except OSError as error:
                log.info("no snapshot of %s: %s", self._library.folder, error.strerror)

    def _catch_up(self) -> None:
        generation = self._library.generation()
        if generation == self._generation:
            return
        held = faiss.vector_to_array(self._index.id_map)
        gone = np.setdiff1d(held, self._library.passage_ids())
        if gone.size:
            self._index.remove_ids(_only(gone))
        ids, vectors = self._library.vectors(after=int(held.max(initial=0)))
        if ids.size:
            self._index.add_with_ids(vectors, ids)
        self._generation = generation

    def _header(self, payload: bytes, generation: int, count: int) -> bytes:
        facts = {
            "generation": generation,
            "encoder": self._encoder.id,
            "dimension": self._encoder.dimension,
            "count": count,
            "sha256": hashlib.sha256(payload).hexdigest(),
        }
        return json.dumps(facts, sort_keys=True).encode()

    def _read_snapshot(self, generation: int) -> Any:
        try:
            header, _, payload = self._file.read_bytes().partition(b"\n")
        except OSError:  # none yet, or unreadable: the BLOBs are read instead
            return None
        if header != self._header(payload, generation, len(self._library.passage_ids())):
            return None
        return faiss.deserialize_index(np.frombuffer(payload, dtype=np.uint8))


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
        self.cache.save()
        self.library.close()

    def add_article(self, version: Version) -> Kept:
        """Adds one article; a text that is here already is told by ``Kept.new``, not added."""
        if known := self.library.find(version.id):
            return Kept(known, new=False)
        return self.library.add(version, _entries(version, self.encoder), self.encoder.id)

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
        for text, name, data, vector in zip(words, names, about, vectors, strict=True):
            version = Version(Article(str(data.get("title", name)), source="langchain"), text)
            entry = Entry(Passage(version, 0, len(text)), vector, name, json.dumps(data))
            self.library.add(version, [entry], self.encoder.id)
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
        numbers = [m and int(m[1]) for m in map(_PASSAGE_ID.fullmatch, ids)]
        return [
            row
            for name, number in zip(ids, numbers, strict=True)
            for row in (self.library.rows([number]) if number else self.library.named([name]))
        ]


def reindex(library: Library, encoder: Encoder) -> int:
    """Splits and encodes every article anew by another encoder; returns how many there were."""
    generation = library.generation()
    versions = [library.version(article.id) for article in library.articles()]
    entries = [entry for version in versions for entry in _entries(version, encoder)]
    library.reindex(entries, encoder.id, generation)
    VectorCache(library, encoder).save()
    return len(versions)


def _entries(version: Version, encoder: Encoder) -> list[Entry]:
    passages = split(version, encoder.count_pieces, encoder.window)
    vectors = encoder.encode([passage.text for passage in passages])
    return [Entry(p, vector) for p, vector in zip(passages, vectors, strict=True)]


def as_document(row: Row) -> Document:
    """A stored passage as LangChain's Document."""
    passage, version = row.passage, row.passage.version
    place = {"article": version.article.id, "version": version.id, "title": version.article.title}
    where = place | {"start": passage.start, "end": passage.end}
    metadata = json.loads(row.metadata) if row.metadata else where
    name = row.name or f"passage-{row.id}"
    return Document(page_content=passage.text, metadata=metadata, id=name)


def _parameters(chosen: Any) -> Any:
    parameters = faiss.SearchParameters()
    parameters.sel = chosen
    return parameters


def _only(ids: NDArray[np.int64]) -> Any:
    return faiss.IDSelectorBatch(ids)


def _write_durably(file: Path, data: bytes) -> None:
    beside = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        with beside.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
