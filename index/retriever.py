"""Passages for a question: dense and BM25 rankings, fused, as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from index.passages import Row
from index.ranking import fuse, search_words
from index.vectors import LibraryStore, as_document


class HybridRetriever(BaseRetriever):
    """The `k` best passages of a library, of chosen articles if any are named.

    ``invoke(question, k=…, articles=[…])`` overrides the number and names the articles.
    """

    store: LibraryStore
    k: int = 8
    depth: int = 50
    """How far down each ranking is read before they are fused."""

    def rank(self, question: str, k: int | None = None, articles: Sequence[int] = ()) -> list[Row]:
        """The passages, best first."""
        library, wanted = self.store.library, self.k if k is None else k
        depth = max(self.depth, wanted)
        within = library.passage_ids(articles) if articles else None
        vector = np.asarray(self.store.encoder.embed_query(question), dtype=np.float32)
        dense = [i for i, _ in self.store.cache.search(vector, depth, within)]
        lexical = library.match(search_words(question), depth, articles)
        return library.rows(fuse([dense, lexical])[:wanted])

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        articles: Sequence[int] = (),
    ) -> list[Document]:
        return [as_document(row) for row in self.rank(query, k, articles)]
