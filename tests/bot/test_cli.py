"""The command as people and scripts use it: what it prints, and its exit status."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.session import EXAMPLE
from tests.bot.conftest import Run

QUESTION = "How many women were among the freed Ukrainians?"
SILENT = "Who won the chess championship in Norway?"


def test_an_answer_has_its_quote_its_place_its_confidence_and_its_source(run: Run) -> None:
    assert run("add", "--example").status == 0
    done = run("ask", QUESTION)
    assert done.status == 0
    assert "“Three women were among these Ukrainians.”" in done.out
    assert "paragraph 5, sentence 3" in done.out
    assert "confidence" in done.out
    assert str(EXAMPLE) in done.out


def test_json_offsets_are_those_of_the_shown_text(run: Run) -> None:
    run("add", "--example")
    answer = json.loads(run("ask", QUESTION, "--json").out)
    text = run("show", "1", "--text").out
    assert list(answer) == ["status", "text", "confidence", "quotes", "why", "timings_ms"]
    [quote] = answer["quotes"]
    assert set(quote) == {
        *("text", "article", "version", "start", "end", "highlight", "paragraph", "sentence")
    }
    assert text[quote["start"] : quote["end"]] == quote["text"]
    assert quote["start"] <= quote["highlight"][0] < quote["highlight"][1] <= quote["end"]


def test_silence_has_status_3_and_shows_the_nearest(run: Run) -> None:
    run("add", "--example")
    done = run("ask", SILENT)
    assert done.status == 3
    assert done.out.startswith("The article does not say.")
    answer = json.loads(run("ask", SILENT, "--json").out)
    assert (answer["status"], answer["quotes"]) == ("not_in_article", [])
    assert answer["why"]["step"] == "reader_abstained"
    assert answer["why"]["nearest"]["text"]


def test_no_article_is_an_error_that_says_what_to_do(run: Run) -> None:
    done = run("ask", QUESTION)
    assert done.status == 1
    assert "pullquote add" in done.out
    assert json.loads(run("ask", QUESTION, "--json").out)["status"] == "no_article"


def test_the_same_text_twice_is_told(run: Run) -> None:
    assert run("add", str(EXAMPLE)).out.startswith("Added 1 ")
    assert "nothing was added" in run("add", str(EXAMPLE)).out
    assert len(json.loads(run("articles", "--json").out)) == 1


def test_standard_input_and_the_title_option(run: Run) -> None:
    run("add", "-", "--title", "Tides", stdin="The tide turned at 6.15 in Cádiz.\n".encode())
    [article] = json.loads(run("articles", "--json").out)
    assert (article["title"], article["source"]) == ("Tides", "standard input")
    assert "Cádiz" in run("ask", "When did the tide turn in Cádiz?").out


def test_an_article_is_named_by_number_title_file_name_or_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bees.txt").write_text("Bees of Malta\nThe Maltese bee is dark and calm.")
    (tmp_path / "bears.txt").write_text("Bears of Malta\nThere are no bears on Malta at all.")
    run("add", "bees.txt")
    for name in ("1", "bees of", "bees.txt"):
        assert "dark and calm" in run("ask", "What is the bee like?", "--article", name).out
    fresh = run("ask", "Are there bears on Malta?", "--article", "bears.txt")
    assert "no bears on Malta" in fresh.out
    several = run("ask", "What is on Malta?", "--article", "of malta")
    assert several.status == 1
    assert "give the number" in several.err
    assert "No article here is called “wasps”" in run("ask", "Is it?", "--article", "wasps").err


def test_a_chosen_article_is_the_only_one_quoted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mayor of Ardent is Rosa Lind.")
    (tmp_path / "b.txt").write_text("The mayor of Brill is Tom Hale.")
    run("add", "a.txt", "b.txt")
    answer = json.loads(run("ask", "Who is the mayor?", "--article", "2", "--json").out)
    assert [quote["article"] for quote in answer["quotes"]] == [2]


def test_collections_do_not_see_each_other(run: Run) -> None:
    run("add", "--example", "--collection", "discord:42")
    assert run("ask", QUESTION).status == 1
    assert run("ask", QUESTION, "--collection", "discord:42").status == 0
    assert "not a collection's name" in run("articles", "--collection", "../up").err


def test_removed_is_gone(run: Run) -> None:
    run("add", "--example")
    assert run("remove", "russia").out.startswith("Removed 1 ")
    assert run("ask", QUESTION).status == 1
    assert "no articles yet" in run("articles").out
    assert run("remove", "1").status == 1


BAD_FILES = {
    "missing.txt": (None, "no such file"),
    "empty.txt": (b"", "no words"),
    "blank.txt": (b" \n\t\r\n \xc2\xa0 ", "no words"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "binary"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_sentence_and_adds_nothing(run: Run, tmp_path: Path, name: str) -> None:
    data, reason = BAD_FILES[name]
    if data is not None:
        (tmp_path / name).write_bytes(data)
    done = run("add", name)
    assert done.status == 1
    assert reason in done.err
    assert done.err.count("\n") == 1
    assert json.loads(run("articles", "--json").out) == []


def test_50_megabytes_are_refused_and_the_other_file_is_added(run: Run, tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(50_000_000)
    done = run("add", "huge.txt", str(EXAMPLE))
    assert done.status == 1
    assert "50 MB" in done.err
    assert "Added 1 " in done.out


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("", 1),
        (" \t\n ", 1),
        ("\x00\x1b\x07", 1),
        ("?!", 1),
        ("why " * 2500, 1),
        ("Скільки жінок було серед звільнених?", 3),
        ("囚犯交换在哪里进行？", 3),
    ],
)
def test_an_odd_question_is_one_sentence(run: Run, question: str, status: int) -> None:
    run("add", "--example")
    done = run("ask", question)
    assert done.status == status
    assert done.err.count("\n") == (1 if status == 1 else 0)


def test_control_characters_in_a_question_do_no_harm(run: Run) -> None:
    run("add", "--example")
    assert run("ask", "How many\x00 women\x1b were\u202e among the freed Ukrainians?").status == 0


def test_the_doctor_finds_everything_well(run: Run) -> None:
    run("add", "--example")
    done = run("doctor")
    assert done.status == 0
    assert "BAD" not in done.out
    assert "1 articles" in done.out


def test_the_doctor_says_what_to_do_about_a_damaged_library(run: Run, tmp_path: Path) -> None:
    run("add", "--example")
    file = tmp_path / "home" / "libraries" / "local" / "library.sqlite3"
    file.write_bytes(b"not a database, " * 4096)
    done = run("doctor")
    assert done.status == 1
    assert "backup" in done.out
    assert "damaged" in run("ask", QUESTION).err


def test_another_encoders_library_is_refused_until_it_is_reindexed(
    run: Run, tmp_path: Path
) -> None:
    run("add", "--example")
    file = tmp_path / "home" / "libraries" / "local" / "library.sqlite3"
    with sqlite3.connect(file) as db:
        db.execute("UPDATE meta SET value = 'another/1' WHERE key = 'encoder'")
    db.close()
    assert "pullquote reindex" in run("ask", QUESTION).err
    assert "pullquote reindex" in run("doctor").out
    assert run("show", "1", "--text").status == 0  # the truth needs no encoder
    assert "Encoded 1 articles" in run("reindex").out
    assert run("ask", QUESTION).status == 0


def test_the_real_process_with_any_locale(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "LC_ALL": "POSIX",
        "PULLQUOTE_HOME": str(tmp_path),
        "NO_COLOR": "1",
    }
    command = [sys.executable, "-m", "bot", "ask", QUESTION, "--article", str(EXAMPLE)]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603
    assert done.returncode == 0
    assert "“Three women were among these Ukrainians.”" in done.stdout.decode("utf-8")
    assert done.stderr == b""
