"""How much may be asked: in a row (remembered while the bot runs) and in a day (in the library)."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.discord_app.lanes import about
from bot.discord_app.options import ServerOptions
from bot.discord_app.records import Records
from index.errors import LimitError

_MOST_KEPT = 10_000  # of buckets, before those that are full again are thrown away

Look = Callable[[Callable[[Records], None]], Awaitable[None]]
"""Has something done with the records of a collection."""


@dataclass(frozen=True)
class Pace:
    """A token bucket: so many at once, and then one every so many seconds."""

    burst: int
    seconds: float


OF_USER = Pace(burst=5, seconds=3.0)
OF_COLLECTION = Pace(burst=20, seconds=0.2)


class Buckets:
    """A bucket for each key. Every one of them is full at first."""

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._pace, self._clock = pace, clock
        self._full_at: dict[Hashable, float] = {}

    def wait(self, key: Hashable) -> float:
        """How many seconds it takes until there is something in the bucket; 0 if there is."""
        missing = self._full_at.get(key, 0.0) - self._clock()
        return max(0.0, missing - (self._pace.burst - 1) * self._pace.seconds)

    def take(self, key: Hashable) -> None:
        """Takes one out of the bucket."""
        now = self._clock()
        self._full_at[key] = max(now, self._full_at.get(key, now)) + self._pace.seconds
        if len(self._full_at) > _MOST_KEPT:
            self._full_at = {k: at for k, at in self._full_at.items() if at > now}


class Limits:
    """Lets questions through, or says how long to wait. For the event loop."""

    def __init__(
        self,
        of_user: Pace = OF_USER,
        of_collection: Pace = OF_COLLECTION,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._users, self._collections = Buckets(of_user, clock), Buckets(of_collection, clock)
        self._now = now

    async def admit(self, collection: str, user: int, options: ServerOptions, look: Look) -> None:
        """Counts a question; raises LimitError if there may be none now.

        A person's pace is the same one wherever they ask.
        """
        _require(self._users.wait(user), "user")
        _require(self._collections.wait(collection), "all")
        self._users.take(user)
        self._collections.take(collection)
        await look(lambda records: self._count(records, user, options))

    def _count(self, records: Records, user: int, options: ServerOptions) -> None:
        """Raises LimitError if as much was asked today as may be."""
        now = self._now()
        today = now.date()
        if records.add_one(today, user, options.user_daily, options.server_daily):
            return
        tomorrow = datetime.combine(today + timedelta(days=1), datetime.min.time(), UTC)
        seconds = math.ceil((tomorrow - now).total_seconds())
        when = f"please go on after midnight UTC, in {about(seconds)}"
        if records.count(today, user)[0] >= options.user_daily:
            sentence = f"You have asked {options.user_daily:,} questions today, as many as you may"
            raise LimitError(f"{sentence}; {when}.", seconds, "user", daily=True)
        sentence = f"{options.server_daily:,} questions were asked here today, as many as may be"
        raise LimitError(f"{sentence}; {when}.", seconds, "all", daily=True)


def _require(wait: float, whose: Literal["user", "all"]) -> None:
    if wait:
        seconds = math.ceil(wait)
        who = "Your questions" if whose == "user" else "Questions"
        raise LimitError(
            f"{who} come faster than they can be answered; please wait {about(seconds)}.",
            seconds,
            whose,
            daily=False,
        )
