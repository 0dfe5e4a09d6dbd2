"""The reader's training, on the bundled article: its records, its loss, its checkpoints."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import settings as runs
from hypothesis import strategies as st
from tokenizers import Tokenizer

from bot.figures import Outcome
from bot.session import EXAMPLE
from bot.training.ablation import mixed
from bot.training.calibrate import fit
from bot.training.data import (
    MAX_GOLD,
    STRIDE,
    Records,
    Window,
    batch_order,
    collate,
    tokenise,
    training_records,
    windows,
)
from bot.training.model import SpanReader, span_loss
from bot.training.run import WARM_UP, Every, Pace, Recipe, Run, save, start, train
from bot.training.squad import Example, examples, hardest, mine_negatives
from bot.training.validate import LONGEST_SPAN, Floats, best_span, sweep
from index.encoder import MODEL_FOLDER, load_tokenizer
from index.sources import read_file

BATCH, STEPS = 2, 4
LETTERS = st.characters(categories=("L", "N"), max_codepoint=0xFFFF)
WORDS = st.lists(st.text(LETTERS | st.sampled_from("-’,.$"), min_size=1, max_size=12), min_size=1)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(MODEL_FOLDER / "tokenizer.json")


@pytest.fixture(scope="module")
def article() -> dict[str, Any]:
    """The bundled article as SQuAD has one: paragraphs of three sentences, a question for each word
    with a capital, and one without an answer."""
    version = read_file(EXAMPLE)
    sentences = [version.text[start:end] for start, end in version.sentences]
    texts = [" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]
    return {"title": "Exchange", "paragraphs": [_paragraph(text) for text in texts]}


def _paragraph(text: str) -> dict[str, Any]:
    answered = [
        {
            "question": f"What stands before {' '.join(text[m.end() :].split()[:5])}?",
            "answers": [{"text": m[0], "answer_start": m.start()}],
        }
        for m in re.finditer(r"\b[A-Z]\w+", text)
    ]
    return {"context": text, "qas": [*answered, {"question": "And when?", "answers": []}]}


@pytest.fixture(scope="module")
def records(article: dict[str, Any], tokenizer: Tokenizer) -> Records:
    return tokenise(tokenizer, list(examples([article])) * 2, seed=1)


def _pieces(records: Records, row: int) -> list[int]:
    return [int(i) for i in records.pieces[records.bounds[row] : records.bounds[row + 1]]]


@given(WORDS, st.data())
@runs(max_examples=60)
def test_a_gold_position_shows_the_words_of_its_answer(
    tokenizer: Tokenizer, words: list[str], data: st.DataObject
) -> None:
    passage = " ".join(words * data.draw(st.sampled_from([1, 30])))
    start = data.draw(st.integers(0, len(passage) - 1))
    end = data.draw(st.integers(start + 1, min(len(passage), start + 40)))
    answer = passage[start:end]
    assume(answer == answer.strip())
    slid = windows(tokenizer, Example("", "who?", passage, ((start, end),)))
    shown = [(window, at) for window in slid for at in window.positions(((start, end),))]
    assert shown  # an answer shorter than what windows share is whole in one of them
    for window, (first, last) in shown:
        begin = window.offsets[first - window.passage_at][0]
        finish = window.offsets[last - window.passage_at][1]
        assert begin <= start < end <= finish
        # No piece more than needed: without its first or its last, some of the answer is gone.
        assert window.offsets[first - window.passage_at][1] > start
        assert window.offsets[last - window.passage_at][0] < end


@given(st.integers(1, 900), st.integers(1, 80))
@runs(max_examples=25)
def test_windows_cover_the_passage(tokenizer: Tokenizer, words: int, asked: int) -> None:
    slid = windows(tokenizer, Example("", "why " * asked, "word " * words, ()), longest=224)
    covered = {offset for window in slid for offset in window.offsets}
    assert covered == {(5 * n, 5 * n + 4) for n in range(words)}
    assert all(len(window.pieces) <= 224 for window in slid)
    for before, after in pairwise(slid):
        assert before.offsets[-STRIDE:] == after.offsets[:STRIDE]


def test_an_answer_whose_place_is_not_known_is_gold_wherever_it_stands() -> None:
    answer = {"text": "Kyiv", "answer_start": 0, "start_exact": False}
    text = "Kyiv and Kyivans; then Kyiv again."
    paragraph = {"context": text, "qas": [{"question": "Where?", "answers": [answer]}]}
    [found] = examples([{"title": "", "paragraphs": [paragraph]}])
    assert found.spans == ((0, 4), (23, 27))


def test_mined_negatives_are_other_paragraphs_without_the_answer(article: dict[str, Any]) -> None:
    other = {"title": "Bees", "paragraphs": [_paragraph("The Bees of Malta met in Istanbul.")] * 2}
    own = {(qa["question"], p["context"]) for p in article["paragraphs"] for qa in p["qas"]}
    words = {qa["question"]: qa["answers"] for p in article["paragraphs"] for qa in p["qas"]}
    mined = [e for e in mine_negatives([article, other], 200, seed=3) if e.article == "Exchange"]
    texts = {paragraph["context"] for paragraph in article["paragraphs"]}
    assert len(mined) > 30
    for example in mined:
        assert example.spans == ()
        assert example.passage in texts
        assert example.question == "And when?" or (example.question, example.passage) not in own
        for answer in words[example.question]:
            assert answer["text"].lower() not in example.passage.lower()


def test_the_likeness_decides_what_is_mined(article: dict[str, Any]) -> None:
    def backwards(questions: list[str], texts: list[str]) -> Floats:
        return np.tile(np.arange(1.0, len(texts) + 1), (len(questions), 1))

    last, *_, first = (paragraph["context"] for paragraph in article["paragraphs"][::-1])
    mined = {e.passage for e in hardest(article, backwards)}
    assert last in mined
    assert first not in mined


def test_no_answer_is_the_first_piece(tokenizer: Tokenizer) -> None:
    records = tokenise(tokenizer, [Example("", "When?", "The lamp was lit.", ())], seed=0)
    assert records.gold[0].tolist() == [[0, 0]] + [[-1, -1]] * (MAX_GOLD - 1)
    assert tokenizer.id_to_token(_pieces(records, 0)[0]) == "[CLS]"


def test_a_record_is_the_question_and_the_passage(tokenizer: Tokenizer) -> None:
    example = Example("", "what was lit", "The lamp was lit.", ((4, 8),))
    records = tokenise(tokenizer, [example], seed=0)
    row = [tokenizer.id_to_token(i) for i in _pieces(records, 0)]
    assert row == "[CLS] what was lit [SEP] the lamp was lit . [SEP]".split()
    assert row[records.passage_at[0]] == "the"
    assert [row[i] for i in records.gold[0, 0]] == ["lamp", "lamp"]


def test_the_training_set_is_made_once(
    article: dict[str, Any], tokenizer: Tokenizer, tmp_path: Path
) -> None:
    for name in ("squad1-train", "squad2-negatives"):
        data = json.dumps({"data": [article]}).encode()
        (tmp_path / f"{name}.json.gz").write_bytes(gzip.compress(data))
    cache = tmp_path / "records.npz"
    made = training_records(tmp_path, cache, tokenizer, seed=2)
    (tmp_path / "squad1-train.json.gz").unlink()
    again = training_records(tmp_path, cache, tokenizer, seed=2)
    for name, array in vars(made).items():
        np.testing.assert_array_equal(array, getattr(again, name))


def test_an_epoch_has_nearly_every_record_once(records: Records) -> None:
    batches = batch_order(records, BATCH, epoch=0, seed=5)
    seen = np.concatenate(batches)
    assert len(np.unique(seen)) == len(seen)
    assert len(records) - len(seen) < 50 * BATCH
    assert {len(batch) for batch in batches} == {BATCH}


def test_epochs_differ_and_are_the_same_again(records: Records) -> None:
    first, second, again = (np.concatenate(batch_order(records, BATCH, n, 5)) for n in (0, 1, 0))
    assert (first != second).any()
    np.testing.assert_array_equal(first, again)


def test_a_batch_is_of_like_length(records: Records) -> None:
    lengths = np.diff(records.bounds)
    apart = [np.ptp(lengths[batch]) for batch in batch_order(records, BATCH, 0, 5)]
    assert np.mean(apart) < 2 < np.ptp(lengths)


def test_a_batch_marks_its_passages_and_hides_its_padding(records: Records) -> None:
    lengths = np.diff(records.bounds)
    chosen = np.array([int(lengths.argmin()), int(lengths.argmax())])
    batch = collate(records, chosen)
    assert batch.ids.shape == (2, -(-lengths.max() // 8) * 8)
    for row, record in enumerate(chosen):
        length, passage_at = int(lengths[record]), int(records.passage_at[record])
        assert batch.ids[row, :length].tolist() == _pieces(records, int(record))
        assert not batch.ids[row, length:].any()
        assert np.flatnonzero(batch.mask[row]).tolist() == list(range(length))
        assert np.flatnonzero(batch.segments[row]).tolist() == list(range(passage_at, length))
    np.testing.assert_array_equal(batch.gold, records.gold[chosen])


def test_the_loss_is_of_all_gold_spans_together() -> None:
    logits = torch.tensor([[[0.0, 1.0], [2.0, 0.0], [1.0, 3.0]], [[1.0, 1.0], [0.0, 0.0], [0, 0]]])
    gold = torch.tensor([[[1, 1], [1, 2], [-1, -1]], [[0, 0], [-1, -1], [-1, -1]]])
    # Record 0: starts have weights 1, e², e; ends e, 1, e³. The spans are (1, 1) and (1, 2).
    e = np.e
    first = (e**2 / (1 + e**2 + e)) * ((1 + e**3) / (e + 1 + e**3))
    second = (e / (e + 2)) ** 2  # (0, 0), the null span
    expected = -(np.log(first) + np.log(second)) / 2
    assert span_loss(logits, gold).item() == pytest.approx(expected, abs=1e-6)
    padded = torch.cat([gold, torch.full((2, 5, 2), -1)], dim=1)
    assert span_loss(logits, padded).item() == pytest.approx(expected, abs=1e-6)


def test_records_without_a_label_have_no_part_in_the_loss() -> None:
    logits = torch.tensor([[[0.0, 1.0], [2.0, 0.0]], [[5.0, -5.0], [1.0, 7.0]]], requires_grad=True)
    gold = torch.tensor([[[1, 1], [-1, -1]], [[-1, -1], [-1, -1]]])
    loss = span_loss(logits, gold)
    assert loss.item() == pytest.approx(span_loss(logits[:1], gold[:1]).item())
    loss.backward()
    assert logits.grad is not None
    assert not logits.grad[1].any()
    assert span_loss(logits, gold.fill_(-1)).item() == 0


@pytest.fixture
def recipe(records: Records) -> Recipe:
    """For a run of STEPS steps."""
    return Recipe(epochs=(STEPS + 0.5) * BATCH / len(records), batch=BATCH, peak=1e-3)


def _reader() -> SpanReader:
    torch.manual_seed(0)
    return SpanReader("eager", dropout=0.1)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Sums in one order: what is the same stays the same to the bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _finish(run: Run, records: Records, duties: list[Every]) -> Run:
    train(run, records, BATCH, duties, Pace(Path()))
    return run


def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(
    recipe: Recipe, records: Records, tmp_path: Path
) -> None:
    def stop(run: Run) -> None:
        run.stop = run.step == STEPS // 2

    kept, none = tmp_path / "checkpoint.pt", tmp_path / "none.pt"
    straight = _finish(start(_reader(), recipe, records, none), records, [])
    half = _finish(start(_reader(), recipe, records, none), records, [Every(0, stop, 0)])
    assert half.step == STEPS // 2
    save(half.state(), kept)
    resumed = _finish(start(_reader(), recipe, records, kept), records, [])
    assert straight.step == resumed.step == STEPS
    for name, weights in straight.model.trained().items():
        assert torch.equal(resumed.model.trained()[name], weights), name
        assert torch.equal(resumed.average[name], straight.average[name]), name
    assert not torch.equal(_reader().head.weight, straight.model.head.weight)


def test_the_learning_rate_warms_up_and_ends_at_nothing(
    recipe: Recipe, records: Records, tmp_path: Path
) -> None:
    run = start(_reader(), replace(recipe, budget=60), records, tmp_path / "none.pt")
    run.steps = 1000
    rates = []
    for run.step in range(1001):
        rates.append(run.rate)
    top = round(WARM_UP * 1000)
    assert rates[0] == rates[-1] == 0
    assert rates[top] == max(rates) == pytest.approx(recipe.peak)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    run.step, run.seconds = 0, run.budget / 2  # time counts where it is further than the steps
    assert run.rate == pytest.approx(recipe.peak * 0.5 / (1 - WARM_UP))
    run.seconds = run.budget * 2
    assert run.rate == 0


def test_a_save_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save({"step": 1, "weights": torch.ones(3)}, path)
    with pytest.raises(TypeError, match="cannot pickle"):
        save({"weights": torch.zeros(3), "step": (n for n in [2])}, path)
    assert torch.load(path)["weights"].tolist() == [1, 1, 1]
    save({"step": 2}, path)
    assert torch.load(path) == {"step": 2}
    assert list(tmp_path.iterdir()) == [path]


def test_the_calibration_finds_the_slope_and_offset_that_made_the_answers() -> None:
    rng = np.random.default_rng(4)
    margins = rng.uniform(-5, 5, 20_000)
    right = rng.random(20_000) < 1 / (1 + np.exp(-0.8 * margins + 0.6))
    asked = [
        # Wrong is a poor answer, or any answer to what has none.
        Outcome(0, bool(ok or n % 2), f1=0.9 if ok else 0.4, confidence=1 / (1 + np.exp(-margin)))
        for n, (margin, ok) in enumerate(zip(margins, right, strict=True))
    ]
    slope, offset = fit(asked)
    assert slope == pytest.approx(0.8, abs=0.04)
    assert offset == pytest.approx(-0.6, abs=0.08)


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
@runs(max_examples=40)
def test_the_best_span_stays_in_the_passage_and_is_not_too_long(words: int, seed: int) -> None:
    passage = "".join(f"w{n:02} " for n in range(words))
    offsets = [(4 * n, 4 * n + 3) for n in range(words)]
    head = 5
    scores = np.random.default_rng(seed).normal(0, 3, (head + words + 1, 2))
    scores[1:head], scores[head + words] = 50, 50  # the question and the last mark score highest
    found = best_span(Window([0] * len(scores), head, offsets), scores, passage)
    spans = [(i, j) for i in range(words) for j in range(i, min(words, i + LONGEST_SPAN))]
    best = max(spans, key=lambda span: scores[head + span[0], 0] + scores[head + span[1], 1])
    assert found.text == passage[offsets[best[0]][0] : offsets[best[1]][1]]
    score = scores[head + best[0], 0] + scores[head + best[1], 1]
    assert found.margin == pytest.approx(score - scores[0, 0] - scores[0, 1])


def test_the_sweep_is_the_mean_of_answering_the_surest_alone() -> None:
    margins, answerable = np.array([1.0, 3.0, 2.0]), np.array([True, True, False])
    # None answered: the silent one is right. Then the one with 3, then the silent one, then 1.
    expected = [1 / 3, (1 + 0.5) / 3, 0.5 / 3, (0.5 + 0.8) / 3]
    right = np.array([0.8, 0.5, 0.0])
    assert sweep(margins, answerable, right).tolist() == pytest.approx(expected)


def test_a_mix_has_its_share_of_each_kind() -> None:
    kinds = {
        kind: [Example(kind, str(n), "", ()) for n in range(100)]
        for kind in ("answerable", "adversarial", "overlap")
    }
    found = [e.article for e in mixed({"adversarial": 0.3, "overlap": 0.1}, kinds, 50)]
    assert [found.count(kind) for kind in kinds] == [30, 15, 5]
