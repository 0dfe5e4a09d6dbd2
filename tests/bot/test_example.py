"""The bundled example: each question is well formed and points into its article."""

import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[2] / "bot" / "example"
ARTICLE = (EXAMPLE / "prisoner-exchange.md").read_text(encoding="utf-8")
LINES = (EXAMPLE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
QUESTIONS: list[dict[str, Any]] = [json.loads(line) for line in LINES]

each_question = pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: str(row["id"]))


def test_twenty_five_questions_of_which_eight_have_no_answer() -> None:
    assert len(QUESTIONS) == 25
    assert sum(not row["answerable"] for row in QUESTIONS) == 8


def test_ids_are_unique() -> None:
    assert len({row["id"] for row in QUESTIONS}) == len(QUESTIONS)


@each_question
def test_only_answerable_questions_have_answers_and_quotes(row: dict[str, Any]) -> None:
    assert bool(row["answers"]) == bool(row["quotes"]) == row["answerable"]


@each_question
def test_each_quote_occurs_once_in_the_article(row: dict[str, Any]) -> None:
    assert [ARTICLE.count(quote) for quote in row["quotes"]] == [1] * len(row["quotes"])


@each_question
def test_each_answer_lies_inside_a_quote(row: dict[str, Any]) -> None:
    # A quote is part of one sentence, so this is stricter than "in the sentence of a quote".
    for answer in row["answers"]:
        assert any(answer in quote for quote in row["quotes"]), answer
