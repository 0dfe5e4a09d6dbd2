"""The hybrid retriever, with the encoder that people get."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import Encoder
from index.library import Library
from index.ranking import fuse, search_words
from index.retriever import HybridRetriever
from index.sources import read_file
from index.vectors import LibraryStore
from tests.conftest import version_of

EXAMPLE = Path(__file__).parents[2] / "bot" / "example" / "prisoner-exchange.md"
FERRY = "The ferry to Lund was cancelled.\n\n" + "Its captain, Zbigniew, gave no reason. " * 200


@pytest.fixture(scope="module")
def retriever(
    tmp_path_factory: pytest.TempPathFactory, bundled: Encoder
) -> Iterator[HybridRetriever]:
    """Two articles: 1 is the example, 2 the ferry."""
    with closing(LibraryStore(Library(tmp_path_factory.mktemp("library")), bundled)) as store:
        store.add_article(read_file(EXAMPLE))
        store.add_article(version_of(FERRY, "Ferry"))
        yield HybridRetriever(store=store)


def test_a_question_finds_its_passage_by_meaning_or_by_a_name(retriever: HybridRetriever) -> None:
    assert "medical checks" in retriever.invoke("Where did doctors examine them?")[0].page_content
    assert "Zbigniew" in retriever.invoke("Zbigniew")[0].page_content


def test_the_order_is_that_of_both_rankings_fused(retriever: HybridRetriever) -> None:
    question, store = "How many civilians did Russia free in Belarus?", retriever.store
    dense = [str(d.id).split("-")[1] for d in store.similarity_search(question, k=50)]
    lexical = store.library.match(search_words(question), 50)
    expected = fuse([[int(i) for i in dense], lexical])
    assert [row.id for row in retriever.rank(question, k=99)] == expected
    assert expected != [int(i) for i in dense]


def test_the_number_of_passages(retriever: HybridRetriever) -> None:
    question = "Who freed whom?"
    everything = retriever.invoke(question, k=999)
    assert len(everything) == len(retriever.store.library.passage_ids()) > 8
    assert retriever.invoke(question) == everything[:8]
    assert retriever.invoke(question, k=3) == everything[:3]
    assert HybridRetriever(store=retriever.store, k=2).invoke(question) == everything[:2]


def test_only_the_articles_that_were_named(retriever: HybridRetriever) -> None:
    for articles in ([1], [2], [1, 2], [2, 999]):
        found = retriever.invoke("the captain of the ferry to Belarus", k=99, articles=articles)
        assert {document.metadata["article"] for document in found} == set(articles) - {999}
    assert retriever.invoke("the captain", articles=[999]) == []


def test_an_empty_library_finds_nothing(tmp_path: Path, bundled: Encoder) -> None:
    with closing(LibraryStore(Library(tmp_path), bundled)) as store:
        assert HybridRetriever(store=store).invoke("Who?") == []


async def test_it_can_be_awaited_and_batched(retriever: HybridRetriever) -> None:
    questions = ["Who freed whom?", "Zbigniew"]
    expected = [retriever.invoke(question) for question in questions]
    assert await retriever.ainvoke(questions[0]) == expected[0]
    assert retriever.batch(questions) == expected


ODD = st.sampled_from(
    [
        *("AND", "OR", "NOT", "NEAR", "NEAR(", "the", "who", "text", "rank", "rowid"),
        *"*:^\"()+-{}'; \n\0",
        *("Хто", "був", "が", "😀", "👩\u200d🚒", "²", "İ", "ß", "\u0301", "ﬁ", "\ud7ff", "𐞁"),
    ]
)


@settings(max_examples=60)
@given(st.lists(ODD, max_size=12).map(" ".join) | st.lists(ODD).map("".join) | st.text())
def test_no_question_breaks_it(retriever: HybridRetriever, question: str) -> None:
    for articles in ((), (2,)):
        assert len(retriever.rank(question, articles=articles)) == 8


@pytest.mark.parametrize("question", ["", "  ", "the of and", "?!", '"', "word " * 20_000])
def test_questions_without_words_or_with_very_many(
    retriever: HybridRetriever, question: str
) -> None:
    assert len(retriever.rank(question)) == 8


def test_thousands_of_different_words(retriever: HybridRetriever) -> None:
    assert len(retriever.rank(" ".join(f"word{n}" for n in range(5000)))) == 8
