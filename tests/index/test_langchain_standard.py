"""LangChain's own suites for vector stores and retrievers, on ours."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)

from index.library import Library
from index.retriever import HybridRetriever
from index.vectors import LibraryStore
from tests.conftest import WordLengthEncoder, version_of


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[LibraryStore]:
    with closing(LibraryStore(Library(tmp_path), WordLengthEncoder())) as store:
        yield store


class TestLibraryStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, empty: LibraryStore) -> VectorStore:  # type: ignore[override]
        return empty


class TestHybridRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _articles(self, empty: LibraryStore) -> None:
        empty.add_article(
            version_of("\n".join(f"A ferry left port {n} at noon." for n in range(99)))
        )
        self._store = empty

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return HybridRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"store": self._store}

    @property
    def retriever_query_example(self) -> str:
        return "When did the ferry leave?"
