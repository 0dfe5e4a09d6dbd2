"""The commands of `pullquote` that fill a library and look into it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.session import EXAMPLE, find_article, open_encoder, open_store
from bot.settings import load_settings
from index import vectors
from index.errors import SourceError
from index.library import Kept, Library, collection_folder
from index.sources import read_bytes, read_file
from index.vectors import LibraryStore

app = typer.Typer()

Collection = Annotated[
    str, typer.Option(help="The library to use; a Discord server's is discord:SERVER_ID.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON (see docs/json.md).")]


@app.command()
def add(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Text or Markdown files; - is standard input.")
    ] = None,
    title: Annotated[str, typer.Option(help="The title, if the text does not say it.")] = "",
    example: Annotated[
        bool, typer.Option("--example", help="Add the article that comes with Pullquote.")
    ] = False,
    collection: Collection = "local",
) -> None:
    """Add articles: files, or what you paste. A text that is here already is told, not added."""
    paths = [*(files or []), *([EXAMPLE] if example else [])] or [Path("-")]
    failed = False
    settings = load_settings()
    with open_store(settings, collection, open_encoder(settings)) as store:
        for path in paths:
            try:
                typer.echo(added(_add(store, path, title)))
            except SourceError as error:  # the other files are none the worse for it
                typer.echo(f"pullquote: {error}", err=True)
                failed = True
    raise typer.Exit(failed)


@app.command()
def articles(as_json: AsJson = False, collection: Collection = "local") -> None:
    """List the articles."""
    with _library(collection) as library:
        versions = [library.version(article.id) for article in library.articles()]
    if as_json:
        fields = ("id", "title", "source", "url", "author", "publisher", "published", "language")
        rows = [{f: getattr(v.article, f) for f in fields} | {"version": v.id} for v in versions]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not versions:
        typer.echo("There are no articles yet; add one with `pullquote add FILE`.")
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
    collection: Collection = "local",
) -> None:
    """Show an article as it is stored."""
    with _library(collection) as library:
        version = library.version(find_article(library, article).id)
    if text:
        typer.echo(version.text)
        return
    about = version.article
    facts = [about.title, about.author, about.publisher, about.published, about.source, about.url]
    typer.echo("\n".join([fact for fact in facts if fact]))
    typer.echo(f"version {version.id}, read {version.read_at:%Y-%m-%d %H:%M} UTC\n")
    typer.echo(version.text)


@app.command()
def remove(
    articles: Annotated[list[str], typer.Argument(help="Numbers or parts of titles.")],
    collection: Collection = "local",
) -> None:
    """Remove articles and every trace of their text."""
    with _library(collection) as library:
        found = [find_article(library, name) for name in articles]
        library.remove([article.id for article in found])
    for article in found:
        typer.echo(f"Removed {article.id} “{article.title}”.")


@app.command()
def reindex(collection: Collection = "local") -> None:
    """Split and encode every article anew, by the encoder that the settings name."""
    with _library(collection) as library:
        encoder = open_encoder(load_settings())
        typer.echo(f"Encoded {vectors.reindex(library, encoder)} articles by {encoder.id}.")


def console() -> Console:
    """Wraps at the terminal's width; in a pipe lines are left whole."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=1000)


def added(kept: Kept) -> str:
    """What came of adding an article, in a sentence."""
    about, words = kept.version.article, len(kept.version.text.split())
    if kept.new:
        return f"Added {about.id} “{about.title}” ({words:,} words)."
    return f"This text is here already, as {about.id} “{about.title}”; nothing was added."


def _add(store: LibraryStore, path: Path, title: str) -> Kept:
    if str(path) != "-":
        return store.add_article(read_file(path, title))
    if sys.stdin.isatty():
        typer.echo("Paste the article; then press Ctrl-D on a line of its own.", err=True)
    return store.add_article(read_bytes(sys.stdin.buffer.read(), "standard input", title))


@contextmanager
def _library(collection: str) -> Iterator[Library]:
    """A library without its encoder, for what needs none."""
    library = Library(collection_folder(load_settings().home, collection))
    try:
        yield library
    finally:
        library.close()
