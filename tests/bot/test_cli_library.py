"""The commands that read articles, look into a library and carry it elsewhere, end to end."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import Settings
from index.intake import Intake
from index.vectors import LibraryStore
from tests.bot.conftest import Run
from tests.index.sources.documents import PROSE
from tests.index.sources.site import Answer, Page, Site, serve

CANARY = b"quixvorp"


def article(name: str, *more: str) -> bytes:
    """A page that is told from others by its name."""
    sentences = [f"The {name} was closed by a storm.", *more, PROSE]
    words = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    title = f"<title>The {name}</title>"
    return f"<!doctype html><html>{title}<body><article>{words}</article></body></html>".encode()


def feed(*names: str) -> Answer:
    items = "".join(f"<item><guid>{n}</guid><link>/{n}</link></item>" for n in names)
    xml = f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
    return Answer(xml.encode(), type="application/rss+xml")


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site that the commands may read from, although it is on loopback."""
    named: dict[str, Page] = {f"/{n}": Answer(article(n)) for n in ("harbour", "airport", "bridge")}
    with serve(named) as running:

        def open_intake(store: LibraryStore, settings: Settings) -> Intake:
            return Intake(store, running.fetcher())

        monkeypatch.setattr("bot.cli_sources.open_intake", open_intake)
        monkeypatch.setattr("bot.session.open_intake", open_intake)
        yield running


def versions(run: Run, name: str) -> list[str]:
    """The ids of an article's versions, the newest first, as `show` has them."""
    return re.findall("^version ([0-9a-f]{64})", run("show", name).out, re.MULTILINE)


# Adding and reading again


def test_one_bad_source_of_several_is_told_and_the_others_are_added(
    run: Run, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "good.txt").write_text(PROSE)
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    done = run("add", "bad.pdf", f"{site.url}/harbour", f"{site.url}/none", "good.txt")
    assert done.status == 1
    assert done.out.splitlines() == [
        "Added 1 “The harbour” (76 words).",
        "Added 2 “good” (69 words).",
        "It says nearly what 1 “The harbour” says.",
    ]
    bad, missing = done.err.splitlines()
    assert bad.startswith("pullquote: bad.pdf ")
    assert missing.startswith(f"pullquote: {site.url}/none does not exist")


def test_what_is_here_is_told_and_not_added(run: Run, site: Site, tmp_path: Path) -> None:
    site.pages["/copy"] = site.pages["/harbour"]
    run("add", f"{site.url}/harbour")
    done = run("add", f"{site.url}/harbour", f"{site.url}/copy", f"{site.url}/airport")
    assert done.status == 0
    assert done.out.splitlines() == [
        "1 “The harbour” says what it said before; nothing was added.",
        "This text is here already, as 1 “The harbour”; nothing was added.",
        "Added 2 “The airport” (76 words).",
        "It says nearly what 1 “The harbour” says.",
    ]
    shown = run("show", "1").out
    assert f"{site.url}/harbour\n{site.url}/copy\n" in shown


