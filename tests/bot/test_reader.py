"""The reader as it is shipped: what it finds, what it marks, and that it misses no piece."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from bot.answers import Draft, Question
from bot.best_sentence import BestSentence
from bot.forms import sentence_of
from bot.reader import MODEL_FOLDER, Candidate, Reader
from bot.session import EXAMPLE
from bot.settings import Settings
from index.articles import Passage, Span, Version
from index.encoder import Encoder
from index.errors import EncoderError
from index.passages import split
from index.sources import read_file
from tests.conftest import version_of


@pytest.fixture(scope="session")
def reader(bundled: Encoder) -> Reader:
    return Reader(BestSentence(bundled))


@pytest.fixture(scope="session")
def article() -> Version:
    return read_file(EXAMPLE)


@pytest.fixture(scope="session")
def passages(article: Version, bundled: Encoder) -> Sequence[Passage]:
    return split(article, bundled.count_pieces, bundled.window)


def best(draft: Draft) -> str:
    return draft.claims[0].text


def test_it_finds_the_words_that_answer(reader: Reader, passages: Sequence[Passage]) -> None:
    draft = reader.draft(Question("Where was Valerii taken captive?"), passages)
    assert best(draft) == "Luhansk"
    assert draft.confidence > Settings().min_confidence


def test_it_is_surer_of_what_the_article_says(reader: Reader, passages: Sequence[Passage]) -> None:
    said = reader.draft(Question("In what year did Natalia's son disappear?"), passages)
    unsaid = reader.draft(Question("How many hours did the talks in Istanbul last?"), passages)
    assert said.confidence > Settings().min_confidence > unsaid.confidence


def test_a_list_is_whole(reader: Reader, passages: Sequence[Passage]) -> None:
    draft = reader.draft(
        Question("Which places had the freed Ukrainians been seized in?"), passages
    )
    for place in ("Chernihiv", "Donetsk", "Kharkiv", "Kherson", "Kyiv", "Sumy"):
        assert place in best(draft)


def test_yes_or_no_is_answered_by_the_sentence(
    reader: Reader, article: Version, passages: Sequence[Passage]
) -> None:
    draft = reader.draft(Question("Were there women among the freed Ukrainians?"), passages)
    [span] = draft.claims[0].evidence
    assert not isinstance(span, str)
    assert (span.start, span.end) in article.sentences


def test_an_open_question_is_answered_by_what_was_read_too(
    reader: Reader, passages: Sequence[Passage]
) -> None:
    asked = Question("What do the families say?", most_quotes=3)
    quoted = [claim.text for claim in reader.draft(asked, passages).claims]
    assert "relatives of prisoners" in quoted[0]
    # Nothing in it is like the question's words: reading alone finds it.
    assert any("Olha" in text for text in quoted)
    assert len(set(quoted)) == 3
    absent = Question("What is known about the weather?", most_quotes=3)
    assert not reader.draft(absent, passages).claims


def test_a_topic_gets_different_sentences(
    reader: Reader, article: Version, passages: Sequence[Passage]
) -> None:
    draft = reader.draft(Question("families of prisoners", most_quotes=3), passages)
    assert len({claim.text for claim in draft.claims}) == 3
    assert any("relatives of prisoners" in claim.text for claim in draft.claims)
    sentences = {article.text[start:end] for start, end in article.sentences}
    assert {claim.text for claim in draft.claims} <= sentences


def test_the_headline_is_never_the_answer(reader: Reader, bundled: Encoder) -> None:
    version = version_of("Bees in Malta\nThe bees of Malta are dark.", title="Bees in Malta")
    read = reader.read("Where are the bees?", split(version, bundled.count_pieces, 256))
    assert [candidate.span.text in "The bees of Malta are dark." for candidate in read] == [True]


def test_passages_beside_each_other_do_not_change_a_margin(
    reader: Reader, passages: Sequence[Passage]
) -> None:
    question = "Who published pictures of the freed prisoners?"
    together = {c.span: c.margin for c in reader.read(question, passages)}
    for passage in passages:
        for candidate in reader.read(question, [passage]):
            if candidate.span in together:
                assert together[candidate.span] >= candidate.margin - 0.05


@given(st.integers(1, 900), st.integers(1, 80))
@runs(max_examples=25)
def test_windows_cover_every_piece_of_any_passage(reader: Reader, words: int, asked: int) -> None:
    version = version_of("word " * words)
    passage = Passage(version, 0, len(version.text))
    windows = list(reader._windows([2339] * asked, passage))
    covered = {offset for window in windows for offset in window.offsets}
    assert covered == {(5 * n, 5 * n + 4) for n in range(words)}
    assert all(len(window.pieces) <= 384 for window in windows)


def test_reading_ends_where_a_sure_answer_is_found(
    reader: Reader, passages: Sequence[Passage]
) -> None:
    question = "Where was Valerii taken captive?"
    everything = reader.read(question, passages)
    holding = next(p for p in passages if "Luhansk" in p.text)
    first = [holding, *(p for p in passages if p != holding)]
    part = reader.read(question, first, sure=0.5)
    assert part[0].span == everything[0].span
    assert {c.passage for c in part} == {holding} < {c.passage for c in everything}


def test_passages_come_back_in_the_order_of_their_best_spans(
    reader: Reader, passages: Sequence[Passage]
) -> None:
    holding = next(p for p in passages if "Luhansk" in p.text)
    last = [*(p for p in passages if p != holding), holding]
    draft = reader.draft(Question("Where was Valerii taken captive?"), last)
    assert draft.ranked[0] == holding
    assert sorted(draft.ranked, key=last.index) == last


def test_the_best_sentences_are_read_once_more_by_themselves(
    reader: Reader, passages: Sequence[Passage]
) -> None:
    question, passage = "Who published pictures of the freed prisoners?", passages[:1]
    averages = []
    for first in reader.read(question, passage)[:2]:
        sentence = sentence_of(first.span)
        alone = Passage(sentence.version, sentence.start, sentence.end)
        [second] = reader.read(question, [alone])
        averages.append(first.averaged(second).margin)
    draft = reader.draft(Question(question), passage)
    assert draft.numbers["margin"] == pytest.approx(max(averages), abs=1e-4)


def test_two_readings_may_agree_on_a_third_span(article: Version) -> None:
    passage, offsets = Passage(article, 0, 9), [(0, 2), (3, 5), (6, 9)]

    def reading(rows: list[list[float]]) -> Candidate:
        margins = np.array(rows, dtype=np.float32)
        return Candidate(Span(article, 0, 2), float(margins.max()), passage, margins, offsets)

    none = float("-inf")
    one = reading([[6, 0, 0], [none, 4, 0], [none, none, 0]])
    other = reading([[0, 0, 0], [none, 4, 0], [none, none, 6]])
    agreed = one.averaged(other)
    assert (agreed.span, agreed.margin) == (Span(article, 3, 5), 4.0)
    assert one.averaged(reading([[9.0]])) is one


def test_a_sentence_longer_than_the_window_is_answered_from(reader: Reader) -> None:
    version = version_of("the bees of Malta are dark and " * 150 + "live in Gozo.")
    draft = reader.draft(Question("Where do bees live?"), [Passage(version, 0, len(version.text))])
    assert "Gozo" in best(draft)


def test_how_many_read_side_by_side_changes_nothing(
    reader: Reader, bundled: Encoder, passages: Sequence[Passage]
) -> None:
    alone = Reader(BestSentence(bundled), threads=1)
    for asked in ("Where was Valerii taken captive?", "How old is Valerii?"):
        assert alone.draft(Question(asked), passages) == reader.draft(Question(asked), passages)


def test_nothing_to_read_is_nothing_found(reader: Reader) -> None:
    assert reader.draft(Question("Why?"), []) == Draft()


def test_a_missing_or_damaged_model_is_told(bundled: Encoder, tmp_path: Path) -> None:
    topics = BestSentence(bundled)
    with pytest.raises(EncoderError, match="reinstall"):
        Reader(topics, tmp_path)
    shutil.copy(MODEL_FOLDER / "manifest.json", tmp_path)
    (tmp_path / "reader.onnx").write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="damaged"):
        Reader(topics, tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"calibration": None}))
    with pytest.raises(EncoderError, match="damaged"):
        Reader(topics, tmp_path)
