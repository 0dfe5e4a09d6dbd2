"""Rankings, with the arithmetic that they must agree with."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Passage, Version
from index.encoder import Encoder
from index.ranking import SentenceRanker, bm25, fuse, search_words, stems
from tests.conftest import WordLengthEncoder, version_of


def test_reciprocal_ranks_are_summed() -> None:
    # 7: 1/61 + 1/63 = .03227; 8: 1/62 + 1/61 = .03252; 9: 1/63 = .01587; 6: 1/62 = .01613
    assert fuse([[7, 8, 9], [8, 6, 7]]) == [8, 7, 6, 9]
    # 7: 1/2 + 1/4 = .75; 8: 1/3 + 1/2 = .83; 9: 1/4; 6: 1/3
    assert fuse([[7, 8, 9], [8, 6, 7]], damping=1) == [8, 7, 6, 9]
    assert fuse([[2, 1], [1, 2]]) == [1, 2]  # a tie goes to the smaller
    assert fuse([[], [3]]) == [3]
    assert fuse([]) == []


@given(st.lists(st.lists(st.integers(0, 20), unique=True), max_size=4))
def test_every_item_comes_once_and_one_ranking_is_kept(rankings: list[list[int]]) -> None:
    fused = fuse(rankings)
    assert sorted(fused) == sorted({item for ranking in rankings for item in ranking})
    assert all(fuse([ranking]) == ranking for ranking in rankings)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Who was at the harbour?", ["harbour"]),
        ("Who was it?", ["who", "was", "it"]),  # nothing else to look for
        ("HARBOUR harbour Straße", ["harbour", "strasse"]),
        ("Хто чекав у порту?", ["хто", "чекав", "у", "порту"]),
        ("in 1,390 of 3.5", ["1", "390", "3", "5"]),
        ("?!", []),
    ],
)
def test_words_to_look_for(question: str, words: list[str]) -> None:
    assert search_words(question) == words


TEXTS = ["The ferry sails.", "A café in Łódź.", "Nobody sailed the ferries.", "Порт у Києві."]


def found(question: str, texts: Sequence[str]) -> list[int]:
    """Which texts share a stem with the question, best first."""
    scores = bm25(stems([question])[0], stems(texts))
    return [i for i in np.argsort(-scores, kind="stable").tolist() if scores[i] > 0]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("sailing ferry", [0, 2]),  # by stems; the shorter text first
        ("cafe", [1]),
        ("порт", [3]),
        ("NEAR AND OR NOT", []),
        ('"*^:(', []),
        ("", []),
        ("submarine", []),
    ],
)
def test_bm25(question: str, expected: list[int]) -> None:
    assert found(question, TEXTS) == expected


def test_bm25_by_hand() -> None:
    # One of two texts has the stem: idf = ln(1 + 1.5/1.5) = ln 2. Both have two words, so the
    # length counts for nothing: ln 2 * 1 * 2.2 / (1 + 1.2) = ln 2.
    scores = bm25(stems(["boat"])[0], stems(["a boat", "a house"]))
    assert scores.tolist() == pytest.approx([np.log(2), 0])


@given(st.text(max_size=40), st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_bm25_takes_any_question_and_texts(question: str, texts: list[str]) -> None:
    scores = bm25(stems([question])[0], stems(texts))
    assert scores.shape == (len(texts),)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


def passages(version: Version, *bounds: tuple[int, int]) -> Sequence[Passage]:
    spans = version.sentences
    return [Passage(version, spans[first][0], spans[last][1]) for first, last in bounds]


def test_sentences_are_ranked_once_each_with_their_cosine(encoder: Encoder) -> None:
    version = version_of("Aa bb cc. Dddd eeee ffff. Gg hh iiii.")
    ranked = SentenceRanker(encoder).rank("xx yy zz.", passages(version, (0, 1), (1, 2)))
    assert [span.text for span, _ in ranked] == ["Aa bb cc.", "Gg hh iiii.", "Dddd eeee ffff."]
    # In words of two, three, four, five letters: the question is (2, 1, 0, 0), and so is the
    # first; the second is (2, 0, 0, 1), cosine 4/5; the third (0, 0, 2, 1), cosine 0.
    assert [cosine for _, cosine in ranked] == pytest.approx([1, 0.8, 0], abs=1e-6)


def test_a_second_question_gets_what_a_fresh_ranker_gives(encoder: Encoder) -> None:
    version = version_of("\n".join(f"{'so ' * n}{'boat ' * (9 - n)}sailed." for n in range(9)))
    used, given_passages = SentenceRanker(encoder), passages(version, (0, 4), (4, 8))
    used.rank("so so", given_passages[:1])
    fresh = SentenceRanker(encoder).rank("boat sailed", given_passages)
    assert used.rank("boat sailed", given_passages) == fresh


def test_vectors_that_are_kept_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SentenceRanker, "_KEPT", 10)
    ranker, version = SentenceRanker(WordLengthEncoder()), version_of("One. Two. Three. Four.")
    for number in range(40):
        numbered = version_of(version.text.replace("One", f"One{number}"))
        ranked = ranker.rank("Two", passages(numbered, (0, 3)))
        assert np.isfinite([cosine for _, cosine in ranked]).all()
        assert len(ranker._known) < 20
