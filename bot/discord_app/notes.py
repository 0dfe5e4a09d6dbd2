"""What a collection notes besides questions: what was chosen for it, how much is asked in a day,
which threads it has, and when it is to be deleted."""

from __future__ import annotations

from datetime import date, datetime

from bot.discord_app.options import ServerOptions, options_as_json, options_from_json
from index.database import Database

_COUNT = """
SELECT coalesce(sum(questions) FILTER (WHERE user = ?), 0), coalesce(sum(questions), 0)
FROM counts WHERE day = ?
"""
_PUT_COUNT = """
INSERT INTO counts VALUES (?, ?, 1) ON CONFLICT (day, user) DO UPDATE SET questions = questions + 1
"""
# An article that was removed meanwhile is none.
_PUT_THREAD = "INSERT OR REPLACE INTO threads VALUES (?, (SELECT id FROM articles WHERE id = ?), ?)"


class Notes:
    """Raises LibraryError where the library cannot be read or written."""

    def __init__(self, database: Database) -> None:
        self._db = database

    # What was chosen

    def options(self) -> ServerOptions:
        """What was chosen for this server, defaults for the rest."""
        text = self._option("server")
        with self._db.sound():
            return options_from_json(text) if text else ServerOptions()

    def set_options(self, options: ServerOptions) -> None:
        self._set_option("server", options_as_json(options))

    def leaves_at(self) -> datetime | None:
        """When the collection is to be deleted, None if it stays."""
        text = self._option("leaves_at")
        with self._db.sound():
            return datetime.fromisoformat(text) if text else None

    def set_leaves_at(self, when: datetime | None) -> None:
        self._set_option("leaves_at", when.isoformat() if when else "")

    # How much was asked

    def count(self, day: date, user: int) -> tuple[int, int]:
        """How many questions a user, and how many all users put that day."""
        [(of_user, of_all)] = self._db.all(_COUNT, user, day.isoformat())
        return of_user, of_all

    def add_one(self, day: date, user: int, most_of_user: int, most_of_all: int) -> bool:
        """Counts a question, unless it is one more than a user or all may put that day; returns
        whether it was counted."""
        with self._db.change():
            of_user, of_all = self.count(day, user)
            if of_user >= most_of_user or of_all >= most_of_all:
                return False
            self._db.run(_PUT_COUNT, day.isoformat(), user)
        return True

    # Threads

    def set_thread(self, thread: int, article: int, asked: int = 0) -> None:
        """A thread is about an article (0: none), and goes on from question `asked`. One with an
        article and no question is the article's reading room."""
        with self._db.change():
            self._db.run(_PUT_THREAD, thread, article, asked)

    def thread_article(self, thread: int) -> int | None:
        """The article that a thread is about; None if it is about none, or not one of ours."""
        rows = self._db.all("SELECT article FROM threads WHERE thread = ?", thread)
        return rows[0][0] if rows else None

    def is_thread(self, thread: int) -> bool:
        """Whether it is one of ours."""
        return bool(self._db.all("SELECT 1 FROM threads WHERE thread = ?", thread))

    def room_thread(self, article: int) -> int | None:
        """The thread that is an article's reading room."""
        sql = "SELECT max(thread) FROM threads WHERE article = ? AND asked = 0"
        thread: int | None = self._db.all(sql, article)[0][0]
        return thread

    def forget_thread(self, thread: int) -> None:
        """After a thread was deleted."""
        with self._db.change():
            self._db.run("DELETE FROM threads WHERE thread = ?", thread)

    def _option(self, name: str) -> str:
        rows = self._db.all("SELECT value FROM options WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def _set_option(self, name: str, value: str) -> None:
        with self._db.change():
            self._db.run("INSERT OR REPLACE INTO options VALUES (?, ?)", name, value)
