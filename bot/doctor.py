"""What is installed and in use, whether it agrees, and what to do where it does not."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.session import load_models, open_encoder
from bot.settings import Settings
from index.collection import collection_folder
from index.encoder import verify
from index.errors import PullquoteError
from index.library import Library

_PACKAGES = (
    "pullquote",
    "langchain-core",
    "faiss-cpu",
    "onnxruntime",
    "sentence-transformers",
    "discord.py",
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `advice` says what to do, where something is to be done."""

    ok: bool
    what: str
    advice: str = ""


def examine(settings: Settings, collection: str) -> Iterator[Finding]:
    """Everything that has to be right for an answer, in the order in which it is needed."""
    yield Finding(True, f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    for package in _PACKAGES:
        yield _package(package)
    yield _told("encoder", lambda: _encoder(settings))
    yield _told("answerer", lambda: _answerer(settings))
    yield from _library(settings, collection)
    token = bool(settings.discord_token.get_secret_value())
    yield Finding(True, f"Discord token: {'set' if token else 'not set (only the bot needs it)'}")


def _package(name: str) -> Finding:
    try:
        return Finding(True, f"{name} {version(name)}")
    except PackageNotFoundError:
        return Finding(False, f"{name} is not installed", "Run `make install`.")


def _encoder(settings: Settings) -> str:
    if settings.encoder == "default":
        verify()
    encoder = open_encoder(settings)
    return f"encoder {encoder.id}: {encoder.dimension} dimensions, {encoder.window} word pieces"


def _answerer(settings: Settings) -> str:
    load_models(settings)
    return f"answerer: {settings.answerer}"


def _library(settings: Settings, collection: str) -> Iterator[Finding]:
    folder = collection_folder(settings.home, collection)
    if not folder.exists():
        yield Finding(True, f"library {folder}: not made yet", "`pullquote add FILE` makes it.")
        return
    yield _told("library", lambda: _contents(folder))
    yield _told("library's encoder", lambda: _agreement(folder, settings))
    if not os.access(folder, os.W_OK):
        advice = "Change its permissions, or set PULLQUOTE_HOME to a folder of yours."
        yield Finding(False, f"library {folder} is read-only: it answers, but cannot grow", advice)


def _contents(folder: Path) -> str:
    library = Library(folder)
    try:
        if fault := library.fault():
            raise PullquoteError(f"{folder} is damaged ({fault}); put a backup in its place.")
        articles, passages = len(library.articles()), len(library.passage_ids())
        return f"library {folder}: {articles} articles, {passages} passages, intact"
    finally:
        library.close()


def _agreement(folder: Path, settings: Settings) -> str:
    library = Library(folder)
    try:
        library.require_encoder(open_encoder(settings).id)
        return f"library's encoder: {library.encoder_id() or 'none yet'}"
    finally:
        library.close()


def _told(what: str, look: Callable[[], str]) -> Finding:
    """What `look` says, or the sentence of the error that it met."""
    try:
        return Finding(True, look())
    except PullquoteError as error:
        return Finding(False, f"{what}: not usable", str(error))
