"""The commands of `pullquote` that read articles: files, links, what is pasted, feeds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import render_library
from bot.cli_library import Collection, open_library
from bot.session import EXAMPLE, find_article, open_encoder, open_intake, open_store
from bot.settings import load_settings
from index.errors import SourceError
from index.library import Kept
from index.sources import read_bytes
from index.vectors import LibraryStore

if TYPE_CHECKING:
    from index.feeds import Feed
    from index.intake import Intake, Reading

app = typer.Typer()

_BAR_FROM = 3  # sources; fewer are read before anybody looks at a bar


@app.command()
def add(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Links and files (text, Markdown, HTML, PDF, DOCX); - is a paste."),
    ] = None,
    title: Annotated[str, typer.Option(help="The title, if the text does not say it.")] = "",
    feed: Annotated[
        list[str] | None, typer.Option(help="Follow this RSS or Atom feed, and add its articles.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Add the article that comes with Pullquote.")
    ] = False,
    collection: Collection = "local",
) -> None:
    """Add articles: links, files, what you paste, a feed. A link or file that is known already is
    read again, and a text that is here already is told, not added."""
    wanted = [*(sources or []), *([str(EXAMPLE)] if example else [])]
    wanted = wanted if wanted or feed else ["-"]
    failed = False
    with _intake(collection) as (intake, store), _bar(len(wanted)) as bar:
        for source in bar.track(wanted):
            try:
                typer.echo(render_library.kept(_add(intake, store, source, title)))
            except SourceError as error:  # the others are none the worse for it
                _complain(_named(source, str(error)))
                failed = True
        for url in feed or []:
            failed = _follow(intake, url) or failed
    raise typer.Exit(failed)


@app.command()
def refresh(
    articles: Annotated[
        list[str] | None, typer.Argument(help="Numbers or parts of titles; none: all, and feeds.")
    ] = None,
    collection: Collection = "local",
) -> None:
    """Read articles again where they were read, and take what is new from the feeds. What has
    changed becomes a new version; the old one is kept."""
    failed = False
    with _intake(collection) as (intake, store):
        library = store.library
        named = [find_article(library, name) for name in articles or []]
        for article in named:
            if not library.origins(article.id):
                _complain(f"“{article.title}” was pasted, so there is no place to read it again.")
                failed = True
        for article in named or ([] if articles else library.articles()):
            failed = _tell(intake.refresh(article)) or failed
        for feed in [] if articles else library.feeds.all():
            failed = _take(intake, feed) or failed
    raise typer.Exit(failed)


@app.command()
def feeds(
    remove: Annotated[str, typer.Option(help="Follow this feed no longer; articles stay.")] = "",
    collection: Collection = "local",
) -> None:
    """List the feeds that are followed."""
    with open_library(collection) as library:
        if remove and not library.feeds.remove(remove):
            raise SourceError(f"{remove} is not followed; see `pullquote feeds`.")
        for feed in library.feeds.all():
            typer.echo(f"{feed.url}  {feed.title}, read {feed.read_at:%Y-%m-%d %H:%M} UTC")


def _add(intake: Intake, store: LibraryStore, source: str, title: str) -> Kept:
    if source != "-":
        return intake.add(source, title)
    if sys.stdin.isatty():
        typer.echo("Paste the article; then press Ctrl-D on a line of its own.", err=True)
    return store.add_article(read_bytes(sys.stdin.buffer.read(), "standard input", title))


def _follow(intake: Intake, url: str) -> bool:
    """Whether anything went wrong."""
    try:
        feed = intake.follow(url)
    except SourceError as error:
        _complain(str(error))
        return True
    typer.echo(f"Following “{feed.title}”; `pullquote refresh` takes what is new.")
    return _take(intake, feed)


def _take(intake: Intake, feed: Feed) -> bool:
    try:
        return _tell(intake.take(feed))
    except SourceError as error:
        _complain(str(error))
        return True


def _tell(readings: Iterable[Reading]) -> bool:
    """Says what came of each place; whether anything went wrong."""
    failed = False
    for reading in readings:
        if reading.kept:
            typer.echo(render_library.kept(reading.kept))
        else:
            _complain(_named(reading.source, reading.error))
            failed = True
    return failed


def _named(source: str, error: str) -> str:
    """An error that says which of several sources it is about."""
    name = source.rstrip("/").rpartition("/")[2]
    return error if name in error else f"{source}: {error}"


def _complain(sentence: str) -> None:
    typer.echo(f"pullquote: {sentence}", err=True)


@contextmanager
def _intake(collection: str) -> Iterator[tuple[Intake, LibraryStore]]:
    settings = load_settings()
    with open_store(settings, collection, open_encoder(settings)) as store:
        yield open_intake(store, settings), store


def _bar(sources: int) -> Progress:
    """A bar on a terminal, below what is said of each source."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("articles"), TimeRemainingColumn())
    errors = Console(stderr=True)
    unseen = sources < _BAR_FROM or not errors.is_terminal  # a pipe would get an empty line
    return Progress(*columns, console=errors, transient=True, disable=unseen)
