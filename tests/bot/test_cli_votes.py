"""`pullquote votes`."""

import json
from pathlib import Path

from bot.discord_app.records import Records
from bot.session import open_session
from bot.settings import Settings
from index.articles import Version
from tests.bot.conftest import Run
from tests.conftest import version_of
from tests.discord_app.answers import BRIDGE, answered, quote_of, silent


def prepare(run: Run, tmp_path: Path) -> Version:
    with open_session(Settings(home=tmp_path / "home"), "discord:1") as session:
        version = session.store.add_article(version_of(BRIDGE, "The bridge")).version
        records = Records(session.library)
        for answer in (
            answered(quote_of(version, "Vera Stoyan")),
            silent(quote_of(version, "84 metres"), "Who painted it blue?"),
        ):
            records.vote(records.keep(answer, user=5, channel=7, needed=0.35), 6, good=True)
    return version


def test_the_file_can_be_evaluated(run: Run, tmp_path: Path) -> None:
    prepare(run, tmp_path)
    done = run("votes", "--collection", "discord:1", "--output", "votes.json")
    assert (done.status, done.out) == (0, "")
    assert "2 questions with votes for their answers; 0 voted against" in done.err
    report = json.loads(run("evaluate", "votes.json", "--json").out)
    assert report["questions"] == 2
    assert report["answer"]["exact"] == 1


def test_it_is_printed_where_no_file_is_named(run: Run, tmp_path: Path) -> None:
    version = prepare(run, tmp_path)
    done = run("votes", "--collection", "discord:1")
    assert json.loads(done.out)["data"][0]["sha256"] == version.id


def test_a_name_that_evaluate_would_not_know_is_refused(run: Run, tmp_path: Path) -> None:
    prepare(run, tmp_path)
    for name, said in (("votes.txt", "let its name end in .json"), ("no/votes.json", "cannot")):
        done = run("votes", "--collection", "discord:1", "--output", name)
        assert done.status == 1
        assert said in done.err
