"""One SQLite file, opened the way a library needs it, with its errors in plain words."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from index.errors import LibraryError
from index.migrations import SCHEMA, migrate

_BUSY_SECONDS = 10.0


class Database:
    """A connection that threads may share; every call takes its turn.

    Write-ahead logging lets other processes read while one writes, `synchronous=FULL` makes what
    was committed survive a crash, `secure_delete` overwrites what was deleted.
    """

    def __init__(self, file: Path, busy_seconds: float = _BUSY_SECONDS) -> None:
        self.file = file
        self._turn = threading.RLock()
        with self._plainly():
            self._db = _connect(file, busy_seconds)
            try:
                self._migrate()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        with self._turn, self._plainly():
            self._db.close()

    def all(self, sql: str, *values: object) -> list[Any]:
        """Every row of a query, as tuples."""
        with self._turn, self._plainly():
            return self._db.execute(sql, values).fetchall()

    def meta(self) -> dict[str, Any]:
        """What the library says of itself: generation, stamp, encoder."""
        return dict(self.all("SELECT key, value FROM meta"))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several queries of one and the same state, whatever other processes write meanwhile."""
        with self._turn, self._plainly():
            outermost = not self._db.in_transaction
            if outermost:
                self._db.execute("BEGIN")
            try:
                yield
            finally:
                if outermost:
                    self._db.execute("COMMIT")

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """One statement that changes something; call it inside `change`."""
        return self._db.execute(sql, values)

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction: all of what is run inside happens, or nothing of it."""
        with self._turn, self._plainly():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back by itself after a full disk.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def raise_generation(self) -> None:
        """Tells caches that they are behind; for every change of passages, inside `change`."""
        self.run("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
        self.run("UPDATE meta SET value = hex(randomblob(16)) WHERE key = 'stamp'")

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """As `change`; what is deleted inside is in no file of the folder afterwards."""
        with self.change():
            yield
            self.mark_forgetting()
        self.forget()

    def mark_forgetting(self) -> None:
        """Has `forget` made up for by whoever opens the file next, should this process be killed
        before; for every deletion, inside `change`."""
        self.run("INSERT OR REPLACE INTO meta VALUES ('forgetting', 1)")

    def forget(self) -> None:
        """Takes what was deleted out of every file, or leaves it to who opens the library next."""
        if self.flush_deleted():
            with self.change():
                self.run("DELETE FROM meta WHERE key = 'forgetting'")

    def flush_deleted(self) -> bool:
        """Takes what was deleted out of the file's spare room and the write-ahead log as well;
        False if others use them all the while, or there is no room to write the file anew."""
        with self._turn, self._plainly():
            try:
                # Where SQLite moves rows to another page, `secure_delete` leaves their copies.
                self._db.execute("VACUUM")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
                    raise
                return False
            busy, *_ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    @property
    def read_only(self) -> bool:
        """Whether nothing may be written here."""
        return _is_read_only(self.file)

    def copy_to(self, file: Path) -> None:
        """A copy of the state of this moment in a new file, whole or not at all."""
        if file.exists():
            raise LibraryError(f"{file} is there already; choose another name.")
        beside = file.with_name(f"{file.name}.part")
        try:
            beside.unlink(missing_ok=True)  # of an earlier try that was cut off
            beside.touch()
            with self._turn, self._plainly(), closing(sqlite3.connect(beside)) as copy:
                self._db.backup(copy)
            beside.replace(file)
        except OSError as error:
            raise LibraryError(f"{file} cannot be written: {error.strerror}.") from error
        finally:
            with suppress(OSError):
                beside.unlink()

    @contextmanager
    def sound(self) -> Iterator[None]:
        """For rows that only sound bytes can have: another value is told as damage."""
        try:
            yield
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise LibraryError(damaged(self.file, str(error))) from error

    def _migrate(self) -> None:
        found = self._schema()
        if found > SCHEMA:
            raise LibraryError(
                f"The library {self.file} was made by a newer Pullquote (schema {found}, this one "
                f"knows {SCHEMA}); upgrade Pullquote to open it."
            )
        if found < SCHEMA:
            if _is_read_only(self.file):
                raise LibraryError(
                    f"The library {self.file} was made by an older Pullquote and is read-only here;"
                    " open it once where it may be written, and it will be brought up to date."
                )
            with self.change(), self.sound():
                # Another process may have done it while this one waited.
                if (found := self._schema()) < SCHEMA:
                    migrate(self._db, found)

    def _schema(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LibraryError(_sentence(str(error), self.file)) from error
        except UnicodeDecodeError as error:  # SQLite put damaged bytes into its message
            raise LibraryError(damaged(self.file, "unreadable names")) from error


def _connect(file: Path, busy_seconds: float) -> sqlite3.Connection:
    read_only = _is_read_only(file)
    mode = "mode=ro" if read_only else "mode=rwc"
    # Without its log, `immutable` is the one way to read a write-ahead database where nothing may
    # be written; with it, something was committed there, or another process is at work.
    if read_only and not file.with_name(f"{file.name}-wal").exists():
        mode += "&immutable=1"
    db = sqlite3.connect(
        f"{file.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        db.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            db.execute("PRAGMA secure_delete = ON")
            _use_write_ahead_log(db, busy_seconds)
            db.execute("PRAGMA synchronous = FULL")
    except BaseException:
        db.close()
        raise
    return db


def _is_read_only(file: Path) -> bool:
    return file.exists() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def _use_write_ahead_log(db: sqlite3.Connection, busy_seconds: float) -> None:
    """SQLite does not wait for the lock that this takes, which processes that make a library at
    the same time all want; so the waiting is done here."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def damaged(file: Path, reason: str) -> str:
    """What to tell of a library whose bytes are not those that were written."""
    return (
        f"The library {file} is damaged ({reason}); put a backup in its place, or move it away to "
        "start a new one."
    )


def _sentence(reason: str, file: Path) -> str:
    """What SQLite said, as something a person can act on."""
    if "locked" in reason or "busy" in reason:
        return f"The library {file} is being written by another process; try again in a moment."
    if "full" in reason:
        return f"The disk that holds {file} is full, so nothing was changed; make room and retry."
    if "readonly" in reason or "read-only" in reason:
        return f"The library {file} is read-only here; change its permissions or PULLQUOTE_HOME."
    if "malformed" in reason or "not a database" in reason or "disk I/O" in reason:
        return damaged(file, reason)
    return f"The library {file} cannot be used ({reason}); see `pullquote doctor`."
