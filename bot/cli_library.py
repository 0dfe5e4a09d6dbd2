"""The commands of `pullquote` that look into a library, empty it, and carry it elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot import render, render_library
from bot.quotes import Quote, quote_span
from bot.session import find_article, open_encoder, open_store
from bot.settings import load_settings
from index import portable, vectors
from index.articles import Span, Version
from index.collection import collection_folder, forget_collection
from index.errors import LibraryError, QuoteError
from index.library import Library

app = typer.Typer()

Collection = Annotated[
    str, typer.Option(help="The library to use; a Discord server's is discord:SERVER_ID.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (see docs/json.md).")]


@app.command()
def articles(as_json: AsJson = False, collection: Collection = "local") -> None:
    """List the articles."""
    with open_library(collection) as library:
        versions = [library.version(article.id) for article in library.articles()]
    if as_json:
        fields = ("id", "title", "source", "url", "author", "publisher", "published", "language")
        rows = [{f: getattr(v.article, f) for f in fields} | {"version": v.id} for v in versions]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not versions:
        typer.echo("There are no articles yet; add one with `pullquote add FILE` (or a link).")
        return
    table = Table("", "title", "words", "read", "source", box=None, pad_edge=False)
    for v in versions:
        facts = f"{len(v.text.split()):,}", f"{v.read_at:%Y-%m-%d}", v.article.source
        table.add_row(str(v.article.id), v.article.title, *facts)
    console().print(table)


@app.command()
def show(
    article: Annotated[str, typer.Argument(help="Number or part of the title.")],
    text: Annotated[
        bool, typer.Option("--text", help="Only the stored text, which all offsets count.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="What each version changed, the newest first.")
    ] = False,
    version: Annotated[
        str, typer.Option(help="An older version, by how its id starts (default: the newest).")
    ] = "",
    at: Annotated[
        str, typer.Option(help="What stands around a quote: START-END, as `ask --json` has them.")
    ] = "",
    collection: Collection = "local",
) -> None:
    """Show an article as it is stored, what its versions changed, or a quote where it stands."""
    with open_library(collection) as library:
        found = find_article(library, article)
        versions = library.versions(found.id)
        origins = [origin.url for origin in library.origins(found.id)]
    if text:
        typer.echo(_version(versions, version).text)
    elif diff:
        console().print(render_library.history(versions))
    elif at:
        quote = _quote(_version(versions, version), at)
        console().print(render.context(quote, versions[0]))
    else:
        typer.echo(render_library.about(versions, origins))
        typer.echo(f"\n{_version(versions, version).text}")


@app.command()
def remove(
    articles: Annotated[list[str], typer.Argument(help="Numbers or parts of titles.")],
    collection: Collection = "local",
) -> None:
    """Remove articles and every trace of their text."""
    with open_library(collection) as library:
        found = [find_article(library, name) for name in articles]
        library.remove([article.id for article in found])
    for article in found:
        typer.echo(f"Removed {article.id} “{article.title}”.")


@app.command()
def forget(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    collection: Collection = "local",
) -> None:
    """Remove a whole library: its articles, versions, feeds and vectors, without a trace."""
    home = load_settings().home
    if not yes:
        typer.confirm(f"Remove the library “{collection}” and all that is in it?", abort=True)
    forget_collection(home, collection)
    typer.echo(f"Removed the library “{collection}”.")


@app.command(name="export")
def export_(
    file: Annotated[Path, typer.Argument(help="The file to write, as library.jsonl.gz.")],
    collection: Collection = "local",
) -> None:
    """Write the library into one file that any Pullquote can import (docs/library.md)."""
    with open_library(collection) as library:
        typer.echo(f"Wrote {_articles(portable.export(library, file))} to {file}.")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that `pullquote export` wrote.")],
    collection: Collection = "local",
) -> None:
    """Add the articles of an exported library, versions and all; what is here already is left."""
    settings = load_settings()
    with open_store(settings, collection, open_encoder(settings)) as store:
        came, known = portable.import_(store, file)
    typer.echo(f"Added {_articles(came)}; here already: {known}.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it is a library.sqlite3.")],
    collection: Collection = "local",
) -> None:
    """Copy a library while it is in use (docs/library.md says how to put it back)."""
    with open_library(collection) as library:
        library.backup(file)
    typer.echo(f"Copied the library to {file}.")


@app.command()
def reindex(collection: Collection = "local") -> None:
    """Split and encode every article anew, by the encoder that the settings name."""
    with open_library(collection) as library:
        encoder = open_encoder(load_settings())
        typer.echo(f"Encoded {vectors.reindex(library, encoder)} articles by {encoder.id}.")


@app.command()
def votes(
    output: Annotated[
        Path | None, typer.Option(help="The file to write, as votes.json (default: print it).")
    ] = None,
    collection: Collection = "local",
) -> None:
    """Write the questions that people on Discord voted on, as a set for `pullquote evaluate`."""
    from bot.discord_app.records import Records  # discord.py: nobody else waits for it
    from bot.discord_app.votes import voted_set

    with open_library(collection) as library:
        found = voted_set(Records(library))
    text = json.dumps(found.content, ensure_ascii=False, indent=1)
    if output is None:
        typer.echo(text)
    else:
        _write(output, f"{text}\n")
    told = f"{found.questions:,} questions with votes for their answers"
    rest = f"{found.disliked:,} voted against, listed apart; {found.left_out:,} left out"
    typer.echo(f"{told}; {rest} (docs/evaluation.md).", err=True)


def console() -> Console:
    """Wraps at the terminal's width; in a pipe lines are left whole."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=1000)


def _write(file: Path, text: str) -> None:
    if file.suffix != ".json":  # by which `evaluate` knows it
        raise LibraryError(f"{file} would not be known as questions; let its name end in .json.")
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise LibraryError(
            f"{file} cannot be written ({error.strerror}); choose another place."
        ) from error


def _articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count:,} articles"


def _version(versions: Sequence[Version], start: str) -> Version:
    found = [version for version in versions if version.id.startswith(start.lower())]
    if not found:
        raise LibraryError(f"No version of this article starts with {start}; see `pullquote show`.")
    return found[0]


def _quote(version: Version, place: str) -> Quote:
    """The whole sentences around START-END."""
    try:
        start, end = map(int, place.split("-"))
        return quote_span(Span(version, start, end))
    except ValueError as error:
        raise QuoteError(
            f"{place} is no place in a text of {len(version.text):,} characters; give START-END."
        ) from error


@contextmanager
def open_library(collection: str) -> Iterator[Library]:
    """A library without its encoder, for what needs none."""
    library = Library(collection_folder(load_settings().home, collection))
    try:
        yield library
    finally:
        library.close()
