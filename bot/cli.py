"""The command `pullquote`: reads the settings and puts the parts together.

Exit status: 0 done or answered, 1 error, 2 wrong usage (or a quote that is not verbatim, in
`evaluate`), 3 the article does not say, 78 a setting that has to be changed first.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from bot import cli_library, cli_sources, render
from bot.cli_library import AsJson, Collection, console
from bot.questions import Scope
from bot.session import EXAMPLE, Session, find_article, open_session
from bot.settings import load_settings
from index.errors import PullquoteError, SettingsError
from index.sources.files import is_url

STATUS = {"answered": 0, "not_in_article": 3, "no_article": 1}
NOT_VERBATIM = 2
MISCONFIGURED = 78  # EX_CONFIG: it makes no sense to try again (docs/pullquote.service)

app = typer.Typer(
    help="Ask an article questions, and be answered in its own words.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Runs the command; an error of ours is one sentence on standard error, and exit status 1 or,
    for a setting, 78."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        app()
    except PullquoteError as error:
        typer.echo(f"pullquote: {error}", err=True)
        sys.exit(MISCONFIGURED if isinstance(error, SettingsError) else 1)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    article: Annotated[
        list[str] | None,
        typer.Option(help="Only of this article: number, part of the title, or a file or link."),
    ] = None,
    as_json: AsJson = False,
    collection: Collection = "local",
) -> None:
    """Ask one question. Exit status 0: answered, 3: the article does not say, 1: error."""
    settings = load_settings()
    with open_session(settings, collection) as session:
        chosen = [_choose(session, name) for name in article or []]
        answer = session.ask(question, chosen)
    if as_json:
        typer.echo(json.dumps(render.as_json(answer), ensure_ascii=False))
    else:
        console().print(render.terminal(answer))
    raise typer.Exit(STATUS[answer.status])


@app.command()
def chat(
    article: Annotated[
        str | None, typer.Argument(help="The article to talk about: number, title, file or link.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Talk about the article that comes with Pullquote.")
    ] = False,
    collection: Collection = "local",
) -> None:
    """Ask questions one after another."""
    from bot.repl import Repl  # prompt_toolkit: nobody else waits for it

    with open_session(load_settings(), collection) as session:
        if example or not (article or session.library.articles()):
            article = str(session.intake.add(str(EXAMPLE)).version.article.id)
        Repl(session, console(), _choose(session, article) if article else None).run()


app.add_typer(cli_sources.app)
app.add_typer(cli_library.app)


@app.command()
def doctor(collection: Collection = "local") -> None:
    """Say what is installed and in use, whether it agrees, and what to do where it does not."""
    from bot.doctor import examine

    findings = list(examine(load_settings(), collection))
    for finding in findings:
        typer.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}")
        if finding.advice:
            typer.echo(f"       {finding.advice}")
    raise typer.Exit(any(not finding.ok for finding in findings))


@app.command()
def discord() -> None:
    """Run the Discord bot (its token in DISCORD_TOKEN; see docs/discord.md)."""
    from bot.discord_app.app import run_discord

    run_discord(load_settings())


@app.command()
def evaluate(
    questions: Annotated[Path, typer.Argument(help="Questions: our JSONL, or SQuAD JSON (.gz).")],
    scope: Annotated[
        Scope | None, typer.Option(help="Ask of the question's own paragraph, its article or all.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many questions.")] = None,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="Add 95 % intervals, by bootstrap over articles.")
    ] = False,
    as_json: AsJson = False,
    min_f1: Annotated[float | None, typer.Option(help="Fail below this answer F1.")] = None,
    min_exact: Annotated[float | None, typer.Option(help="… this share of exact answers.")] = None,
    min_sentence_first: Annotated[
        float | None, typer.Option(help="… this share of right sentences.")
    ] = None,
    min_auroc: Annotated[float | None, typer.Option(help="… this AUROC of the confidence.")] = None,
    min_recall: Annotated[float | None, typer.Option(help="… this abstention recall.")] = None,
) -> None:
    """Ask a whole set of questions and count. Exit status 2: a quote was not verbatim."""
    from bot import report as reports
    from bot.evaluate import evaluate as ask_all

    floors = {
        "f1": min_f1,
        "exact": min_exact,
        "sentence_first": min_sentence_first,
        "auroc": min_auroc,
        "recall": min_recall,
    }
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking")
        report = ask_all(
            questions,
            load_settings(),
            scope,
            limit,
            lambda done, total: bar.update(task, completed=done, total=total),
            intervals,
        )
    if as_json:
        typer.echo(json.dumps(reports.as_json(report)))
    else:
        console().print(reports.table(report))
    low = reports.below(report, {name: v for name, v in floors.items() if v is not None})
    for sentence in low:
        typer.echo(f"pullquote: {sentence}", err=True)
    if report.altered:
        raise typer.Exit(NOT_VERBATIM)
    raise typer.Exit(bool(low))


def _choose(session: Session, name: str) -> int:
    """The article that is meant, or, if it is a file, added first."""
    if Path(name).is_file() or is_url(name):
        return session.intake.add(name).version.article.id
    return find_article(session.library, name).id
