"""What is deleted by itself: the libraries of servers that have removed the bot, after some days,
and questions whose time is over.

When a library is to go stands in its own database, so a restart forgets nothing. Whatever a process
that was killed has left undone, the next sweep does. Synchronous: it is for a thread of its own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bot.discord_app.options import ServerOptions
from bot.discord_app.records import Records
from bot.discord_app.rooms import Rooms
from index.collection import collection_folder, collections, finish_forgetting
from index.errors import PullquoteError
from index.library import Library

_OF_SERVER = re.compile(r"discord:\d+")

log = logging.getLogger(__name__)


def leave(rooms: Rooms, collection: str, now: datetime) -> None:
    """The bot was removed from a server, whose library is to go in `leave_days`. A date that it has
    already stays. Raises LibraryError."""
    with _records(rooms.settings.home, collection) as records:
        if records and records.leaves_at() is None:
            records.set_leaves_at(now + timedelta(days=rooms.settings.leave_days))


def stay(rooms: Rooms, collection: str) -> None:
    """The bot is in the server again. Raises LibraryError."""
    with _records(rooms.settings.home, collection) as records:
        if records and records.leaves_at():
            records.set_leaves_at(None)


def note_absent(rooms: Rooms, present: Collection[str], now: datetime) -> None:
    """Makes up for what happened while the bot was not running: `present` are the collections of
    all servers that it is in."""
    for collection in filter(_OF_SERVER.fullmatch, collections(rooms.settings.home)):
        with _going_on(collection):
            if collection in present:
                stay(rooms, collection)
            else:
                leave(rooms, collection, now)


def options_of(rooms: Rooms, present: Collection[str]) -> Iterator[tuple[str, ServerOptions]]:
    """What was chosen in these collections, as far as they have a library."""
    for collection in present:
        with _going_on(collection), _records(rooms.settings.home, collection) as records:
            yield collection, records.options() if records else ServerOptions()


def due(home: Path, now: datetime) -> list[str]:
    """The collections that are to go."""
    found = []
    for collection in filter(_OF_SERVER.fullmatch, collections(home)):
        with _going_on(collection), _records(home, collection) as records:
            if records and _is_due(records, now):
                found.append(collection)
    return found


def sweep(rooms: Rooms, now: datetime) -> list[str]:
    """Deletes the collections that are to go, and in all others of Discord's the questions whose
    time is over. Returns the collections that it has deleted."""
    home = rooms.settings.home
    with _going_on("what was left of deleted libraries"):
        finish_forgetting(home)
    gone = []
    for collection in due(home, now):
        with _going_on(collection):
            # It may have come back meanwhile.
            if rooms.forget(collection, lambda library: _is_due(Records(library), now)):
                gone.append(collection)
                log.info("deleted %s: its server removed the bot", collection)
    for collection in collections(home):
        if collection.startswith("discord:"):
            with _going_on(collection), _records(home, collection) as records:
                if records:
                    _forget_old(records, now)
    return gone


def _forget_old(records: Records, now: datetime) -> None:
    days = records.options().retention_days
    records.forget_before(now - timedelta(days=days))


def _is_due(records: Records, now: datetime) -> bool:
    leaves_at = records.leaves_at()
    return leaves_at is not None and leaves_at <= now


@contextmanager
def _records(home: Path, collection: str) -> Iterator[Records | None]:
    """What a collection remembers; None if it has no library, which is then not made."""
    folder = collection_folder(home, collection)
    if not folder.exists():
        yield None
        return
    with closing(Library(folder)) as library:
        yield Records(library)


@contextmanager
def _going_on(what: str) -> Iterator[None]:
    """One library that cannot be used keeps nobody from the others."""
    try:
        yield
    except PullquoteError as error:
        log.error("%s: %s", what, error)  # noqa: TRY400 (the sentence is the whole story)
