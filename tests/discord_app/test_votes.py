"""Votes as a set of questions, read by the evaluation's own loader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.discord_app.records import Records
from bot.discord_app.votes import voted_set
from bot.questions import QuestionSet, read_questions
from index.articles import Origin
from index.vectors import LibraryStore
from tests.conftest import version_of
from tests.discord_app.answers import BRIDGE, GARDEN, added, answered, quote_of, silent

VOTERS = (1_000_000_000_000_000_001, 1_000_000_000_000_000_002, 1_000_000_000_000_000_003)


@pytest.fixture
def records(store: LibraryStore) -> Records:
    return Records(store.library)


def vote(records: Records, answer: object, good: int = 0, bad: int = 0) -> None:
    number = records.keep(answer, user=5, channel=7, needed=0.35)  # type: ignore[arg-type]
    for voter, vote in zip(VOTERS, [True] * good + [False] * bad, strict=False):
        records.vote(number, voter, vote)


def read(records: Records, folder: Path) -> QuestionSet:
    file = folder / "votes.json"
    file.write_text(json.dumps(voted_set(records).content), "utf-8")
    return read_questions(file)


def test_what_was_liked_is_what_is_right(
    store: LibraryStore, records: Records, tmp_path: Path
) -> None:
    bridge, garden = added(store), added(store, GARDEN, "The garden")
    vote(records, answered(quote_of(bridge, "Vera Stoyan")), good=2, bad=1)
    vote(records, answered(quote_of(garden, "212 kinds"), question="How many roses?"), good=1)
    vote(records, silent(quote_of(bridge, "84 metres"), "Who painted it?"), good=1)
    found = read(records, tmp_path)
    assert [text.text for text in found.texts] == [bridge.text, garden.text]
    assert [text.article.title for text in found.texts] == ["The bridge", "The garden"]
    told = [(q.text, list(q.answers), q.home) for q in found.questions]
    assert told == [
        ("Who designed the bridge?", ["Vera Stoyan"], 0),
        ("Who painted it?", [], 0),
        ("How many roses?", ["212 kinds"], 1),
    ]
    [place] = found.questions[0].places
    assert bridge.text[slice(*place)] == "Vera Stoyan"
    counts = voted_set(records)
    assert (counts.questions, counts.disliked, counts.left_out) == (3, 0, 0)


def test_a_place_is_the_one_that_was_quoted_of_several(
    store: LibraryStore, records: Records, tmp_path: Path
) -> None:
    text = "The mill stood in 1931. Then it burned.\n\nThe ferry sailed again in 1931, on Monday."
    version = added(store, text)
    second = text.rindex("1931")
    quote = quote_of(version, "1931, on Monday")
    assert quote.start < second
    vote(records, answered(quote), good=1)
    [question] = read(records, tmp_path).questions
    assert question.places == [(second, second + len("1931, on Monday"))]


def test_of_several_texts_the_first_one_is_asked(
    store: LibraryStore, records: Records, tmp_path: Path
) -> None:
    quotes = [
        quote_of(added(store), "Vera Stoyan"),
        quote_of(store.library.version(1), "84 metres"),
        quote_of(added(store, GARDEN), "212 kinds"),
    ]
    vote(records, answered(*quotes), good=1)
    [question] = read(records, tmp_path).questions
    assert question.answers == ["Vera Stoyan", "84 metres"]


def test_a_version_is_told_as_it_was_quoted(
    store: LibraryStore, records: Records, tmp_path: Path
) -> None:
    origin = Origin("https://x.example/bridge")
    old = store.add_article(version_of(BRIDGE), origin).version
    vote(records, answered(quote_of(old, "84 metres")), good=1)
    new = store.add_article(version_of(BRIDGE.replace("84", "86")), origin).version
    vote(records, answered(quote_of(new, "86 metres")), good=1)
    found = read(records, tmp_path)
    assert [text.text for text in found.texts] == [old.text, new.text]
    assert [q.answers for q in found.questions] == [["84 metres"], ["86 metres"]]
    entries = voted_set(records).content["data"]
    assert [(e["article"], e["sha256"]) for e in entries] == [  # type: ignore[attr-defined]
        (1, version.id) for version in (old, new)
    ]


def test_what_was_disliked_stands_apart(
    store: LibraryStore, records: Records, tmp_path: Path
) -> None:
    bridge = added(store)
    vote(records, answered(quote_of(bridge, "Vera Stoyan")), good=1)
    vote(
        records, answered(quote_of(bridge, "84 metres"), question="How high is it?"), good=1, bad=2
    )
    vote(records, silent(None, "How long is it?"), bad=1)
    found = voted_set(records)
    assert [q.text for q in read(records, tmp_path).questions] == ["Who designed the bridge?"]
    told = [(e["question"], e["answered"], e["bad"]) for e in found.content["disliked"]]  # type: ignore[attr-defined]
    assert told == [("How high is it?", ["84 metres"], 2), ("How long is it?", [], 1)]
    assert (found.questions, found.disliked, found.left_out) == (1, 2, 0)


def test_what_nobody_can_judge_by_is_left_out_and_counted(
    store: LibraryStore, records: Records
) -> None:
    bridge, garden = added(store), added(store, GARDEN)
    quote = quote_of(bridge, "Vera Stoyan")
    vote(records, answered(quote), good=1, bad=1)
    vote(records, answered(quote, question="the bridge", most_quotes=3), good=1)
    vote(records, silent(None, step="nothing_retrieved"), good=1)
    vote(records, answered(quote_of(garden, "212 kinds")), good=1)
    store.remove_articles([garden.article.id])
    vote(records, answered(quote), good=0)  # no vote at all: not counted either
    found = voted_set(records)
    assert (found.questions, found.disliked, found.left_out) == (0, 0, 4)
    assert found.content["data"] == []


def test_whose_votes_they_are_is_not_told(store: LibraryStore, records: Records) -> None:
    quote = quote_of(added(store), "Vera Stoyan")
    vote(records, answered(quote), good=3)
    vote(records, answered(quote), bad=3)
    text = json.dumps(voted_set(records).content)
    assert not any(str(voter) in text for voter in VOTERS)
