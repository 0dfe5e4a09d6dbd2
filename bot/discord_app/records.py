"""What a collection remembers of the people who ask it on Discord, kept in its own database.

Quotes are kept as offsets and never as words, so that an article which is removed leaves no trace
here. The questions are the words of whoever asked them: they stay until those have them forgotten
or their time is over. Synchronous: it is for worker threads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.answers import Answer, Status, Step
from bot.discord_app.notes import Notes
from bot.quotes import Quote, quote_span
from index.articles import Span, Version
from index.errors import QuoteError
from index.library import Library

_ASKED = (
    "id, user, channel, question, scope, topic, status, step, confidence, needed, numbers, "
    "follows, asked_at"
)
_QUOTES = """
SELECT nearest, article, version, start, "end", highlight_start, highlight_end
FROM asked_quotes WHERE asked = ? ORDER BY position
"""
# Not if the article, or the question, was removed meanwhile.
_PUT_QUOTE = """
INSERT INTO asked_quotes SELECT ?, ?, ?, id, ?, ?, ?, ?, ? FROM articles WHERE id = ?
"""
_PUT_MESSAGE = "INSERT OR REPLACE INTO asked_messages SELECT ?, id FROM asked WHERE id = ?"
_TAKE_VOTE = "DELETE FROM votes WHERE asked = ? AND user = ? AND good = ?"
_PUT_VOTE = "INSERT OR REPLACE INTO votes SELECT id, ?, ? FROM asked WHERE id = ?"
_VOTED = "SELECT asked, sum(good), sum(NOT good) FROM votes GROUP BY asked ORDER BY asked"
_KNOWN = """
SELECT 1 FROM asked WHERE user = ? UNION ALL SELECT 1 FROM votes WHERE user = ?
UNION ALL SELECT 1 FROM counts WHERE user = ? LIMIT 1
"""
_DUE = """
SELECT 1 FROM asked WHERE asked_at < ? UNION ALL SELECT 1 FROM counts WHERE day < ? LIMIT 1
"""


@dataclass(frozen=True)
class KeptQuote:
    """A quote as offsets, in code points, into the text with the SHA-256 `version`."""

    article: int
    version: str
    start: int
    end: int
    highlight: tuple[int, int]


@dataclass(frozen=True)
class Asked:
    """One question and what came of it. If the status is "answered" and there are no quotes, the
    articles that were quoted have been removed.

    `scope`: the articles that were asked, none for all. `needed`: the confidence that an answer
    had to have. `follows`: the question that it was a follow-up of, 0 if none. `asked_at` is UTC.
    """

    id: int
    user: int
    channel: int
    question: str
    scope: tuple[int, ...]
    topic: bool
    status: Status
    step: Step
    confidence: float
    needed: float
    numbers: Mapping[str, float]
    quotes: tuple[KeptQuote, ...]
    nearest: KeptQuote | None
    follows: int
    asked_at: datetime


@dataclass(frozen=True)
class Voted:
    """A question on whose answer people voted, so many for it and against it."""

    asked: Asked
    good: int
    bad: int


class Records(Notes):
    """The questions, and all that `Notes` has. Raises LibraryError where the library cannot be read
    or written."""

    def __init__(self, library: Library) -> None:
        super().__init__(library.database)
        self._library = library

    # Questions

    def keep(
        self,
        answer: Answer,
        *,
        user: int,
        channel: int,
        needed: float,
        follows: int = 0,
        at: datetime | None = None,
    ) -> int:
        """Remembers a question with its answer, asked at a time (by default now); returns the
        number that it has from now on."""
        question, why = answer.question, answer.why
        numbers = {k: v if isinstance(v, int) else float(v) for k, v in why.numbers.items()}
        row = (
            *(user, channel, question.text, json.dumps(question.articles), question.is_topic),
            *(answer.status, why.step, float(answer.confidence), needed, json.dumps(numbers)),
            *(follows, _time(at or datetime.now(UTC))),
        )
        marks = ", ".join("?" * len(row))
        columns = _ASKED.removeprefix("id, ")
        quotes = [*answer.quotes, *([why.nearest] if why.nearest else [])]
        with self._db.change():
            number = self._db.run(f"INSERT INTO asked ({columns}) VALUES ({marks})", *row).lastrowid
            for position, quote in enumerate(quotes):
                nearest = position == len(answer.quotes)
                place = (quote.version.id, quote.start, quote.end, *quote.highlight)
                article = quote.version.article.id
                self._db.run(_PUT_QUOTE, number, position, nearest, *place, article)
        return number or 0

    def asked(self, number: int) -> Asked | None:
        """The question with this number, None if it is forgotten or never was."""
        return next(iter(self._asked("WHERE id = ?", number)), None)

    def asked_in_message(self, message: int) -> Asked | None:
        """The question that a message answers."""
        which = "WHERE id = (SELECT asked FROM asked_messages WHERE message = ?)"
        return next(iter(self._asked(which, message)), None)

    def last_asked(self, channel: int) -> Asked | None:
        """The newest question in a channel or thread."""
        newest = "WHERE channel = ? ORDER BY id DESC LIMIT 1"
        return next(iter(self._asked(newest, channel)), None)

    def quote(self, kept: KeptQuote) -> Quote | None:
        """The quote that was kept; None if its article or version is gone."""
        version = self._library.find(kept.version, kept.article)
        if version is None:
            return None
        try:
            return Quote(version, kept.start, kept.end, kept.highlight)
        except QuoteError:  # another Pullquote found other sentences; these words are in one still
            with self._db.sound():
                return quote_span(Span(version, *kept.highlight))

    def newest(self, quote: Quote) -> Version:
        """What the article of a quote says now."""
        return self._library.version(quote.version.article.id)

    def set_messages(self, asked: int, messages: Sequence[int]) -> None:
        """These messages show the answer; nothing if the question is forgotten."""
        with self._db.change():
            self._db.run("DELETE FROM asked_messages WHERE asked = ?", asked)
            for message in messages:
                self._db.run(_PUT_MESSAGE, message, asked)

    def messages(self, asked: int) -> list[int]:
        """The messages that show an answer, in the order in which Discord made them."""
        sql = "SELECT message FROM asked_messages WHERE asked = ? ORDER BY message"
        return [row[0] for row in self._db.all(sql, asked)]

    # Votes

    def vote(self, asked: int, user: int, good: bool) -> bool | None:
        """A vote for or against an answer; the same once more takes it back. Returns what stands
        now, None if nothing does, as also if the question is forgotten."""
        with self._db.change():
            again = self._db.run(_TAKE_VOTE, asked, user, good).rowcount
            put = 0 if again else self._db.run(_PUT_VOTE, user, good, asked).rowcount
        return good if put else None

    def voted(self) -> list[Voted]:
        """The questions whose answers have votes, oldest first."""
        with self._db.reading():
            found = [(self.asked(number), *votes) for number, *votes in self._db.all(_VOTED)]
            return [Voted(asked, good, bad) for asked, good, bad in found if asked]

    # Forgetting

    def forget_asked(self, asked: int) -> None:
        """Forgets a question with all that belongs to it. The files have its words until the
        library is opened the next time, which the hourly sweep does: to write them anew takes long,
        and somebody has pressed a button."""
        with self._db.change():
            self._db.run("DELETE FROM asked WHERE id = ?", asked)
            self._db.mark_forgetting()

    def forget_user(self, user: int) -> int:
        """Forgets the questions and votes of a person, without a trace in any file; returns how
        many questions there were.

        How many they have put today stays until the day (UTC) is over, or forgetting would lift
        the daily limit; `forget_before` then deletes it.
        """
        if not self._db.all(_KNOWN, user, user, user):
            return 0
        with self._db.forgetting():
            self._db.run("DELETE FROM votes WHERE user = ?", user)
            self._db.run("DELETE FROM counts WHERE user = ? AND day < ?", user, _today())
            return self._db.run("DELETE FROM asked WHERE user = ?", user).rowcount

    def forget_before(self, when: datetime) -> int:
        """Forgets the questions before `when`, with their votes, and the counts of days that are
        over, without a trace in any file; returns how many questions there were."""
        old, today = _time(when), _today()
        if not self._db.all(_DUE, old, today):
            return 0
        with self._db.forgetting():
            self._db.run("DELETE FROM counts WHERE day < ?", today)
            return self._db.run("DELETE FROM asked WHERE asked_at < ?", old).rowcount

    # Threads

    def under_discussion(self, thread: int) -> tuple[int, int]:
        """The article that a thread is about, and the question that the next one in it follows up;
        0 for what there is not."""
        asked = self.last_asked(thread)
        rows = self._db.all("SELECT asked FROM threads WHERE thread = ?", thread)
        first = rows[0][0] if rows else 0
        return self.thread_article(thread) or 0, asked.id if asked else first

    def _asked(self, rest: str, *values: object) -> list[Asked]:
        with self._db.reading():
            rows = self._db.all(f"SELECT {_ASKED} FROM asked {rest}", *values)
            return [self._asked_of(*row) for row in rows]

    def _asked_of(self, number: int, user: int, channel: int, *rest: Any) -> Asked:
        question, scope, topic, status, step, confidence, needed, numbers, follows, at = rest
        quotes = self._db.all(_QUOTES, number)
        kept = [
            (near, KeptQuote(a, v, start, end, (x, y))) for near, a, v, start, end, x, y in quotes
        ]
        with self._db.sound():
            return Asked(
                id=number,
                user=user,
                channel=channel,
                question=question,
                scope=tuple(json.loads(scope)),
                topic=bool(topic),
                status=status,
                step=step,
                confidence=confidence,
                needed=needed,
                numbers=json.loads(numbers),
                quotes=tuple(quote for near, quote in kept if not near),
                nearest=next((quote for near, quote in kept if near), None),
                follows=follows,
                asked_at=datetime.fromisoformat(at),
            )


def _time(when: datetime) -> str:
    """As text that sorts by time."""
    return when.astimezone(UTC).isoformat(timespec="microseconds")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