def test_refresh_says_what_has_changed_and_what_is_gone(
    run: Run, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text(PROSE)
    run("add", f"{site.url}/harbour", f"{site.url}/airport", f"{site.url}/bridge", "note.txt")
    run("add", "-", stdin=f"Pasted words. {PROSE}".encode())
    site.pages["/harbour"] = Answer(article("harbour", "It opened again on Friday."))
    site.pages["/airport"] = Answer(b"", 410)
    done = run("refresh")
    assert done.status == 1
    assert done.out.splitlines() == [
        "1 “The harbour” has changed: 1 sentence added. Answers come from the new version; "
        "the old one is kept.",
        "3 “The bridge” says what it said before; nothing was added.",
        "4 “note” says what it said before; nothing was added.",
    ]
    assert done.err.count("\n") == 1
    assert "taken down" in done.err
    assert run("ask", "When did the harbour open again?").status == 0
    assert (
        run("refresh", "bridge").out
        == "3 “The bridge” says what it said before; nothing was added.\n"
    )
    pasted = run("refresh", "5")
    assert (pasted.status, pasted.out) == (1, "")
    assert "was pasted" in pasted.err
    assert "No article here is called" in run("refresh", "tunnel").err


def test_a_question_can_name_a_link(run: Run, site: Site) -> None:
    done = run("ask", "What was closed by a storm?", "--article", f"{site.url}/harbour", "--json")
    assert done.status == 0
    [quote] = json.loads(done.out)["quotes"]
    assert quote["article"] == 1
    assert run("articles").out.count("\n") == 2  # the head of the table, and it


def test_feeds_are_followed_until_they_are_removed(run: Run, site: Site) -> None:
    site.pages["/feed"] = feed("airport", "harbour")
    done = run("add", "--feed", f"{site.url}/feed")
    assert done.status == 0
    assert done.out.splitlines()[:2] == [
        "Following “News”; `pullquote refresh` takes what is new.",
        "Added 1 “The harbour” (76 words).",
    ]
    site.pages["/feed"] = feed("none", "bridge", "airport", "harbour")
    run("remove", "1")
    done = run("refresh")
    assert done.status == 1
    assert [line.split(" (")[0] for line in done.out.splitlines()] == [
        "2 “The airport” says what it said before; nothing was added.",
        "Added 3 “The bridge”",
        "It says nearly what 2 “The airport” says.",
    ]
    assert "does not exist" in done.err
    assert run("feeds").out.startswith(f"{site.url}/feed  News, read 2")
    assert run("feeds", "--remove", f"{site.url}/feed").out == ""
    assert "is not followed" in run("feeds", "--remove", f"{site.url}/feed").err
    assert len(json.loads(run("articles", "--json").out)) == 2


def test_a_feed_and_a_page_are_not_taken_for_each_other(run: Run, site: Site) -> None:
    site.pages["/feed"] = feed("harbour")
    assert "add it with --feed" in run("add", f"{site.url}/feed").err
    done = run("add", f"{site.url}/bridge", "--feed", f"{site.url}/harbour")
    assert (done.status, done.out) == (1, "Added 1 “The bridge” (76 words).\n")
    assert "is not an RSS or Atom feed" in done.err


# Versions


@pytest.fixture
def revised(run: Run, site: Site) -> list[str]:
    """An article with two versions: their ids, the newest first."""
    site.pages["/harbour"] = Answer(article("harbour", "It will open on Friday the sixth."))
    run("add", f"{site.url}/harbour")
    site.pages["/harbour"] = Answer(article("harbour", "It will open on Sunday the eighth."))
    run("refresh")
    return versions(run, "harbour")


def test_the_changes_of_an_article(run: Run, revised: list[str]) -> None:
    newest, _, first = run("show", "harbour", "--diff").out.partition("\n\n")
    assert newest.splitlines()[0].endswith(" UTC: 1 sentence edited")
    assert newest.splitlines()[1:] == [
        "- It will open on Friday the sixth.",
        "+ It will open on Sunday the eighth.",
    ]
    assert first.endswith(" UTC: first read.\n")


def test_the_text_of_an_older_version(run: Run, revised: list[str]) -> None:
    newest, oldest = revised
    assert "Sunday" in run("show", "1", "--text").out
    assert run("show", "1", "--text", "--version", newest).out == run("show", "1", "--text").out
    older = run("show", "1", "--text", "--version", oldest[:6].upper())
    assert "Friday" in older.out
    assert "Sunday" not in older.out
    assert "No version of this article starts with x" in run("show", "1", "--version", "x").err


def test_a_quote_where_it_stands(run: Run, revised: list[str]) -> None:
    oldest = run("show", "1", "--text", "--version", revised[1]).out
    at, stays = oldest.index("open on Friday"), oldest.index("harbour was")
    there = ("show", "1", "--version", revised[1], "--at")
    gone = run(*there, f"{at}-{at + 4}")
    assert "It will open on Friday the sixth." in gone.out
    assert "its newest version does not say it any more" in gone.out
    assert "the newest one still says it" in run(*there, f"{stays}-{stays + 7}").out
    assert "version" not in run("show", "1", "--at", f"{stays}-{stays + 7}").out
    for place in ("5", "9-5", "0-999999", "here-there", "1-2-3"):
        done = run("show", "1", "--at", place)
        assert (done.status, done.err.count("\n")) == (1, 1)
        assert "is no place in a text of" in done.err


# Elsewhere, and gone


def test_a_library_is_exported_and_imported(
    run: Run, site: Site, tmp_path: Path, revised: list[str]
) -> None:
    run("add", f"{site.url}/airport", "--feed", f"{site.url}/none")
    assert run("export", "out.gz").out == "Wrote 2 articles to out.gz.\n"
    other = ("--collection", "other")
    assert run("import", "out.gz", *other).out.startswith("Added 2 articles; ")
    assert run("import", "out.gz", *other).out.startswith("Added 0 articles; ")
    copied = run("show", "harbour", "--diff", *other)
    assert copied.out == run("show", "harbour", "--diff").out
    assert run("refresh", *other).out.count("says what it said before") == 2
    (tmp_path / "out.gz").write_bytes((tmp_path / "out.gz").read_bytes()[:-20])
    done = run("import", "out.gz", "--collection", "third")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "is damaged" in done.err
    assert run("articles", "--json", "--collection", "third").out == "[]\n"
    assert "cannot be written" in run("export", "none/out.gz").err


def test_a_backup_is_a_library(run: Run, tmp_path: Path, revised: list[str]) -> None:
    assert run("backup", "copy.sqlite3").out == "Copied the library to copy.sqlite3.\n"
    done = run("backup", "copy.sqlite3")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "is there already" in done.err
    run("remove", "1")
    folder = tmp_path / "home" / "libraries" / "local"
    for file in folder.iterdir():  # as docs/library.md says
        file.unlink()
    (tmp_path / "copy.sqlite3").rename(folder / "library.sqlite3")
    assert versions(run, "1") == revised


@pytest.mark.parametrize("said", ["n\n", "\n", ""])
def test_a_library_is_not_forgotten_by_mistake(run: Run, said: str) -> None:
    run("add", "--example")
    done = run("forget", stdin=said.encode())
    assert done.status == 1
    assert "Remove the library “local” and all that is in it?" in done.out
    assert run("show", "1").status == 0


@pytest.mark.parametrize("words", [["forget", "--yes"], ["forget"]])
def test_a_forgotten_library_leaves_nothing(
    run: Run, site: Site, tmp_path: Path, words: list[str]
) -> None:
    site.pages["/secret"] = Answer(article("quixvorp"))
    run("add", f"{site.url}/secret", "--collection", "secret")
    run("add", "--example")
    run("ask", "What was closed by a storm?", "--collection", "secret")
    home = tmp_path / "home"
    assert holders(home)
    done = run(*words, "--collection", "secret", stdin=b"y\n")
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith("Removed the library “secret”.\n")
    assert holders(home) == []
    assert run("show", "1").status == 0  # the other library
    assert "There is no library “secret”" in run(*words, "--collection", "secret", stdin=b"y").err


def test_a_removed_article_leaves_nothing_with_any_of_its_versions(
    run: Run, site: Site, tmp_path: Path
) -> None:
    site.pages["/secret"] = Answer(article("quixvorp", "It was open on Friday."))
    run("add", f"{site.url}/secret", f"{site.url}/bridge")
    site.pages["/secret"] = Answer(article("airport"))
    run("refresh")
    assert holders(tmp_path / "home")
    run("remove", "1")
    assert holders(tmp_path / "home") == []
    file = tmp_path / "home" / "libraries" / "local" / "library.sqlite3"
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT count(*) FROM versions").fetchall() == [(1,)]


def holders(folder: Path) -> list[str]:
    """The files that have the canary, in whatever case."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if CANARY in file.read_bytes().lower()]
