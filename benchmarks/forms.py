"""Questions as people type them, and of other forms: ``python -m benchmarks.forms QUESTIONS``.

First the same questions of a SQuAD file, asked of their paragraphs as they are, without a question
mark and in small letters, with two letters changed round, with two words changed round. Then those
that begin with "When did", "Where was" and the like, without their first word: "Did they agree?" is
answered, or not, where "When did they agree?" is. All of these, for they are few; as a whole
sentence answers them, there is no F1. Then the answerable ones by what they ask for; questions may
be in two of these groups. Yes/no questions are hardly to be found in SQuAD: those of the bundled
article are in a row of their own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.evaluate import outcomes
from bot.figures import Outcome, summarise
from bot.forms import form_of
from bot.metrics import normalise
from bot.questions import GoldQuestion, read_questions
from bot.session import EXAMPLE
from bot.settings import Settings

YES_OR_NO = "yes or no"
LETTER = r"[^\W\d_]"
NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand million billion".split()
)

Answered = tuple[GoldQuestion, Outcome]


def plain(question: str) -> str:
    return question.rstrip(" ?").lower()


def letters_swapped(question: str) -> str:
    """Two neighbouring letters inside one word change places; digits are left alone."""
    places = [
        m.start() for m in re.finditer(rf"(?<={LETTER})(?=({LETTER})(?!\1){LETTER})", question)
    ]
    if not places:
        return question
    at = _any(places, question)
    return question[:at] + question[at + 1] + question[at] + question[at + 2 :]


def words_swapped(question: str) -> str:
    """Two neighbouring words change places."""
    words = question.split()
    if len(words) < 2:
        return question
    at = _any(range(len(words) - 1), question)
    words[at : at + 2] = reversed(words[at : at + 2])
    return " ".join(words)


def _any(places: Sequence[int], question: str) -> int:
    """One of them, always the same for a question."""
    return random.Random(question).choice(places)


WAYS: Mapping[str, Callable[[str], str]] = {
    "as they are": str,
    "no mark, small letters": plain,
    "two letters swapped": letters_swapped,
    "two words swapped": words_swapped,
}

_ASKS_WHETHER = re.compile(
    r"(?:when|where|why|how) ((is|are|was|were|do|does|did|has|have|had)\b.*)", re.I
)


def yes_or_no(question: str) -> str:
    """The question whether, for one that asks when, where, why or how; "" for others."""
    match = _ASKS_WHETHER.match(question)
    return match[1][0].upper() + match[1][1:] if match else ""


def is_list(question: GoldQuestion) -> bool:
    return any(" and " in each or each.count(", ") > 1 for each in question.answers)


def is_number_word(question: GoldQuestion) -> bool:
    """Whether a gold answer is a number written as a word, "twenty-five" too."""
    answers = (normalise(each.replace("-", " ")).split() for each in question.answers)
    return any(words and NUMBERS.issuperset(words) for words in answers)


GROUPS: Mapping[str, Callable[[GoldQuestion], bool]] = {
    "words": lambda question: form_of(question.text) == "words",
    "reason": lambda question: form_of(question.text) == "reason",
    "yes or no": lambda question: form_of(question.text) == "yes_no",
    "list": is_list,
    "number as a word": is_number_word,
}


def ask(data: Mapping[str, Any], way: Callable[[str], str]) -> list[Answered]:
    """The questions of SQuAD data, typed in this way, with what came of them."""
    text = json.dumps(data)
    typed = json.loads(text, object_hook=lambda fields: _typed(fields, way))
    with TemporaryDirectory(prefix="pullquote-") as folder:
        path = Path(folder) / "questions.json"
        path.write_text(json.dumps(typed), "utf-8")
        return _answered(path)


def _typed(fields: dict[str, Any], way: Callable[[str], str]) -> dict[str, Any]:
    return fields | {"question": way(fields["question"])} if "question" in fields else fields


def _answered(path: Path) -> list[Answered]:
    found = outcomes(path, Settings(), read_questions(path).scope)
    return list(zip(read_questions(path).questions, found, strict=True))


def spread(data: Mapping[str, Any], limit: int | None) -> dict[str, Any]:
    """At most so many of the questions, evenly spread over the data."""
    asked = [qa for article in data["data"] for p in article["paragraphs"] for qa in p["qas"]]
    limit = min(limit or len(asked), len(asked))
    kept = {id(asked[i * len(asked) // limit]) for i in range(limit)}
    return only(data, lambda qa: id(qa) in kept)


def only(data: Mapping[str, Any], wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The questions that are wanted, with their paragraphs."""
    articles = []
    for article in data["data"]:
        paragraphs = [
            p | {"qas": [qa for qa in p["qas"] if wanted(qa)]} for p in article["paragraphs"]
        ]
        articles.append(article | {"paragraphs": [p for p in paragraphs if p["qas"]]})
    return {"data": articles}


def show_ways(asked: Mapping[str, Sequence[Answered]]) -> None:
    table = Table("typed", "questions", "F1", "sentence first", "abstention recall", box=None)
    for name, answered in asked.items():
        found = summarise([outcome for _, outcome in answered], "paragraph").figures
        values = [found[e].value for e in ("answer.f1", "sentence_first", "abstention.recall")]
        values[0] = None if name == YES_OR_NO else values[0]
        table.add_row(name, f"{len(answered):,}", *map(_cell, values))
    Console().print(table)


def show_groups(groups: Mapping[str, Sequence[Answered]]) -> None:
    table = Table("answerable, by form", "questions", "F1", "sentence first", box=None)
    for name, answered in groups.items():
        found = summarise([outcome for _, outcome in answered], "paragraph").figures
        names = ("answer.has_answer_f1", "sentence_first")
        table.add_row(name, f"{len(answered):,}", *(_cell(found[each].value) for each in names))
    Console().print(table)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def grouped(answered: Sequence[Answered]) -> dict[str, list[Answered]]:
    """The answerable ones by GROUPS."""
    answerable = [each for each in answered if each[0].answerable]
    return {name: [a for a in answerable if belongs(a[0])] for name, belongs in GROUPS.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("questions", type=Path, help="in SQuAD's layout, gzipped (.gz) or not")
    parser.add_argument("--limit", type=int, help="so many, evenly spread; all if not given")
    options = parser.parse_args()
    content = options.questions.read_bytes()
    content = gzip.decompress(content) if options.questions.suffix == ".gz" else content
    whole = json.loads(content)
    data = spread(whole, options.limit)
    asked = {name: ask(data, way) for name, way in WAYS.items()}
    whether = only(whole, lambda qa: bool(yes_or_no(qa["question"])))
    show_ways(asked | {YES_OR_NO: ask(whether, yes_or_no)})
    example = grouped(_answered(EXAMPLE.parent / "questions.jsonl"))
    groups = grouped(asked["as they are"])
    show_groups(groups | {"yes or no, bundled article": example["yes or no"]})


if __name__ == "__main__":
    main()
