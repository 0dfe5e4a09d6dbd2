"""The evaluation on questions of our own, with the real chain and the real encoder."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot import report
from bot.evaluate import evaluate, is_genuine
from bot.figures import Figure, Outcome, Report, summarise
from bot.questions import read_questions
from bot.quotes import Quote
from bot.settings import Settings
from index.articles import Article, Version
from index.errors import SourceError

LIGHTHOUSE = (
    "The lighthouse of Grey Head was finished in 1851.\tIts lamp burned whale oil for twenty "
    "years.  Two keepers,  both sisters, looked after it."
)
HARBOUR = (
    "The harbour below was dug by hand. Ferries to the mainland leave it every second morning."
)
BAKERY = "Marta Lind opened her bakery in Oslo. She is known for rye bread with caraway."


def _qa(question: str, context: str, answer: str = "", **more: Any) -> dict[str, Any]:
    found = [{"text": answer, "answer_start": context.index(answer)}] if answer else []
    return {"question": question, "answers": found, "is_impossible": not answer} | more


SQUAD = {
    "data": [
        {
            "title": "Grey_Head",
            "paragraphs": [
                {
                    "context": LIGHTHOUSE,
                    "qas": [
                        _qa("When was the lighthouse finished?", LIGHTHOUSE, "1851"),
                        _qa("Who looked after the lamp?", LIGHTHOUSE, "Two keepers,  both sisters"),
                        _qa("How tall is the lighthouse?", LIGHTHOUSE),
                    ],
                },
                {
                    "context": HARBOUR,
                    "qas": [_qa("How often do ferries leave?", HARBOUR, "every second morning")],
                },
            ],
        },
        {
            "title": "Bakery",
            "paragraphs": [
                {"context": BAKERY, "qas": [_qa("Where is the bakery?", BAKERY, "Oslo")]},
                {"context": BAKERY, "qas": [_qa("What bread is she known for?", BAKERY, "rye")]},
            ],
        },
    ]
}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(SQUAD), encoding="utf-8")
    return path


@pytest.fixture
def jsonl(tmp_path: Path) -> Path:
    (tmp_path / "head.md").write_text(f"# Grey Head\n\n{HARBOUR}", encoding="utf-8")
    rows = [
        {"question": "How was the harbour dug?", "answers": ["by hand"], "quotes": ["dug by hand"]},
        {"question": "Who owns the ferries?", "answers": [], "quotes": [], "answerable": False},
    ]
    path = tmp_path / "own.jsonl"
    lines = [json.dumps(row | {"article": "head.md"}) for row in rows]
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", threads=1, min_confidence=0)


def _of(found: Report) -> dict[str, int]:
    return {name: figure.of for name, figure in found.figures.items()}


def test_squad_places_survive_the_change_to_canonical_text(squad: Path) -> None:
    asked = read_questions(squad)
    words = [
        [asked.texts[question.home].text[start:end] for start, end in question.places]
        for question in asked.questions
    ]
    assert words == [
        ["1851"],
        ["Two keepers, both sisters"],
        [],
        ["every second morning"],
        ["Oslo"],
        ["rye"],
    ]
    assert asked.articles == [0, 0, 1, 1]


def test_the_place_is_the_occurrence_that_was_marked(tmp_path: Path) -> None:
    context = "The  cat sat.\n\n\n The cat ran. The  cat slept. The cat woke."
    answers = [{"text": "cat", "answer_start": m.start()} for m in re.finditer("cat", context)]
    qas = [{"question": f"{i}?", "answers": [a]} for i, a in enumerate(answers)]
    path = tmp_path / "cat.json"
    data = [{"title": "Cat", "paragraphs": [{"context": context, "qas": qas}]}]
    path.write_text(json.dumps({"data": data}), encoding="utf-8")
    asked = read_questions(path)
    text = asked.texts[0].text
    assert text == "The cat sat.\n\nThe cat ran. The cat slept. The cat woke."
    places = [question.places[0][0] for question in asked.questions]
    assert places == [4, 18, 31, 46]


def test_squad_1_says_nothing_of_impossible_questions(tmp_path: Path) -> None:
    qas = [{"question": "Where?", "answers": [{"text": "Oslo", "answer_start": 32}]}]
    path = tmp_path / "one.json"
    data = [{"title": "Bakery", "paragraphs": [{"context": BAKERY, "qas": qas}]}]
    path.write_text(json.dumps({"data": data}), encoding="utf-8")
    assert read_questions(path).questions[0].answerable


def test_a_gzipped_file_is_the_same(squad: Path, tmp_path: Path) -> None:
    packed = tmp_path / "tiny.json.gz"
    packed.write_bytes(gzip.compress(squad.read_bytes()))
    assert read_questions(packed).questions == read_questions(squad).questions


def test_own_files_name_the_article_and_the_quotes(jsonl: Path) -> None:
    asked = read_questions(jsonl)
    [first, second] = asked.questions
    text = asked.texts[0].text
    assert [text[start:end] for start, end in first.places] == ["dug by hand"]
    assert not second.answerable
    assert asked.scope == "article"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.json", b" \n", "is empty"),
        ("a.txt", b"What?", "not a file of questions that is known"),
        ("a.json", b'{"data": []}', "no questions in it"),
        ("a.json", b"{", "this is not JSON"),
        ("a.json", b"[]", "a JSON object is needed"),
        ("a.json", b'{"rows": []}', "“data” must be there and be a list"),
        ("a.json.gz", gzip.compress(b'{"data": []}')[:-9], "cannot be unzipped"),
        ("a.json", b'{"data": [{"title": "A"}]}', "“paragraphs” must be there"),
        ("a.json", b'{"data": [{"paragraphs": [7]}]}', "a JSON object is needed"),
        ("a.json", b'{"data": [{"paragraphs": [{"qas": []}]}]}', "of article 1: “context” must"),
        ("a.json", b"\xff\xfe\x00", "not text in UTF-8"),
        ("a.jsonl", b'{"question": "Who?", "article": "none.txt"}', "line 1: .*none.txt.* cannot"),
        ("a.jsonl", b'\n{"question": "Who?"}', "line 2: “article” must be there and be a text"),
        ("a.jsonl", b"\n\nWho?", "line 3: this is not JSON"),
        ("a.jsonl", b'{"article": "b.md"}', "line 1: “question” must be there"),
        (
            "a.jsonl",
            b'{"article": "b.md", "question": "Who?", "answers": "Ann"}',
            "line 1: “answers” must be there and be a list",
        ),
        (
            "a.jsonl",
            b'{"article": "b.md", "question": "Who?", "answers": [3]}',
            "line 1: “answers” must be a list of texts",
        ),
        (
            "a.jsonl",
            b'{"article": "b.md", "question": "Who?", "answerable": true}',
            "line 1: .* contradict",
        ),
    ],
)
def test_a_bad_file_is_told_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / "b.md").write_text("Ann was here.", encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=said):
        read_questions(tmp_path / name)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(SourceError, match="is a directory"):
        read_questions(tmp_path)


def test_squad_by_paragraph(squad: Path, settings: Settings) -> None:
    steps: list[tuple[int, int]] = []
    found = evaluate(squad, settings, progress=lambda done, total: steps.append((done, total)))
    assert (found.scope, found.questions, found.answerable) == ("paragraph", 6, 5)
    assert steps == [(n, 10) for n in range(1, 11)]  # 4 paragraphs, 6 questions
    figures = found.figures
    assert figures["retrieval.recall@1"] == Figure(1.0, 5)
    assert figures["sentence_first"] == Figure(1.0, 5)
    assert figures["verbatim"] == Figure(1.0, 6)
    assert figures["answer.no_answer_accuracy"] == Figure(0.0, 1)
    assert figures["abstention.precision"] == Figure(None, 0)
    assert _of(found)["latency_ms.p50"] == 6
    assert not found.altered
    assert not settings.home.exists()  # the user's own libraries are not touched


def test_two_articles_of_the_same_words_are_both_home_to_their_questions(
    squad: Path, settings: Settings
) -> None:
    found = evaluate(squad, settings, scope="all")
    assert found.figures["retrieval.recall@10"] == Figure(1.0, 5)
    first = found.figures["retrieval.recall@1"].value
    assert first is not None
    assert first >= 0.8


def test_scope_article_asks_only_the_paragraphs_of_the_title(
    squad: Path, settings: Settings
) -> None:
    steps: list[int] = []
    found = evaluate(squad, settings, "article", 1, lambda _, total: steps.append(total))
    assert found.questions == 1
    assert steps == [3] * 3  # two paragraphs of the title, one question


def test_everything_is_silent_when_nothing_is_sure_enough(squad: Path, settings: Settings) -> None:
    found = evaluate(squad, settings.model_copy(update={"min_confidence": 1.0})).figures
    # six abstentions, one of them right; the nearest sentences are still judged
    assert found["abstention.precision"].value == pytest.approx(1 / 6)
    assert found["abstention.recall"] == Figure(1.0, 1)
    assert found["answer.f1"].value == pytest.approx(1 / 6)
    assert found["answer.has_answer_f1"] == Figure(0.0, 5)
    assert found["sentence_first"] == Figure(1.0, 5)
    assert found["sentence_among_quotes"] == Figure(0.0, 5)
    assert found["calibration_error"] == Figure(None, 0)


def test_own_questions(jsonl: Path, settings: Settings) -> None:
    found = evaluate(jsonl, settings)
    assert (found.scope, found.questions, found.answerable) == ("article", 2, 1)
    assert found.figures["sentence_first"] == Figure(1.0, 1)


def test_a_question_that_cannot_be_asked_is_wrong(tmp_path: Path, settings: Settings) -> None:
    qas = [{"question": "?!", "answers": [], "is_impossible": True}]
    data = [{"title": "Bakery", "paragraphs": [{"context": BAKERY, "qas": qas}]}]
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"data": data}), encoding="utf-8")
    found = evaluate(path, settings).figures
    assert found["answer.f1"] == Figure(0.0, 1)
    assert found["abstention.recall"] == Figure(0.0, 1)
    assert found["latency_ms.p50"] == Figure(None, 0)


def test_a_quote_is_believed_only_if_our_own_reading_has_it() -> None:
    version = Version(Article("Bakery", id=7), BAKERY)
    quote = Quote(version, 0, 37, (0, 5))
    assert is_genuine(quote, {7: version})
    assert not is_genuine(quote, {8: version})
    changed = Version(Article("Bakery", id=7), BAKERY.replace("Oslo", "Riga"))
    assert not is_genuine(quote, {7: changed})
    joined = Version(Article("Bakery", id=7), BAKERY.replace("Oslo. She", "Oslo, she"))
    assert not is_genuine(quote, {7: joined})
    not_a_whole_sentence = Version(Article("Bakery", id=7), BAKERY.replace("Oslo. ", "Oslo.x"))
    assert not is_genuine(quote, {7: not_a_whole_sentence})


RIGHT = Outcome(0, True, exact=1, f1=1, answered=True, confidence=0.9, placed=True, gold_rank=1,
                first=True, among=True, genuine=[True], milliseconds=10)  # fmt: skip
HALF = Outcome(1, True, f1=0.5, answered=True, confidence=0.7, placed=True, gold_rank=4,
               genuine=[True, False], milliseconds=20)  # fmt: skip
SILENT = Outcome(0, False, exact=1, f1=1, abstained=True, confidence=0.2, milliseconds=30)
WRONG = Outcome(1, False, answered=True, confidence=0.7, genuine=[True], milliseconds=40)


def test_figures_of_four_outcomes() -> None:
    figures = summarise([RIGHT, HALF, SILENT, WRONG], "all").figures
    expected = {
        "retrieval.recall@3": (1 / 2, 2),
        "retrieval.recall@5": (1, 2),
        "retrieval.mrr": ((1 + 1 / 4) / 2, 2),
        "answer.exact": (2 / 4, 4),
        "answer.f1": ((1 + 0.5 + 1 + 0) / 4, 4),
        "answer.has_answer_f1": (1.5 / 2, 2),
        "answer.no_answer_accuracy": (1 / 2, 2),
        "sentence_first": (1 / 2, 2),
        "verbatim": (3 / 4, 4),
        "abstention.precision": (1, 1),
        "abstention.recall": (1 / 2, 2),
        # pairs (0.9, 0.2) 1, (0.9, 0.7) 1, (0.7, 0.2) 1, (0.7, 0.7) 1/2
        "abstention.auroc": (3.5 / 4, 4),
        # bin 0.9: |0.9 - 1|; bin 0.7: |1.4 - 1| of its two, summed over three answers
        "calibration_error": ((0.1 + 0.4) / 3, 3),
        "latency_ms.p50": (25, 4),
    }
    found = {name: (figures[name].value, figures[name].of) for name in expected}
    assert found == {name: (pytest.approx(value), of) for name, (value, of) in expected.items()}


def test_one_changed_quote_is_seen() -> None:
    assert summarise([RIGHT, HALF], "all").altered
    assert not summarise([RIGHT], "all").altered
    assert not summarise([SILENT], "all").altered


def test_json_has_the_documented_keys_and_null_where_nothing_is_known() -> None:
    found = report.as_json(summarise([SILENT], "paragraph"))
    assert json.loads(json.dumps(found)) == found
    assert list(found) == [
        *("questions", "answerable", "retrieval", "reading", "answer", "sentence_first"),
        *("sentence_among_quotes", "verbatim", "abstention", "calibration_error", "latency_ms"),
        *("scope", "denominators", "intervals"),
    ]
    assert list(found["retrieval"]) == ["recall@1", "recall@3", "recall@5", "recall@10", "mrr"]
    assert list(found["answer"]) == ["exact", "f1", "has_answer_f1", "no_answer_accuracy"]
    assert found["abstention"] == {"precision": 1.0, "recall": 1.0, "auroc": None}
    assert list(found["latency_ms"]) == ["p50", "p95"]
    assert found["sentence_first"] is None
    assert found["denominators"]["sentence_first"] == 0


def test_the_table_shows_each_figure_and_its_denominator() -> None:
    console = Console(width=120, no_color=True)
    with console.capture() as shown:
        console.print(report.table(summarise([RIGHT, HALF, SILENT, WRONG], "all", intervals=True)))
    lines = shown.get().splitlines()
    assert "4 questions, 2 answerable, scope all" in lines[0]
    [auroc] = [line for line in lines if "AUROC" in line]
    assert "0.875" in auroc
    assert " to " in auroc
    with console.capture() as shown:
        console.print(report.table(summarise([SILENT], "all")))
    [auroc] = [line for line in shown.get().splitlines() if "AUROC" in line]
    assert [cell.strip() for cell in auroc.split("│")][2:4] == [report.NOTHING, "1"]


def test_floors() -> None:
    found = summarise([RIGHT, HALF, SILENT, WRONG], "all")
    assert report.below(found, {"f1": 0.625, "exact": 0.5, "auroc": 0.8}) == []
    [low] = report.below(found, {"f1": 0.7, "recall": 0.5})
    assert "f1 is 0.6250, below the 0.7" in low
    [unknown] = report.below(summarise([SILENT], "all"), {"sentence_first": 0.1})
    assert "sentence_first cannot be told" in unknown
